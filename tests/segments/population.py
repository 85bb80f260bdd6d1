"""Members of every sort, and trees that ask about them, drawn by chance: for showing that SQL and memory agree."""

import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from campaigns.models import MemberDayOccurrence
from members.models import (
    Category,
    ListedMember,
    Member,
    MemberList,
    MemberOutlook,
    MemberPlace,
    MemberTag,
    Segment,
    SegmentKind,
    SegmentSpan,
    Tag,
    TagGroup,
    Tier,
    ValueFit,
)
from members.orders.drafts import LineDraft, OrderDraft, ReturnDraft
from members.orders.intake import record_many
from members.segments.registry import REGISTRY
from stores.models import Region, Store, StoreKind
from tests.makers import make_member, make_region, make_store, make_tiers, number
from tests.segments.happenings import happen

CITIES = ("上海", "杭州", "")
WORDS = (("F001", "阳光玫瑰", "葡萄"), ("F002", "红颜草莓", "草莓"), ("F003", "车厘子", "樱桃"))

# In one town, near a pole, at both sides of the antimeridian, and one that is on no map.
SPOTS: tuple[dict[str, float], ...] = (
    {"latitude": 31.23, "longitude": 121.47},
    {"latitude": 31.25, "longitude": 121.49},
    {"latitude": 89.99, "longitude": 10.0},
    {"latitude": -16.5, "longitude": 179.995},
    {},
)


class Population:
    """Some members with all that rules may ask about, and what there is to choose from."""

    def __init__(self, seed: int, members: int, now: datetime) -> None:
        self.chance, self.now = random.Random(seed), now
        make_tiers()
        east = make_region("华东")
        regions = [east, make_region("上海", parent=east), make_region("华南")]
        self.stores = [
            make_store(
                f"{nth}号店",
                region=regions[nth % 3],
                city=CITIES[nth % 3],
                kind=StoreKind.values[nth % 4],
                **SPOTS[nth],
            )
            for nth in range(5)
        ]
        group = TagGroup.objects.create(name="试验")
        self.tags = [Tag.objects.create(group=group, name=name) for name in ("爱甜", "爱酸", "近", "远")]
        self.lists = [MemberList.objects.create(name=name) for name in ("展会", "老客")]
        self.members = [self._member() for _nth in range(members)]
        self._buy()
        self._mark()
        self._segment()
        self._foretell()
        self._settle()
        happen(self.chance, self.members, self.stores, now)
        Member.objects.filter(pk__in=[one.pk for one in self.members[::13]]).update(state="erased")
        self.members = list(Member.objects.filter(pk__in=[one.pk for one in self.members]).order_by("pk"))

    def _member(self) -> Member:
        chance = self.chance
        born = date(1960, 1, 1) + timedelta(days=chance.randrange(18000)) if chance.random() < 0.7 else None
        return make_member(
            f"会员{number()}",
            home_store=chance.choice([None, *self.stores]),
            birthday=born,
            birthday_calendar=chance.choice(["solar", "lunar"]),
            joined_at=self.now - timedelta(days=chance.randrange(900)),
        )

    def _buy(self) -> None:
        drafts: list[Any] = []
        for one in self.members:
            for _nth in range(self.chance.choice((0, 0, 1, 2, 3, 6))):
                at = self.now - timedelta(days=self.chance.randrange(500), hours=self.chance.randrange(30))
                lines = [
                    LineDraft(sku, Decimal(1), Decimal(self.chance.randrange(1, 90000)) / 100, name=name, category=kind)
                    for sku, name, kind in self.chance.sample(WORDS, self.chance.choice((1, 1, 2)))
                ]
                store, order_no = self.chance.choice(self.stores).code, f"S{number()}"
                drafts.append(OrderDraft("pos", order_no, at, store, lines, member_id=one.pk))
                if self.chance.random() < 0.2:
                    back = sum(line.unit_price for line in lines) * self.chance.choice((1, Decimal("0.5")))
                    amount = back.quantize(Decimal("0.01")) or Decimal("0.01")
                    drafts.append(ReturnDraft("pos", f"R{number()}", at, store, sale_no=order_no, amount=amount))
        record_many(drafts, at=self.now)

    def _mark(self) -> None:
        for one in self.members:
            for tag in self.chance.sample(self.tags, self.chance.randrange(4)):
                ends = self.chance.choice((None, None, self.now - timedelta(days=1), self.now + timedelta(days=1)))
                MemberTag.objects.create(member=one, tag=tag, expires_at=ends)
            for some in self.chance.sample(self.lists, self.chance.choice((0, 0, 1, 2))):
                ListedMember.objects.create(member_list=some, member=one)

    def _segment(self) -> None:
        """One that follows its rule, and one with those it was taken with."""
        untagged = {"fact": "tags", "op": "none", "value": [self.tags[0].pk]}
        rule = {"any": [{"fact": "orders", "op": "gte", "value": "3"}, untagged]}
        follows, taken = (Segment.objects.create(name=kind, kind=kind, rule=rule) for kind in SegmentKind.values)
        self.segments = [follows, taken]
        for one in self.members[::3]:
            ended = self.now if self.chance.random() < 0.3 else None
            SegmentSpan.objects.create(segment=taken, member=one, since=self.now, until=ended)

    def _foretell(self) -> None:
        """What is expected of most of them; of some not whether they still come."""
        fit = ValueFit.objects.create(until=self.now.date(), members=0, parameters={}, log_likelihood=0)
        for one in self.members:
            alive, soon = self.chance.choice((None, self.chance.randrange(101) / 100)), self.chance.randrange(600) / 100
            if self.chance.random() < 0.8:
                MemberOutlook.objects.create(member=one, alive=alive, expected_90d=soon, value_365d=0, fit=fit)

    def _settle(self) -> None:
        """Most live somewhere about a store, near the antimeridian and the pole on the far side of it."""
        for one in self.members:
            if self.chance.random() < 0.8:
                spot, spread = self.chance.choice(SPOTS[:4]), self.chance.choice((0.01, 0.05, 3))
                latitude = spot["latitude"] + self.chance.uniform(-spread, spread)
                longitude = spot["longitude"] + self.chance.uniform(-spread, spread) * self.chance.choice((1, 50))
                MemberPlace.objects.create(
                    member=one, latitude=max(-90, min(90, latitude)), longitude=(longitude + 180) % 360 - 180
                )

    def tree(self, depth: int = 3) -> dict[str, Any]:
        """A tree drawn by chance; about every fourth part is a group."""
        if depth and self.chance.random() < 0.45:
            parts = [self.tree(depth - 1) for _nth in range(self.chance.choice((1, 2, 2, 3)))]
            return {self.chance.choice(("all", "all", "any", "any", "none")): parts}
        fact = REGISTRY[self.chance.choice(sorted(REGISTRY))]
        op = self.chance.choice(list(fact.operators))
        return {"fact": fact.key, "op": op, **DRAWN[fact.kind](self, fact.key, op)}

    def some(self, rows: list[Any]) -> list[Any]:
        """One or more of several."""
        return self.chance.sample(rows, self.chance.randint(1, len(rows)))

    def choices(self, key: str) -> list[Any]:
        """What there is to choose from for a fact."""
        rows: dict[str, Any] = {"tier": Tier, "home_store": Store, "favourite_store": Store, "region": Region}
        rows |= {"favourite_category": Category}
        if key in rows:
            return list(rows[key].objects.order_by("pk").values_list("pk", flat=True))
        fixed = {"stage": ["introduction", "growing", "mature", "declining", "lost"], "city": ["上海", "杭州"],
                 "store_kind": list(StoreKind.values), "tags": [tag.pk for tag in self.tags],
                 "takes_part": list(MemberDayOccurrence.objects.order_by("pk").values_list("pk", flat=True)[:9]),
                 "lists": [one.pk for one in self.lists], "segments": [one.pk for one in self.segments]}  # fmt: skip
        return fixed[key]


def a_number(people: Population, key: str, op: str) -> dict[str, Any]:
    """A number near those that occur, zero not seldom."""
    most = {"spend": 3000, "spend_365d": 2000, "average_basket": 900, "growth": 2000, "points": 2000, "spent": 1500,
            "alive": 100}  # fmt: skip
    low, high = sorted(people.chance.choice((0, people.chance.randrange(most.get(key, 6) + 1))) for _nth in range(2))
    return {"value": [low, high] if op == "between" else high}


def narrowed(people: Population, key: str, op: str) -> dict[str, Any]:
    """A number of times or yuan, perhaps of some days, products, coupons ..."""
    where: dict[str, Any] = {}
    if people.chance.random() < 0.6:
        where["days"] = people.chance.choice((1, 7, 30, 365))
    for name, narrow in REGISTRY[key].narrows.items():
        if people.chance.random() < 0.35:
            where[name] = people.some([value for value, _name in narrow.names.offer("", 50)])
    return {**a_number(people, key, op), "where": where}


def near(people: Population, _key: str, _op: str) -> dict[str, Any]:
    """Some kilometres, of some stores or of the home store."""
    where = {"stores": people.some([one.pk for one in people.stores])} if people.chance.random() < 0.5 else {}
    return {"value": people.chance.choice(("0.5", "3", "40", "900")), "where": where}


DRAWN = {
    "near": near,
    "number": a_number,
    "did": narrowed,
    "ago": lambda people, _key, _op: {"value": people.chance.choice((1, 7, 30, 60, 365))},
    "share": lambda people, _key, _op: {"value": people.chance.choice((1, 10, 40, 99))},
    "birthday": lambda people, _key, _op: {"value": people.chance.choice((1, 7, 31, 200))},
    "choice": lambda people, key, _op: {"value": people.some(people.choices(key))},
    "tags": lambda people, key, _op: {"value": people.some(people.choices(key))},
    "people": lambda people, _key, _op: {"value": [one.pk for one in people.some(people.members)]},
}
