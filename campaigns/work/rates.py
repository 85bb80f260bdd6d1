"""Intervals of what was counted: shares of coupons used, and effects of stores and guides. Loaded by the job alone.

Every figure is statsmodels' or that of campaigns.lift: Wilson's interval for a share, shares and effects of many places
drawn to that of all by campaigns.lift.pooling.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
from django.db import connection
from django.utils import timezone
from statsmodels.stats.proportion import proportion_confint

from campaigns.lift.arms import Arm
from campaigns.lift.judging import doubt_of, verdict_of
from campaigns.lift.pooling import LEAST, Array, shrunk
from campaigns.lift.statistics import ALPHA
from campaigns.models import Effect, Measure, Part, Verdict, WorkMonth

BACK = timedelta(days=90)
LEAST_MEMBERS = 2  # of an arm; the pooling says how little the few tell
WRITE_RATES = """
    UPDATE campaigns_workmonth w SET low = v.low, high = v.high, drawn = v.drawn, drawn_low = v.drawn_low,
        drawn_high = v.drawn_high
    FROM unnest(%s::bigint[], %s::float[], %s::float[], %s::float[], %s::float[], %s::float[])
        AS v(id, low, high, drawn, drawn_low, drawn_high)
    WHERE w.id = v.id
"""
WRITE_EFFECTS = """
    UPDATE campaigns_workmonth w SET treated = v.treated, control = v.control, effect = v.effect, effect_low = v.low,
        effect_high = v.high, verdict = v.verdict
    FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::float[], %s::float[], %s::float[], %s::text[])
        AS v(id, treated, control, effect, low, high, verdict)
    WHERE w.id = v.id
"""


def put(month: date, *, newest: bool) -> None:
    """Give the rows of a month their intervals, guides among guides and stores among stores; the newest their effects
    as well."""
    for part in (Part.GUIDE, Part.STORE):
        rows = WorkMonth.objects.filter(month=month, guide__isnull=part == Part.STORE)
        rows.filter(sent=0, low__isnull=False).update(low=None, high=None, drawn=None, drawn_low=None, drawn_high=None)
        _put_rates(list(rows.filter(sent__gt=0).values_list("pk", "used", "sent")))
        if newest:
            name = "guide_id" if part == Part.GUIDE else "store_id"
            _put_effects({key: pk for pk, key in rows.order_by("members").values_list("pk", name)}, part)


def _put_rates(rows: Sequence[tuple[int, int, int]]) -> None:
    if not rows:
        return
    keys, used, sent = (np.array(column) for column in zip(*rows, strict=True))
    low, high = proportion_confint(used, sent, alpha=ALPHA, method="wilson")
    drawn, drawn_low, drawn_high = shares_drawn(used, sent)
    columns = [keys.tolist(), *(_listed(one) for one in (low, high, drawn, drawn_low, drawn_high))]
    with connection.cursor() as cursor:
        cursor.execute(WRITE_RATES, columns)


def shares_drawn(used: Array, sent: Array) -> tuple[Array, Array, Array]:
    """Shares drawn to that of all, with the ends of their intervals; NaN where nothing is known of the others."""
    nothing = np.full(len(sent), np.nan)
    whole = used.sum() / sent.sum()
    if len(sent) < LEAST or not 0 < whole < 1:
        return nothing, nothing, nothing
    found = shrunk(used / sent, whole * (1 - whole) / sent)
    ends = np.clip(np.array([(one.value, one.low, one.high) for one in found]), 0, 1)
    return ends[:, 0], ends[:, 1], ends[:, 2]


def _put_effects(keys: dict[int, int], part: Part) -> None:
    """The effects of all campaigns and journeys that were lately measured, one figure for each place."""
    WorkMonth.objects.filter(pk__in=keys.values(), effect__isnull=False).update(
        effect=None, effect_low=None, effect_high=None, verdict=Verdict.CANNOT_TELL
    )
    found = {key: row for key, row in combined(_measured(part)).items() if key in keys}
    if len(found) < LEAST:
        return
    drawn = shrunk(np.array([one[0] for one in found.values()]), np.array([one[1] for one in found.values()]))
    columns: list[list[Any]] = [[] for _nth in range(7)]
    for (key, (_effect, _variance, treated, control)), one in zip(found.items(), drawn, strict=True):
        doubt = doubt_of(Arm(treated), Arm(control), None, LEAST_MEMBERS)
        row = (keys[key], treated, control, one.value, one.low, one.high, verdict_of(one, doubt).value)
        for column, value in zip(columns, row, strict=True):
            column.append(value)
    with connection.cursor() as cursor:
        cursor.execute(WRITE_EFFECTS, columns)


class Compared(NamedTuple):
    """A place in one comparison: how many were treated and left alone, and what share of each did it."""

    place: int
    treated: int
    control: int
    share: float
    other: float


def combined(rows: Iterable[tuple[Any, Compared]]) -> dict[int, tuple[float, float, int, int]]:
    """Per place the effect over all its comparisons and its variance, weighted by how sure each is, and how many
    members there were on both sides. A row is a comparison and a place in it.

    How much chance is in a place follows from its size and the shares of all in the same comparison.
    """
    by_comparison: dict[Any, list[Compared]] = {}
    for comparison, row in rows:
        by_comparison.setdefault(comparison, []).append(row)
    sums: dict[int, list[float]] = {}
    for some in by_comparison.values():
        places, treated, control, share, other = (np.array(column) for column in zip(*some, strict=True))
        of_all = (share * treated).sum() / treated.sum(), (other * control).sum() / control.sum()
        variances = of_all[0] * (1 - of_all[0]) / treated + of_all[1] * (1 - of_all[1]) / control
        if not variances.min() > 0:
            continue
        for nth, place in enumerate(places.tolist()):
            weights = sums.setdefault(place, [0.0, 0.0, 0, 0])
            weights[0] += float((share[nth] - other[nth]) / variances[nth])
            weights[1] += float(1 / variances[nth])
            weights[2] += int(treated[nth])
            weights[3] += int(control[nth])
    return {place: (one[0] / one[1], 1 / one[1], int(one[2]), int(one[3])) for place, one in sums.items()}


def _measured(part: Part) -> Iterable[tuple[Any, Compared]]:
    rows = Effect.objects.filter(
        part=part, measure__in=(Measure.BOUGHT, Measure.GOAL), until__gte=timezone.now() - BACK, treated__gt=0,
        control__gt=0,
    )  # fmt: skip
    columns = ("occurrence_id", "journey_id", "key", "treated", "control", "treated_value", "control_value")
    for occurrence, journey, key, treated, control, share, other in rows.values_list(*columns).iterator():
        yield (occurrence, journey), Compared(int(key), treated, control, share, other)


def _listed(column: Array) -> list[float | None]:
    return [None if np.isnan(one) else float(one) for one in column]
