"""What acting on an occasion brings: measured from what guides did, assumed where too little is known.

    expected value of a task = the member's average basket (yuan) x the chance of its reason
    chance = (bought + PRIOR x assumed) / (contacted + PRIOR)

``contacted`` are the members whom guides reached for the reason (coupon, message or call) in the last HORIZON days, but
for the last few, whose time to buy is not over. ``bought`` are those of them to whom an order is owed
(campaigns.attribution: the coupon redeemed, else the last touch within its days). ``assumed`` is the reason's share as
headquarters set it; it weighs as much as PRIOR contacts, so that three lucky messages do not turn the list over. It is
a chance of buying, not an uplift: what would have been bought anyway is in it, for every reason alike.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import connection
from django.db.models import OuterRef, Subquery
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.attribution import WINDOW
from campaigns.models import GuideTask, Reason, ReasonSetting
from campaigns.reasons import REASONS
from stores.policy import define
from stores.rowversions import noted

HORIZON = timedelta(days=180)
KNOWN = ("contacted", "bought", "uplift_percent")
PRIOR = define(
    "tasks.chance_prior",
    50,
    _("Contacts that the assumed chance of a task weighs as much as"),
    minimum=1,
    maximum=10_000,
)

MEASURE = """
    WITH reached AS (
        SELECT t.step AS reason, EXISTS (SELECT FROM campaigns_attribution a WHERE a.touch_id = t.id) AS bought
          FROM campaigns_touch t
         WHERE t.guide_id IS NOT NULL AND t.source IN ('offer', 'task') AND t.step = ANY(%(reasons)s::text[])
           AND t.state = 'accepted' AND t.at > %(since)s AND t.at <= %(until)s
    ), counted AS (
        SELECT reason, count(*) AS contacted, count(*) FILTER (WHERE bought) AS bought FROM reached GROUP BY reason
    )
    UPDATE campaigns_reasonsetting s
       SET contacted = coalesce(c.contacted, 0), bought = coalesce(c.bought, 0), measured_on = %(day)s
      FROM unnest(%(reasons)s::text[]) AS known (reason) LEFT JOIN counted c ON c.reason = known.reason
     WHERE s.reason = known.reason
"""


@dataclass(frozen=True)
class Chance:
    """How likely a contact leads to an order, and what that rests on. ``share`` is 0 to 1."""

    share: Decimal
    contacted: int
    bought: int

    @property
    def percent(self) -> Decimal:
        """The share in percent, to one decimal."""
        return round(self.share * 100, 1)

    @property
    def is_measured(self) -> bool:
        """Whether what was measured weighs more than what is assumed."""
        return self.contacted >= PRIOR.value


def measure(day: date) -> int:
    """Count anew, as of the night before ``day``, how often guides reached members for each reason and how many of
    them bought; returns how many reasons were written. Twice is once."""
    now = timezone.now()
    window: dict[str, datetime] = {"since": now - HORIZON, "until": now - timedelta(days=WINDOW.value)}
    with connection.cursor() as cursor:
        cursor.execute(MEASURE, {**window, "reasons": list(Reason.values), "day": day})
        return cursor.rowcount


def chance_of(setting: ReasonSetting) -> Chance:
    """What is known about a reason, with what is assumed where that is little."""
    prior, assumed = PRIOR.value, Decimal(assumed_percent(setting)) / 100
    share = (setting.bought + prior * assumed) / (setting.contacted + prior)
    return Chance(share, setting.contacted, setting.bought)


def assumed_percent(setting: ReasonSetting) -> int:
    """The chance that headquarters assume, or the reason's own default."""
    return REASONS[setting.reason].uplift_percent if setting.uplift_percent is None else setting.uplift_percent


def known() -> Subquery:
    """What is known about the reason of a task, to annotate tasks with as ``chance``."""
    settings = ReasonSetting.objects.filter(reason=OuterRef("reason"))
    return Subquery(settings.values(known=JSONObject(**{name: name for name in KNOWN})))


def chance_behind(task: GuideTask) -> Chance:
    """The chance of a task's reason as it stands now; of one without a setting what is assumed."""
    if hasattr(task, "chance"):
        return chance_of(ReasonSetting(reason=task.reason, **(noted(task, "chance") or {})))
    setting = ReasonSetting.objects.filter(reason=task.reason).first()
    return chance_of(setting or ReasonSetting(reason=task.reason))
