"""Facts that are one of several: tier, stage, home store and where it lies, guide; and tags and lists, of which a
member may have many."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.models import Category, MemberList, Stage, Tag, Tier
from members.segments import snapshots
from members.segments.facts.days import PERSON
from members.segments.facts.numbers import ORDERS
from members.segments.facts.options import Cities, Labels, Options, Rows
from members.segments.registry import FACTS, MEMBER, Asked, Binder, Condition, Fact, Inline, Meaningless, Members, Test
from members.segments.snapshots import Snapshot
from stores.models import Region, Store, StoreKind

PLACE, MARKS = gettext_lazy("Store and region"), gettext_lazy("Tags and lists")
MOST_VALUES = 500
MOST_MERGED = 8
IN, NOT_IN = "in", "not_in"
ANY_OF, ALL_OF, NONE_OF = "any", "all", "none"
NAMES_TOLD = 6


def chosen(value: Any, names: Options) -> tuple[Any, ...]:
    """Distinct values that exist, in their order. Raises Meaningless."""
    if not isinstance(value, list | tuple) or not value:
        raise Meaningless(gettext_lazy("Choose at least one."))
    if len(value) > MOST_VALUES:
        raise Meaningless(gettext_lazy("Choose at most %(most)s.") % {"most": MOST_VALUES})
    try:
        known = names(value)
    except (TypeError, ValueError, OverflowError):
        known = {}
    if len(known) != len({str(one) for one in value}):
        raise Meaningless(gettext_lazy("One of the choices does not exist any more."))
    return tuple(sorted(known))


def listed(asked: Asked, names: Options) -> str:
    """The names of what was chosen; many are cut off."""
    found = list(names(asked.value).values())
    more = len(found) - NAMES_TOLD
    shown = _(", ").join(found[:NAMES_TOLD])
    return _("%(names)s and %(more)s more") % {"names": shown, "more": more} if more > 0 else shown


class ChoiceFact(Fact):
    """One of several values of a column. Who has none is in none of them, and so is ``not_in``."""

    kind = "choice"
    operators = (IN, NOT_IN)
    names: Options

    def __init__(self, key: str, label: Any, *, group: Any, names: Options, table: str = MEMBER, column: str) -> None:
        super().__init__(key, label, group=group)
        self.names, self.table, self.column = names, table, column
        self.needs = (snapshots.FACTS,) if table == FACTS else ()

    def ask(self, op: str, value: Any, where: Mapping[str, Any]) -> Asked:
        """Some of the choices."""
        if where:
            raise Meaningless(gettext_lazy("This is not counted over time."))
        return Asked(self.key, op, chosen(value, self.names))

    def condition(self, asked: Asked, binder: Binder) -> Condition:
        """Among the values."""
        text = binder.among(f"{self.table}.{self.column}", self._values(asked))
        return Inline(self.table, text if asked.op == IN else f"({text}) IS NOT TRUE")

    def test(self, asked: Asked, today: date) -> Test:
        """The same in memory."""
        wanted = set(self._values(asked))
        return lambda one: (self._actual(one) in wanted) == (asked.op == IN)

    def told(self, asked: Asked) -> str:
        """Tier is one of: gold, silver."""
        text = _("%(what)s is %(names)s") if asked.op == IN else _("%(what)s is not %(names)s")
        return text % {"what": self.label, "names": listed(asked, self.names)}

    def seen(self, asked: Asked, one: Snapshot, today: date) -> str:
        """The value."""
        actual = self._actual(one)
        return _("none") if actual in (None, "") else self._shown(actual)

    def _values(self, asked: Asked) -> tuple[Any, ...]:
        return asked.value

    def _shown(self, actual: Any) -> str:
        return self.names([actual]).get(actual, str(actual))

    def _actual(self, one: Snapshot) -> Any:
        return getattr(one.member if self.table == MEMBER else one.facts, self.column, None)


class PlaceFact(ChoiceFact):
    """Something about the home store: asked of the stores, which are few, and compared with the member's own."""

    def __init__(
        self, key: str, label: Any, *, names: Options, stores: Callable[[Sequence[Any]], Sequence[int]]
    ) -> None:
        super().__init__(key, label, group=PLACE, names=names, column="home_store_id")
        self.stores = stores

    def _values(self, asked: Asked) -> tuple[Any, ...]:
        return tuple(self.stores(asked.value))

    def _shown(self, actual: Any) -> str:
        return str(Store.objects.get(pk=actual))


class CityFact(PlaceFact):
    """The city of the home store. It has few stores, which the query itself looks up: one question instead of two."""

    def condition(self, asked: Asked, binder: Binder) -> Condition:
        """In a store of these cities."""
        stores = f"SELECT id FROM stores_store WHERE {binder.among('city', asked.value)}"
        text = f"{MEMBER}.{self.column} = ANY(ARRAY({stores}))"
        return Inline(MEMBER, text if asked.op == IN else f"({text}) IS NOT TRUE")


class MarkFact(Fact):
    """Tags on a member, or lists they are on: any, all or none of some."""

    kind = "tags"
    operators = (ANY_OF, ALL_OF, NONE_OF)
    names: Options

    def __init__(
        self, key: str, label: Any, *, names: Options, need: str, table: str, column: str, ends: str = ""
    ) -> None:
        super().__init__(key, label, group=MARKS)
        self.names, self.need, self.table, self.column, self.ends = names, need, table, column, ends
        self.needs = (need,)

    def ask(self, op: str, value: Any, where: Mapping[str, Any]) -> Asked:
        """Some of them."""
        if where:
            raise Meaningless(gettext_lazy("This is not counted over time."))
        return Asked(self.key, op, chosen(value, self.names))

    def condition(self, asked: Asked, binder: Binder) -> Condition:
        """Members found by the index of the marks."""
        found = f"SELECT member_id FROM {self.table} WHERE {{marked}}"
        if self.ends:
            found = f"{found} AND ({self.ends} IS NULL OR {self.ends} > {binder.bind(binder.at)})"
        every = found.format(marked=binder.among(self.column, asked.value))
        if asked.op == ALL_OF and len(asked.value) > 1:
            every = f"{every} GROUP BY member_id HAVING count(*) = {binder.bind(len(asked.value))}"
            return Members(every, alone=every)
        if len(asked.value) > MOST_MERGED:
            return Members(every, negated=asked.op == NONE_OF)
        # the index has the members of one mark in order, so that those of several are merged and nothing is sorted
        merged = " UNION ".join(found.format(marked=binder.among(self.column, (one,))) for one in asked.value)
        return Members(every, negated=asked.op == NONE_OF, alone=merged)

    def test(self, asked: Asked, today: date) -> Test:
        """The same in memory."""
        wanted = set(asked.value)
        if asked.op == ALL_OF:
            return lambda one: wanted <= getattr(one, self.need)
        return lambda one: bool(wanted & getattr(one, self.need)) == (asked.op == ANY_OF)

    def told(self, asked: Asked) -> str:
        """Tags: any of these."""
        words = {
            ANY_OF: _("%(what)s: any of %(names)s"),
            ALL_OF: _("%(what)s: all of %(names)s"),
            NONE_OF: _("%(what)s: none of %(names)s"),
        }
        return words[asked.op] % {"what": self.label, "names": listed(asked, self.names)}

    def seen(self, asked: Asked, one: Snapshot, today: date) -> str:
        """Those of them that the member has."""
        mine = sorted(getattr(one, self.need) & set(asked.value))
        return _(", ").join(self.names(mine).values()) if mine else _("none of them")


def _stores_in_regions(keys: Sequence[Any]) -> list[int]:
    paths = Region.objects.filter(pk__in=keys).values_list("path", flat=True)
    found: set[int] = set()
    for path in paths:
        found |= set(Store.objects.filter(region__path__startswith=path).values_list("pk", flat=True))
    return sorted(found)


CHOICES = (
    ChoiceFact("tier", gettext_lazy("Tier"), group=PERSON, names=Rows(Tier), column="tier_id"),
    ChoiceFact("stage", gettext_lazy("Stage"), group=PERSON, names=Labels(Stage), column="stage"),
    ChoiceFact("home_store", gettext_lazy("Home store"), group=PLACE, names=Rows(Store), column="home_store_id"),
    PlaceFact("region", gettext_lazy("Region"), names=Rows(Region), stores=_stores_in_regions),
    PlaceFact(
        "store_kind",
        gettext_lazy("Kind of store"),
        names=Labels(StoreKind),
        stores=lambda keys: list(Store.objects.filter(kind__in=keys).values_list("pk", flat=True)),
    ),
    CityFact(
        "city",
        gettext_lazy("City"),
        names=Cities(),
        stores=lambda keys: list(Store.objects.filter(city__in=keys).values_list("pk", flat=True)),
    ),
    ChoiceFact(
        "favourite_store",
        gettext_lazy("Favourite store"),
        group=ORDERS,
        names=Rows(Store),
        table=FACTS,
        column="favourite_store_id",
    ),
    ChoiceFact(
        "favourite_category",
        gettext_lazy("Favourite category"),
        group=ORDERS,
        names=Rows(Category),
        table=FACTS,
        column="favourite_category_id",
    ),
    MarkFact(
        "tags",
        gettext_lazy("Tags"),
        names=Rows(Tag),
        need=snapshots.TAGS,
        table="members_membertag",
        column="tag_id",
        ends="expires_at",
    ),
    MarkFact(
        "lists",
        gettext_lazy("Lists"),
        names=Rows(MemberList),
        need=snapshots.LISTS,
        table="members_listedmember",
        column="member_list_id",
    ),
)
