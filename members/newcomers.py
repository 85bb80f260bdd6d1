"""The first row of a member: what a newcomer brings along, and who looks after them from the first day."""

import unicodedata
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members import birthdays, timeline
from members.membercodes import unused_code
from members.models import Assignment, Birthday, Member, Tier
from members.names import initials_of
from members.timeline import NewFact
from stores.errors import Refusal
from stores.masking import masked
from stores.models import IN_STORE, Staff, Store

LONGEST_NAME = 60
OLDEST = date(1900, 1, 1)


@dataclass(frozen=True)
class Newcomer:
    """What is known of a new member. Without a home store the guide's store is home."""

    name: str = ""
    birthday: date | None = None
    birthday_calendar: str = Birthday.SOLAR
    home_store: Store | None = None
    guide: Staff | None = None
    source: str = ""
    joined_at: datetime | None = None
    by: Staff | None = field(default=None, compare=False)


def create_member(newcomer: Newcomer) -> Member:
    """Write the member, the open assignment and the facts, in the caller's transaction.

    Raises Refusal for a bad name, birthday, moment of joining or guide.
    """
    at = newcomer.joined_at or timezone.now()
    if at > timezone.now() + timedelta(days=1):
        raise Refusal(_("Nobody can have joined in the future."), code="future_date")
    guide = newcomer.guide
    store = newcomer.home_store or (guide.store if guide else None)
    check_guide(guide, store)
    name, birthday = clean_name(newcomer.name), clean_birthday(newcomer.birthday)
    member = Member.objects.create(
        code=unused_code(),
        name=name,
        initials=initials_of(name),
        birthday=birthday,
        birthday_calendar=Birthday(newcomer.birthday_calendar),
        **birthdays.columns(birthday, newcomer.birthday_calendar),
        joined_at=at,
        source=newcomer.source[:40],
        home_store=store,
        guide=guide,
        tier=first_tier(),
        tier_since=at,
        stage_since=at,
    )
    if store or guide:
        Assignment.objects.create(
            member=member, guide=guide, store=store, started_at=at, changed_by=newcomer.by, reason=str(_("Joined"))
        )
    _record(member, guide, at)
    return member


def _record(member: Member, guide: Staff | None, at: datetime) -> None:
    facts = [NewFact("member.created", member.pk, at=at)]
    if guide:
        facts.append(NewFact("member.assigned", member.pk, at=at, data={"guide": guide.pk, "from": None}))
    timeline.record(*facts)


def first_tier() -> Tier:
    """The tier everybody begins in. Raises Refusal when HQ has none."""
    tier = Tier.objects.order_by("threshold").first()
    if tier is None:
        raise Refusal(_("There is no tier yet. Headquarters sets up the first one."), code="no_tier")
    return tier


def check_guide(guide: Staff | None, store: Store | None) -> None:
    """Raise Refusal when the guide has left, does not serve in a store, or serves in another one than ``store``."""
    if guide is None:
        return
    if not guide.is_active:
        raise Refusal(_("%(name)s has left. Choose somebody who works here.") % {"name": guide.name}, code="guide_left")
    if guide.role not in IN_STORE:
        raise Refusal(_("%(name)s does not serve in a store.") % {"name": guide.name}, code="not_a_guide")
    if store is not None and guide.store_id != store.pk:
        raise Refusal(_("%(name)s works in another store.") % {"name": guide.name}, code="guide_elsewhere")


def clean_name(name: str) -> str:
    """The name without blanks around it. Raises Refusal when it is too long or holds signs that cannot be shown."""
    shown = "".join(sign for sign in name if unicodedata.category(sign) != "Cf")  # joiners and direction marks
    text = masked(" ".join(shown.split()))  # tills put numbers there; they belong into an identity
    if len(text) > LONGEST_NAME:
        raise Refusal(
            _("A name has at most %(count)s characters.") % {"count": LONGEST_NAME},
            code="bad_name",
            extra={"field": "name"},
        )
    if not all(sign.isprintable() for sign in text):
        raise Refusal(_("The name holds characters that cannot be shown."), code="bad_name", extra={"field": "name"})
    return text


def clean_birthday(birthday: date | None) -> date | None:
    """The birthday. Raises Refusal when it lies in the future or before 1900."""
    if birthday is not None and not OLDEST <= birthday <= timezone.localdate():
        raise Refusal(_("A birthday lies between 1900 and today."), code="bad_birthday", extra={"field": "birthday"})
    return birthday
