"""Long work that runs in chunks: kind of job -> dotted path of the function that does one chunk.

A chunk's effect and the job's cursor move in one transaction, so a job killed at any moment goes on where it was.
"""

JOBS: dict[str, str] = {
    "coupons.issue": "coupons.bulk.issue_chunk",
    "coupons.void": "coupons.bulk.void_chunk",
    "coupons.new_terms": "coupons.newterms.move_chunk",
    "coupons.expire": "coupons.expiry.expire_chunk",
    "coupons.remind": "coupons.reminders.remind_chunk",
    "coupons.count_results": "coupons.resultcounts.count_chunk",
    "coupons.give_pack_steps": "coupons.packdue.give_chunk",
    "coupons.take_back_steps": "coupons.packdue.take_back_chunk",
    "members.refresh_facts": "members.refresh.refresh_due_chunk",
    "members.import_orders": "members.imports.run.import_chunk",
    "members.refresh_tags": "members.tagrules.refresh_chunk",
    "members.refresh_tag": "members.tagrules.refresh_chunk",
    "members.tag_many": "members.tagruns.run_chunk",
    "members.untag_run": "members.tagruns.undo_chunk",
    "members.plan_birthdays": "members.birthdaynews.plan_chunk",
    "members.simulate_tier_rules": "members.tiering.tiersimulation.simulate_chunk",
    "members.apply_tier_rules": "members.tiering.tierrollout.apply_chunk",
    "members.apply_lifecycle": "members.lifecyclepolicy.apply_chunk",
    "members.gather_strays": "members.oneid.strays.gather_chunk",
    "members.refresh_segment": "members.segments.refreshing.refresh_one_chunk",
    "members.refresh_segments": "members.segments.refreshing.refresh_all_chunk",
    "members.foretell": "members.insight.value.foretelling.foretell_chunk",
    "members.summarise": "members.insight.summarising.summarise_chunk",
    "members.audit": "members.auditing.audit_chunk",
    "members.reseal": "members.oneid.resealing.reseal_chunk",
    "members.tidy": "members.housekeeping.tidy_chunk",
    "campaigns.plan_member_days": "campaigns.memberdays.plan_chunk",
    "campaigns.plan_tasks": "campaigns.guidetasks.plan_chunk",
}

# Kind of job -> the hour of the day (in TIME_ZONE) at which it is planned, once a day.
PERIODS: dict[str, str] = {
    "coupons.expire": "00:05",
    "coupons.remind": "00:20",
    "members.refresh_facts": "02:00",
    "members.refresh_tags": "02:45",
    "campaigns.plan_member_days": "00:10",
    "members.plan_birthdays": "00:15",
    "members.refresh_segments": "03:15",
    "members.foretell": "03:30",
    "members.summarise": "03:45",
    "coupons.count_results": "03:30",
    "campaigns.plan_tasks": "04:00",
    "members.gather_strays": "04:50",
    "members.audit": "05:00",
    "members.tidy": "05:30",
}
