"""A list of members that somebody brought along, and a bulk issue that waits for somebody to let it go."""

import io

from coupons import issueruns
from coupons.audience import leaf, together
from coupons.models import CouponTemplate
from members import memberlists
from members.models import Member, MemberState
from members.segments.facts.choices import NONE_OF
from stores.models import Role, Staff

LISTED = 40
NOBODYS = "19900000000"  # a phone that leads to nobody, and a row that is no number, as such files have


def build_issues(template: CouponTemplate) -> None:
    """Of a marketer: guests of an anniversary as a list, and a coupon for everybody who is not on it."""
    marketer = Staff.objects.filter(role=Role.HQ_MARKETER).order_by("pk").first()
    living = Member.objects.filter(state=MemberState.ACTIVE).order_by("pk").values_list("code", flat=True)
    guests = living[: min(LISTED, living.count() // 2)]
    if marketer is None or not guests:
        return
    rows = ["会员码", *guests, NOBODYS, "张女士"]
    kept = memberlists.take_in(io.BytesIO("\n".join(rows).encode()), "周年到店客人", by=marketer)
    run = issueruns.prepare(template, together(*leaf("lists", NONE_OF, [kept.pk])), by=marketer)
    if issueruns.needs_approval(run):
        issueruns.submit(run, by=marketer)
