"""Requests for more: a guide asks, whoever leads the store answers with one tap; both sides see what came of it.

A granted request raises the limit of the guide's own row of the month. The store's budget is never raised by it: what
goes beyond it has to be said and confirmed. More for the store itself its manager asks of those above. Requests that
lost their sense are closed with a sentence.
"""

from datetime import datetime
from decimal import Decimal
from math import ceil
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from coupons import kinds, quotas
from coupons.errors import CouponRefused, refuse
from coupons.models import CouponTemplate, TemplateState, TopUp, TopUpState
from coupons.offeroptions import store_of
from stores.errors import NotFound
from stores.models import Role, Staff, Store

MOST_COUNT, MOST_VALUE = 200, Decimal(20_000)
MOST_OF_STORE = 10  # times as much a store may ask for
DECIDED = (TopUpState.GRANTED, TopUpState.REFUSED, TopUpState.LAPSED)
# Why a request was closed without an answer; the column ``answer`` holds the key.
CLOSED = {
    "month_over": _("The month was over."),
    "guide_left": _("The guide has left."),
    "guide_moved": _("The guide works in another store now."),
    "coupon_stopped": _("The coupon is no longer sent."),
}
STALE = """
    UPDATE coupons_topup t SET state = 'lapsed', decided_at = now(), answer = CASE
           WHEN NOT g.is_active THEN 'guide_left' WHEN g.store_id IS DISTINCT FROM t.store_id THEN 'guide_moved'
           ELSE 'month_over' END
      FROM stores_staff g, stores_store s
     WHERE t.state = 'asked' AND g.id = t.guide_id AND s.id = t.store_id
       AND (NOT g.is_active OR g.store_id IS DISTINCT FROM t.store_id
            OR t.month < date_trunc('month', now() AT TIME ZONE s.time_zone)::date)
"""


def ask(
    guide: Staff,
    *,
    template: CouponTemplate | None = None,
    count: int | None = None,
    value: Decimal | None = None,
    reason: str = "",
    of_store: bool = False,
    at: datetime | None = None,
) -> TopUp:
    """Ask for ``count`` more of a template this month; without one for more of the budget: ``value`` yuan, ``count``
    coupons, or both. Who asks again for the same before it is answered changes the request.

    ``of_store`` is a manager's question for the budget of the whole store. Raises CouponRefused: top_up_amount,
    no_store, not_open_to_guides, template_not_active, top_up_not_for_you.
    """
    store = store_of(guide)
    if of_store and (not guide.leads_store or template):
        raise refuse("top_up_not_for_you")
    times = MOST_OF_STORE if of_store else 1
    _check_amount(count, 1, MOST_COUNT * times, needed=template is not None or value is None)
    _check_amount(value, 1, MOST_VALUE * times)
    if template and (value is not None or not template.open_to_guides):
        raise refuse("not_open_to_guides")
    if template and template.state != TemplateState.ACTIVE:
        raise refuse("template_not_active")
    keys: dict[str, Any] = {"guide": guide, "template": template, "of_store": of_store}
    keys["month"] = quotas.month_of(store, at or timezone.now())
    wish: dict[str, Any] = {"count": count, "value": value, "reason": reason.strip()[:200]}
    with transaction.atomic():
        if changed := _changed(keys, wish):
            return changed
        try:
            with transaction.atomic():
                return TopUp.objects.create(**keys, **wish, store=store)
        except IntegrityError:  # the second of two taps
            return _changed(keys, wish) or TopUp.objects.filter(guide=guide).latest("pk")


def withdraw(asked: TopUp, *, by: Staff) -> TopUp:
    """Take one's own request back before it is answered; twice is once. Raises CouponRefused (top_up_of_another,
    top_up_decided), NotFound for one that ``by`` may not see."""
    with transaction.atomic():
        held = _held(asked, by)
        if held.guide_id != by.pk:
            raise refuse("top_up_of_another")
        if held.state == TopUpState.WITHDRAWN:
            return held
        _check_open(held)
        held.state = TopUpState.WITHDRAWN
        held.save(update_fields=["state"])
    return held


def grant(asked: TopUp, *, by: Staff, beyond_store: bool = False, at: datetime | None = None) -> TopUp:
    """Raise the guide's limit by what was asked; twice is once. A request that lost its sense comes back closed.

    Raises CouponRefused: beyond_store_budget when the store itself has less left and ``beyond_store`` does not say
    that this is known, top_up_decided, top_up_not_yours, top_up_not_for_you; NotFound.
    """
    with transaction.atomic():
        held = _to_decide(asked, by)
        if held.state == TopUpState.GRANTED:
            return held
        _check_open(held)
        if why := _lost_sense(held, at or timezone.now()):
            return _decide(held, TopUpState.LAPSED, by, why)
        if not (beyond_store or held.of_store):
            _check_store(held)
        if held.template:
            quotas.raise_quota(held.guide, held.store, held.template, held.month, held.count or 0)
        else:
            more: dict[str, Any] = {"value": held.value or Decimal(0), "count": held.count or 0}
            owner = "store" if held.of_store else "guide"
            quotas.raise_budget(held.guide, held.store, held.month, owner=owner, **more)
        return _decide(held, TopUpState.GRANTED, by, "")


def turn_down(asked: TopUp, *, by: Staff, reason: str) -> TopUp:
    """Say no, with a reason for the guide to read. Raises as ``grant``, and top_up_reason_missing."""
    if not reason.strip():
        raise refuse("top_up_reason_missing")
    with transaction.atomic():
        held = _to_decide(asked, by)
        if held.state == TopUpState.REFUSED:
            return held
        _check_open(held)
        return _decide(held, TopUpState.REFUSED, by, reason.strip()[:200])


def waiting_for(leader: Staff) -> QuerySet[TopUp]:
    """The requests that a person may answer now, the oldest first; a store's own are for those above its manager."""
    rows = TopUp.objects.visible_to(leader).filter(state=TopUpState.ASKED).exclude(guide=leader)
    if leader.leads_store:
        return rows.filter(guide__role=Role.GUIDE, of_store=False).order_by("pk")
    return rows.order_by("pk") if leader.region_path or leader.sees_all else rows.none()


def open_of(guide: Staff) -> QuerySet[TopUp]:
    """What a guide asked for and nobody has answered."""
    return TopUp.objects.visible_to(guide).filter(guide=guide, state=TopUpState.ASKED)


def open_of_store(leader: Staff, store: Store) -> TopUp | None:
    """What the store asked for its budget, if nobody has answered."""
    rows = TopUp.objects.visible_to(leader).filter(store=store, state=TopUpState.ASKED, of_store=True)
    return rows.select_related("guide").order_by("pk").first()


def news_for(guide: Staff) -> list[TopUp]:
    """The answers that the guide has not seen; from now on they have. One query as long as there is none."""
    rows = TopUp.objects.visible_to(guide).filter(guide=guide, seen_at=None, state__in=DECIDED)
    found = list(rows.select_related("template", "decided_by").order_by("pk"))
    if found:
        TopUp.objects.filter(pk__in=[one.pk for one in found]).update(seen_at=timezone.now())
    return found


def close_stale() -> int:
    """Close the open requests of months that are over and of guides who left or moved; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(STALE)
        return cursor.rowcount


def suggested_count(limit: int) -> int:
    """How many more a guide is likely to need: a quarter of what they had, at least two."""
    return max(2, min(MOST_COUNT, -(-limit // 4)))


def suggested_value(limit: Decimal, short: Decimal = Decimal(0)) -> Decimal:
    """How much more in whole tens of yuan: a quarter of what they had, at least what the coupon at hand is short of."""
    wanted = max(limit / 4, short, Decimal(20))
    return min(MOST_VALUE, Decimal(ceil(wanted / 10) * 10))


def closing_words(asked: TopUp) -> str:
    """The reason that came with the answer, or why it was closed without one."""
    return str(CLOSED.get(asked.answer, asked.answer)) if asked.state == TopUpState.LAPSED else asked.answer


def _check_amount(amount: int | Decimal | None, least: int, most: int | Decimal, *, needed: bool = False) -> None:
    if amount is None and not needed:
        return
    if amount is None or not least <= amount <= most:
        raise refuse("top_up_amount", words={"least": least, "most": most}, least=least, most=most)


def _changed(keys: dict[str, Any], wish: dict[str, Any]) -> TopUp | None:
    """The open request for the same thing, with the amounts of now."""
    same = TopUp.objects.filter(guide=keys["guide"], month=keys["month"], state=TopUpState.ASKED)
    same, template = same.filter(of_store=keys["of_store"]), keys["template"]
    same = same.filter(template=template) if template else same.filter(template__isnull=True)
    held = same.select_for_update(no_key=True, of=("self",)).first()
    if held:
        for name, amount in wish.items():
            setattr(held, name, amount)
        held.save(update_fields=list(wish))
    return held


def _held(asked: TopUp, by: Staff) -> TopUp:
    rows = TopUp.objects.visible_to(by).select_for_update(no_key=True, of=("self",))
    held = rows.select_related("guide", "store", "template__terms").filter(pk=asked.pk).first()
    if held is None:
        raise NotFound(_("There is no such request."))
    return held


def _to_decide(asked: TopUp, by: Staff) -> TopUp:
    """The request, locked, for somebody who may answer it: never one's own, a manager's only by those above."""
    held = _held(asked, by)
    if held.guide_id == by.pk or (by.leads_store and (held.of_store or held.guide.role != Role.GUIDE)):
        raise refuse("top_up_not_yours")
    if not (by.leads_store or by.region_path or by.sees_all):
        raise refuse("top_up_not_for_you")
    return held


def _check_open(held: TopUp) -> None:
    if held.state != TopUpState.ASKED:
        raise refuse("top_up_decided")


def _lost_sense(held: TopUp, now: datetime) -> str:
    if not held.guide.is_active:
        return "guide_left"
    if held.guide.store_id != held.store_id:
        return "guide_moved"
    if held.month != quotas.month_of(held.store, now):
        return "month_over"
    stopped = held.template and held.template.state != TemplateState.ACTIVE
    return "coupon_stopped" if stopped else ""


def beyond(held: TopUp, store: quotas.Purse) -> CouponRefused | None:
    """What to say when the store itself has less left than is asked for; None when it has enough."""
    count, value = held.count or 0, held.value or Decimal(0)
    if held.template and held.template.terms:
        value = kinds.face_value(held.template.terms) * count
    what = store.lacks(value, count)
    if not what:
        return None
    if what == "value":
        return refuse("beyond_store_budget", words={"left": f"¥{store.left:.2f}".removesuffix(".00")}, left=store.left)
    left = store.count_left or 0
    shown = ngettext("%(count)s coupon", "%(count)s coupons", left) % {"count": left}
    return refuse("beyond_store_budget", words={"left": shown}, left=left)


def _check_store(held: TopUp) -> None:
    if refusal := beyond(held, quotas.room_of(held.guide, held.store, held.month).store):
        raise refusal


def _decide(held: TopUp, state: TopUpState, by: Staff, answer: str) -> TopUp:
    held.state, held.decided_by, held.decided_at, held.answer = state, by, timezone.now(), answer
    held.save(update_fields=["state", "decided_by", "decided_at", "answer"])
    return held
