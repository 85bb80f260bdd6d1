"""Member profiles: sign somebody up, keep name and birthday right, and show a phone number to those who may see it."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models.fields.json import KT
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members import birthdays, placing, timeline
from members.locks import lock_member
from members.models import Birthday, Member, TimelineFact
from members.names import initials_of
from members.newcomers import Newcomer, clean_birthday, clean_name
from members.oneid.identities import Pair, Resolution, conflict_between, resolve
from members.oneid.identityseals import value_of
from members.oneid.phones import main_phone
from members.placing import Place
from members.timeline import NewFact
from stores.errors import NotAllowed, NotFound, Refusal
from stores.models import Role, Staff, Store
from stores.places import business_day, start_of_day
from stores.policy import define

REVEALS_PER_DAY = define(
    "identities.reveals_per_day", 20, _("Phone numbers somebody may reveal in a day"), minimum=0, maximum=1000
)
REVEAL_ROLES = define(
    "identities.reveal_roles",
    [Role.GUIDE.value, Role.STORE_MANAGER.value, Role.AREA_MANAGER.value, Role.HQ_ADMIN.value],
    _("Roles that may reveal a phone number"),
)
REVEAL_LASTS = timedelta(minutes=5)
SEEN_AS = {"initials": "", "feast_month": "birthday", "feast_day": "birthday"}  # columns that follow from others


class RevealReason(models.TextChoices):
    """Why somebody looks at a whole phone number."""

    CALL_BACK = "call_back", _("Call back")
    AFTER_SALES = "after_sales", _("After-sales service")
    CHECK_IDENTITY = "check_identity", _("Check who it is")


def enrol(
    identities: Iterable[Pair],
    *,
    name: str = "",
    birthday: date | None = None,
    birthday_calendar: str = Birthday.SOLAR,
    home_store: Store | None = None,
    guide: Staff | None = None,
    source: str = "",
    joined_at: datetime | None = None,
    place: Place | None = None,
    by: Staff | None = None,
) -> Resolution:
    """Sign a person up, or find the member they already are; the resolution says which.

    A member who is known keeps what is on file: only an empty name, birthday or place is filled. Raises TwoMembers
    (extra ``members``: both public ids, ``review``) when the identities lead to two members who may not be merged by
    the rules; the review is written down then, unless the caller rolls back.
    """
    newcomer = Newcomer(name, birthday, birthday_calendar, home_store, guide, source, joined_at, by)
    with transaction.atomic():
        found = resolve(identities, source=source, create=newcomer)
        if found.member and place and not found.conflict_with and placing.place_of(found.member) is None:
            update(found.member, place=place)
        if found.member and not found.created and not found.conflict_with:
            blanks: dict[str, Any] = {"name": name} if name and not found.member.name else {}
            if birthday and not birthdays.feast_of(found.member):
                blanks |= {"birthday": birthday, "birthday_calendar": birthday_calendar}
            if blanks:
                return Resolution(update(found.member, **blanks))
    if found.member and found.conflict_with:  # outside, so that the review which was written down stays
        raise conflict_between(found.member, found.conflict_with, found.conflict)
    return found


def register(identities: Iterable[Pair], **profile: Any) -> Member:
    """As ``enrol``, for callers who only want the member."""
    member = enrol(identities, **profile).member
    if member is None:
        raise NotFound(_("Nobody could be signed up."))
    return member


def update(member: Member, *, by: Staff | None = None, **fields: Any) -> Member:
    """Change name, birthday, birthday calendar or place; the same values change nothing. Returns the row as it is now.

    ``place`` is a placing.Place, or None to forget it; ``feast`` (a birthdays.Feast) is a birthday told without its
    year. Raises Refusal for a bad value or a field that is not written this way, NotFound when ``by`` may not see the
    member.
    """
    moves, place = "place" in fields, fields.pop("place", None)
    changes = _cleaned(fields)
    with transaction.atomic():
        locked = lock_member(member, by=by)
        changes |= _feast(changes, locked)
        changed = sorted(field for field, value in changes.items() if getattr(locked, field) != value)
        if changed:
            for field, value in changes.items():
                setattr(locked, field, value)
            locked.save(update_fields=[*changes, "updated_at"])
        seen = sorted({SEEN_AS.get(field, field) for field in changed} - {""})
        if moves and placing.put(locked, place):
            seen.append("place")
            locked.save(update_fields=["updated_at"])
        if seen:
            timeline.record(NewFact("member.updated", locked.pk, data={"fields": seen, **timeline.actor(by)}))
    return locked


def _cleaned(fields: dict[str, Any]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for field, value in fields.items():
        match field:
            case "name":
                name = clean_name(value)
                changes |= {"name": name, "initials": initials_of(name)}
            case "birthday":
                changes["birthday"] = clean_birthday(value)
            case "birthday_calendar" if value in Birthday.values:
                changes["birthday_calendar"] = value
            case "feast":
                changes |= {"birthday": None, "birthday_calendar": value.calendar}
                changes |= {"feast_month": value.month, "feast_day": value.day}
            case _:
                raise Refusal(
                    _("This field cannot be changed here."), code="field_not_writable", extra={"field": field[:40]}
                )
    return changes


def _feast(changes: dict[str, Any], member: Member) -> dict[str, Any]:
    """The columns that go with a birthday, where it is given or its calendar changes."""
    calendar = changes.get("birthday_calendar", member.birthday_calendar)
    if "feast_month" in changes or "birthday" not in changes and calendar == member.birthday_calendar:
        return {}
    return birthdays.columns(changes.get("birthday", member.birthday), calendar)


def reveal_phone(member: Member, *, reason: str, by: Staff) -> str:
    """The whole phone number, for five minutes on one screen. Each look is a fact on the member's timeline.

    Raises NotFound when ``by`` may not see the member or there is no phone, NotAllowed when the role may not reveal,
    Refusal ``reveal_cap`` when the day's number is used up, ``reveal_reason`` without one of ``RevealReason``.
    """
    if reason not in RevealReason.values:
        raise Refusal(_("Choose why you need the number."), code="reveal_reason")
    if by.role not in REVEAL_ROLES.value:
        raise NotAllowed(_("Your role does not reveal phone numbers."), code="reveal_not_allowed")
    with transaction.atomic():
        Staff.objects.select_for_update(of=("self",)).get(pk=by.pk)  # two taps at once must not both be the last one
        locked = lock_member(member, by=by)
        if reveals_left(by) < 1:
            raise Refusal(
                _("You have revealed %(count)s numbers today. More tomorrow, or ask your manager.")
                % {"count": REVEALS_PER_DAY.value},
                code="reveal_cap",
            )
        phone = main_phone(locked)
        if phone is None:
            raise NotFound(_("No phone number is on file."))
        timeline.record(NewFact("member.revealed", locked.pk, data={"reason": reason, "by": by.pk}))
    return value_of(phone)


def reveals_left(by: Staff) -> int:
    """How many numbers ``by`` may still reveal today, in the business day of their store."""
    today = start_of_day(by.store, business_day(by.store, timezone.now()))
    made = TimelineFact.objects.annotate(maker=KT("data__by")).filter(
        kind="member.revealed", maker=str(by.pk), at__gte=today
    )
    return max(0, REVEALS_PER_DAY.value - made.count())
