"""What rules may ask of the campaigns band; see members.segments.registry."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from campaigns.models import MemberDay, Outcome, Reason
from campaigns.takingpart import TAKES_PART, TakesPartFact
from members.models import Consent
from members.segments.facts.happened import HappenedFact
from members.segments.facts.options import Labels, Rows
from members.segments.nextsteps import NextStep, announce_steps
from members.segments.registry import Narrow, announce

JOINED = ("member.merged", "member.unmerged")
CONTACT = _("Contacts and campaigns")
DAY = "({day}::timestamp AT TIME ZONE '{zone}')"
FIRST, NEXT = (DAY.format(day=day, zone=settings.TIME_ZONE) for day in ("d.on", "(d.until + 1)"))
# Bought on a date of a member day, in a store that takes part as the day stands now; one row per order and member day.
ON_MEMBER_DAYS = f"""
    SELECT o.member_id, o.paid_at AS at, d.member_day_id AS member_days
      FROM campaigns_memberdayoccurrence d JOIN members_order o ON o.paid_at >= {FIRST} AND o.paid_at < {NEXT}
     WHERE o.member_id IS NOT NULL AND d.withdrawn_at IS NULL
       AND NOT EXISTS (SELECT FROM campaigns_memberday_opted_out x
                        WHERE x.memberday_id = d.member_day_id AND x.store_id = o.store_id)
       AND (NOT EXISTS (SELECT FROM campaigns_memberday_stores s WHERE s.memberday_id = d.member_day_id)
            OR EXISTS (SELECT FROM campaigns_memberday_stores s
                        WHERE s.memberday_id = d.member_day_id AND s.store_id = o.store_id))"""

announce(
    [
        HappenedFact(
            "touches",
            _("Contacts received"),
            group=CONTACT,
            source="SELECT member_id, at, channel AS channels FROM campaigns_touch WHERE state = 'accepted'",
            hears=("offer.sent", "task.closed", *JOINED),
            narrows={"channels": Narrow(_("by the channels"), Labels(Consent.Channel))},
        ),
        HappenedFact(
            "guide_tasks",
            _("Tasks of guides done"),
            group=CONTACT,
            source="""
                SELECT member_id, closed_at AS at, outcome AS outcomes, reason AS reasons FROM campaigns_guidetask
                 WHERE state = 'done'""",
            hears=("task.closed", *JOINED),
            narrows={
                "outcomes": Narrow(_("with the outcome"), Labels(Outcome)),
                "reasons": Narrow(_("for the reasons"), Labels(Reason)),
            },
        ),
        HappenedFact(
            "member_day_orders",
            _("Orders on member days"),
            group=CONTACT,
            source=ON_MEMBER_DAYS,
            hears=("order.recorded", "order.revised", *JOINED),
            narrows={"member_days": Narrow(_("of the member days"), Rows(MemberDay))},
        ),
        TakesPartFact(TAKES_PART, _("Members of campaign dates"), group=CONTACT),
    ]
)
announce_steps([NextStep(_("Let these into a journey"), "admin:campaigns_journey_invite", "campaigns.change_journey")])
