"""Where members live or have goods sent to, as far as they said so."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from members.models.member import Member
from stores.scope import ByMember, ScopedModel


class MemberPlace(ScopedModel):
    """One place per member, in degrees (WGS 84), rounded to about ten metres. It goes when the member is erased."""

    member = models.OneToOneField(
        Member, models.CASCADE, primary_key=True, related_name="place", verbose_name=_("member")
    )
    latitude = models.FloatField(_("latitude"), validators=[MinValueValidator(-90), MaxValueValidator(90)])
    longitude = models.FloatField(_("longitude"), validators=[MinValueValidator(-180), MaxValueValidator(180)])
    told_at = models.DateTimeField(_("as of"), db_default=Now())

    scope = ByMember()

    class Meta:
        verbose_name = _("place of a member")
        verbose_name_plural = _("places of members")
        constraints = (
            models.CheckConstraint(
                name="member_place_on_earth", condition=Q(latitude__range=(-90, 90), longitude__range=(-180, 180))
            ),
        )
        indexes = (models.Index(fields=["latitude", "longitude"], name="member_place_near", include=["member"]),)

    def __str__(self) -> str:
        return f"{self.member_id}"
