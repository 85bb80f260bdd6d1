"""The words for what happens to a member's points and growth value other than by orders. See ``members.chronicle``."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from members.chronicle import Category, Words, tells
from members.models import GrowthEntry, PointsEntry, TimelineFact

Facts = Sequence[TimelineFact]


@tells("points.spent", category=Category.PROFILE, icon="gift")
def _spent(facts: Facts) -> Mapping[int, Words]:
    return _worded(facts, PointsEntry, _("%(count)s points spent"))


@tells("points.given_back", category=Category.PROFILE, icon="undo")
def _given_back(facts: Facts) -> Mapping[int, Words]:
    return _worded(facts, PointsEntry, _("%(count)s points given back"))


@tells("points.adjusted", category=Category.PROFILE, icon="pen")
def _points(facts: Facts) -> Mapping[int, Words]:
    return _worded(facts, PointsEntry, _("Points corrected: %(change)s"))


@tells("growth.adjusted", category=Category.PROFILE, icon="pen")
def _growth(facts: Facts) -> Mapping[int, Words]:
    return _worded(facts, GrowthEntry, _("Growth value corrected: %(change)s"))


def _worded(facts: Facts, ledger: Any, sentence: str) -> Mapping[int, Words]:
    """The sentence with the change, and the note of the entry that the fact is about."""
    notes = dict(ledger.objects.filter(pk__in=[fact.subject for fact in facts]).values_list("pk", "note"))
    told = {}
    for fact in facts:
        delta = int(fact.data.get("delta", 0))
        told[fact.pk] = Words(
            sentence % {"count": f"{abs(delta):,}", "change": f"{delta:+,}"}, notes.get(fact.subject, "")
        )
    return told
