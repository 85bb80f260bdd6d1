"""Giving a coupon."""

from collections.abc import Iterable, Sequence

from django.db.models import Q
from django.utils.translation import gettext_lazy

from campaigns.journeys.fields import Row
from campaigns.journeys.steps.base import Move, Onward, Passing, Place, Step, StepKind
from coupons.handing import hand_out
from coupons.models import CouponTemplate, Origin, TemplateState
from members.segments.facts.options import Rows


class GiveCoupon(StepKind):
    """One coupon of a template for each; whoever cannot have it goes on without, and the reason is counted."""

    kind = "coupon"
    label = gettext_lazy("Give a coupon")
    icon = "ticket"
    does = "coupon"
    locks_members = True
    outcomes = {
        "issued": gettext_lazy("Issued"),
        "limit_reached": gettext_lazy("Had all of it already"),
        "stock_spent": gettext_lazy("None was left"),
        "template_not_active": gettext_lazy("It is not being issued"),
        "terms_ended": gettext_lazy("It had ended"),
    }
    skipped = ("limit_reached", "stock_spent", "template_not_active", "terms_ended")
    asks = (
        Row(
            name="template",
            label=gettext_lazy("Coupon"),
            options=Rows(CouponTemplate, offered=Q(state=TemplateState.ACTIVE)),
            missing=gettext_lazy("Choose a coupon."),
        ),
    )

    def told(self, step: Step) -> str:
        """The name of the coupon."""
        return CouponTemplate.objects.get(pk=step.settings["template"]).name

    def begin(self, place: Place, passing: Sequence[Passing]) -> Iterable[Move]:
        """Hand them out; the engine has locked the members."""
        trips = {one.member: one.trip for one in passing}
        handed = hand_out(
            place.step.settings["template"],
            list(trips),
            origin=Origin.JOURNEY,
            origin_id=place.journey.pk,
            at=place.now,
        )
        subjects = {trips[member]: coupon for member, coupon in handed.coupons.items()}
        yield Onward(list(subjects), "issued", subjects=subjects)
        for code, members in handed.refused.items():
            yield Onward([trips[member] for member in members], code)
