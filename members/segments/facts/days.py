"""Facts that are moments: how many business days ago something was, and birthdays to come."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members import birthdays
from members.birthdays import keys_between
from members.segments import snapshots
from members.segments.facts.numbers import ORDERS
from members.segments.registry import FACTS, MEMBER, Asked, Binder, Condition, Fact, Inline, Meaningless, Test
from members.segments.snapshots import Snapshot
from members.windows import local_day

PERSON = gettext_lazy("The person")
MOST_DAYS, MOST_AHEAD = 36500, 366
WITHIN, BEFORE = "within", "before"


def days(value: Any, most: int = MOST_DAYS) -> int:
    """A number of days from JSON. Raises Meaningless."""
    try:
        found = int(str(value))
    except ValueError:
        found = 0
    if not 1 <= found <= most:
        raise Meaningless(gettext_lazy("Enter a number of days from 1 to %(most)s.") % {"most": most})
    return found


class AgoFact(Fact):
    """When something happened. ``within`` n days: on one of the n business days that end today; ``before``: it did
    happen, but more than n days ago, so that day n + 1 counts."""

    kind = "ago"
    operators = (WITHIN, BEFORE)

    def __init__(self, key: str, label: Any, *, group: Any, table: str, column: str) -> None:
        super().__init__(key, label, group=group)
        self.table, self.column = table, column
        self.needs = (snapshots.FACTS,) if table == FACTS else ()

    def ask(self, op: str, value: Any, where: Mapping[str, Any]) -> Asked:
        """A number of days."""
        if where:
            raise Meaningless(gettext_lazy("This is not counted over time."))
        return Asked(self.key, op, days(value))

    def condition(self, asked: Asked, binder: Binder) -> Condition:
        """A comparison with a midnight, which an index can answer."""
        column = f"{self.table}.{self.column}"
        if asked.op == WITHIN:
            return Inline(self.table, f"{column} >= {binder.since(asked.value)}")
        return Inline(self.table, f"{column} < {binder.since(asked.value + 1)}")

    def test(self, asked: Asked, today: date) -> Test:
        """The same in memory."""

        def holds(one: Snapshot) -> bool:
            at = self._at(one)
            if at is None:
                return False
            ago = (today - local_day(at)).days
            return ago < asked.value if asked.op == WITHIN else ago > asked.value

        return holds

    def told(self, asked: Asked) -> str:
        """Last order within 30 days."""
        text = _("%(what)s in the last %(days)s days") if asked.op == WITHIN else _("%(what)s over %(days)s days ago")
        return text % {"what": self.label, "days": asked.value}

    def seen(self, asked: Asked, one: Snapshot, today: date) -> str:
        """The day."""
        at = self._at(one)
        return _("never") if at is None else f"{local_day(at):%Y-%m-%d}"

    def changes_on(self, asked: Asked, one: Snapshot, today: date) -> date | None:
        """The day on which it is out of the window, or far enough away."""
        at = self._at(one)
        turns = local_day(at) + timedelta(asked.value + (asked.op == BEFORE)) if at else None
        return turns if turns and turns > today else None

    def _at(self, one: Snapshot) -> datetime | None:
        return getattr(one.member if self.table == MEMBER else one.facts, self.column, None)


class BirthdayFact(Fact):
    """A birthday to come, kept by the member's own calendar."""

    kind = "birthday"
    operators = (WITHIN,)

    def ask(self, op: str, value: Any, where: Mapping[str, Any]) -> Asked:
        """Days ahead: 1 is today."""
        if where:
            raise Meaningless(gettext_lazy("This is not counted over time."))
        return Asked(self.key, op, days(value, MOST_AHEAD))

    def condition(self, asked: Asked, binder: Binder) -> Condition:
        """Month and day among those that the coming days bring in either calendar."""
        keys = keys_between(binder.today, asked.value - 1)
        lists = [binder.bind(tuple(getattr(key, name) for key in keys)) for name in ("calendar", "month", "day")]
        table = "unnest({}::text[], {}::int[], {}::int[])".format(*lists)
        return Inline(MEMBER, f"(m.birthday_calendar, m.feast_month, m.feast_day) IN (SELECT * FROM {table})")

    def test(self, asked: Asked, today: date) -> Test:
        """The same in memory."""
        wanted = {(key.calendar, key.month, key.day) for key in keys_between(today, asked.value - 1)}
        return lambda one: (one.member.birthday_calendar, one.member.feast_month, one.member.feast_day) in wanted

    def told(self, asked: Asked) -> str:
        """Birthday in the next 7 days."""
        return _("%(what)s in the next %(days)s days") % {"what": self.label, "days": asked.value}

    def changes_on(self, asked: Asked, one: Snapshot, today: date) -> date | None:
        """The day on which the birthday comes near, or the day after it."""
        feast = birthdays.feast_of(one.member)
        if feast is None:
            return None
        on = birthdays.next_feast(feast, today).on
        near = on - timedelta(asked.value - 1)
        return near if near > today else on + timedelta(1)

    def seen(self, asked: Asked, one: Snapshot, today: date) -> str:
        """The day as the member keeps it."""
        return str(birthdays.feast_of(one.member) or _("unknown"))


DAYS = (
    AgoFact("last_order", gettext_lazy("Last order"), group=ORDERS, table=FACTS, column="last_order_at"),
    AgoFact("first_order", gettext_lazy("First order"), group=ORDERS, table=FACTS, column="first_order_at"),
    AgoFact("joined", gettext_lazy("Member since"), group=PERSON, table=MEMBER, column="joined_at"),
    AgoFact("tier_since", gettext_lazy("Tier since"), group=PERSON, table=MEMBER, column="tier_since"),
    AgoFact("stage_since", gettext_lazy("Stage since"), group=PERSON, table=MEMBER, column="stage_since"),
    BirthdayFact("birthday", gettext_lazy("Birthday"), group=PERSON),
)
