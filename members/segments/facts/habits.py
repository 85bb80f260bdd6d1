"""Facts that compare a member with others, or with their own habits: among the best customers, away longer than usual.

The cut points of spend are taken by night, with the refresh of tags, for every percent at once; rules in SQL and in
memory look them up. So all members are measured alike, a rule about some of them reads no others, and who was among the
top this morning does not drop out because a stranger buys. Before the first night they are computed when asked for.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.segments import snapshots
from members.segments.facts.numbers import ORDERS, VALUE, asked_number, comparison, number, shown
from members.segments.registry import FACTS, Asked, Binder, Condition, Fact, Inline, Meaningless, Test
from members.segments.snapshots import Snapshot
from members.windows import local_day
from stores.models import Setting

FROZEN = "members.spend_cuts"
TOP, MOST_PERCENT = "top", 99
CUTS = """
    SELECT percentile_disc((SELECT array_agg(1 - n / 100.0 ORDER BY n) FROM generate_series(1, 99) AS n))
           WITHIN GROUP (ORDER BY spend_365d), count(*)
      FROM members_memberfacts WHERE spend_365d > 0
"""
SILENCE = "({today}::date - (f.last_order_at AT TIME ZONE {zone})::date)"
SIGNS = {"gte": ">=", "lte": "<="}


def freeze(today: date) -> None:
    """Take the cut points anew; while nobody has bought there are none."""
    cuts, buyers = _computed()
    if buyers:
        value = {"on": today.isoformat(), "cuts": [str(cut) for cut in cuts]}
        Setting.objects.update_or_create(name=FROZEN, defaults={"value": value})


def cut_of(percent: int) -> Decimal:
    """From which spend in 365 days, in yuan, one is among the top percent of those who bought; zero when nobody did."""
    frozen = Setting.objects.filter(name=FROZEN).values_list("value", flat=True).first()
    if frozen:
        return Decimal(frozen["cuts"][percent - 1])
    cuts, buyers = _computed()
    return Decimal(cuts[percent - 1]) if buyers else Decimal(0)


def _computed() -> tuple[list[Decimal], int]:
    with connection.cursor() as cursor:
        cursor.execute(CUTS)
        cuts, buyers = cursor.fetchone()
        return cuts, buyers


class TopFact(Fact):
    """Among the top n percent by spend in 365 days of all who bought in them."""

    kind = "share"
    operators = (TOP,)
    needs = (snapshots.FACTS,)

    def ask(self, op: str, value: Any, where: Mapping[str, Any]) -> Asked:
        """A whole percentage."""
        percent = number(value)
        if where or percent != int(percent) or not 1 <= percent <= MOST_PERCENT:
            raise Meaningless(gettext_lazy("Enter a whole percentage from 1 to 99."))
        return Asked(self.key, op, int(percent))

    def condition(self, asked: Asked, binder: Binder) -> Condition:
        """At or above the cut."""
        return Inline(FACTS, f"f.spend_365d > 0 AND f.spend_365d >= {binder.bind(cut_of(asked.value))}")

    def test(self, asked: Asked, today: date) -> Test:
        """The same in memory."""
        cut = cut_of(asked.value)
        return lambda one: one.facts is not None and one.facts.spend_365d > 0 and one.facts.spend_365d >= cut

    def told(self, asked: Asked) -> str:
        """Among the top 10 % by spend in 365 days."""
        return _("%(what)s among the top %(percent)s %%") % {"what": self.label, "percent": asked.value}

    def seen(self, asked: Asked, one: Snapshot, today: date) -> str:
        """What they spent, and from where the top begins."""
        spent = one.facts.spend_365d if one.facts else Decimal(0)
        words = {"spent": shown(Decimal(spent)), "cut": shown(cut_of(asked.value))}
        return _("%(spent)s yuan; the top begins at %(cut)s") % words


class SilenceFact(Fact):
    """Days since the last order, as a multiple of the usual days between orders. Nobody without a usual gap has one."""

    kind = "number"
    operators = ("gte", "lte", "between")
    needs = (snapshots.FACTS,)

    def ask(self, op: str, value: Any, where: Mapping[str, Any]) -> Asked:
        """One number of times, or two."""
        if where:
            raise Meaningless(gettext_lazy("This is not counted over time."))
        return Asked(self.key, op, asked_number(op, value))

    def plain(self, asked: Asked) -> Any:
        """Numbers as texts, so that nothing is rounded."""
        return [shown(one) for one in asked.value] if asked.op == "between" else shown(asked.value)

    def condition(self, asked: Asked, binder: Binder) -> Condition:
        """Days against the gap so many times: a product, which both sides of the house compute exactly."""
        days = SILENCE.format(today=binder.bind(binder.today), zone=binder.bind(settings.TIME_ZONE))
        if asked.op == "between":
            low, high = (f"{binder.bind(times)} * f.usual_gap_days" for times in asked.value)
            return Inline(FACTS, f"f.usual_gap_days > 0 AND {days} BETWEEN {low} AND {high}")
        times = f"{binder.bind(asked.value)} * f.usual_gap_days"
        return Inline(FACTS, f"f.usual_gap_days > 0 AND {days} {SIGNS[asked.op]} {times}")

    def test(self, asked: Asked, today: date) -> Test:
        """The same in memory."""
        low = asked.value[0] if asked.op == "between" else asked.value if asked.op == "gte" else None
        high = asked.value[1] if asked.op == "between" else asked.value if asked.op == "lte" else None

        def holds(one: Snapshot) -> bool:
            days, gap = _rhythm(one, today)
            if days is None or not gap:
                return False
            return (low is None or days >= low * gap) and (high is None or days <= high * gap)

        return holds

    def told(self, asked: Asked) -> str:
        """Times the usual gap since the last order at least 2."""
        return f"{self.label} {comparison(asked.op, asked.value)}"

    def seen(self, asked: Asked, one: Snapshot, today: date) -> str:
        """The days and the gap."""
        days, gap = _rhythm(one, today)
        if days is None or not gap:
            return _("unknown")
        return _("%(days)s days; usual are %(gap)s") % {"days": days, "gap": gap}


def _rhythm(one: Snapshot, today: date) -> tuple[int | None, int | None]:
    """Days since the last order, and the usual gap."""
    last = one.facts.last_order_at if one.facts else None
    return ((today - local_day(last)).days if last else None, one.facts.usual_gap_days if one.facts else None)


HABITS = (
    TopFact("top_spend", gettext_lazy("Spend in 365 days"), group=VALUE),
    SilenceFact("silence_gaps", gettext_lazy("Times the usual gap since the last order"), group=ORDERS),
)
