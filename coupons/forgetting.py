"""What an erasure removes in this app: unused coupons are withdrawn, those still to come are not given, words go."""

from collections.abc import Sequence

from django.db import connection, transaction
from django.utils import timezone

from coupons import expiry, kinds, packbudgets
from coupons.models import CouponEvent, Offer, PackStep
from coupons.moves import FREED_SQL, Move, move_many
from coupons.packsteps import ERASED, refuse_steps
from members.locks import lock_members

HELD = f"""
    SELECT coupon.id, coupon.template_id, {kinds.cost_sql("coupon.discount")}
      FROM coupons_coupon coupon JOIN coupons_couponterms terms ON terms.id = coupon.terms_id
     WHERE coupon.state = 'locked' AND coupon.member_id = ANY(%s) ORDER BY coupon.id FOR NO KEY UPDATE OF coupon
"""
UNUSED = """
    SELECT id FROM coupons_coupon WHERE state = 'issued' AND member_id = ANY(%s) ORDER BY id FOR NO KEY UPDATE
"""
ACTOR = "erasure"


def forget(member_ids: Sequence[int]) -> dict[str, int]:
    """Withdraw what these records still hold, also from the hands of a till, and empty every text about them.

    Returns how much of what went; twice is once.
    """
    now = timezone.now()
    with transaction.atomic():
        lock_members(member_ids)  # before the coupons, as everybody does
        held = _rows(HELD, member_ids)
        move_many(Move.RELEASED, [row[0] for row in held], to_sql=FREED_SQL, at=now, actor=ACTOR)
        expiry.return_costs((template, cost) for _id, template, cost in held)
        unused = [row[0] for row in _rows(UNUSED, member_ids)]
        voided = expiry.end(Move.VOIDED, unused, "coupon.voided", to_sql="'voided'", at=now, actor=ACTOR)
        events = CouponEvent.objects.filter(coupon__member__in=member_ids).exclude(note="")
        notes = events.update(note="")
        texts = Offer.objects.filter(member__in=member_ids).exclude(text="", refusal="").update(text="", refusal="")
        coming = PackStep.objects.filter(given__member__in=member_ids, coupon=None, refusal="")
        steps = list(coming.order_by("pk").select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
        refuse_steps(steps, ERASED)
        packbudgets.give_back(steps)
    return {"coupons": len(voided), "pack_steps": len(steps), "offer_texts": texts, "coupon_notes": notes}


def _rows(sql: str, member_ids: Sequence[int]) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(member_ids)])
        return cursor.fetchall()
