"""What somebody got earlier on the way: the coupon that a later message or task speaks of."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db import connection

from campaigns.journeys.steps.base import Place
from stores.arrays import array

GIVES = "coupon"
LAST = """
    SELECT DISTINCT ON (v.trip_id) v.trip_id, v.subject FROM campaigns_visit v
     WHERE v.trip_id = ANY(%(trips)s::bigint[]) AND v.step = ANY(%(steps)s) AND v.subject IS NOT NULL
     ORDER BY v.trip_id, v.id DESC
"""


def coupons_of(place: Place, trips: Sequence[int]) -> Mapping[int, int]:
    """The last coupon that each of these trips was given by a step of the journey, by trip."""
    steps = [step["key"] for step in _walk(place.version.flow["steps"]) if step["kind"] == GIVES]
    if not steps:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(LAST, {"trips": array(trips), "steps": steps})
        return dict(cursor.fetchall())


def _walk(steps: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for step in steps:
        yield step
        for lane in step.get("lanes", ()):
            yield from _walk(lane)
