"""A hand-over before it is decided: the plan, the list of who would go where, what the form says."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from campaigns.results import alphabetical
from members import handover
from members.handover import How, SplitRow, SplitRule
from members.handover.choosing import decision
from stores.errors import Refusal
from stores.models import Role, Staff, Store
from stores.places import business_day, start_of_day, zone_of
from workbench.presenters.links import Choice, address

NOBODY = "none"
NOW, MORNING, LEAVING = "now", "morning", "leaving"
OPENS = time(6, 0)
LISTED = 200
SHORT = {
    SplitRule.LATEST_SERVED: gettext_lazy("Last served"),
    SplitRule.EVEN: gettext_lazy("Evenly"),
    SplitRule.TIER: gettext_lazy("By tier"),
    SplitRule.WARMTH: gettext_lazy("By warmth"),
    SplitRule.STORE: gettext_lazy("By store"),
    SplitRule.MANUAL: gettext_lazy("By number"),
}


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
class Moment:
    """When a hand-over may take effect."""

    key: str
    label: str
    at: datetime | None
    is_usual: bool = False


@dataclass(frozen=True)
class Plan:
    """A hand-over as it would be done now."""

    title: str
    total: int
    strategies: list[Choice]
    strategy: str
    rows: list[SplitLine]
    note: str
    moments: list[Moment]
    undo_hours: int
    list_url: str
    action_url: str
    error: str
    request_key: str
    is_manual: bool


def plan_for(giving: Staff | None, store: Store, viewer: Staff, rule: str) -> Plan:
    """Who would get how many: of a leaver's members, or of those without a guide (``giving`` None)."""
    rule = known(rule, viewer)
    who = str(giving.pk) if giving else NOBODY
    manual = rule == SplitRule.MANUAL
    rows: Sequence[SplitRow] = []
    error = ""
    try:
        usual = How(SplitRule.EVEN if manual else rule, stores=_led(viewer, rule))
        rows = handover.split_preview(giving, by=viewer, rule=usual, store=store)
    except Refusal as refusal:
        error = str(refusal)
    query = {"give": who, "store": store.pk}
    return Plan(
        title=title_of(giving),
        total=sum(row.plus for row in rows),
        strategies=[
            Choice(str(short), address("team", query={**query, "rule": key.value}), key == rule)
            for key, short in SHORT.items()
            if key != SplitRule.STORE or not viewer.leads_store
        ],
        strategy=rule,
        rows=_lines(rows),
        note=_("Open tasks and live coupons move along. Results so far stay as they are. The members are not told."),
        moments=moments(giving, store),
        undo_hours=handover.UNDO_HOURS.value,
        list_url=address("handover", who, query={"rule": rule, "store": store.pk}),
        action_url=address("handover", who, query={"store": store.pk}),
        error=error,
        request_key=uuid.uuid4().hex,
        is_manual=manual,
    )


def known(rule: str, viewer: Staff) -> str:
    """A rule that the viewer may choose: the usual one when there is no such."""
    offered = {key.value for key in SHORT if key != SplitRule.STORE or not viewer.leads_store}
    return rule if rule in offered else SplitRule.LATEST_SERVED.value


def how_of(data: QueryDict, viewer: Staff) -> How:
    """How the form wants the members to be split: a rule, numbers for each, or members chosen one by one."""
    rule = data.get("strategy", "")
    counts = {
        int(name.removeprefix("gets-")): int(value)
        for name, value in data.items()
        if name.startswith("gets-") and _is_count(name.removeprefix("gets-")) and _is_count(value)
    }
    chosen: dict[int, int] = {}
    if rule == SplitRule.BY_HAND:
        guide = data.get("guide", "")
        members = [int(one) for one in data.getlist("member")[:LISTED] if _is_count(one)]
        if not members or not _is_count(guide):
            raise Refusal(_("Choose members and who takes them over."), code="nobody_chosen")
        chosen = dict.fromkeys(members, int(guide))
    return How(rule, stores=_led(viewer, rule), counts=counts, chosen=chosen)


def moments(giving: Staff | None, store: Store) -> list[Moment]:
    """When it may take effect: now, tomorrow morning, or after the last day of whoever is leaving."""
    now = timezone.now()
    today = business_day(store, now)
    morning = datetime.combine(today + timedelta(days=1), OPENS, tzinfo=zone_of(store))
    found = [Moment(NOW, _("At once"), None), Moment(MORNING, _("Tomorrow at 6:00"), morning)]
    last = giving.left_on if giving else None
    if last and last > today:
        words = _("After the last day, %(day)s") % {"day": f"{last:%m-%d}"}
        found.append(Moment(LEAVING, words, start_of_day(store, last + timedelta(days=1)), True))
        return found
    return [Moment(one.key, one.label, one.at, one.key == NOW) for one in found]


def moment_of(key: str, giving: Staff | None, store: Store) -> datetime | None:
    """The moment that the form names; None: at once."""
    return next((one.at for one in moments(giving, store) if one.key == key), None)


def listed(giving: Staff | None, store: Store, viewer: Staff, rule: str) -> dict[str, Any]:
    """Who would go where, warmest members first, and the colleagues who may be chosen one by one."""
    rule = known(rule, viewer)
    usual = SplitRule.EVEN.value if rule == SplitRule.MANUAL else rule
    decided = decision(giving, How(usual, stores=_led(viewer, rule)), by=viewer, store=store)
    names = {row.guide.pk: row.guide.name for row in decided.rows}
    mine = handover.members_of(giving, viewer, store=store)
    warmest = mine.select_related("tier", "facts").order_by(F("facts__last_order_at").desc(nulls_last=True), "pk")
    rows = list(warmest[: LISTED + 1])
    takers = Staff.objects.visible_to(viewer).filter(store=store, role=Role.GUIDE, is_active=True)
    return {
        "moves": [{"member": one, "to": names.get(decided.guides.get(one.pk, 0), "")} for one in rows[:LISTED]],
        "why": str(SplitRule(usual).label),
        "is_cut": len(rows) > LISTED,
        "takers": [one for one in takers.order_by("name") if giving is None or one.pk != giving.pk],
    }


def title_of(giving: Staff | None) -> str:
    """What is being handed over."""
    if giving is None:
        return _("Share out members")
    return _("Hand over the members of %(name)s") % {"name": giving}


def done_words(made: handover.Done) -> str:
    """What was decided, in a sentence."""
    if made.due_at > timezone.now():
        text = ngettext(
            "%(count)s member gets a new guide on %(at)s. Until then it can be taken back.",
            "%(count)s members get a new guide on %(at)s. Until then it can be taken back.",
            made.moved,
        )
        return text % {"count": made.moved, "at": at_words(made.due_at)}
    text = ngettext("%(count)s member has a new guide", "%(count)s members have a new guide", made.moved)
    return text % {"count": made.moved}


def at_words(moment: datetime) -> str:
    """A moment as sentences name it."""
    return f"{timezone.localtime(moment):%m-%d %H:%M}"


def undo_url(batch: UUID) -> str:
    """Where a hand-over is taken back."""
    return reverse("workbench:handover-undo", args=[batch])


def _led(viewer: Staff, rule: str) -> set[int] | None:
    """The stores that members may move to by where they buy."""
    if rule != SplitRule.STORE or viewer.sees_all:
        return None
    return set(Store.objects.visible_to(viewer).values_list("pk", flat=True))


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


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
