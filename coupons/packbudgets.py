"""What packs of partners hold of their budgets: taken when a pack is promised, given back for what was never given.

The row of the partner comes last in every transaction, since all calls of a partner wait for it.
"""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from django.db import connection

from coupons import kinds
from coupons.models import GivenPack, Origin, PackStep
from stores import partners
from stores.models import Partner

TO_RETURN = """
    WITH refused AS (
        SELECT s.id, g.origin_id, s.held FROM coupons_packstep s JOIN coupons_givenpack g ON g.id = s.given_id
         WHERE s.id = ANY(%(steps)s) AND s.refusal <> '' AND s.held IS NOT NULL AND g.origin = 'partner'
         ORDER BY s.id FOR NO KEY UPDATE OF s
    ), freed AS (
        UPDATE coupons_packstep s SET held = NULL FROM refused WHERE s.id = refused.id RETURNING s.id
    )
    SELECT refused.origin_id, refused.held FROM refused JOIN freed USING (id)
"""


def take(given: GivenPack, partner: Partner) -> None:
    """Take the face value of what a pack brought and promises from the partner's budget, in the caller's transaction.

    Each step notes its part. Raises Refusal ``budget_spent``.
    """
    steps = list(PackStep.objects.filter(given=given, refusal="").select_related("coupon__terms", "template__terms"))
    for step in steps:
        terms = step.coupon.terms if step.coupon else step.template.terms
        step.held = kinds.face_value(terms) if terms else Decimal(0)
    PackStep.objects.bulk_update(steps, ["held"])
    partners.take_budget(partner, sum((step.held or Decimal(0) for step in steps), Decimal(0)))


def take_for(step: PackStep) -> None:
    """Take the value of a step that is given after all, having been refused; nothing unless a partner gave the pack.

    Raises Refusal ``budget_spent``.
    """
    partner_id = step.given.origin_id
    if step.given.origin != Origin.PARTNER or partner_id is None or step.held is not None or step.coupon is None:
        return
    step.held = kinds.face_value(step.coupon.terms)
    step.save(update_fields=["held"])
    partners.take_budget(Partner.objects.get(pk=partner_id), step.held)


def give_back(steps: Sequence[int]) -> None:
    """Give back what those of these steps held that were refused, once, in the caller's transaction."""
    if not steps:
        return
    with connection.cursor() as cursor:
        cursor.execute(TO_RETURN, {"steps": list(steps)})
        rows = cursor.fetchall()
    sums: dict[int, Decimal] = defaultdict(Decimal)
    for partner_id, held in rows:
        sums[partner_id] += held
    for partner_id in sorted(sums):
        partners.return_budget(partner_id, sums[partner_id])
