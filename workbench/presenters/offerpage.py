"""The offer page: which coupons, which words, which channel, what follows, and what the member will see."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from campaigns import scripts
from campaigns.attribution import WINDOW
from campaigns.models import GuideTask, Script
from coupons import kinds
from coupons.catalogue import validity
from coupons.kinds.words import on_goods, validity_text, when
from coupons.offers import OfferOption, PreSendCheck, options_for, pre_send_check
from coupons.topups import news_for
from members.models import Member
from stores.models import Staff
from workbench.presenters import purses, tokens, topups
from workbench.presenters.cards import dotted, last_day
from workbench.presenters.links import Choice, address, offer_url
from workbench.templatetags.formats import clock, yuan

STYLES_SHOWN = 3
OF_BUDGET = ("guide_budget_spent", "guide_count_spent")


@dataclass(frozen=True)
class Wish:
    """What the guide has chosen so far. ``message`` None means the suggested words."""

    guide: Staff
    member: Member
    task: GuideTask | None = None
    template_id: int | None = None
    message: str | None = None
    channel: str = ""
    only_message: bool = False
    script_id: int | None = None
    request_key: str = field(default_factory=lambda: uuid.uuid4().hex)


@dataclass(frozen=True)
class Pick:
    """A coupon as a radio button."""

    id: int
    face: str
    condition: str
    title: str
    terms: str
    left: int
    quota: int
    is_recommended: bool
    is_off: bool
    why_off: str
    ask: "Ask | None"


@dataclass(frozen=True)
class Ask:
    """The way to more of what is used up: where it stands on the page, the dialog, what was asked for already; pressing
    when no coupon at all may be sent."""

    id: str
    url: str
    asked: str
    text: str = ""
    is_pressing: bool = False


@dataclass(frozen=True)
class Way:
    """A channel as a radio button."""

    key: str
    name: str
    note: str
    is_off: bool
    is_on: bool


@dataclass(frozen=True)
class Seen:
    """What the member will see. ``mark`` stands for exactly these words, this coupon and this channel."""

    channel: str
    at: str
    sender: str
    store: str
    initial: str
    brand: str
    bubble: str
    card: dict[str, str] | None
    cost: str
    attribution: str
    mark: str


class OfferPage:
    """Everything the page shows for a wish; reads only. ``check`` is the domain's own answer before the tap."""

    def __init__(self, wish: Wish) -> None:
        self.wish = wish
        guide, member = wish.guide, wish.member
        self.check: PreSendCheck = pre_send_check(guide, member, None)
        self.options: list[OfferOption] = [] if wish.only_message else options_for(guide, member, room=self.check.room)
        self.option = self._chosen()
        offered = scripts.scripts_of(wish.task) if wish.task else scripts.scripts_for("")
        self.styles: list[Script] = list(offered[:STYLES_SHOWN])
        self.script = next((one for one in self.styles if one.pk == wish.script_id), None) or next(
            iter(self.styles), None
        )
        self.message = self.script.text if wish.message is None and self.script else wish.message or ""
        self.ways = self._ways()

    @property
    def channel(self) -> Way | None:
        """The channel that is chosen; None while no channel is allowed."""
        return next((way for way in self.ways if way.is_on), None)

    @property
    def words(self) -> str:
        """The message as it will arrive, variables filled in."""
        coupon = scripts.coupon_of(self.wish.task) if self.wish.task and self.option is None else None
        terms = self.option.terms if self.option else None
        return scripts.render(
            self.message,
            self.wish.member,
            self.wish.guide,
            terms,
            coupon=coupon,
            product=scripts.product_of(self.wish.task),
        )

    def context(self, errors: Sequence[str] = ()) -> dict[str, Any]:
        """The page."""
        wish = self.wish
        return {
            "member": wish.member,
            "task": wish.task,
            "only_message": wish.only_message,
            "budget": purses.left_words(self.check.room),
            "budget_ask": self._budget_ask(),
            "news": topups.news(news_for(wish.guide)) if self.check.room.has_news else [],
            "cards": [self._pick(option) for option in self.options],
            "chosen": self.option.template.pk if self.option else None,
            "scripts": [self._style(script) for script in self.styles],
            "message": tokens.shown(self.message),
            "variables": [tokens.shown(f"{{{name}}}") for name in scripts.VARIABLES],
            "channels": self.ways,
            "request_key": wish.request_key,
            "errors": list(errors),
            "back_url": address("member", wish.member.pk),
            **self.preview(),
        }

    def preview(self) -> dict[str, Any]:
        """The preview alone, with what follows from sending and whether that is possible."""
        refusal = self.check.refusal or (self.option.refusal if self.option else None)
        warnings = [{"text": notice.text, "kind": notice.kind} for notice in self.check.warnings]
        if refusal:
            warnings.insert(0, {"text": refusal.sentence, "kind": "danger"})
        elif self.channel is None:
            text = _("The member has not agreed to any channel, so nothing can be sent.")
            warnings.insert(0, {"text": text, "kind": "danger"})
        possible = not refusal and self.channel is not None and bool(self.option or self.message.strip())
        return {"member": self.wish.member, "preview": self._seen(), "warnings": warnings, "can_send": possible}

    def _chosen(self) -> OfferOption | None:
        """The coupon asked for, else the one the task suggests, else the first that may be sent."""
        wanted = self.wish.template_id or (self.wish.task.template_id if self.wish.task else None)
        possible = [option for option in self.options if option.refusal is None]
        found = next((option for option in possible if option.template.pk == wanted), None)
        return found or next(iter(possible), None)

    def _pick(self, option: OfferOption) -> Pick:
        suggested = self.wish.task is not None and self.wish.task.template_id == option.template.pk
        return Pick(
            id=option.template.pk,
            face=option.face,
            condition=option.condition,
            title=option.template.name,
            terms=dotted(validity_text(option.terms), on_goods(option.terms), when(option.terms)),
            left=option.left,
            quota=option.limit,
            is_recommended=suggested,
            is_off=option.refusal is not None,
            why_off=str(option.refusal) if option.refusal else "",
            ask=self._ask(option.template.pk) if option.refusal and option.refusal.code == "quota_spent" else None,
        )

    def _budget_ask(self) -> Ask | None:
        """The way to more when it is the guide's budget that stops some coupon."""
        spent = [one for one in self.options if one.refusal and one.refusal.code in OF_BUDGET]
        if not spent:
            return None
        cheapest = min(spent, key=lambda one: one.face_value)
        short = ceil(cheapest.face_value - (self.check.room.guide.left or 0))
        return self._ask(None, text=str(cheapest.refusal), short=max(short, 0))

    def _ask(self, template: int | None, *, text: str = "", short: int = 0) -> Ask:
        asked = self.check.room.asked.get(template)
        task = self.wish.task.pk if self.wish.task else None
        query = {"template": template, "m": self.wish.member.pk, "task": task, "short": short or None}
        words = topups.amount(asked.count, asked.value) if asked else ""
        return Ask(ask_id(template), address("top-up", query=query), words, text, self.option is None)

    def _ways(self) -> list[Way]:
        """The channels; the one asked for if it is allowed, else the first that is."""
        allowed = [one.key for one in self.check.channels if one.allowed]
        chosen = self.wish.channel if self.wish.channel in allowed else next(iter(allowed), "")
        return [Way(one.key, one.name, one.note, not one.allowed, one.key == chosen) for one in self.check.channels]

    def _style(self, script: Script) -> Choice:
        wish = self.wish
        task = wish.task.pk if wish.task else None
        only = "message" if wish.only_message else ""
        return Choice(
            script.style, offer_url(wish.member.pk, task=task, only=only, script=script.pk), script == self.script
        )

    def _seen(self) -> Seen:
        guide, option, now = self.wish.guide, self.option, timezone.now()
        words, channel = self.words, self.channel
        cost = yuan(option.face_value) if option else yuan(0)
        return Seen(
            channel=channel.name if channel else "",
            at=_("Today %(time)s") % {"time": clock(now)},
            sender=guide.given_name,
            store=str(guide.store or ""),
            initial=guide.name[:1],
            brand=str(guide.store or ""),
            bubble=words,
            card=self._coupon_seen(option) if option else None,
            cost=_("%(sum)s, from your quota of the month") % {"sum": cost} if option else _("nothing"),
            attribution=_("an order within %(days)s days") % {"days": WINDOW.value},
            mark=mark_of(words, option.template.pk if option else None, channel.key if channel else ""),
        )

    def _coupon_seen(self, option: OfferOption) -> dict[str, str]:
        with translation.override(settings.LANGUAGE_CODE):  # the member reads it, not the guide
            return self._coupon_words(option)

    def _coupon_words(self, option: OfferOption) -> dict[str, str]:
        until = last_day(validity(option.terms, timezone.now(), self.wish.member.home_store)[1])
        words = dotted(kinds.condition_text(option.terms), _("until %(date)s") % {"date": until})
        return {"face": kinds.face_text(option.terms), "title": option.template.name, "until": words}


def ask_id(template: int | None) -> str:
    """Where on the page the way to more of a coupon stands, or of the budget."""
    return f"ask-{template or 'budget'}"


def mark_of(words: str, template_id: int | None, channel: str) -> str:
    """A mark that changes with the words, the coupon or the channel: only what was seen is sent."""
    return hashlib.sha256(f"{template_id}\0{channel}\0{words}".encode()).hexdigest()[:32]
