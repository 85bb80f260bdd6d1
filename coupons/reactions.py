"""What coupons do when something happened. Each gets the facts of one batch, is set-based, and may run twice."""

from collections.abc import Sequence

from coupons import reconciliation
from members.models import TimelineFact


def reconcile_orders(facts: Sequence[TimelineFact]) -> None:
    """Orders became known: the coupons they name are used."""
    reconciliation.reconcile(sorted({fact.subject for fact in facts if fact.subject is not None}))
