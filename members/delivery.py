"""Deliveries: claim, run, retry with back-off, bisect a failing batch, set a poison fact aside, sweep what was left."""

import logging
from datetime import timedelta

from django.db import OperationalError, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.module_loading import import_string

from members import timeline
from members.models import Delivery, DeliveryState
from stores import bell
from stores.masking import told

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
TRIES_BEFORE_SPLIT = 3
TRIES = 5


def deliver(batch: int) -> int:
    """Carry a batch to every reaction that waits for it; returns how many deliveries were done.

    Reactions run in the order of the table; one that fails does not stop the next.
    """
    done = 0
    while (delivery := _claim(batch)) is not None:
        done += _run(delivery)
    return done


def _claim(batch: int) -> Delivery | None:
    """Take the next due delivery of a batch: count the try and move its due time past the lease, then commit."""
    with transaction.atomic():
        delivery = (
            Delivery.objects.select_for_update(skip_locked=True)
            .filter(batch=batch, state=DeliveryState.WAITING, due_at__lte=Now())
            .order_by("position", "first_fact")
            .first()
        )
        if delivery is None:
            return None
        Delivery.objects.filter(pk=delivery.pk).update(attempts=F("attempts") + 1, due_at=Now() + LEASE)
        delivery.attempts += 1
        return delivery


def _run(delivery: Delivery) -> bool:
    """Run the reaction; its effect and the delivery's end are one transaction, so it happens once."""
    try:
        with transaction.atomic():
            # It waits: another worker on its way to the next delivery may hold this row for a moment.
            held = Delivery.objects.select_for_update().filter(
                pk=delivery.pk, state=DeliveryState.WAITING, attempts=delivery.attempts
            )
            if not held.first():
                return False
            facts = timeline.facts_of(delivery)
            with timeline.caused_by(facts):
                import_string(delivery.reaction)(facts)
            Delivery.objects.filter(pk=delivery.pk).update(state=DeliveryState.DONE, done_at=Now(), error="")
            return True
    except Exception as error:  # whatever a reaction raises must not stop its neighbours; it is kept on the row
        logger.exception("delivery %s of batch %s to %s failed", delivery.pk, delivery.batch, delivery.reaction)
        _fail(delivery, error)
        return False


def _fail(delivery: Delivery, error: Exception) -> None:
    """Try again later; split a batch that keeps failing; set a single fact aside after the last try."""
    text = told(error)
    with transaction.atomic():
        row = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.WAITING)
        ids = [fact.pk for fact in timeline.facts_of(delivery)]
        if delivery.attempts >= TRIES_BEFORE_SPLIT and len(ids) > 1 and not isinstance(error, OperationalError):
            row.update(state=DeliveryState.SPLIT, error=text, done_at=Now())
            _split(delivery, ids)
        elif delivery.attempts >= TRIES and len(ids) <= 1 or isinstance(error, timeline.TooDeep):
            row.update(state=DeliveryState.QUARANTINED, error=text, done_at=Now())
        else:
            pause = timedelta(seconds=min(2**delivery.attempts, 300))
            row.update(due_at=Now() + pause, error=text)  # the database has the only clock that all workers share
            bell.ring(timeline.DELIVER_TASK, delivery.batch, delay=int(pause.total_seconds()))


def _split(delivery: Delivery, ids: list[int]) -> None:
    """Two halves of a failing delivery; each is split again at its first failure until the poison stands alone."""
    middle = len(ids) // 2
    Delivery.objects.bulk_create(
        [
            Delivery(
                batch=delivery.batch,
                reaction=delivery.reaction,
                position=delivery.position,
                first_fact=part[0],
                last_fact=part[-1],
                attempts=TRIES_BEFORE_SPLIT - 1,
            )
            for part in (ids[:middle], ids[middle:])
        ],
        ignore_conflicts=True,
    )
    bell.ring(timeline.DELIVER_TASK, delivery.batch)


def retry(delivery: Delivery) -> None:
    """Put a delivery that was set aside back on its way, as an HQ admin does after the cause is mended."""
    with transaction.atomic():
        aside = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.QUARANTINED)
        if aside.update(state=DeliveryState.WAITING, attempts=0, due_at=Now(), done_at=None):
            bell.ring(timeline.DELIVER_TASK, delivery.batch)


def sweep() -> int:
    """Ring for every batch with a delivery that is due; returns how many batches."""
    due = Delivery.objects.filter(state=DeliveryState.WAITING, due_at__lte=Now())
    batches = list(due.order_by("batch").values_list("batch", flat=True).distinct()[:500])
    for batch in batches:
        bell.ring(timeline.DELIVER_TASK, batch)
    return len(batches)
