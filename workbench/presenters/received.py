"""The brief for a successor: who came, from whom, and what one should know before the first word to them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from campaigns.models import GuideTask, TaskState
from coupons import kinds
from coupons.models import Coupon, CouponState
from coupons.wallet import STANDING
from members import tagorigins
from members.models import HandedMember, MemberTag, Note
from members.tags import groups_for, living
from stores.models import Staff
from stores.places import business_day
from workbench.presenters.links import address
from workbench.presenters.memberrows import MemberRow, figures

SHOWN, NOTES, DAYS = 15, 3, 60
LIVE = (CouponState.ISSUED, CouponState.LOCKED)


@dataclass(frozen=True)
class Brief:
    """One member who came: figures, where from, live coupons, tags with origin, notes, open tasks."""

    member: MemberRow
    before: str
    since: datetime
    coupons: list[dict[str, Any]]
    tags: list[tagorigins.Origin]
    notes: list[Note]
    tasks: list[GuideTask]


def received(guide: Staff, before: int | None) -> tuple[list[Brief], str]:
    """The members who came to a guide by a hand-over in the last two months and are still theirs, the newest first;
    and where there are more. ``before`` is the row after which to go on."""
    rows = HandedMember.objects.visible_to(guide).filter(
        guide=guide, member__guide=guide, state=HandedMember.State.MOVED,
        hand_over__ended_at__gte=timezone.now() - timedelta(days=DAYS),
    )  # fmt: skip
    if before:
        rows = rows.filter(pk__lt=before)
    related = ("member__tier", "member__facts", "member__home_store", "before", "hand_over")
    page = list(rows.select_related(*related).order_by("-pk")[: SHOWN + 1])
    more = address("received", query={"before": page[SHOWN - 1].pk}) if len(page) > SHOWN else ""
    return _briefs(page[:SHOWN], guide), more


def count(guide: Staff) -> int:
    """How many came lately."""
    since = timezone.now() - timedelta(days=DAYS)
    rows = HandedMember.objects.visible_to(guide).filter(guide=guide, state=HandedMember.State.MOVED)
    return rows.filter(member__guide=guide, hand_over__ended_at__gte=since).count()


def _briefs(rows: list[HandedMember], guide: Staff) -> list[Brief]:
    ids = [row.member_id for row in rows]
    today = business_day(guide.store, timezone.now())
    coupons, tags, notes, tasks = _coupons(ids), _tags(ids, guide), _notes(ids, guide), _tasks(ids, guide)
    return [
        Brief(
            MemberRow(row.member, figures(row.member, today), [], [], []),
            row.before.name if row.before else "",
            row.hand_over.ended_at or row.hand_over.due_at,
            coupons[row.member_id],
            tags[row.member_id],
            notes[row.member_id][:NOTES],
            tasks[row.member_id],
        )
        for row in rows
    ]


def _coupons(ids: list[int]) -> dict[int, list[dict[str, Any]]]:
    rows = Coupon.objects.filter(member__in=ids, state__in=LIVE).annotate(standing=STANDING)
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for one in rows.filter(standing__in=LIVE).select_related("terms").order_by("valid_until", "pk"):
        found[one.member_id].append({"words": kinds.offer_text(one.terms), "until": one.valid_until})
    return found


def _tags(ids: list[int], guide: Staff) -> dict[int, list[tagorigins.Origin]]:
    rows = MemberTag.objects.filter(living(), member__in=ids, tag__group__in=groups_for(guide))
    ordered = rows.select_related("tag__group", "set_by").order_by("tag__group__position", "tag__position", "pk")
    return _by_member((one.row.member_id, one) for one in tagorigins.origins(ordered))


def _notes(ids: list[int], guide: Staff) -> dict[int, list[Note]]:
    rows = Note.objects.visible_to(guide).filter(member__in=ids).select_related("author")
    return _by_member((one.member_id, one) for one in rows.order_by("-created_at", "-pk"))


def _tasks(ids: list[int], guide: Staff) -> dict[int, list[GuideTask]]:
    rows = GuideTask.objects.visible_to(guide).filter(member__in=ids, guide=guide, state=TaskState.OPEN)
    return _by_member((one.member_id, one) for one in rows.order_by("due_on", "pk"))


def _by_member(pairs: Iterable[tuple[int, Any]]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for member, one in pairs:
        found[member].append(one)
    return found
