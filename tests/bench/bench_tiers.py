"""New rules of tiers: simulated for everybody, then put into force, which must come to the same."""

import time
from collections import Counter
from collections.abc import Iterator
from functools import partial

from members.models import Tier, TierChange, TierRules
from members.tiering import tierrollout, tierrules, tiersimulation
from members.tiering.tiersimulation import Move
from members.windows import first_moment, windows
from stores import jobs
from stores.models import JobState
from tests.bench import crowd
from tests.bench.harness import Measure, Scale, benchmark, medians

Moves = Counter[tuple[int, int, str]]
PER_MILLION = 10.0  # seconds that a simulation may take for a million members


@benchmark
def tier_rules(scale: Scale) -> Iterator[Measure]:
    """Lower thresholds in the same window, then a window half as long with falls at once."""
    crowd.make(scale.members, as_of=first_moment(windows().today, 1))
    limit, what = PER_MILLION * scale.members / 1_000_000, f"{scale.members:,} members"
    for name, numbers in (
        ("thresholds lowered", {"factor": 0.8}),
        ("window halved, falls at once", {"factor": 0.8, "window_days": 182, "downgrades": "at_once"}),
    ):
        rules = draft(**numbers)
        ((seconds,),) = medians((partial(tiersimulation.simulate, rules),), before=nothing)
        yield Measure(
            f"rules simulated for {what}, {name}", seconds, limit, "s, at most the limit", 1, higher_is_better=False
        )
        simulated, moved, took = put_into_force(rules)
        if simulated != moved:
            raise RuntimeError(f"The rules did not do what the simulation said: {simulated} and {moved}")
        yield Measure(f"... then applied: {sum(moved.values()):,} moved as foretold", took, seconds, "s")


def draft(*, factor: float, window_days: int = 365, downgrades: str = "at_review") -> TierRules:
    """A draft with the thresholds of today, each times ``factor``."""
    needs = {tier.pk: int(tier.threshold * factor) for tier in Tier.objects.all()}
    days = {"window_days": window_days, "review_days": 365, "notice_days": 30, "grace_days": 30}
    return tierrules.save_draft(None, needs=needs, downgrades=downgrades, **days)


def put_into_force(rules: TierRules) -> tuple[Moves, Moves, float]:
    """Simulate as HQ does, apply, and run the job; returns the moves foretold, those made, and the seconds it took."""
    done(tiersimulation.start(rules).pk)
    rules.refresh_from_db()
    foretold = [move for move in tiersimulation.kept(rules).moves if move.before != move.after]
    already = TierChange.objects.count()
    rules = tierrollout.apply(rules, by=None)
    started = time.perf_counter()
    done(rules.job_id)
    took = time.perf_counter() - started
    rules.refresh_from_db()
    made = tierrollout.moves_of(rules)
    if TierChange.objects.count() - already != sum(move.members for move in made):
        raise RuntimeError("The history of tiers does not have what the job has counted.")
    return counted(foretold), counted(made), took


def counted(moves: list[Move]) -> Moves:
    """Members by where from, where to and kind of store."""
    return Counter({(move.before, move.after, move.kind): move.members for move in moves})


def done(job_id: int) -> None:
    """Run a job to its end."""
    job = jobs.run_to_end(job_id)
    if job.state != JobState.DONE:
        raise RuntimeError(f"The job that is measured went wrong: {job.error}")


def nothing() -> None:
    """A simulation changes nothing, so there is nothing to put back."""
