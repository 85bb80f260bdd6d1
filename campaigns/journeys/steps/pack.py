"""Giving a coupon pack."""

from collections.abc import Iterable, Sequence

from django.db.models import Q
from django.utils.translation import gettext_lazy

from campaigns.journeys.fields import Row
from campaigns.journeys.steps.base import Move, Onward, Passing, Place, Step, StepKind
from coupons.models import CouponPack, Origin, TemplateState
from coupons.packhanding import hand_packs
from members.segments.facts.options import Rows


class GivePack(StepKind):
    """One pack for each: its coupons come at once or on later days; who can have nothing of it goes on without."""

    kind = "pack"
    label = gettext_lazy("Give a coupon pack")
    icon = "gift"
    does = "coupon"
    locks_members = True
    outcomes = {
        "given": gettext_lazy("Given"),
        "given_before": gettext_lazy("Had it already"),
        "pack_not_active": gettext_lazy("It is not being given"),
        "limit_reached": gettext_lazy("Had all of it already"),
        "stock_spent": gettext_lazy("None was left"),
        "template_not_active": gettext_lazy("It is not being issued"),
        "terms_ended": gettext_lazy("It had ended"),
    }
    skipped = tuple(set(outcomes) - {"given"})
    asks = (
        Row(
            name="pack",
            label=gettext_lazy("Coupon pack"),
            options=Rows(CouponPack, offered=Q(state=TemplateState.ACTIVE)),
            missing=gettext_lazy("Choose a coupon pack."),
        ),
    )

    def told(self, step: Step) -> str:
        """The name of the pack."""
        return CouponPack.objects.get(pk=step.settings["pack"]).name

    def begin(self, place: Place, passing: Sequence[Passing]) -> Iterable[Move]:
        """Hand them out; the engine has locked the members. Another trip of the same member gives it again."""
        trips = {one.member: one.trip for one in passing}
        handed = hand_packs(
            place.step.settings["pack"],
            {member: f"trip:{trip}:{place.step.key}" for member, trip in trips.items()},
            origin=Origin.JOURNEY,
            origin_id=place.journey.pk,
            at=place.now,
        )
        subjects = {trips[member]: given for member, given in handed.coupons.items()}
        yield Onward(list(subjects), "given", subjects=subjects)
        for code, members in handed.refused.items():
            yield Onward([trips[member] for member in members], code)
