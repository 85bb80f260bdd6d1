"""Sending a message."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db.models import Q
from django.utils.translation import gettext_lazy

from campaigns.journeys.fields import Row, Whole
from campaigns.journeys.steps.base import Move, Onward, Passing, Place, Step, StepKind
from campaigns.journeys.steps.passed import coupons_of
from campaigns.models import MessageTemplate, Touch
from campaigns.reasons.planning import BASKET
from campaigns.touches import planning
from members.segments.facts.options import Rows
from stores.arrays import array

# The expected value decides which of several messages gets the member's place in the contact budget.
WORTH = """
    SELECT w.member_id, w.trip, round(coalesce(f.average_basket, %(basket)s) * %(uplift)s / 100.0, 2), w.coupon
      FROM unnest(%(members)s::bigint[], %(trips)s::bigint[], %(coupons)s::bigint[]) AS w (member_id, trip, coupon)
      LEFT JOIN members_memberfacts f ON f.member_id = w.member_id
"""


class SendMessage(StepKind):
    """A message template for each. Everybody goes on at once; whether it may leave is asked when it does."""

    kind = "message"
    label = gettext_lazy("Send a message")
    icon = "message"
    at_once = True
    does = "message"
    outcomes = {
        "planned": gettext_lazy("Planned"),
        "message_inactive": gettext_lazy("The message is no longer used"),
    }
    skipped = ("message_inactive",)
    asks = (
        Row(
            name="message",
            label=gettext_lazy("Message"),
            options=Rows(MessageTemplate, offered=Q(is_active=True)),
            missing=gettext_lazy("Choose a message."),
        ),
        Whole(
            name="keep",
            label=gettext_lazy("Dropped when it could not leave for"),
            unit=gettext_lazy("days"),
            least=1,
            most=30,
            default=3,
            half=True,
        ),
        Whole(
            name="uplift",
            label=gettext_lazy("Expected uplift"),
            hint=gettext_lazy("Share of an average basket. Of several messages for one place the best goes first."),
            unit="%",
            least=0,
            most=100,
            default=5,
            half=True,
        ),
    )

    def told(self, step: Step) -> str:
        """WeCom: the name of the message."""
        message = MessageTemplate.objects.get(pk=step.settings["message"])
        return f"{message.get_channel_display()} · {message.name}"

    def begin(self, place: Place, passing: Sequence[Passing]) -> Iterable[Move]:
        """Plan one each."""
        trips, asked = [one.trip for one in passing], place.step.settings
        message = MessageTemplate.objects.get(pk=asked["message"])
        if not message.is_active:
            yield Onward(trips, "message_inactive")
            return
        held = coupons_of(place, trips)
        params = {
            "members": array(one.member for one in passing),
            "trips": array(trips),
            "coupons": array(held.get(trip) for trip in trips),
            "uplift": asked["uplift"],
            "basket": BASKET.value,
        }
        planning.plan_rows(
            WORTH, params, Touch.Source.JOURNEY, message.channel, message.pk, step=place.step.key, due_at=place.now,
            stale_at=place.now + timedelta(days=asked["keep"]),
        )  # fmt: skip
        yield Onward(trips, "planned")
