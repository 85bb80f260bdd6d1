"""Job chunks for the stories of jobs."""

import threading

from stores.errors import Refusal
from stores.models import Job, Setting

gate = threading.Event()
inside = threading.Event()


def count_up(job: Job) -> bool:
    """One step of ``steps``, each leaving a row behind."""
    step = job.cursor.get("step", 0)
    Setting.objects.create(name=f"test.step.{job.pk}.{step}", value=step)
    job.cursor = {"step": step + 1}
    job.done, job.total = step + 1, job.params["steps"]
    return step + 1 == job.params["steps"]


def break_at(job: Job) -> bool:
    """Counts up, but fails at one step as often as it is told to."""
    finished = count_up(job)
    if job.done == job.params["at"] and job.attempts < job.params["times"]:
        raise ValueError("broken")
    return finished


def refuse(job: Job) -> bool:
    """Says no."""
    Setting.objects.create(name="test.refused", value=1)
    raise Refusal("There is nothing to import.")


def wait_inside(job: Job) -> bool:
    """Waits at the gate in the middle of a step."""
    inside.set()
    gate.wait(20)
    return count_up(job)


def fail_inside(job: Job) -> bool:
    """Waits at the gate in the middle of a step, then fails."""
    inside.set()
    gate.wait(20)
    raise ValueError("broken")


class Killed(BaseException):
    """What no handler catches: the row stays as kill -9 leaves it."""


def die_at(job: Job) -> bool:
    """Counts up, but takes its worker along at one step as often as it is told to."""
    finished = count_up(job)
    if job.done == job.params["at"] and job.attempts < job.params["times"]:
        raise Killed
    return finished
