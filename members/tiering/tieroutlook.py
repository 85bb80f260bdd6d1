"""A simulation, or what became of one, as tables: from which tier to which, by kind of store, what benefits cost."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from members.models import Tier, TierRules
from members.tiering.tierrollout import moves_of
from members.tiering.tierrules import Version, version_of
from members.tiering.tiersimulation import Move, kept
from stores.models import StoreKind

UP, DOWN, STAY = "up", "down", "stay"


@dataclass(frozen=True)
class Cell:
    """How many go this way; ``way`` is up, down or stay."""

    members: int
    way: str


@dataclass(frozen=True)
class Row:
    """From one tier to each of ``Outlook.tiers``."""

    tier: Tier
    cells: Sequence[Cell]


@dataclass(frozen=True)
class KindRow:
    """Members of stores of one kind: how many, and how many of them move up and down."""

    kind: str
    members: int
    up: int
    down: int


@dataclass(frozen=True)
class CostRow:
    """What a benefit costs in a year, in yuan."""

    tier: str
    title: str
    before: Decimal
    after: Decimal

    @property
    def change(self) -> Decimal:
        """How much more, or less."""
        return self.after - self.before


@dataclass(frozen=True)
class Outlook:
    """Who moves, out of so many, and at what cost; ``day`` is that of the simulation."""

    day: str
    members: int
    up: int
    down: int
    tiers: Sequence[Tier]
    rows: Sequence[Row]
    kinds: Sequence[KindRow]
    costs: Sequence[CostRow]
    total: CostRow
    once: Decimal

    @property
    def moved(self) -> int:
        """How many move at all."""
        return self.up + self.down


def outlook_of(rules: TierRules) -> Outlook | None:
    """What the kept simulation of the rules says; None without one."""
    found = kept(rules)
    if found is None:
        return None
    tiers = Tier.objects.in_bulk()
    costs = [_cost(cost, tiers) for cost in found.costs]
    total = CostRow(
        "", _("Together"), sum((c.before for c in costs), Decimal(0)), sum((c.after for c in costs), Decimal(0))
    )
    return _outlook(found.moves, version_of(rules, on=None), tiers, found.day, costs, total, Decimal(found.once))


def result_of(rules: TierRules) -> Outlook:
    """Who has really moved since the rules came into force; nobody who stayed is counted."""
    nothing = CostRow("", "", Decimal(0), Decimal(0))
    tiers = Tier.objects.in_bulk()
    return _outlook(moves_of(rules), version_of(rules, on=None), tiers, "", [], nothing, Decimal(0))


def _outlook(
    moves: Sequence[Move],
    version: Version,
    tiers: dict[int, Tier],
    day: str,
    costs: Sequence[CostRow],
    total: CostRow,
    once: Decimal,
) -> Outlook:
    counted: dict[tuple[int, int], int] = defaultdict(int)
    for move in moves:
        counted[move.before, move.after] += move.members
    order = [pk for pk, _need in version.needs]
    rows = [
        Row(tiers[before], [Cell(counted[before, after], _way(version, before, after)) for after in order])
        for before in order
    ]
    up, down = (sum(cell.members for row in rows for cell in row.cells if cell.way == way) for way in (UP, DOWN))
    members = sum(move.members for move in moves)
    return Outlook(
        day, members, up, down, [tiers[pk] for pk in order], rows, _kinds(moves, version), costs, total, once
    )


def _way(version: Version, before: int, after: int) -> str:
    if before == after:
        return STAY
    return UP if version.rank(after) > version.rank(before) else DOWN


def _kinds(moves: Iterable[Move], version: Version) -> list[KindRow]:
    """The kinds of store in their own order, those without a store last."""
    counted: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for move in moves:
        counted[move.kind][_way(version, move.before, move.after)] += move.members
    labels = {**dict(StoreKind.choices), "": _("No home store")}
    return [
        KindRow(str(label), sum(counted[kind].values()), counted[kind][UP], counted[kind][DOWN])
        for kind, label in labels.items()
        if kind in counted
    ]


def _cost(cost: dict[str, Any], tiers: dict[int, Tier]) -> CostRow:
    tier = tiers.get(cost["tier"])
    return CostRow(tier.name if tier else "", cost["title"], Decimal(cost["before"]), Decimal(cost["after"]))
