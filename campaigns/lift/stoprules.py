"""Giving a journey a stop rule, or taking it away. (What it says is found out by the job: campaigns.lift.stopping.)"""

from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.models import Journey, StopRule
from stores.errors import Refusal


def set_rule(journey: Journey, *, least_gain: Decimal, look_every: int = 200, looks: int = 5) -> StopRule:
    """Let a journey pause by itself once it certainly brings less than ``least_gain`` yuan per head.

    Setting it anew starts to count the looks anew. Raises Refusal ``no_control`` for a journey that leaves nobody out:
    then nobody can tell what it brings.
    """
    if not journey.holdout_percent:
        raise Refusal(_("Without a control group nobody can tell what the journey brings."), code="no_control")
    fields = {"least_gain": least_gain, "look_every": look_every, "looks": looks, "looked": 0, "decision": ""}
    with transaction.atomic():
        rule, _new = StopRule.objects.update_or_create(journey=journey, defaults={**fields, "decided_at": None})
    return rule


def drop_rule(journey: Journey) -> None:
    """Let a journey run on whatever it brings; without a rule nothing happens."""
    StopRule.objects.filter(journey=journey).delete()
