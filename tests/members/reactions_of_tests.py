"""Reactions for the stories of deliveries: they write down what they heard, and fail where a story says so."""

import threading

from members import timeline
from members.models import TimelineFact
from members.timeline import NewFact

HEARD = "test.heard"
POISON = "poison"
gate = threading.Event()


def write_down(facts: list[TimelineFact]) -> None:
    """One fact per fact heard."""
    timeline.record(*(NewFact(HEARD, subject=fact.pk, data={"by": "write_down"}) for fact in facts))


def write_down_too(facts: list[TimelineFact]) -> None:
    """A second listener."""
    timeline.record(*(NewFact(HEARD, subject=fact.pk, data={"by": "write_down_too"}) for fact in facts))


def choke_on_poison(facts: list[TimelineFact]) -> None:
    """Hears everything, and fails with all of it when one fact is poison."""
    write_down(facts)
    if any(fact.data.get(POISON) for fact in facts):
        raise ValueError("poison")


def fail(facts: list[TimelineFact]) -> None:
    """Never succeeds."""
    raise ValueError("never")


def echo(facts: list[TimelineFact]) -> None:
    """Answers each fact with the same kind: a loop."""
    timeline.record(*(NewFact(fact.kind) for fact in facts))


def wait_for_the_gate(facts: list[TimelineFact]) -> None:
    """Takes its time."""
    gate.wait(20)
    write_down(facts)
