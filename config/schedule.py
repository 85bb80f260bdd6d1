"""The clock: Celery beat only ticks. What is due is planned in the database, so a lost or doubled tick is harmless."""

INTERACTIVE, BULK, SEGMENTS, SENDS = QUEUES = ("interactive", "bulk", "segments", "sends")

TICK = "stores.tick"
TICK_SECONDS = 30.0

BEAT = {
    "tick": {
        "task": TICK,
        "schedule": TICK_SECONDS,
        "options": {"queue": INTERACTIVE, "expires": TICK_SECONDS},
    }
}
