"""Celery's door to the stores band: run a job, sweep what was left, plan what is due."""

from celery import shared_task

from stores import jobs, periods, replies


@shared_task(name=jobs.RUN_TASK)
def run_job(job_id: int) -> bool:
    """Work on a job for a while."""
    return jobs.run(job_id)


@shared_task(name="stores.sweep")
def sweep() -> int:
    """Find the jobs that lost their bell or their worker."""
    return jobs.sweep()


@shared_task(name="stores.plan_periods")
def plan_periods() -> int:
    """Write down the periodic jobs that are due."""
    return periods.plan_due()


@shared_task(name="stores.sweep_replies")
def sweep_replies() -> int:
    """Delete the stored replies that were kept long enough."""
    return replies.sweep()
