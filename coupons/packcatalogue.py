"""The catalogue of coupon packs: put together, changed, published, stopped; and what a pack is in one sentence.

A pack in draft may hold anything. What cannot be meant keeps it from being published, and a published one from being
changed into it. Whoever was given a pack keeps the steps of that day, whatever becomes of the pack.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coupons import kinds
from coupons.kinds.words import joined, last_day, listed
from coupons.models import CouponPack, CouponTemplate, PackItem, TemplateState
from stores.errors import Conflict, Refusal
from stores.models import Staff
from stores.places import business_day, start_of_day

MOST_OF_ONE, LATEST_DAY = 20, 365


@dataclass(frozen=True)
class ItemDraft:
    """``count`` coupons of a template, ``after_days`` business days after the pack."""

    template: CouponTemplate
    count: int = 1
    after_days: int = 0


class PackContradicts(Refusal):
    """The pack cannot be meant as it is; ``extra["problems"]`` lists the sentences."""

    code = "pack_contradicts"

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems), extra={"problems": list(problems)})


def create_pack(*, name: str, items: Iterable[ItemDraft] = (), note: str = "", by: Staff | None) -> CouponPack:
    """A new pack in draft. Raises Refusal (name_missing, pack_item_twice, pack_item_bounds)."""
    drafts = list(items)
    _check_shape(name, drafts)
    with transaction.atomic():
        pack = CouponPack.objects.create(name=name.strip(), note=note.strip(), created_by=by)
        _put_items(pack, drafts)
    return pack


def change_pack(
    pack: CouponPack,
    *,
    name: str | None = None,
    note: str | None = None,
    items: Iterable[ItemDraft] | None = None,
    by: Staff | None,
) -> CouponPack:
    """Change what is named; ``items`` replaces all there were. Packs already given stay as they were.

    Raises Refusal as ``create_pack``, and PackContradicts when a published pack would no longer be sound.
    """
    with transaction.atomic():
        held = CouponPack.objects.select_for_update(no_key=True).get(pk=pack.pk)
        drafts = drafts_of(held) if items is None else list(items)
        _check_shape(held.name if name is None else name, drafts)
        if held.state == TemplateState.ACTIVE and items is not None:
            _must_be_sound(drafts)
        held.name = held.name if name is None else name.strip()
        held.note = held.note if note is None else note.strip()
        held.save(update_fields=["name", "note", "updated_at"])
        if items is not None:
            _put_items(held, drafts)
    pack.refresh_from_db()
    return pack


def publish(pack: CouponPack, by: Staff | None) -> CouponPack:
    """Let a pack be given. Raises PackContradicts, or Conflict (pack_state) when it is published already."""
    with transaction.atomic():
        held = CouponPack.objects.select_for_update(no_key=True).get(pk=pack.pk)
        if held.state not in (TemplateState.DRAFT, TemplateState.STOPPED):
            raise Conflict(_("The pack is not in a state that allows this."), code="pack_state")
        _must_be_sound(drafts_of(held))
        CouponPack.objects.filter(pk=held.pk).update(state=TemplateState.ACTIVE, updated_at=Now())
    pack.refresh_from_db()
    return pack


def stop(pack: CouponPack, by: Staff | None) -> CouponPack:
    """Give the pack to nobody else; what was promised is still given. Raises Conflict (pack_state) unless published.

    Waits for those who are being given it at this moment.
    """
    if not CouponPack.objects.filter(pk=pack.pk, state=TemplateState.ACTIVE).update(
        state=TemplateState.STOPPED, updated_at=Now()
    ):
        raise Conflict(_("The pack is not in a state that allows this."), code="pack_state")
    pack.refresh_from_db()
    return pack


def drafts_of(pack: CouponPack) -> list[ItemDraft]:
    """What the pack consists of now."""
    items = pack.items.select_related("template__terms").order_by("after_days", "pk")
    return [ItemDraft(item.template, item.count, item.after_days) for item in items]


def contradictions(items: Sequence[ItemDraft], at: datetime | None = None) -> list[str]:
    """Why a pack of these items, given at ``at``, could not be meant: one sentence each; empty when it is sound."""
    if not items:
        return [_("Put at least one coupon into the pack.")]
    moment = at or timezone.now()
    wanted, templates = Counter[int](), {item.template.pk: item.template for item in items}
    for item in items:
        wanted[item.template.pk] += item.count
    found = [problem for pk in wanted for problem in _about_template(templates[pk], wanted[pk])]
    return found + [problem for item in items for problem in _about_item(item, moment)]


def sentence(items: Iterable[PackItem | ItemDraft]) -> str:
    """What the pack is: at once 2 × ¥10 off ¥60, after 7 days 1 × free delivery. Templates come with their terms."""
    by_day: dict[int, list[str]] = {}
    for item in sorted(items, key=lambda one: one.after_days):
        terms = item.template.terms
        coupon = kinds.offer_text(terms) if terms else item.template.name
        words = _("%(count)s × %(coupon)s") % {"count": item.count, "coupon": coupon}
        by_day.setdefault(item.after_days, []).append(words)
    return joined([_on_day(days, listed(coupons)) for days, coupons in by_day.items()])


def _on_day(days: int, coupons: str) -> str:
    if not days:
        return _("at once %(coupons)s") % {"coupons": coupons}
    words = ngettext("after %(days)s day %(coupons)s", "after %(days)s days %(coupons)s", days)
    return words % {"days": days, "coupons": coupons}


def _about_template(template: CouponTemplate, count: int) -> Iterator[str]:
    """What speaks against ``count`` coupons of a template for one member."""
    coupon = {"coupon": template.name}
    if template.state != TemplateState.ACTIVE or template.terms is None:
        yield _("%(coupon)s is not being issued.") % coupon
        return
    if template.member_limit is not None and count > template.member_limit:
        words = _("A member may have %(limit)s of %(coupon)s, the pack holds %(count)s.")
        yield words % {**coupon, "limit": template.member_limit, "count": count}
    left = None if template.stock is None else max(template.stock - template.issued, 0)
    if left is not None and left < count:
        yield _("Of %(coupon)s %(left)s are left, the pack holds %(count)s.") % {**coupon, "left": left, "count": count}


def _about_item(item: ItemDraft, at: datetime) -> Iterator[str]:
    """What speaks against the item on its day."""
    template, terms = item.template, item.template.terms
    most = template.member_period_limit
    if most is not None and item.count > most:
        words = _("On one day a member may have %(limit)s of %(coupon)s, the pack holds %(count)s.")
        yield words % {"coupon": template.name, "limit": most, "count": item.count}
    if terms is None or terms.valid_until is None:
        return
    if terms.valid_until <= due_at(item.after_days, at):
        words = _("%(coupon)s ends on %(date)s, before it would be given.")
        yield words % {"coupon": template.name, "date": last_day(terms.valid_until)}


def due_at(after_days: int, at: datetime) -> datetime:
    """When something that follows a pack given at ``at`` is due, in the chain's own calendar."""
    return start_of_day(None, business_day(None, at) + timedelta(days=after_days)) if after_days else at


def _must_be_sound(drafts: Sequence[ItemDraft]) -> None:
    if problems := contradictions(drafts):
        raise PackContradicts(problems)


def _check_shape(name: str, drafts: Sequence[ItemDraft]) -> None:
    """What no pack may be, not even a draft."""
    if not name.strip():
        raise Refusal(_("Give the pack a name."), code="name_missing")
    if len({(one.template.pk, one.after_days) for one in drafts}) < len(drafts):
        raise Refusal(_("The same coupon on the same day: raise how many instead."), code="pack_item_twice")
    if not all(1 <= one.count <= MOST_OF_ONE and 0 <= one.after_days <= LATEST_DAY for one in drafts):
        words = _("One to %(most)s of a coupon, at most %(days)s days later.")
        raise Refusal(words % {"most": MOST_OF_ONE, "days": LATEST_DAY}, code="pack_item_bounds")


def _put_items(pack: CouponPack, drafts: Sequence[ItemDraft]) -> None:
    """Make the pack's items these; those that stay keep their rows."""
    there = {(item.template_id, item.after_days): item for item in pack.items.all()}
    wanted = {(one.template.pk, one.after_days): one for one in drafts}
    pack.items.filter(pk__in=[there[key].pk for key in there.keys() - wanted.keys()]).delete()
    for key, one in wanted.items():
        item = there.get(key)
        if item is None:
            pack.items.create(template=one.template, count=one.count, after_days=one.after_days)
        elif item.count != one.count:
            item.count = one.count
            item.save(update_fields=["count"])
