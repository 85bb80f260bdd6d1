"""The member page: standing, next step, scores beside their facts, what is allowed, wallet, tags."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns import next_best
from coupons import kinds, packs, presend, wallet
from coupons.models import CouponState
from members import tags as tagging
from members.ledgers import pointlots
from members.models import Consent, Member
from members.privacy import consents, wordings
from members.search import counts_by_tag
from members.tagdisputes import is_open
from members.tagorigins import last_day
from stores.models import Staff
from stores.places import business_day
from workbench.presenters.cards import Card, card_of_coupon, card_of_terms
from workbench.presenters.links import address, offer_url
from workbench.presenters.memberrows import MemberRow, figures
from workbench.templatetags.formats import yuan

LIVE = (CouponState.ISSUED, CouponState.LOCKED)
DEAD_SHOWN, COUPONS_READ, SUGGESTED = 2, 60, 4
STEPS, LOW = 5, 2
POINTS_AHEAD = 60  # days
ICONS = {
    Consent.Channel.WECOM: "message",
    Consent.Channel.WECHAT_SUBSCRIBE: "mini",
    Consent.Channel.PHONE_CALL: "phone",
    Consent.Channel.SMS: "mobile",
    Consent.Channel.EMAIL: "send",
}


@dataclass(frozen=True)
class Step:
    """The next best action with its links."""

    title: str
    facts: list[str]
    card: Card | None
    evidence: str
    url: str
    other_url: str


@dataclass(frozen=True)
class Score:
    """One of R, F and M: the score and, always, the fact behind it."""

    letter: str
    name: str
    score: int
    steps: list[bool]
    value: str
    is_low: bool


@dataclass(frozen=True)
class Coming:
    """``count`` equal coupons that a pack brings on a day."""

    day: date
    title: str
    count: int
    pack: str


@dataclass(frozen=True)
class CarriedTag:
    """A tag on the member: whether somebody disputes it, and the last day it holds (None: no end)."""

    pk: int
    name: str
    is_disputed: bool
    until: date | None


@dataclass(frozen=True)
class Allowed:
    """What the member said about one channel."""

    icon: str
    channel: str
    note: str
    allowed: bool
    answer: str
    ask_url: str = ""


def head(member: Member, viewer: Staff) -> MemberRow:
    """The member with figures, for profile and pane."""
    today = business_day(viewer.store, timezone.now())
    return MemberRow(member, figures(member, today), [], [], [])


def next_step(member: Member, viewer: Staff) -> dict[str, Any]:
    """The one thing to do now, and where to say that it does not fit."""
    found = next_best.next_best_action(member, viewer) if viewer.store else None
    if found is None:
        return {"nba": None, "dismiss_url": ""}
    template = found.template if found.template and found.template.terms else None
    card = card_of_terms(template.name, template.terms) if template and template.terms else None
    task = found.task.pk if found.task else None
    url = offer_url(member.pk, task=task, only="" if card else "message")
    dismiss = reverse("workbench:task-dismiss", args=[task]) if task else ""
    step = Step(found.title, found.facts, card, found.evidence, url, offer_url(member.pk, task=task))
    return {"nba": step, "dismiss_url": dismiss}


def scores(row: MemberRow) -> dict[str, Any] | None:
    """Recency, frequency and money; nothing before the first order."""
    facts = getattr(row.member, "facts", None)
    if facts is None or row.facts.days_since is None or facts.recency_score is None:
        return None
    recency, frequency, money = facts.recency_score, facts.frequency_score, facts.money_score
    rows = [
        _score("R", _("Recency"), recency, _("%(days)s days ago") % {"days": row.facts.days_since}),
        _score("F", _("Frequency"), frequency, _("%(count)s orders") % {"count": facts.orders}),
        _score("M", _("Money"), money, yuan(facts.spend)),
    ]
    at_risk = recency <= LOW and (frequency >= 3 or money >= 4)
    label = _("Win back") if at_risk else _("Keep well") if recency >= 4 and money >= 4 else ""
    return {"label": label, "is_risk": at_risk, "rows": rows}


def points_ending(member: Member) -> str:
    """The points that are gone next, and on which day; empty while none end within two months."""
    coming = pointlots.expiring(member, POINTS_AHEAD) if member.points else []
    if not coming:
        return ""
    first = coming[0].on
    amount = sum(one.amount for one in coming if one.on == first)
    words = ngettext("%(points)s point ends %(date)s", "%(points)s points end %(date)s", amount)
    return words % {"points": f"{amount:,}", "date": f"{first:%m-%d}"}


def allowed(member: Member) -> dict[str, Any]:
    """Which channels the member allows, how often guides have written in the last seven days, the quiet hours."""
    known = consents.current(member)
    contacts = presend.contacts_of(member, timezone.now())
    asked = wordings.now() if consents.BY_GUIDES.value else {}
    rows = [_allowed(member, channel, known.get(channel.value), asked) for channel in ICONS]
    words = _("%(used)s of %(cap)s messages in 7 days") % {"used": contacts.used, "cap": contacts.cap}
    quiet = _("From %(start)s:00 to %(end)s:00 a message may disturb.")
    hours = {"start": presend.QUIET_FROM.value, "end": presend.QUIET_UNTIL.value}
    return {
        "consents": rows,
        "touches": words,
        "quiet": quiet % hours,
        "can_ask": bool(asked),
        "hindrance": _hindrance(member, known, contacts),
    }


def _hindrance(member: Member, known: Mapping[str, Consent], contacts: presend.Contacts) -> str:
    """What will refuse an offer to the member, said before anybody taps; empty when nothing does yet."""
    if not any(one.value in known and known[one.value].granted for one in presend.CHANNELS):
        return _("The member has not agreed to any channel, so nothing can be sent. Speak to them in the store.")
    if contacts.used >= contacts.cap and contacts.free_at:
        day = timezone.localtime(contacts.free_at)
        words = _("Reached this week's limit of messages (%(used)s/%(cap)s). Next one from %(date)s.")
        return words % {"used": contacts.used, "cap": contacts.cap, "date": f"{day:%m-%d %H:%M}"}
    return ""


def wallet_of(member: Member, *, everything: bool = False) -> dict[str, Any]:
    """The coupons: all live ones and the latest others, or everything."""
    coupons = list(wallet.wallet_of(member)[:COUPONS_READ])
    live = [coupon for coupon in coupons if coupon.standing in LIVE]
    shown = coupons if everything else coupons[: len(live) + DEAD_SHOWN]
    more = address("member-panels", member.pk, query={"wallet": "all"}) if len(shown) < len(coupons) else ""
    cards = [card_of_coupon(coupon, coupon.standing, pack=coupon.pack_name or "") for coupon in shown]
    return {"live": len(live), "total": len(coupons), "cards": cards, "all_url": more, "coming": _coming(member)}


def _coming(member: Member) -> list[Coming]:
    """What packs still bring, the next first; equal ones of a day are one line."""
    counts: Counter[tuple[date, str, str]] = Counter()
    for step in packs.coming_to(member)[:COUPONS_READ]:
        day = business_day(member.home_store, step.due_at)
        words = kinds.offer_text(step.template.terms) if step.template.terms else step.template.name
        counts[day, words, step.given.pack.name] += 1
    return [Coming(day, words, number, pack) for (day, words, pack), number in counts.items()]


def tags_of(member: Member, viewer: Staff) -> dict[str, Any]:
    """Tags that are fixed for this reader, those they may take off, and some they may set with one tap."""
    rows: list[Any] = tagging.tags_on([member.pk], viewer, is_disputed=is_open()).get(member.pk, [])
    carried = [CarriedTag(one.tag_id, one.tag.name, one.is_disputed, last_day(one)) for one in rows]
    mine = {one.tag_id for one in rows if tagging.may_set(one.tag.group, viewer)}
    offered = [tag for tag in tagging.suggest("", viewer, limit=SUGGESTED + len(mine)) if tag.pk not in mine]
    return {
        "system": [one for one in carried if one.pk not in mine],
        "manual": [one for one in carried if one.pk in mine],
        "suggested": offered[:SUGGESTED],
    }


def tag_options(query: str, viewer: Staff) -> list[dict[str, Any]]:
    """Tags that match what is typed, cut at the match, with how many members carry them."""
    found: Sequence[Any] = tagging.suggest(query, viewer)
    used = counts_by_tag(viewer) if found else {}
    return [_cut(tag, query) | {"pk": tag.pk, "used": used.get(tag.pk, 0)} for tag in found]


def _cut(tag: Any, query: str) -> dict[str, str]:
    at = tag.name.casefold().find(query.casefold()) if query else -1
    if at < 0:
        return {"before": tag.name, "match": "", "after": ""}
    end = at + len(query)
    return {"before": tag.name[:at], "match": tag.name[at:end], "after": tag.name[end:]}


def _score(letter: str, name: str, score: int | None, value: str) -> Score:
    points = score or 0
    return Score(letter, name, points, [step < points for step in range(STEPS)], value, points <= LOW)


def _allowed(member: Member, channel: Consent.Channel, entry: Consent | None, asked: Collection[str]) -> Allowed:
    url = address("member-consent", member.pk, channel.value) if channel.value in asked else ""
    if entry is None:
        return Allowed(ICONS[channel], str(channel.label), _("Never asked"), False, _("Not allowed"), url)
    day = f"{timezone.localtime(entry.at):%Y-%m-%d}"
    note = (_("Agreed on %(date)s") if entry.granted else _("Declined on %(date)s")) % {"date": day}
    return Allowed(
        ICONS[channel],
        str(channel.label),
        note,
        entry.granted,
        _("Allowed") if entry.granted else _("Not allowed"),
        url,
    )
