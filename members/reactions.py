"""What the members band does when something happened. Each gets the facts of one batch and may run twice."""

from collections.abc import Sequence

from members import tagrules
from members.models import TimelineFact


def refresh_tags(facts: Sequence[TimelineFact]) -> None:
    """Orders came, changed or went back: the system tags of those members are put right at once."""
    ids = {fact.member_id for fact in facts if fact.member_id is not None}
    if ids:
        tagrules.refresh_rules(ids)
