"""Consent: a ledger per channel and purpose. Unknown means no, and the member's last word counts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members import timeline
from members.locks import lock_member
from members.models import Consent, Member
from members.privacy import wordings
from members.privacy.wordings import MARKETING
from members.timeline import NewFact
from stores.errors import NotAllowed, Refusal
from stores.masking import masked
from stores.models import Staff, Store
from stores.places import business_day
from stores.policy import define

CLOCKS_DIFFER = timedelta(minutes=5)
BY_GUIDES = define("consents.by_guides", True, _("Guides may write down what a member agrees to"))

# For set-based statements above: the members of ``ids`` who may be reached, see ``allowed_members``.
ALLOWED_SQL = """
    SELECT w.member_id FROM unnest(%(ids)s::bigint[]) AS w (member_id)
    JOIN LATERAL (
        SELECT c.granted FROM members_consent c
        WHERE c.member_id = w.member_id AND c.channel = %(channel)s AND c.purpose = %(purpose)s
        ORDER BY c.at DESC, c.id DESC LIMIT 1
    ) AS latest ON latest.granted
"""


def current(member: Member, *, purpose: str = MARKETING) -> dict[str, Consent]:
    """Channel -> the entry that holds now. A channel without an entry is missing: nobody asked, so the answer is no."""
    rows = Consent.objects.filter(member=member, purpose=purpose).select_related("store")
    return {row.channel: row for row in rows.order_by("channel", "-at", "-pk").distinct("channel")}


def may_contact(member: Member, channel: str, *, purpose: str = MARKETING) -> bool:
    """Whether the member's last word for this channel is yes."""
    row = Consent.objects.filter(member=member, channel=channel, purpose=purpose).order_by("-at", "-pk").first()
    return row is not None and row.granted


def allowed_members(member_ids: Iterable[int], channel: str, *, purpose: str = MARKETING) -> set[int]:
    """Those of many members whose last word for this channel is yes, in one query."""
    ids = list(member_ids)
    rows = Consent.objects.filter(member__in=ids, channel=channel, purpose=purpose)
    latest = rows.order_by("member_id", "-at", "-pk").distinct("member_id").values_list("member_id", "granted")
    return {member for member, granted in latest if granted}


@dataclass(frozen=True)
class Proof:
    """All that an entry of the ledger proves: the words, who collected it, where, when, and until when it held."""

    entry: Consent
    words: str
    language: str
    ended_at: datetime | None = None


def grant(
    member: Member,
    channel: str,
    *,
    wording_version: str,
    language: str = "",
    by: Staff | None = None,
    collected_by: str = "",
    store: Store | None = None,
    purpose: str = MARKETING,
    at: datetime | None = None,
) -> Consent:
    """Write down that the member agreed, and to which version of the wording in which language.

    The same again changes nothing. Raises Refusal ``wording_missing``, ``wording_unknown``, ``bad_channel``,
    ``future_date``, NotAllowed where HQ does not let guides collect consent, NotFound when ``by`` does not see the
    member.
    """
    moment = _checked(channel, by, at)
    day = business_day(store or (by.store if by else None), moment)
    wording = wordings.named(channel, wording_version.strip(), purpose=purpose, language=language, on=day)
    entry = Consent(
        granted=True,
        channel=channel,
        purpose=purpose[:40],
        wording_version=wording.version,
        language=wording.language,
        store=store or (by.store if by else None),
        at=moment,
    )
    return _enter(member, entry, by, collected_by)


def withdraw(
    member: Member,
    channel: str,
    *,
    wording_version: str = "",
    by: Staff | None = None,
    collected_by: str = "",
    store: Store | None = None,
    purpose: str = MARKETING,
    at: datetime | None = None,
) -> Consent:
    """Write down that the member no longer agrees. Raises as ``grant``, but needs no wording: a no is never refused
    for its form."""
    entry = Consent(
        granted=False,
        channel=channel,
        purpose=purpose[:40],
        wording_version=wording_version.strip()[:40],
        store=store or (by.store if by else None),
        at=_checked(channel, by, at),
    )
    return _enter(member, entry, by, collected_by)


def proofs(member: Member) -> list[Proof]:
    """Every entry about a member with what it proves, newest first. A yes held until the next no on its channel."""
    found: list[Proof] = []
    ended: dict[tuple[str, str], datetime] = {}
    for entry in Consent.objects.filter(member=member).select_related("store").order_by("-at", "-pk"):
        place = (entry.channel, entry.purpose)
        wording = wordings.behind(entry)
        until = ended.get(place) if entry.granted else None
        found.append(Proof(entry, wording.text if wording else "", wording.language if wording else "", until))
        if not entry.granted:
            ended[place] = entry.at
    return found


def _checked(channel: str, by: Staff | None, at: datetime | None) -> datetime:
    """The moment of the member's word, if somebody like ``by`` may write it down."""
    if by and not by.sees_all and not BY_GUIDES.value:
        raise NotAllowed(_("Only the member changes this, by the mini-program or by headquarters."), code="not_yours")
    if channel not in Consent.Channel.values:
        raise Refusal(_("This channel is not known."), code="bad_channel", extra={"field": "channel"})
    moment = at or timezone.now()
    if moment > timezone.now() + CLOCKS_DIFFER:
        raise Refusal(_("The moment of consent lies in the future."), code="future_date", extra={"field": "at"})
    return moment


def _enter(member: Member, entry: Consent, by: Staff | None, collected_by: str) -> Consent:
    """Write the entry, unless it says what is known already."""
    with transaction.atomic():
        locked = lock_member(member, by=by)
        before = current(locked, purpose=entry.purpose).get(entry.channel)
        same = before and (before.granted, before.wording_version) == (entry.granted, entry.wording_version)
        if before and same and before.at <= entry.at:
            return before
        entry.member = locked
        entry.collected_by = masked(collected_by or (f"{by.name} ({by.username})" if by else ""))[:80]
        entry.save()
        _tell(locked, before, entry, by)
    return entry


def _tell(member: Member, before: Consent | None, entry: Consent, by: Staff | None) -> None:
    """A fact when the answer is another than before; an entry that arrives late under a newer one changes nothing."""
    latest = before is None or entry.at >= before.at
    if latest and (before is not None or entry.granted) and (before is None or before.granted != entry.granted):
        data = {"channel": entry.channel, "granted": entry.granted, **timeline.actor(by)}
        timeline.record(NewFact("consent.changed", member.pk, subject=entry.pk, at=entry.at, data=data))
