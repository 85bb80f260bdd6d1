"""Which way of a split does better: each beside the first one, and what may be said of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from campaigns.journeys import sketching
from campaigns.lift.boards import SHARES, Line
from campaigns.models import Effect, Journey, Part, Verdict

LETTERS = "abcde"


@dataclass(frozen=True)
class Contest:
    """The ways of a split: its key, how many ways, and of those that were measured the effect beside A by lane."""

    key: str
    ways: int
    beside_a: Mapping[int, Line]

    @property
    def letters(self) -> Sequence[tuple[int, str]]:
        """Each lane with its letter."""
        return [(lane, LETTERS[lane].upper()) for lane in range(self.ways)]

    @property
    def lines(self) -> list[Line]:
        """What was measured, B first."""
        return [self.beside_a[lane] for lane in sorted(self.beside_a)]

    @property
    def reach(self) -> float:
        """How far a scale for all of them goes, in points."""
        ends = [abs(end) for line in self.lines if line.ends for end in (line.ends[0], line.ends[2])]
        return max(2.0, min(max(ends, default=2.0), 100.0))

    @property
    def bottom(self) -> float:
        """Where the scale begins."""
        return -self.reach

    @property
    def winner(self) -> int | None:
        """The lane that certainly does better: A when all others do worse, else the best of those that beat A; None as
        long as one cannot tell."""
        better = {
            lane: line.effect.effect or 0.0
            for lane, line in self.beside_a.items()
            if line.effect.verdict == Verdict.BETTER
        }
        if better:
            return max(better, key=lambda lane: better[lane])
        all_worse = len(self.beside_a) == self.ways - 1 and all(
            line.effect.verdict == Verdict.WORSE for line in self.lines
        )
        return 0 if all_worse and self.ways > 1 else None

    @property
    def winner_letter(self) -> str:
        """Its letter; nothing as long as one cannot tell."""
        return "" if self.winner is None else LETTERS[self.winner].upper()


def of_journey(journey: Journey, sketch: Mapping[str, Any]) -> list[Contest]:
    """The splits of a flow that were measured, in the order of reading."""
    splits = [node for node in sketching.walk(sketch["steps"]) if node["kind"] == "split"]
    if not splits:
        return []
    measured = {
        one.key: one
        for one in Effect.objects.filter(journey=journey, part=Part.LANE, measure__in=SHARES).order_by("pk")
    }
    return [_contest(node, measured) for node in splits]


def _contest(node: Mapping[str, Any], measured: Mapping[str, Effect]) -> Contest:
    key, ways = node["key"], len(node.get("lanes", ()))
    names = {lane: f"{key}:{LETTERS[lane]}" for lane in range(1, min(ways, len(LETTERS)))}
    found = {lane: Line(LETTERS[lane].upper(), measured[name]) for lane, name in names.items() if name in measured}
    return Contest(key, ways, found)
