"""When a journey is not worth going on with: win-back in waves stops once it is certain to bring less than it costs.

It is judged at most ``looks`` times, each time when the control group has grown by ``look_every`` members, with the
certainty divided among the looks (Bonferroni): whoever looks every night at 95 % and stops at the first good or bad one
is wrong far more often than once in twenty. Loaded by jobs alone.
"""

from collections.abc import Sequence

from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.journeys import versions
from campaigns.lift.arms import Arm, together
from campaigns.lift.counting import Row
from campaigns.lift.statistics import ALPHA, of_means
from campaigns.models import Journey, JourneyState, StopRule

Decision = StopRule.Decision


def decide(treated: Arm, control: Arm, *, least_gain: float, looks: int) -> str:
    """What one of so many looks says: stop when even the upper end of what it brings per head lies below ``least_gain``
    yuan, worth it when even the lower end lies above, else go on."""
    gain = of_means(treated, control, alpha=ALPHA / looks)
    if gain is not None and gain.high < least_gain:
        return Decision.STOP.value
    return Decision.WORTH.value if gain is not None and gain.low > least_gain else Decision.GO_ON.value


def look(journey: Journey, rows: Sequence[Row]) -> str:
    """Ask the stop rule of a journey, if it has one and a look is due; a journey that is not worth it is paused, with
    the reason. Returns the decision, "" when nothing was judged."""
    rule = StopRule.objects.select_for_update().filter(journey=journey).first()
    if rule is None or rule.looked >= rule.looks or rule.decision == Decision.STOP:
        return ""
    treated = together(row.arm for row in rows if not row.control)
    control = together(row.arm for row in rows if row.control)
    if control.members < (rule.looked + 1) * rule.look_every:
        return ""
    rule.decision = decide(treated, control, least_gain=float(rule.least_gain), looks=rule.looks)
    rule.looked, rule.decided_at = rule.looked + 1, timezone.now()
    rule.save(update_fields=["decision", "looked", "decided_at"])
    if rule.decision == Decision.STOP and journey.state == JourneyState.RUNNING:
        versions.pause(journey)
        words = _("Paused by its stop rule: it brings less than ¥%(least)s per head, even at the most.")
        Journey.objects.filter(pk=journey.pk).update(problem=words % {"least": rule.least_gain})
    return rule.decision
