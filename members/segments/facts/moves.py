"""Where members came from and when they joined, and their moves between tiers and stages: by calendar month, exactly as
the reports on sources and migration count them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.models import Member, Stage, Tier
from members.segments.facts.days import PERSON
from members.segments.facts.happened import HappenedFact
from members.segments.facts.options import Labels, Options, Rows
from members.segments.registry import Narrow

MONTHS_OFFERED = 36
BY_RULES, BY_DOING = "rules", "doing"
CAUSES = {BY_DOING: gettext_lazy("What members did"), BY_RULES: gettext_lazy("Rules changed")}


class Months(Options):
    """Calendar months, as 2026-11."""

    def __call__(self, keys: Sequence[Any]) -> Mapping[Any, str]:
        """Themselves, where they are months."""
        return {key: key for key in keys if date.fromisoformat(f"{key}-01")}

    def offer(self, typed: str, most: int) -> list[tuple[Any, str]]:
        """The newest first."""
        today = timezone.localdate()
        counted = [today.year * 12 + today.month - 1 - nth for nth in range(MONTHS_OFFERED)]
        found = [f"{months // 12}-{months % 12 + 1:02}" for months in counted]
        return [(month, month) for month in found if typed in month][:most]


class Sources(Options):
    """What members' records say they came by."""

    def __call__(self, keys: Sequence[Any]) -> Mapping[Any, str]:
        """Themselves; a source that nobody came by any more is simply found with nobody."""
        return {key: key or _("Unknown") for key in keys if isinstance(key, str)}

    def offer(self, typed: str, most: int) -> list[tuple[Any, str]]:
        """Those in use."""
        known = Member.objects.filter(source__icontains=typed).order_by("source").values_list("source", flat=True)
        return [(source, source or _("Unknown")) for source in known.distinct()[:most]]


class Causes(Options):
    """What members did, or that rules changed."""

    def __call__(self, keys: Sequence[Any]) -> Mapping[Any, str]:
        """Their labels."""
        return {key: str(CAUSES[key]) for key in keys if key in CAUSES}

    def offer(self, typed: str, most: int) -> list[tuple[Any, str]]:
        """Both."""
        return [(key, str(label)) for key, label in CAUSES.items() if typed.casefold() in str(label).casefold()][:most]


def _month(column: str) -> str:
    return f"to_char({column} AT TIME ZONE '{settings.TIME_ZONE}', 'YYYY-MM')"


JOINED = f"""
    SELECT j.id AS member_id, j.joined_at AS at, j.source AS sources, {_month("j.joined_at")} AS months
      FROM members_member j
"""
# Within a month, what the first change led away from and the last one led to; coming back is no move.
MOVES = """
    SELECT * FROM (
        SELECT c.member_id, max(c.at) AS at, {month} AS months,
               (array_agg({before} ORDER BY c.at, c.id))[1] AS before,
               (array_agg({after} ORDER BY c.at DESC, c.id DESC))[1] AS after, {cause} AS causes
          FROM {table} c WHERE {which} GROUP BY c.member_id, {month}
    ) AS moved WHERE moved.before <> moved.after
"""
TIERS_MOVED = MOVES.format(
    month=_month("c.at"), before="c.before_id", after="c.after_id", table="members_tierchange", which="true",
    cause=f"CASE WHEN bool_and(c.why = 'rules') THEN '{BY_RULES}' ELSE '{BY_DOING}' END",
)  # fmt: skip
STAGES_MOVED = MOVES.format(
    month=_month("c.at"), before="c.data->>'from'", after="c.data->>'to'", table="members_timelinefact",
    which="c.kind = 'member.stage_changed'", cause=f"'{BY_DOING}'",
)  # fmt: skip


def _between(names: Options) -> dict[str, Narrow]:
    return {
        "before": Narrow(gettext_lazy("from"), names),
        "after": Narrow(gettext_lazy("to"), names),
        "months": Narrow(gettext_lazy("in the months"), Months()),
    }


MOVED = (
    HappenedFact(
        "joined_by",
        gettext_lazy("Joined"),
        group=PERSON,
        source=JOINED,
        hears=("member.created", "member.updated"),
        narrows={
            "sources": Narrow(gettext_lazy("by way of"), Sources()),
            "months": Narrow(gettext_lazy("in the months"), Months()),
        },
    ),
    HappenedFact(
        "tier_moved",
        gettext_lazy("Moved to another tier"),
        group=PERSON,
        source=TIERS_MOVED,
        hears=("member.tier_changed",),
        narrows={**_between(Rows(Tier)), "causes": Narrow(gettext_lazy("because"), Causes())},
    ),
    HappenedFact(
        "stage_moved",
        gettext_lazy("Moved to another stage"),
        group=PERSON,
        source=STAGES_MOVED,
        hears=("member.stage_changed",),
        narrows=_between(Labels(Stage)),
    ),
)
