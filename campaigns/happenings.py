"""The words for what guides did about a member's tasks. See ``members.chronicle`` for how they are used."""

from collections.abc import Mapping, Sequence

from campaigns.models import GuideTask, Outcome
from members.chronicle import Category, Words, tells
from members.models import TimelineFact

# What was sent or bought is on the timeline by itself; only what nobody else tells is told here.
TOLD = {Outcome.REACHED: "phone", Outcome.NO_ANSWER: "phone", Outcome.REFUSED: "x"}


@tells("task.closed", category=Category.TOUCH, icon="check")
def _tasks(facts: Sequence[TimelineFact]) -> Mapping[int, Words]:
    tasks = GuideTask.objects.select_related("guide").in_bulk([fact.subject for fact in facts])
    return {
        fact.pk: Words(
            str(Outcome(fact.data["outcome"]).label),
            f"{tasks[fact.subject].get_reason_display()} · {tasks[fact.subject].guide.name}",
            icon=TOLD[Outcome(fact.data["outcome"])],
        )
        for fact in facts
        if fact.subject in tasks and fact.data.get("outcome") in TOLD
    }
