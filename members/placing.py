"""Where a member lives or has goods sent to, as far as they said so: one place, rounded to about ten metres."""

from dataclasses import dataclass
from math import isfinite

from django.utils.translation import gettext_lazy as _

from members.models import Member, MemberPlace
from stores.errors import Refusal

DECIMALS = 4


@dataclass(frozen=True)
class Place:
    """A point on earth, in degrees (WGS 84)."""

    latitude: float
    longitude: float

    @property
    def rounded(self) -> "Place":
        """The place as it is kept. Raises Refusal ``bad_place`` for what lies nowhere on earth."""
        if not (isfinite(self.latitude) and isfinite(self.longitude)) or not (
            abs(self.latitude) <= 90 and abs(self.longitude) <= 180
        ):
            sentence = _("Latitude lies between -90 and 90, longitude between -180 and 180.")
            raise Refusal(sentence, code="bad_place", extra={"field": "place"})
        return Place(round(self.latitude, DECIMALS), round(self.longitude, DECIMALS))


def place_of(member: Member) -> Place | None:
    """What the member told, if anything."""
    found = MemberPlace.objects.filter(member=member).values_list("latitude", "longitude").first()
    return Place(*found) if found else None


def put(member: Member, place: Place | None) -> bool:
    """Keep the place of a member whom the caller has locked, or forget it (None); whether that changed anything.

    Raises Refusal ``bad_place``.
    """
    kept, before = place.rounded if place else None, place_of(member)
    if kept == before:
        return False
    MemberPlace.objects.filter(member=member).delete()
    if kept:
        MemberPlace.objects.create(member=member, latitude=kept.latitude, longitude=kept.longitude)
    return True
