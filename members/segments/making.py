"""Other ways to a segment than the editor: a file of members, or segments put together from segments."""

from collections.abc import Sequence
from typing import Any, BinaryIO

from django.db import transaction

from members import memberlists
from members.models import Segment, SegmentKind
from members.segments import catalogue, refreshing
from members.segments.circles import FACT
from members.segments.facts.choices import ANY_OF, NONE_OF
from members.segments.trees import ALL
from stores.models import Staff


def of_file(file: BinaryIO, name: str, *, by: Staff | None = None) -> Segment:
    """A list of members as memberlists.take_in reads it, and the segment of those on it, which stays as it is taken.

    Raises as ``memberlists.take_in`` and ``catalogue.keep``; nothing is kept then.
    """
    with transaction.atomic():
        kept = memberlists.take_in(file, name, by=by)
        rule = {"fact": "lists", "op": ANY_OF, "value": [kept.pk]}
        segment = catalogue.keep(None, name=name, rule=rule, kind=SegmentKind.STATIC, by=by)
        refreshing.ask(segment, by=by)
    return segment


def in_all(segments: Sequence[Segment]) -> dict[str, Any]:
    """The rule of those who are in every one of some segments."""
    return {ALL: [_in(ANY_OF, [one]) for one in segments]}


def in_any(segments: Sequence[Segment]) -> dict[str, Any]:
    """The rule of those who are in at least one of them."""
    return _in(ANY_OF, segments)


def in_first_alone(first: Segment, others: Sequence[Segment]) -> dict[str, Any]:
    """The rule of those who are in one segment and in none of the others."""
    return {ALL: [_in(ANY_OF, [first]), _in(NONE_OF, others)]}


def _in(op: str, segments: Sequence[Segment]) -> dict[str, Any]:
    return {"fact": FACT, "op": op, "value": sorted(one.pk for one in segments)}
