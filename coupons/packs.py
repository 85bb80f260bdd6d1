"""Coupon packs given to members: at once what is due at once, the rest as steps that follow on their days.

What can be given is given; a step that cannot keeps its reason, and headquarters may give it later. A pack of which
nothing can be given, now or on a later day, is not given at all. A step becomes due with the first hour of its business
day, in the calendar of the member's home store, and is issued with the template's terms of that day.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from coupons import kinds, packsteps, packwriting
from coupons.errors import CouponRefused, refuse
from coupons.issuing import issue_coupon
from coupons.models import CouponPack, GivenPack, IssueRun, PackItem, PackStep, TemplateState
from members.locks import lock_member, lock_members
from members.models import Member
from members.oneid.lineage import beneath
from members.timeline import NewFact, record
from stores.models import Staff, Store
from stores.places import business_day, start_of_day


@dataclass(frozen=True)
class Giving:
    """A pack that was given; ``is_new`` is False when the same request had given it before."""

    given: GivenPack
    is_new: bool


@dataclass(frozen=True)
class Handed:
    """What came of giving a pack to many: packs given, coupons in wallets now, members skipped by reason."""

    given: int = 0
    coupons: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)


def give_pack(
    pack: CouponPack,
    member: Member,
    *,
    origin: str,
    request_key: str,
    origin_id: int | None = None,
    guide: Staff | None = None,
    at: datetime | None = None,
) -> Giving:
    """Give a pack to one member, once per ``request_key``, and record pack.given.

    Raises CouponRefused: pack_not_active, or the reason of the first coupon when nothing of the pack can be given;
    NotFound for a member who is no longer one. Nothing is then given.
    """
    moment = at or timezone.now()
    with transaction.atomic():
        state = packwriting.hold(pack.pk)
        held = lock_member(member)
        # what somebody merged into them in this moment was given counts already
        known = GivenPack.objects.filter(member__in=beneath(held.pk), pack=pack, request_key=request_key).first()
        if known is not None:
            return Giving(known, is_new=False)
        if state != TemplateState.ACTIVE:
            raise refuse("pack_not_active")
        given = GivenPack.objects.create(
            pack=pack, member=held, origin=origin, origin_id=origin_id, guide=guide, request_key=request_key,
            given_at=moment,
        )  # fmt: skip
        steps = PackStep.objects.bulk_create(_steps(given, held.home_store))
        refused = _give_due(given, steps, held)
        if len(refused) == len(steps):
            raise refused[min(refused)] if refused else refuse("pack_not_active")
        record(NewFact("pack.given", held.pk, given.pk, moment, {"pack": pack.pk, "origin": str(origin)}))
    return Giving(given, is_new=True)


def give_to_many(pack: CouponPack, members: Sequence[int], *, run: IssueRun, at: datetime | None = None) -> Handed:
    """Give a pack to the members of a bulk issue, each once per run; set-based, in the caller's transaction.

    The members are locked here, smallest key first. Who can be given nothing of it is not given the pack, and is
    counted by reason. Raises CouponRefused (pack_not_active).
    """
    moment = at or timezone.now()
    if packwriting.hold(pack.pk) != TemplateState.ACTIVE:
        raise refuse("pack_not_active")
    locked = lock_members(members)
    living = list(Member.objects.filter(pk__in=locked, state="active").order_by("pk").values_list("pk", flat=True))
    keys = dict.fromkeys(living, f"run:{run.pk}")
    made = packwriting.write(pack.pk, keys, origin=run.origin, origin_id=run.origin_id, run_id=run.pk, at=moment)
    outcome = packsteps.give_due_of(list(made), locked, moment)
    skipped = Counter({"merged_or_erased": len(set(members)) - len(living), "given_before": len(living) - len(made)})
    if outcome.refused:
        nothing = packwriting.take_back_empty(list(made))
        skipped.update(nothing.values())
        made = {given: member for given, member in made.items() if given not in nothing}
    packwriting.tell(list(made))
    return Handed(len(made), outcome.given, {reason: count for reason, count in skipped.items() if count})


def preview_cost(pack: CouponPack) -> Decimal:
    """What one such pack costs at most, in yuan, if every coupon of it is used."""
    return value_of(pack.items.select_related("template__terms"))


def value_of(items: QuerySet[PackItem]) -> Decimal:
    """The same for items that came with their templates and terms."""
    return sum(
        (item.count * kinds.face_value(item.template.terms) for item in items if item.template.terms), Decimal(0)
    )


def steps_of(given: GivenPack) -> QuerySet[PackStep]:
    """The steps of a given pack in their order, with template, coupon and its terms."""
    steps = PackStep.objects.filter(given=given).order_by("nth")
    return steps.select_related("template__terms", "coupon__terms", "coupon__template")


def coming_to(member: Member) -> QuerySet[PackStep]:
    """What is still to come to a member, the next first, with template, terms and pack."""
    steps = PackStep.objects.filter(given__member=member, coupon=None, refusal="")
    return steps.select_related("template__terms", "given__pack").order_by("due_at", "given", "nth")


def _steps(given: GivenPack, store: Store | None) -> list[PackStep]:
    """The steps of a pack for a member of this store, not saved."""
    day = business_day(store, given.given_at)
    return [
        PackStep(
            given=given,
            template_id=template,
            nth=nth,
            due_at=start_of_day(store, day + timedelta(days=days)) if days else given.given_at,
        )
        for nth, (template, days) in enumerate(packwriting.plan_of(given.pack_id), start=1)
    ]


def _give_due(given: GivenPack, steps: Sequence[PackStep], member: Member) -> dict[int, CouponRefused]:
    """Issue what is due at once; returns nth -> why not, for those that were refused."""
    refused = {}
    # in the order of the templates, as everybody takes from their stocks
    for step in sorted(steps, key=lambda one: (one.template_id, one.nth)):
        if step.due_at > given.given_at:
            continue
        try:
            step.coupon = issue_coupon(
                step.template, member, origin=given.origin, origin_id=given.origin_id, guide=given.guide,
                at=given.given_at,
            )  # fmt: skip
        except CouponRefused as refusal:
            step.refusal, refused[step.nth] = refusal.code, refusal
        step.save(update_fields=["coupon", "refusal"])
    return refused
