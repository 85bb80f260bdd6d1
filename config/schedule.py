"""The clock: Celery beat only ticks. What is due is planned in the database, so a lost or doubled tick is harmless."""

INTERACTIVE, BULK, SEGMENTS, SENDS = QUEUES = ("interactive", "bulk", "segments", "sends")

TICK_SECONDS = 30.0

# task -> the queue it ticks in
TICKS = {
    "stores.sweep": INTERACTIVE,
    "stores.plan_periods": INTERACTIVE,
    "stores.sweep_replies": INTERACTIVE,
    "members.sweep_deliveries": INTERACTIVE,
    "coupons.sweep": INTERACTIVE,
    "campaigns.advance_journeys": BULK,
    "campaigns.send_touches": SENDS,
    "campaigns.tell_wecom": SENDS,
}

BEAT = {
    task: {"task": task, "schedule": TICK_SECONDS, "options": {"queue": queue, "expires": TICK_SECONDS}}
    for task, queue in TICKS.items()
}
