"""The six predicates of the bench of segments: each as a rule, and as the best SQL that one writes by hand for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import cos, radians, sin
from pathlib import Path
from typing import Any

from members.models import Category, Tag, Tier
from members.segments.trees import Node, parse
from members.windows import first_moment, local_day
from stores.models import Store

FOLDER = Path(__file__).parent
KM, EARTH_KM, KM_PER_DEGREE = 3, 6371.0088, 111.19508
MATERIALISED = (FOLDER / "materialised.sql").read_text()


@dataclass(frozen=True)
class Predicate:
    """A question, and how soon an answer is wanted at ten million members, in ms."""

    name: str
    rule: dict[str, Any]
    file: str
    wanted_ms: int

    @property
    def tree(self) -> Node:
        """The rule as the product reads it."""
        return parse(self.rule)

    @property
    def sql(self) -> str:
        """The same by hand."""
        return (FOLDER / self.file).read_text()


def six(at: datetime) -> tuple[list[Predicate], Mapping[str, Any]]:
    """The predicates of the population of tests/bench/millions.py as of a moment, and the parameters of the SQL."""
    gold, silver = Tier.objects.order_by("-threshold").values_list("pk", flat=True)[:2]
    tags = list(Tag.objects.filter(group__name="Millions").order_by("pk").values_list("pk", flat=True))
    liked, loved, disliked = tags[6], tags[11], tags[16]
    category, store = Category.objects.get(name="Category 7").pk, Store.objects.get(code="S006")
    three = [f"City {nth}" for nth in (5, 6, 7)]
    churning = [leaf("orders_365d", "gte", 4), leaf("last_order", "before", 60)]
    tagged = [leaf("tags", "any", [liked]), leaf("tags", "none", [disliked])]
    either = [leaf("tags", "any", [liked, loved]), leaf("tags", "none", [disliked])]
    row = [leaf("tier", "in", [silver]), leaf("city", "in", three)]
    predicates = [
        Predicate("P1 tier + city", {"all": [leaf("tier", "in", [gold]), leaf("city", "in", three[:1])]},
                  "tier_and_city.sql", 250),
        Predicate("P2 pre-churn", {"all": churning}, "pre_churn.sql", 250),
        Predicate("P3 two tags, not a third", {"all": either}, "tags.sql", 1_500),
        Predicate("P4 within 3 km of a store", near(store), "near_a_store.sql", 250),
        Predicate("P5 bought a category in 14 days",
                  {**leaf("ordered", "gte", 1), "where": {"categories": [category], "days": 14}},
                  "bought_lately.sql", 250),
        Predicate("P6 tier, 3 cities, pre-churn, tags", {"all": [*row, *churning, *tagged]}, "combined.sql", 1_500),
    ]  # fmt: skip
    today = local_day(at)
    params = {"gold": gold, "silver": silver, "liked": liked, "loved": loved, "disliked": disliked, "now": at,
              "city": three[0], "stores_of_three": _stores(three), "category": category, **_box(store),
              "long_ago": first_moment(today, 61), "lately": first_moment(today, 14)}  # fmt: skip
    return predicates, params


def leaf(fact: str, op: str, value: Any) -> dict[str, Any]:
    """A condition as JSON."""
    return {"fact": fact, "op": op, "value": value}


def near(store: Store) -> dict[str, Any]:
    """Living within some kilometres of a store."""
    return {**leaf("near", "within", KM), "where": {"stores": [store.pk]}}


def fifth(at: datetime) -> tuple[dict[str, Any], Mapping[str, Any]]:
    """A rule that a fifth of the members meet, and the parameters of the SQL that materialises it."""
    tag = Tag.objects.filter(group__name="Millions").order_by("pk")[0].pk
    return leaf("tags", "any", [tag]), {"carried": tag, "now": at}


def _stores(cities: list[str]) -> list[int]:
    return list(Store.objects.filter(city__in=cities).values_list("pk", flat=True))


def _box(store: Store) -> dict[str, float]:
    assert store.latitude is not None
    assert store.longitude is not None
    tall = KM / KM_PER_DEGREE
    wide = tall / cos(radians(store.latitude)) * 1.001
    return {"latitude": store.latitude, "longitude": store.longitude, "haversine": sin(KM / (2 * EARTH_KM)) ** 2,
            "south": store.latitude - tall, "north": store.latitude + tall, "west": store.longitude - wide,
            "east": store.longitude + wide}  # fmt: skip
