"""Requests for more as pages show them: what the guide asks, what the leader answers, what came of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coupons import kinds, quotas, topups
from coupons.models import CouponTemplate, TopUp, TopUpState
from stores.models import Staff
from workbench.presenters.cards import dotted
from workbench.presenters.links import address
from workbench.templatetags.formats import number, yuan

STORE_ASK = "ask-store"
"""The id of what a manager asks for the store with, on the page of budgets."""


@dataclass(frozen=True)
class Request:
    """One request that waits for an answer. ``warning`` is what the leader has to know before saying yes."""

    pk: int
    name: str
    wants: str
    button: str
    facts: str
    reason: str
    at: datetime
    warning: str = ""


def amount(count: int | None, value: Decimal | None) -> str:
    """How much more, such as +5 or +¥200."""
    parts = [f"+{yuan(value)}"] if value else []
    if count:
        parts.append(ngettext("+%(count)s coupon", "+%(count)s coupons", count) % {"count": number(count)})
    return " ".join(parts)


def what_of(template: CouponTemplate | None, *, of_store: bool = False) -> str:
    """Of what: a coupon by its name, or the budget."""
    if of_store:
        return _("The store's budget of the month")
    return template.name if template else _("Budget of the month")


def news(found: Iterable[TopUp]) -> list[dict[str, str]]:
    """Answers for the guide to read once, each as a note."""
    return [{"text": _told(one), "kind": "accent" if one.state == TopUpState.GRANTED else "warn"} for one in found]


def waiting(found: Iterable[TopUp], warned: Mapping[int, str] | None = None) -> list[Request]:
    """The requests that a leader may answer; ``warned`` holds what was said about some of them."""
    return [_request(one, (warned or {}).get(one.pk, "")) for one in found]


def wish(
    guide: Staff, template: CouponTemplate | None, *, member: int | None, task: int | None, short: int = 0
) -> dict[str, Any]:
    """What the dialog of a guide shows: where the limit stands, what one tap would ask for, what was asked already.

    ``short`` is what the coupon at hand lacks, in yuan.
    """
    if guide.store is None:
        return {}
    room = quotas.room_of(guide, guide.store, quotas.month_of(guide.store, timezone.now()))
    asked = room.asked.get(template.pk if template else None)
    context: dict[str, Any] = {"template": template, "member_id": member, "task_id": task}
    context |= {"what": what_of(template), "asked": amount(asked.count, asked.value) if asked else ""}
    context["withdraw_url"] = address("top-up-withdraw", asked.pk) if asked else ""
    context["back_url"] = back_of(member, task)
    if template:
        left, limit = room.quota(template)
        standing = _("%(left)s of %(limit)s left") % {"left": left, "limit": limit}
        count = topups.suggested_count(limit)
        return context | {
            "standing": standing,
            "count": count,
            "suggested": amount(count, None),
            "most": topups.MOST_COUNT,
        }
    return context | _more_of(room.guide, short)


def wish_of_store(manager: Staff) -> dict[str, Any]:
    """The same for the budget of the whole store, which its manager asks of those above."""
    if manager.store is None:
        return {}
    room = quotas.room_of(manager, manager.store, quotas.month_of(manager.store, timezone.now()))
    asked = topups.open_of_store(manager, manager.store)
    own = asked if asked and asked.guide_id == manager.pk else None
    context: dict[str, Any] = {"whole": True, "what": what_of(None, of_store=True)}
    context["asked"] = amount(asked.count, asked.value) if asked else ""
    context["withdraw_url"] = address("top-up-withdraw", own.pk) if own else ""
    context["back_url"] = address("team-offers")
    return context | _more_of(room.store, 0, times=topups.MOST_OF_STORE)


def _more_of(purse: quotas.Purse, short: int, *, times: int = 1) -> dict[str, Any]:
    """Where a budget stands, and what one tap would ask for: coupons when they are what has run out, else yuan."""
    counted = purse.count_left is not None and purse.count_left <= 0
    value = None if counted else topups.suggested_value(purse.limit or Decimal(0), Decimal(short))
    count = topups.suggested_count(purse.count_limit or 0) if counted else None
    left = number(purse.count_left) if counted else yuan(purse.left)
    limit = number(purse.count_limit) if counted else yuan(purse.limit)
    standing = _("%(left)s left this month, of %(limit)s") % {"left": left, "limit": limit}
    most = {"most": topups.MOST_COUNT * times, "most_value": int(topups.MOST_VALUE) * times}
    return most | {"standing": standing, "count": count, "value": value, "suggested": amount(count, value)}


def back_of(member: int | None, task: int | None) -> str:
    """The page that the request was made from: the offer to a member, else the list of offers."""
    return address("offer", query={"m": member, "task": task}) if member else address("offers")


def _request(one: TopUp, warning: str) -> Request:
    count = one.count or 0
    face = kinds.face_value(one.template.terms) * count if one.template and one.template.terms else None
    facts = dotted(
        _("at most %(sum)s in all") % {"sum": yuan(face)} if face else "",
        one.store.name,
    )
    wants = dotted(what_of(one.template, of_store=one.of_store), amount(one.count, one.value))
    button = _("Agree to %(amount)s") % {"amount": amount(one.count, one.value)}
    return Request(one.pk, one.guide.name, wants, button, facts, one.reason, one.created_at, warning)


def _told(one: TopUp) -> str:
    words = {
        "what": what_of(one.template, of_store=one.of_store),
        "amount": amount(one.count, one.value),
        "who": one.decided_by.name if one.decided_by else "",
        "why": topups.closing_words(one),
    }
    if one.state == TopUpState.GRANTED:
        return _("%(who)s agreed: %(what)s %(amount)s.") % words
    if one.state == TopUpState.REFUSED:
        return _("%(who)s did not agree to %(what)s %(amount)s: %(why)s") % words
    return _("Your request for %(what)s %(amount)s was closed: %(why)s") % words
