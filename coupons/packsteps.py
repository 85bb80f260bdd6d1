"""Handing out steps of given packs, set-based, each exactly once: the coupon, or the reason why there is none.

A step is one row; it is written, on condition that it was open, in the transaction that makes the coupon. A worker
killed at any instruction leaves it open or done. Whoever hands out locks members first, then steps with their packs (so
that these follow no merge meanwhile), then templates, each in ascending order.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext_lazy as _

from coupons import batches, packbudgets
from coupons.errors import CouponRefused
from coupons.models import Coupon, CouponTemplate, CouponTerms, TemplateState
from coupons.moves import LostRace
from members.models import Member, MemberState
from members.oneid.lineage import Descent, forget, living_ids

STOPPED, ERASED = "pack_stopped", "member_erased"
WHY_NOT = {
    "stock_spent": _("none of the coupon was left"),
    "limit_reached": _("the member has had all of this coupon"),
    "template_not_active": _("the coupon was not being issued"),
    "terms_ended": _("the coupon had ended"),
    STOPPED: _("the pack was stopped and taken back"),
    ERASED: _("the member was erased"),
}
OPEN = "s.coupon_id IS NULL AND s.refusal = ''"
HOLD = f"""
    SELECT s.id, s.template_id, g.member_id, g.origin, g.origin_id, g.guide_id
      FROM coupons_packstep s JOIN coupons_givenpack g ON g.id = s.given_id
     WHERE {OPEN} AND s.due_at <= %(now)s AND {{which}} ORDER BY s.id FOR NO KEY UPDATE OF s, g
"""
GIVEN = f"""
    UPDATE coupons_packstep s SET coupon_id = made.coupon
      FROM unnest(%(steps)s::bigint[], %(coupons)s::bigint[]) AS made(step, coupon)
     WHERE s.id = made.step AND {OPEN}
"""
REFUSED = f"UPDATE coupons_packstep s SET refusal = %(why)s WHERE s.id = ANY(%(steps)s) AND {OPEN}"
HOME = """
    UPDATE coupons_coupon c SET member_id = %(to)s FROM coupons_packstep s
     WHERE s.coupon_id = c.id AND s.given_id = ANY(%(given)s) AND c.member_id = ANY(%(path)s) RETURNING c.id
"""
BY_GUIDE = "UPDATE coupons_coupon SET guide_id = %s WHERE id = ANY(%s)"


@dataclass(frozen=True)
class Step:
    """An open step whose row is locked, and the living member it is for."""

    pk: int
    template_id: int
    member_id: int
    origin: str
    origin_id: int | None
    guide_id: int | None


@dataclass(frozen=True)
class Outcome:
    """How many steps were given, and how many refused by reason."""

    given: int
    refused: Mapping[str, int]


def give_due_of(given: list[int], locked: Sequence[int], now: datetime) -> Outcome:
    """Give what is due of these packs to members whom the caller has locked, in the caller's transaction."""
    return _give("s.given_id = ANY(%(ids)s)", given, locked, now)


def give_steps(steps: list[int], locked: Sequence[int], now: datetime) -> Outcome:
    """Give those of these steps that are open and due to members whom the caller has locked; as ``give_due_of``.

    Steps of members who have become somebody else since stay open.
    """
    return _give("s.id = ANY(%(ids)s)", steps, locked, now)


def refuse_steps(steps: Sequence[int], why: str) -> int:
    """Close open steps with a reason; returns how many were open."""
    if not steps:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(REFUSED, {"steps": list(steps), "why": why})
        return cursor.rowcount


def bring_home(descent: Descent, given: Sequence[int]) -> list[int]:
    """Give what packs brought while two members were one to whom the packs went home to; returns the coupons."""
    if not given:
        return []
    with connection.cursor() as cursor:
        cursor.execute(HOME, {"to": descent.home, "path": descent.path, "given": list(given)})
        coupons = [row[0] for row in cursor.fetchall()]
    forget(descent, Coupon._meta.db_table, coupons)
    return coupons


def _held(which: str, ids: list[int], locked: Sequence[int], now: datetime) -> list[Step]:
    """The open steps that are due, locked, as far as the living members they are for are locked as well."""
    with connection.cursor() as cursor:
        cursor.execute(HOLD.format(which=which), {"ids": ids, "now": now})
        rows = cursor.fetchall()
    living, held = living_ids({row[2] for row in rows}), set(locked)
    return [Step(row[0], row[1], living[row[2]], *row[3:]) for row in rows if living[row[2]] in held]


def _give(which: str, ids: list[int], locked: Sequence[int], now: datetime) -> Outcome:
    """Hand out these steps, one template after the other."""
    steps = _held(which, ids, locked, now)
    living = set(Member.objects.filter(pk__in=locked, state=MemberState.ACTIVE).values_list("pk", flat=True))
    gone = [step.pk for step in steps if step.member_id not in living]  # locked and at the end of their line: erased
    refused = Counter({ERASED: refuse_steps(gone, ERASED)})
    by_template: dict[int, list[Step]] = defaultdict(list)
    for step in steps:
        if step.member_id in living:
            by_template[step.template_id].append(step)
    count = 0
    for template_id in sorted(by_template):
        outcome = _of_template(template_id, by_template[template_id], now)
        count, refused = count + outcome.given, refused + Counter(outcome.refused)
    if refused.total():
        packbudgets.give_back([step.pk for step in steps])
    return Outcome(count, {reason: number for reason, number in refused.items() if number})


def _of_template(template_id: int, steps: Sequence[Step], now: datetime) -> Outcome:
    """The steps of one template: as many as its stock and the members' limits allow, the others with the reason."""
    # Locked even without a stock: whether it is being issued must not change before the coupons are there.
    template = CouponTemplate.objects.select_for_update(no_key=True, of=("self",)).select_related("terms").get(
        pk=template_id
    )  # fmt: skip
    if template.state != TemplateState.ACTIVE or template.terms is None:
        return Outcome(0, {"template_not_active": refuse_steps([step.pk for step in steps], "template_not_active")})
    count, refused = 0, Counter[str]()
    for part in _rounds(steps):
        try:
            outcome = _round(template, template.terms, part, now)
        except CouponRefused as refusal:  # its terms have ended, before anything was written
            outcome = Outcome(0, {refusal.code: refuse_steps([step.pk for step in part], refusal.code)})
        count, refused = count + outcome.given, refused + Counter(outcome.refused)
        template.issued += outcome.given
    return Outcome(count, refused)


def _rounds(steps: Iterable[Step]) -> list[list[Step]]:
    """Parts in which each member has one step at most, all from one giver: the first coupon of each, the second, ..."""
    seen = Counter[int]()
    parts: dict[tuple, list[Step]] = defaultdict(list)
    for step in steps:
        seen[step.member_id] += 1
        parts[seen[step.member_id], step.origin, step.origin_id, step.guide_id].append(step)
    return [parts[key] for key in sorted(parts, key=lambda key: (key[0], key[1], key[2] or 0, key[3] or 0))]


def _round(template: CouponTemplate, terms: CouponTerms, steps: Sequence[Step], now: datetime) -> Outcome:
    """One coupon for each member."""
    by_member = {step.member_id: step for step in steps}
    eligible = batches.under_limit(template, sorted(by_member), at=now)
    room = len(eligible) if template.stock is None else max(template.stock - template.issued, 0)
    chosen = eligible[:room]
    if chosen:
        giver = steps[0]
        made = batches.put_into_wallets(chosen, template.pk, terms, now, origin=giver.origin, origin_id=giver.origin_id)
        _note({by_member[member].pk: coupon for member, coupon in made.items()}, giver.guide_id)
    limited = refuse_steps([by_member[pk].pk for pk in by_member.keys() - set(eligible)], "limit_reached")
    late = refuse_steps([by_member[pk].pk for pk in eligible[room:]], "stock_spent")
    return Outcome(len(chosen), {"limit_reached": limited, "stock_spent": late})


def _note(made: Mapping[int, int], guide_id: int | None) -> None:
    """Write the coupons into their steps. Raises LostRace when one was no longer open: nothing is then given."""
    with connection.cursor() as cursor:
        cursor.execute(GIVEN, {"steps": list(made), "coupons": list(made.values())})
        if cursor.rowcount != len(made):
            raise LostRace("a step of a pack was given twice")
        if guide_id is not None:
            cursor.execute(BY_GUIDE, [guide_id, list(made.values())])
