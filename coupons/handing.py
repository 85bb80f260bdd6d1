"""Handing one coupon of a template to each of some locked members, as far as its state, limits and stock go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from coupons import batches
from coupons.errors import CouponRefused
from coupons.models import CouponTemplate, TemplateState


@dataclass(frozen=True)
class Handed:
    """Who got which coupon, and who got none by the code of the refusal."""

    coupons: Mapping[int, int] = field(default_factory=dict)
    refused: Mapping[str, Sequence[int]] = field(default_factory=dict)


def hand_out(template_id: int, members: Sequence[int], *, origin: str, origin_id: int | None, at: datetime) -> Handed:
    """One coupon each, set-based, in the caller's transaction; the caller has locked the members (all living).

    Whoever comes late by key when the stock runs out gets none. Refusals: template_not_active, limit_reached,
    stock_spent, terms_ended.
    """
    wanted = sorted(set(members))
    if not wanted:
        return Handed()
    # Locked even without a stock: whether it is being issued must not change before the coupons are there.
    template = (
        CouponTemplate.objects.select_for_update(no_key=True, of=("self",)).select_related("terms").get(pk=template_id)
    )
    if template.state != TemplateState.ACTIVE or template.terms is None:
        return Handed(refused={"template_not_active": wanted})
    eligible = batches.under_limit(template, wanted, at=at)
    room = len(eligible) if template.stock is None else max(template.stock - template.issued, 0)
    chosen, late = eligible[:room], eligible[room:]
    made: Mapping[int, int] = {}
    if chosen:
        try:
            made = batches.put_into_wallets(chosen, template.pk, template.terms, at, origin=origin, origin_id=origin_id)
        except CouponRefused as refusal:
            return Handed(refused={refusal.code: wanted})
    refused = {"limit_reached": sorted(set(wanted) - set(eligible)), "stock_spent": late}
    return Handed(made, {code: members for code, members in refused.items() if members})
