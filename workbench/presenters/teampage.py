"""The team page: members without a guide, a hand-over seen before it is done, a batch that can be taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Min, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.results import alphabetical
from members import assignments, handover
from members.handover import SplitRow, SplitRule
from members.lifecycle import GOLDEN_DAYS
from members.models import Assignment, Member, MemberState
from members.splitting import split
from stores.errors import Refusal
from stores.models import Staff, Store
from workbench.presenters.links import Choice, address

NOBODY = "none"


@dataclass(frozen=True)
class SplitLine:
    """One successor of a plan. ``stack``: what they have and what comes, in per cent of the largest."""

    pk: int
    name: str
    had: int
    gets: int
    will_have: int
    note: str
    stack: list[tuple[str, float]]


@dataclass(frozen=True)
class Plan:
    """A hand-over as it would be done now."""

    title: str
    total: int
    strategies: list[Choice]
    strategy: str
    rows: list[SplitLine]
    note: str
    undo_hours: int
    list_url: str
    action_url: str
    error: str = ""
    request_key: str = ""
    is_manual: bool = False


def unassigned(store: Store, viewer: Staff) -> dict[str, Any]:
    """How many members nobody looks after, how fresh they are, and how long they have waited."""
    now = timezone.now()
    young = Q(facts__first_order_at__gte=now - timedelta(days=int(GOLDEN_DAYS.value)))
    found = assignments.unassigned(store, viewer=viewer).aggregate(
        total=Count("pk"),
        new_this_week=Count("pk", filter=Q(joined_at__gte=now - timedelta(days=7))),
        golden=Count("pk", filter=young),
        oldest=Min("joined_at"),
    )
    waited = (now - found["oldest"]).days if found["oldest"] else 0
    return {
        **found,
        "longest_wait": waited,
        "list_url": address("members", query={"guide": NOBODY}),
        "preview_url": address("team", query={"give": NOBODY, "store": store.pk}),
    }


def leavers(store: Store, viewer: Staff) -> list[Staff]:
    """People who left, or are about to, and still have members in the store."""
    living = Member.objects.visible_to(viewer).filter(home_store=store, state=MemberState.ACTIVE)
    gone = Staff.objects.visible_to(viewer).filter(Q(left_on__isnull=False) | Q(is_active=False))
    return list(gone.filter(pk__in=living.values("guide")).order_by("name")[:5])


def plan_for(giving: Staff | None, store: Store, viewer: Staff, rule: str) -> Plan:
    """Who would get how many: of a leaver's members, or of those without a guide (``giving`` None)."""
    rule = rule if rule in SplitRule.values else SplitRule.LATEST_SERVED
    who = str(giving.pk) if giving else NOBODY
    rows: Sequence[SplitRow] = []
    error = ""
    try:
        if giving:
            rows = handover.split_preview(giving, by=viewer, rule=rule)
        else:
            rows = split(assignments.unassigned(store, viewer=viewer), rule, store_id=store.pk).rows
    except Refusal as refusal:
        error = str(refusal)
    query = {"give": who, "store": store.pk}
    return Plan(
        title=title_of(giving),
        total=sum(row.plus for row in rows),
        strategies=[
            Choice(str(one.label), address("team", query={**query, "rule": one.value}), one == rule)
            for one in SplitRule
        ],
        strategy=rule,
        rows=_lines(rows),
        note=_("Open tasks move along. Results so far stay as they are. The members are not told."),
        undo_hours=handover.UNDO_HOURS.value,
        list_url=address("handover", who, query={"rule": rule, "store": store.pk}),
        action_url=address("handover", who, query={"store": store.pk}),
        error=error,
    )


def moves_of(giving: Staff | None, store: Store, viewer: Staff, rule: str) -> list[dict[str, Any]]:
    """Who goes where, warmest members first."""
    rule = rule if rule in SplitRule.values else SplitRule.LATEST_SERVED
    if giving:
        mine = Member.objects.visible_to(viewer).filter(guide=giving, state=MemberState.ACTIVE)
    else:
        mine = assignments.unassigned(store, viewer=viewer)
    decided = split(mine, rule, store_id=store.pk, without=giving)
    names = {row.guide.pk: row.guide.name for row in decided.rows}
    members = mine.select_related("tier").order_by(F("facts__last_order_at").desc(nulls_last=True), "pk")[:200]
    return [
        {"member": one, "to": names[decided.guides[one.pk]], "why": str(SplitRule(rule).label)}
        for one in members
        if one.pk in decided.guides
    ]


def latest_batch(store: Store, viewer: Staff) -> dict[str, str] | None:
    """The last hand-over that can still be taken back."""
    since = timezone.now() - timedelta(hours=handover.UNDO_HOURS.value)
    rows = Assignment.objects.visible_to(viewer).filter(
        store=store, batch__isnull=False, started_at__gte=since, ended_at=None
    )
    latest = rows.order_by("-started_at").values_list("batch", flat=True).first()
    if latest is None:
        return None
    count = rows.filter(batch=latest).count()
    text = ngettext("%(count)s member has a new guide", "%(count)s members have a new guide", count)
    return {"text": text % {"count": count}, "undo_url": _undo_url(latest)}


def title_of(giving: Staff | None) -> str:
    """What is being handed over."""
    if giving is None:
        return _("Share out members")
    return _("Hand over the members of %(name)s") % {"name": giving}


def _undo_url(batch: UUID) -> str:
    return reverse("workbench:handover-undo", args=[batch])


def _lines(rows: Sequence[SplitRow]) -> list[SplitLine]:
    most = max((row.after for row in rows), default=0) or 1
    return [
        SplitLine(
            row.guide.pk,
            row.guide.name,
            row.now,
            row.plus,
            row.after,
            _("has served %(count)s of them") % {"count": row.served} if row.served else "",
            [("was", row.now / most * 100), ("add", row.plus / most * 100)],
        )
        for row in sorted(rows, key=lambda row: alphabetical(row.guide.name))
    ]
