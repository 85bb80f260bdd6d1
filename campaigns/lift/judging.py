"""From counted arms to effects: the difference, its interval, and what may be said of it. Loaded by jobs alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from campaigns.lift.arms import Arm, together
from campaigns.lift.counting import Row
from campaigns.lift.overdates import Heads
from campaigns.lift.pooling import by_place
from campaigns.lift.statistics import Difference, of_means, of_shares, sample_ratio
from campaigns.models import Doubt, Effect, Measure, Part, Verdict

LEAST_MEMBERS = 30
"""Members of an arm below which nothing is said of it."""

UNLIKELY = 0.001
"""How unlikely a control group of such a size must be to be taken for a fault; strict, since it is asked nightly."""


@dataclass
class Effects:
    """Effects of one campaign's date or one journey, gathered. ``common`` is what all their rows share; ``goal`` says
    that the share that reached it is compared rather than that which bought."""

    common: Mapping[str, Any]
    goal: bool = False
    rows: list[Effect] = field(default_factory=list)

    def add(self, part: Part, key: str, counted: Iterable[Row], expected: float) -> None:
        """The effects of a part on the share and on what is spent; its control group should be ``expected`` of it."""
        counted = list(counted)
        treated, control = self._arms(counted)
        ratio = sample_ratio(treated.members, control.members, expected)
        doubt = doubt_of(treated, control, ratio)
        common = {"part": part, "key": key, "sample_ratio": ratio}
        self._put(treated.share, control.share, of_shares(treated, control), treated, control, doubt,
                  measure=self.measure, **common)  # fmt: skip
        treated, control = self._bought(counted)
        self._put(treated.per_head, control.per_head, of_means(treated, control), treated, control, doubt,
                  measure=Measure.SPEND, **common)  # fmt: skip

    def add_places(self, part: Part, counted: Mapping[int | None, list[Row]]) -> None:
        """The effect on the share in each store or at each guide, drawn to that of all; with its doubts as a whole."""
        arms = {key: self._arms(rows) for key, rows in counted.items() if key is not None}
        for key, pooled in by_place(arms).items():
            treated, control = arms[key]
            self._put(treated.share, control.share, pooled.drawn, treated, control, doubt_of(treated, control, None, 2),
                      measure=self.measure, part=part, key=str(key), raw=pooled.raw)  # fmt: skip

    def add_heads(self, part: Part, key: str, treated: Heads, control: Heads, expected: float) -> None:
        """The effects by heads: on the share of their dates on which members bought, and on what they spent on one."""
        ratio = sample_ratio(treated.bought.members, control.bought.members, expected)
        doubt = doubt_of(treated.bought, control.bought, ratio)
        pairs = ((Measure.BOUGHT, treated.bought, control.bought), (Measure.SPEND, treated.spent, control.spent))
        for measure, one, other in pairs:
            self._put(one.per_head, other.per_head, of_means(one, other), one, other, doubt,
                      measure=measure, part=part, key=key, sample_ratio=ratio)  # fmt: skip

    @property
    def measure(self) -> Measure:
        """Which share is compared."""
        return Measure.GOAL if self.goal else Measure.BOUGHT

    def _arms(self, counted: Iterable[Row]) -> tuple[Arm, Arm]:
        rows = list(counted)
        arms = [(row.control, row.goal if self.goal else row.arm) for row in rows]
        return together(arm for held, arm in arms if not held), together(arm for held, arm in arms if held)

    def _bought(self, counted: Iterable[Row]) -> tuple[Arm, Arm]:
        rows = list(counted)
        return together(row.arm for row in rows if not row.control), together(row.arm for row in rows if row.control)

    def _put(
        self,
        treated_value: float,
        control_value: float,
        difference: Difference | None,
        treated: Arm,
        control: Arm,
        doubt: str,
        **more: Any,
    ) -> None:
        self.rows.append(
            Effect(
                treated=treated.members,
                control=control.members,
                treated_value=treated_value,
                control_value=control_value,
                effect=difference.value if difference else None,
                low=difference.low if difference else None,
                high=difference.high if difference else None,
                verdict=verdict_of(difference, doubt),
                doubt=doubt,
                **self.common,
                **more,
            )
        )


def doubt_of(treated: Arm, control: Arm, ratio: float | None, least: int = LEAST_MEMBERS) -> str:
    """Why nothing is to be said of two arms; "" when there is no reason."""
    if not control.members:
        return Doubt.NO_CONTROL.value
    if ratio is not None and ratio < UNLIKELY:
        return Doubt.SAMPLE_RATIO.value
    return Doubt.TOO_FEW.value if min(treated.members, control.members) < least else ""


def verdict_of(difference: Difference | None, doubt: str) -> Verdict:
    """Better or worse where the interval lies on one side of zero and nothing is doubtful."""
    if difference is None or doubt or difference.low <= 0 <= difference.high:
        return Verdict.CANNOT_TELL
    return Verdict.BETTER if difference.low > 0 else Verdict.WORSE


def keep(rows: list[Effect], as_of: datetime, **whose: Any) -> None:
    """Put effects in the place of those that were known of the same date or journey."""
    Effect.objects.bulk_create(
        rows,
        batch_size=2_000,
        update_conflicts=True,
        unique_fields=["occurrence", "journey", "campaign", "part", "key", "measure"],
        update_fields=[
            "treated", "control", "treated_value", "control_value", "effect", "low", "high", "raw", "verdict", "doubt",
            "sample_ratio", "since", "until", "is_final", "as_of",
        ],
    )  # fmt: skip
    Effect.objects.filter(**whose, as_of__lt=as_of).delete()
