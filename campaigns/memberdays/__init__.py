"""Member days: recurring days on which members get more: their dates, their publication, what they set in motion."""

from campaigns.memberdays.banner import ComingDay, next_occurrence
from campaigns.memberdays.dryrun import Collision, DryRun, dry_run
from campaigns.memberdays.planning import plan_chunk, plan_coming
from campaigns.memberdays.publishing import end, opt_in, opt_out, publish
from campaigns.memberdays.recurrence import preview_dates
from campaigns.memberdays.wording import sentence

__all__ = [
    "Collision",
    "ComingDay",
    "DryRun",
    "dry_run",
    "end",
    "next_occurrence",
    "opt_in",
    "opt_out",
    "plan_chunk",
    "plan_coming",
    "preview_dates",
    "publish",
    "sentence",
]
