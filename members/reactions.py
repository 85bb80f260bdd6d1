"""What the members band does when something happened. Each gets the facts of one batch and may run twice."""

from collections.abc import Sequence

from members import tagrules
from members.models import MemberMerge, TimelineFact
from members.oneid import lineage
from members.segments import live


def refresh_tags(facts: Sequence[TimelineFact]) -> None:
    """Orders came, changed or went back: the system tags of those members are put right at once."""
    ids = {fact.member_id for fact in facts if fact.member_id is not None}
    if ids:
        tagrules.refresh_rules(ids)


def refresh_tags_of_merged(facts: Sequence[TimelineFact]) -> None:
    """Members were merged, and everything has followed: the system tags of whom they are now are put right."""
    _refresh_after_merges(facts)


def refresh_tags_of_parted(facts: Sequence[TimelineFact]) -> None:
    """Members were parted, and everything has come home: the same for both."""
    _refresh_after_merges(facts)


def _refresh_after_merges(facts: Sequence[TimelineFact]) -> None:
    merges = MemberMerge.objects.filter(pk__in={fact.subject for fact in facts})
    both = {pk for pair in merges.values_list("kept", "absorbed") for pk in pair}
    ids = both | set(lineage.living_ids(both).values())
    if ids:
        tagrules.refresh_rules(ids)


def follow_segments_late(facts: Sequence[TimelineFact]) -> None:
    """The same for what other reactions write down first, as contacts of offers."""
    follow_segments(facts)


def follow_segments(facts: Sequence[TimelineFact]) -> None:
    """Something happened that can change the answer of a rule: these members come into live segments, or go out."""
    live.follow({fact.member_id for fact in facts if fact.member_id is not None}, {fact.kind for fact in facts})
