"""The welcome: what the code of a new member promises is put into their wallet once, or the reason why not is kept."""

from collections.abc import Iterable

from django.db import transaction

from campaigns.models import SignUp
from coupons.errors import CouponRefused
from coupons.issuing import issue_coupon
from coupons.models import Origin
from coupons.packs import give_pack
from members.locks import lock_members
from members.models import Member, MemberState
from members.oneid import lineage


def welcome(sign_ups: Iterable[int]) -> int:
    """Give what the codes of these sign-ups promise; twice is once. Returns how many were given something."""
    return sum(_welcome(pk) for pk in sorted(set(sign_ups)))


def _welcome(pk: int) -> bool:
    with transaction.atomic():
        known = SignUp.objects.filter(pk=pk, is_new=True).values_list("member_id", flat=True).first()
        if known is None:
            return False
        lock_members([lineage.living_id(known)])
        held = SignUp.objects.select_for_update(of=("self",)).select_related("code__template", "code__pack").get(pk=pk)
        code = held.code
        if code is None or held.coupon_id or held.pack_id or held.refusal or not (code.template or code.pack):
            return False
        member = Member.objects.get(pk=lineage.living_id(held.member_id))
        if member.state != MemberState.ACTIVE:
            return False
        try:
            with transaction.atomic():
                _give(held, member)
        except CouponRefused as refusal:
            held.refusal = refusal.code
        held.save(update_fields=["coupon", "pack", "refusal"])
        return not held.refusal


def _give(held: SignUp, member: Member) -> None:
    code = held.code
    if code is None:
        return
    if code.template is not None:
        held.coupon = issue_coupon(code.template, member, origin=Origin.RECRUIT, origin_id=code.pk, guide=held.guide)
    elif code.pack is not None:
        giving = give_pack(
            code.pack, member, origin=Origin.RECRUIT, origin_id=code.pk, guide=held.guide, request_key=f"join:{held.pk}"
        )
        held.pack = giving.given
