"""The open task beside the list: why now, the words ready to send, the coupon and the channel."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import next_best, scripts, touches
from campaigns.models import GuideTask, Reason, Script, Touch
from campaigns.reasons import words
from campaigns.reasons.base import yuan
from campaigns.reasons.chances import chance_behind
from coupons.models import Coupon
from coupons.presend import ChannelCheck, channels_of
from members.lifecycle import GOLDEN_DAYS
from stores.models import Staff
from stores.places import business_day, zone_of
from workbench.presenters.cards import card_of_coupon, card_of_terms, dotted
from workbench.presenters.links import Choice, address, offer_url
from workbench.templatetags.formats import day, near_day
from workbench.templatetags.formats import yuan as rounded

STYLES_SHOWN = 3
TOUCHES_READ = 30


@dataclass(frozen=True)
class Opened:
    """The member, the reasons and where the first order stands."""

    pk: int
    member: Any
    facts: list[str]
    since: str


@dataclass(frozen=True)
class Cell:
    """One day of the golden window."""

    number: int
    is_past: bool
    is_now: bool
    icon: str = ""
    word: str = ""


@dataclass(frozen=True)
class Window:
    """The days after the first order; ``label`` says the same for those who hear it."""

    label: str
    days: list[Cell]


@dataclass(frozen=True)
class Evidence:
    """What speaks for acting, and what that rests on."""

    icon: str
    title: str
    note: str


@dataclass(frozen=True)
class Channel:
    """The channel the words would leave by."""

    key: str
    name: str
    consent: str
    used: str


def opened(task: GuideTask, viewer: Staff, *, script_id: int | None = None) -> dict[str, Any]:
    """Everything the pane of a task shows. Suggested words are filled in; nothing is written."""
    today = business_day(viewer.store, timezone.now())
    styles = list(scripts.scripts_of(task).select_related(None)[:STYLES_SHOWN])
    chosen = next((script for script in styles if script.pk == script_id), styles[0] if styles else None)
    contacts = list(touches.accepted_touches(task.member, days=90).select_related("guide")[:TOUCHES_READ])
    in_wallet = scripts.coupon_of(task)
    template = task.template if task.template and task.template.terms else None
    terms = template.terms if template else None
    return {
        "task": Opened(task.pk, task.member, _facts(task, contacts, today), _since(task)),
        "window": _window(task, contacts, today, viewer),
        "scripts": [_style(task, script, chosen) for script in styles],
        "message": _message(chosen, task, viewer, in_wallet),
        "card": card_of_terms(template.name, terms) if template and terms else None,
        "reminds_of": card_of_coupon(in_wallet, in_wallet.state) if in_wallet else None,
        "template_id": template.pk if template else None,
        "channel": _channel(channels_of(task.member, viewer.store), contacts),
        "evidence": _evidence(task, viewer),
        "offer_url": offer_url(task.member_id, task=task.pk),
        "request_key": uuid.uuid4().hex,
    }


def _evidence(task: GuideTask, viewer: Staff) -> list[Evidence]:
    """What the task is expected to bring and how that is reckoned, then what such offers of the guide came to."""
    found = []
    if task.value >= 1:
        chance = chance_behind(task)
        words = {"percent": chance.percent, "bought": chance.bought, "contacted": chance.contacted}
        known = _("%(bought)s of the last %(contacted)s bought after it") if chance.is_measured else _("as assumed")
        reckoned = _("Their average basket × %(percent)s%% who buy: %(known)s")
        title = _("Expected: about %(sum)s") % {"sum": rounded(task.value)}
        found.append(Evidence("target", title, reckoned % (words | {"known": known % words})))
    if task.guide_id == viewer.pk:  # what a guide's own offers brought is seen by nobody else
        found.append(Evidence("bars", next_best.evidence(viewer, task.reason), _("Seen by you alone")))
    return found


def _facts(task: GuideTask, contacts: Sequence[Touch], today: date) -> list[str]:
    """At most three lines: the reason, who wrote last, what the member usually buys."""
    found = [words(task, today)]
    if contacts:
        last = contacts[0]
        who = last.guide.name if last.guide else _("A campaign")
        found.append(_("%(who)s was in touch %(day)s") % {"who": who, "day": near_day(last.at)})
    else:
        found.append(_("Nobody has written to this member in the last 90 days"))
    facts = getattr(task.member, "facts", None)
    if facts and facts.favourite_category:
        found.append(_("Usually buys %(what)s") % {"what": facts.favourite_category.name})
    return found[:1] + [fact for fact in found[1:] if fact not in found[0]]


def _since(task: GuideTask) -> str:
    facts = getattr(task.member, "facts", None)
    if task.reason != Reason.GOLDEN_WINDOW or not facts or not facts.first_order_at:
        return ""
    return dotted(_("First order %(day)s") % {"day": day(facts.first_order_at)}, yuan(task.why.get("spent") or 0))


def _message(chosen: Script | None, task: GuideTask, viewer: Staff, in_wallet: Coupon | None) -> str:
    """The words that are suggested, filled in."""
    if chosen is None:
        return ""
    terms = task.template.terms if task.template else None
    goods = scripts.product_of(task)
    return scripts.render(chosen, task.member, viewer, terms, coupon=in_wallet, product=goods)


def _style(task: GuideTask, script: Script, chosen: Script | None) -> Choice:
    return Choice(script.style, address("task", task.pk, query={"script": script.pk}), script == chosen)


def _channel(channels: Sequence[ChannelCheck], contacts: Sequence[Touch]) -> Channel | None:
    """The first channel the member agreed to; none without consent."""
    allowed = next((channel for channel in channels if channel.allowed), None)
    if allowed is None:
        return None
    week = timezone.now() - timedelta(days=7)
    used = sum(contact.at > week for contact in contacts)
    return Channel(allowed.key, allowed.name, allowed.note, _("%(count)s in 7 days") % {"count": used})


def _window(task: GuideTask, contacts: Sequence[Touch], today: date, viewer: Staff) -> Window | None:
    if task.reason != Reason.GOLDEN_WINDOW or not task.why.get("first"):
        return None
    first = date.fromisoformat(task.why["first"])
    now, last = (today - first).days, int(GOLDEN_DAYS.value)
    written = {_day_of(contact.at, viewer, first) for contact in contacts}
    words_below = {1: _("First order"), last: _("Ends")} | {now: _("Today")}
    cells = [
        Cell(n, n < now, n == now, _icon(n, n in written, n == now), words_below.get(n, "")) for n in range(1, last + 1)
    ]
    label = _("The golden window after the first order: today is day %(day)s of %(days)s") % {"day": now, "days": last}
    return Window(label, cells)


def _icon(number: int, written: bool, is_now: bool) -> str:
    if is_now:
        return ""
    return "bag" if number == 1 else "message" if written else ""


def _day_of(moment: datetime, viewer: Staff, first: date) -> int:
    return (moment.astimezone(zone_of(viewer.store)).date() - first).days
