"""Campaigns with dates: recurring member days and dated ones; their publication, and what they set in motion."""

from campaigns.memberdays.approval import approve, send_back, submit
from campaigns.memberdays.banner import ComingDay, next_occurrence
from campaigns.memberdays.dates import said
from campaigns.memberdays.dryrun import Collision, DryRun, dry_run
from campaigns.memberdays.optingout import opt_in, opt_out
from campaigns.memberdays.planning import plan_chunk, plan_coming
from campaigns.memberdays.publishing import end, publish
from campaigns.memberdays.recurrence import preview_dates
from campaigns.memberdays.wording import sentence

__all__ = [
    "Collision",
    "ComingDay",
    "DryRun",
    "approve",
    "dry_run",
    "end",
    "next_occurrence",
    "opt_in",
    "opt_out",
    "plan_chunk",
    "plan_coming",
    "preview_dates",
    "publish",
    "said",
    "send_back",
    "sentence",
    "submit",
]
