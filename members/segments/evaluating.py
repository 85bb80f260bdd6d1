"""A rule tree asked of members in memory: whether it holds, and, leaf by leaf, why."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from members.models import Member, MemberState
from members.segments import snapshots
from members.segments.registry import REGISTRY, Asked, Test
from members.segments.snapshots import Snapshot
from members.segments.trees import ALL, NONE, Node, leaves
from members.windows import local_day


@dataclass(frozen=True)
class Reason:
    """A part of a tree and whether it holds for a member. For a leaf: what it says, and what is known of them.
    ``changes_on`` is the next business day on which it may change though nothing happens, where that is known."""

    holds: bool
    how: str = ""
    text: str = ""
    seen: str = ""
    parts: "tuple[Reason, ...]" = ()
    changes_on: date | None = None


def needs(tree: Node) -> set[str]:
    """What of a Snapshot the tree looks at."""
    return {need for leaf in leaves(tree) for need in REGISTRY[leaf.fact].needs}


def test_of(node: Node, today: date) -> Test:
    """The tree as a test of one member, as of a business day; made once, asked of many."""
    if isinstance(node, Asked):
        return REGISTRY[node.fact].test(node, today)
    tests = [test_of(part, today) for part in node.parts]
    if node.how == ALL:
        return lambda one: all(test(one) for test in tests)
    return lambda one: any(test(one) for test in tests) != (node.how == NONE)


def among(tree: Node, members: Iterable[Member], *, at: datetime | None = None) -> list[Member]:
    """The living ones of some members for whom the tree holds as of a moment (now unless given)."""
    moment = at or timezone.now()
    holds, living = test_of(tree, local_day(moment)), [one for one in members if one.state == MemberState.ACTIVE]
    return [one.member for one in snapshots.read(living, needs(tree), at=moment) if holds(one)]


def explain(tree: Node, member: Member, *, at: datetime | None = None) -> Reason:
    """Why a member is in or out, part by part."""
    moment = at or timezone.now()
    (one,) = snapshots.read([member], needs(tree), at=moment)
    return _reason(tree, one, local_day(moment))


def _reason(node: Node, one: Snapshot, today: date) -> Reason:
    if isinstance(node, Asked):
        fact = REGISTRY[node.fact]
        turns = fact.changes_on(node, one, today)
        return Reason(
            fact.test(node, today)(one), text=fact.told(node), seen=fact.seen(node, one, today), changes_on=turns
        )
    parts = tuple(_reason(part, one, today) for part in node.parts)
    turns = min((part.changes_on for part in parts if part.changes_on), default=None)
    return Reason(test_of(node, today)(one), how=node.how, parts=parts, changes_on=turns)
