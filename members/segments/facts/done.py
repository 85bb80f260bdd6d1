"""What a member did in the last days: how many orders, or how much they spent, of a category, a product, in a store."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.models import Category, Product
from members.segments import snapshots
from members.segments.facts.choices import chosen
from members.segments.facts.days import MOST_DAYS, days
from members.segments.facts.numbers import ORDERS, asked_number, compared, compared_sql, comparison, shown
from members.segments.facts.options import Options, Rows
from members.segments.registry import Asked, Binder, Condition, Fact, Meaningless, Members, Narrow, Test
from members.segments.snapshots import Bought, Snapshot
from members.windows import FACTS_DAYS, local_day
from stores.models import Store

NARROWED: Mapping[str, Options] = {
    "categories": Rows(Category),
    "products": Rows(Product),
    "stores": Rows(Store),
}
# Lines know when they were paid: the index of products finds those of the last days, and these few orders are read.
LINES = "o.id IN (SELECT l.order_id FROM members_orderline l WHERE {lines})"
JOINED = "members_order o JOIN members_orderline l ON l.order_id = o.id"
PRODUCTS = {
    "categories": ("p.category_id", "l.product_id IN (SELECT p.id FROM members_product p WHERE {among})"),
    "products": ("l.product_id", "{among}"),
}

LABELS = {
    "categories": gettext_lazy("of the categories"),
    "products": gettext_lazy("of the products"),
    "stores": gettext_lazy("in the stores"),
}


class DidFact(Fact):
    """Counted over the orders of the last days (all days without any): their number, or what was paid and kept.

    Whoever has none counts as zero, so that "at most two" finds those who never came, too.
    """

    kind = "did"
    operators = ("gte", "lte", "between", "eq")
    needs = (snapshots.PURCHASES,)
    narrows = {name: Narrow(LABELS[name], names) for name, names in NARROWED.items()}

    def __init__(self, key: str, label: Any, *, measure: str) -> None:
        super().__init__(key, label, group=ORDERS)
        self.measure = measure

    def ask(self, op: str, value: Any, where: Mapping[str, Any]) -> Asked:
        """A number, and what the orders are narrowed to: days, categories, products, stores."""
        if set(where) - {"days", *NARROWED}:
            raise Meaningless(gettext_lazy("Orders cannot be narrowed like this."))
        cleaned: dict[str, Any] = {}
        if where.get("days") is not None:
            cleaned["days"] = days(where["days"], MOST_DAYS)
        for name, names in NARROWED.items():
            if where.get(name):
                cleaned[name] = chosen(where[name], names)
        return Asked(self.key, op, asked_number(op, value), tuple(sorted(cleaned.items())))

    def plain(self, asked: Asked) -> Any:
        """Numbers as texts, so that nothing is rounded."""
        return [shown(one) for one in asked.value] if asked.op == "between" else shown(asked.value)

    def condition(self, asked: Asked, binder: Binder) -> Condition:
        """Members by their orders; where zero fits too, all but those for whom the contrary is true."""
        fits_none = compared(asked.op, asked.value, Decimal(0))
        total = "count(*)" if self.measure == "orders" else "sum(o.net_amount - o.returned_amount)"
        at_least_one = self.measure == "orders" and (asked.op, asked.value) == ("gte", 1)
        joined = at_least_one and len(dict(asked.where).keys() & PRODUCTS.keys()) == 1
        wheres = ["o.member_id IS NOT NULL", *self._narrowed(asked, binder, "{lines}" if joined else LINES)]
        having = compared_sql(total, asked.op, asked.value, binder)
        if fits_none:
            having = f"NOT ({having})"
        tail = "" if at_least_one else f" GROUP BY o.member_id HAVING {having}"
        tables = JOINED if joined else "members_order o"
        found = f"SELECT o.member_id FROM {tables} WHERE {' AND '.join(wheres)}{tail}"
        return Members(found, negated=fits_none, alone="" if at_least_one else found, share=_share(dict(asked.where)))

    def test(self, asked: Asked, today: date) -> Test:
        """The same in memory."""
        return lambda one: compared(asked.op, asked.value, self._total(asked, one, today))

    def told(self, asked: Asked) -> str:
        """Orders of fruit in the last 30 days at least 2."""
        where = dict(asked.where)
        words = [str(self.label)]
        for name, names in NARROWED.items():
            if name in where:
                words.append(_(", ").join(names(where[name]).values()))
        words.append(_("in the last %(days)s days") % {"days": where["days"]} if "days" in where else _("ever"))
        return " ".join([*words, comparison(asked.op, asked.value)])

    def seen(self, asked: Asked, one: Snapshot, today: date) -> str:
        """The number."""
        return shown(self._total(asked, one, today))

    def changes_on(self, asked: Asked, one: Snapshot, today: date) -> date | None:
        """The day on which the first of the orders that count no longer does."""
        where = dict(asked.where)
        counted = [local_day(bought.at) for bought in one.purchases if _counts(bought, where, today)]
        return min(counted) + timedelta(where["days"]) if counted and "days" in where else None

    def _narrowed(self, asked: Asked, binder: Binder, lines: str) -> Iterable[str]:
        where = dict(asked.where)
        since = binder.since(where["days"]) if "days" in where else ""
        if "stores" in where:
            yield binder.among("o.store_id", where["stores"])
        if since and not where.keys() & PRODUCTS.keys():
            yield f"o.paid_at >= {since}"
        for name, (column, text) in PRODUCTS.items():
            if name in where:
                products = text.format(among=binder.among(column, where[name]))
                yield lines.format(lines=f"{products} AND l.paid_at >= {since}" if since else products)

    def _total(self, asked: Asked, one: Snapshot, today: date) -> Decimal:
        counted = [bought for bought in one.purchases if _counts(bought, dict(asked.where), today)]
        if self.measure == "orders":
            return Decimal(len(counted))
        return sum((bought.kept for bought in counted), Decimal(0))


def _share(where: Mapping[str, Any]) -> float:
    """A guess how many of the members bought like this: a share of the year for days, a tenth for anything else."""
    days = min(where.get("days", FACTS_DAYS), FACTS_DAYS)
    return float(days / FACTS_DAYS * 0.1 ** len(where.keys() - {"days"}))


def _counts(bought: Bought, where: Mapping[str, Any], today: date) -> bool:
    if "days" in where and (today - local_day(bought.at)).days >= where["days"]:
        return False
    if "stores" in where and bought.store_id not in where["stores"]:
        return False
    if "categories" in where and not bought.categories & set(where["categories"]):
        return False
    return "products" not in where or bool(bought.products & set(where["products"]))


DONE = (
    DidFact("ordered", gettext_lazy("Orders"), measure="orders"),
    DidFact("spent", gettext_lazy("Spend, yuan"), measure="spend"),
)
