"""Consent: a ledger per channel and purpose. Unknown means no, and the member's last word counts."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members import timeline
from members.locks import lock_member
from members.models import Consent, Member
from members.timeline import NewFact
from stores.errors import NotAllowed, Refusal
from stores.models import Staff, Store

MARKETING = "marketing"
CLOCKS_DIFFER = timedelta(minutes=5)

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


def grant(
    member: Member,
    channel: str,
    *,
    wording_version: str,
    by: Staff | None = None,
    collected_by: str = "",
    store: Store | None = None,
    purpose: str = MARKETING,
    at: datetime | None = None,
) -> Consent:
    """Write down that the member agreed, and to which version of the wording.

    The same again changes nothing. Raises Refusal ``wording_missing``, ``bad_channel``, ``future_date``, NotAllowed for
    staff of a store: consent comes from the member, not from the guide.
    """
    if not wording_version.strip():
        raise Refusal(
            _("Say which version of the wording the member agreed to."),
            code="wording_missing",
            extra={"field": "wording_version"},
        )
    return _enter(member, channel, True, wording_version.strip(), by, collected_by, store, purpose, at)


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
    """Write down that the member no longer agrees. Raises as ``grant``, but needs no wording."""
    return _enter(member, channel, False, wording_version.strip(), by, collected_by, store, purpose, at)


def _enter(
    member: Member,
    channel: str,
    granted: bool,
    wording_version: str,
    by: Staff | None,
    collected_by: str,
    store: Store | None,
    purpose: str,
    at: datetime | None,
) -> Consent:
    if by and not by.sees_all:
        raise NotAllowed(_("Only the member changes this, by the mini-program or by headquarters."), code="not_yours")
    if channel not in Consent.Channel.values:
        raise Refusal(_("This channel is not known."), code="bad_channel", extra={"field": "channel"})
    moment = at or timezone.now()
    if moment > timezone.now() + CLOCKS_DIFFER:
        raise Refusal(_("The moment of consent lies in the future."), code="future_date", extra={"field": "at"})
    with transaction.atomic():
        locked = lock_member(member, by=by)
        before = current(locked, purpose=purpose).get(channel)
        if before and (before.granted, before.wording_version) == (granted, wording_version) and before.at <= moment:
            return before
        entry = Consent.objects.create(
            member=locked,
            channel=channel,
            purpose=purpose[:40],
            granted=granted,
            wording_version=wording_version[:40],
            collected_by=(collected_by or (by.name if by else ""))[:80],
            store=store,
            at=moment,
        )
        _tell(locked, before, entry)
    return entry


def _tell(member: Member, before: Consent | None, entry: Consent) -> None:
    """A fact when the answer is another than before; an entry that arrives late under a newer one changes nothing."""
    latest = before is None or entry.at >= before.at
    if latest and (before is not None or entry.granted) and (before is None or before.granted != entry.granted):
        data = {"channel": entry.channel, "granted": entry.granted}
        timeline.record(NewFact("consent.changed", member.pk, subject=entry.pk, at=entry.at, data=data))
