"""What happened to a member, counted over some days: the facts of apps above, each told by one query of happenings.

Such a query gives rows (member_id, at, and a column for each way to narrow). SQL counts them per member; the same rows,
read for some members, are counted in memory.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.segments.facts.choices import chosen
from members.segments.facts.days import MOST_DAYS, days
from members.segments.facts.numbers import asked_number, compared, compared_sql, comparison, shown
from members.segments.registry import Asked, Binder, Condition, Fact, Meaningless, Members, Narrow, Test
from members.segments.snapshots import Reader, Snapshot
from members.windows import first_moment, local_day

SOME = "SELECT h.member_id, h.at, {columns} FROM ({source}) AS h WHERE h.member_id = ANY(%(ids)s::bigint[]) AND {holds}"


@dataclass(frozen=True)
class Happening:
    """One of them: when, and what it was narrowed by."""

    at: datetime
    of: Mapping[str, Any]


class HappenedFact(Fact):
    """How often something happened in the last days, ever without any. Whoever it never happened to counts as zero.

    ``source`` is the query of happenings; its columns beside member_id and at are called as the keys of ``narrows``.
    ``hears`` as in Fact.
    """

    kind = "did"
    operators = ("gte", "lte", "between", "eq")

    def __init__(
        self,
        key: str,
        label: Any,
        *,
        group: Any,
        source: str,
        hears: Sequence[str],
        narrows: Mapping[str, Narrow] | None = None,
    ) -> None:
        super().__init__(key, label, group=group)
        self.source, self.hears, self.narrows = source, hears, narrows or {}
        self.needs = (key,)

    def readers(self) -> Mapping[str, Reader]:
        """The happenings of some members."""
        return {self.key: self._read}

    def ask(self, op: str, value: Any, where: Mapping[str, Any]) -> Asked:
        """A number of times, and what they are narrowed to."""
        if set(where) - {"days", *self.narrows}:
            raise Meaningless(gettext_lazy("This cannot be narrowed like this."))
        cleaned: dict[str, Any] = {}
        if where.get("days") is not None:
            cleaned["days"] = days(where["days"], MOST_DAYS)
        for name, narrow in self.narrows.items():
            if where.get(name):
                cleaned[name] = chosen(where[name], narrow.names)
        return Asked(self.key, op, asked_number(op, value), tuple(sorted(cleaned.items())))

    def plain(self, asked: Asked) -> Any:
        """Numbers as texts, so that nothing is rounded."""
        return [shown(one) for one in asked.value] if asked.op == "between" else shown(asked.value)

    def condition(self, asked: Asked, binder: Binder) -> Condition:
        """Members by what happened to them; where zero fits too, all but those for whom the contrary is true."""
        where, fits_none = dict(asked.where), compared(asked.op, asked.value, Decimal(0))
        wheres = [self.held(binder.bind(binder.at)), *self.window(where, binder)]
        wheres += [f"h.{name} = ANY({binder.bind(where[name])})" for name in self.narrows if name in where]
        having = compared_sql("count(*)", asked.op, asked.value, binder)
        text = f"SELECT h.member_id FROM ({self.source}) AS h WHERE {' AND '.join(wheres)}"
        if (asked.op, asked.value) != ("gte", 1):
            text += f" GROUP BY h.member_id HAVING {f'NOT ({having})' if fits_none else having}"
        return Members(text, negated=fits_none)

    def test(self, asked: Asked, today: date) -> Test:
        """The same in memory."""
        return lambda one: compared(asked.op, asked.value, Decimal(len(self._counted(asked, one, today))))

    def told(self, asked: Asked) -> str:
        """Coupons used, of these templates, in the last 30 days at least 2."""
        where, words = dict(asked.where), [str(self.label)]
        for name, narrow in self.narrows.items():
            if name in where:
                words.append(_(", ").join(narrow.names(where[name]).values()))
        return " ".join([*words, self.when_told(where.get("days")), comparison(asked.op, asked.value)])

    def seen(self, asked: Asked, one: Snapshot, today: date) -> str:
        """The number."""
        return str(len(self._counted(asked, one, today)))

    def changes_on(self, asked: Asked, one: Snapshot, today: date) -> date | None:
        """The day on which the first of those that count no longer does."""
        span = dict(asked.where).get("days")
        if span is None:
            return None
        days_of = [local_day(each.at) for each in self._counted(asked, one, today)]
        return min(days_of) + timedelta(span) if days_of else None

    def window(self, where: Mapping[str, Any], binder: Binder) -> Iterable[str]:
        """The days as SQL over ``h.at``."""
        if "days" in where:
            yield f"h.at >= {binder.since(where['days'])}"

    def falls(self, at: datetime, span: int, today: date) -> bool:
        """The same in memory."""
        return (today - local_day(at)).days < span

    def held(self, moment: str) -> str:
        """What must hold of a happening as of a moment, a placeholder, for it to count at all."""
        return f"h.at <= {moment}"

    def when_told(self, span: int | None) -> str:
        """The days in words."""
        return _("in the last %(days)s days") % {"days": span} if span else _("ever")

    def _counted(self, asked: Asked, one: Snapshot, today: date) -> Sequence[Happening]:
        where = dict(asked.where)
        wanted = [(name, set(where[name])) for name in self.narrows if name in where]
        return [
            each for each in one.more.get(self.key, ())
            if ("days" not in where or self.falls(each.at, where["days"], today))
            and all(each.of[name] in values for name, values in wanted)
        ]  # fmt: skip

    def _read(self, ids: Sequence[int], at: datetime) -> Mapping[int, Sequence[Happening]]:
        found: dict[int, list[Happening]] = defaultdict(list)
        columns = ", ".join(f"h.{name}" for name in self.narrows) or "true"
        text = SOME.format(columns=columns, source=self.source, holds=self.held("%(now)s"))
        with connection.cursor() as cursor:
            cursor.execute(text, {"ids": list(ids), "now": at})
            for member, moment, *of in cursor.fetchall():
                found[member].append(Happening(moment, dict(zip(self.narrows, of, strict=False))))
        return found


class HeldFact(HappenedFact):
    """How many of something a member has that ends: ``at`` is the end, exclusive, and ``days`` are those within which
    it comes: 1 is today."""

    days_label = gettext_lazy("ending within days (empty: whenever)")

    def changes_on(self, asked: Asked, one: Snapshot, today: date) -> date | None:
        """The first end, or the day on which another one comes into the window."""
        ends = [_last_day(each.at) for each in one.more.get(self.key, ())]
        span = dict(asked.where).get("days")
        nears = [end - timedelta(span - 1) for end in ends] if span else []
        return min((day for day in [*nears, *(end + timedelta(1) for end in ends)] if day > today), default=None)

    def window(self, where: Mapping[str, Any], binder: Binder) -> Iterable[str]:
        """Ends up to a midnight."""
        if "days" in where:
            yield f"h.at <= {binder.bind(first_moment(binder.today + timedelta(where['days']), 1))}"

    def falls(self, at: datetime, span: int, today: date) -> bool:
        """The same in memory."""
        return (_last_day(at) - today).days < span

    def held(self, moment: str) -> str:
        """Not ended."""
        return f"h.at > {moment}"

    def when_told(self, span: int | None) -> str:
        """The days in words."""
        return _("ending in the next %(days)s days") % {"days": span} if span else _("at present")


def _last_day(ends: datetime) -> date:
    """The business day that an end, exclusive, closes."""
    return local_day(ends - timedelta(microseconds=1))
