"""What the members band does when something happened. Each gets the facts of one batch and may run twice."""

from collections.abc import Sequence

from members import tagrules
from members.models import TimelineFact
from members.segments import live


def refresh_tags(facts: Sequence[TimelineFact]) -> None:
    """Orders came, changed or went back: the system tags of those members are put right at once."""
    ids = {fact.member_id for fact in facts if fact.member_id is not None}
    if ids:
        tagrules.refresh_rules(ids)


def follow_segments_late(facts: Sequence[TimelineFact]) -> None:
    """The same for what other reactions write down first, as contacts of offers."""
    follow_segments(facts)


def follow_segments(facts: Sequence[TimelineFact]) -> None:
    """Something happened that can change the answer of a rule: these members come into live segments, or go out."""
    live.follow({fact.member_id for fact in facts if fact.member_id is not None}, {fact.kind for fact in facts})
