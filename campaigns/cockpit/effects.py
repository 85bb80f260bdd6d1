"""What a coupon's campaign or journey changed, as far as it was measured: for the results on the cockpit."""

from collections.abc import Collection

from campaigns.journeys import flows
from campaigns.models import Effect, Measure, Part
from members.insight.scope import Scope

SHARES = (Measure.BOUGHT, Measure.GOAL)


def by_template(templates: Collection[int], scope: Scope) -> dict[int, Effect]:
    """The newest effect of a campaign or journey that gives a coupon of the template. Effects are of the whole chain: a
    part of it has none."""
    if scope.stores is not None or not templates:
        return {}
    whole = Effect.objects.filter(part=Part.WHOLE, measure__in=SHARES).order_by("until", "pk")
    found: dict[int, Effect] = {}
    for effect in whole.filter(occurrence=None).select_related("journey__version"):
        for template in _given(effect) & set(templates):
            found[template] = effect
    days = whole.filter(occurrence__member_day__coupon_template__in=templates)
    for effect in days.select_related("occurrence__member_day"):
        if effect.occurrence and effect.occurrence.member_day.coupon_template_id:
            found[effect.occurrence.member_day.coupon_template_id] = effect
    return found


def _given(effect: Effect) -> set[int]:
    """The templates of the coupons that the steps of a journey give."""
    version = effect.journey.version if effect.journey else None
    steps = flows.stored(version.flow).by_key.values() if version else ()
    return {step.settings["template"] for step in steps if step.kind == "coupon"}
