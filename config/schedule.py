"""The clock: Celery beat only ticks. What is due is planned in the database, so a lost or doubled tick is harmless."""

INTERACTIVE, BULK, SEGMENTS, SENDS = QUEUES = ("interactive", "bulk", "segments", "sends")

TICK_SECONDS = 30.0

TICKS = (
    "stores.sweep",
    "stores.plan_periods",
    "stores.sweep_replies",
    "members.sweep_deliveries",
    "coupons.sweep",
)

BEAT = {
    task: {"task": task, "schedule": TICK_SECONDS, "options": {"queue": INTERACTIVE, "expires": TICK_SECONDS}}
    for task in TICKS
}
