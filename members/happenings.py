"""The words for what happens to a member in this band. See ``members.chronicle`` for how they are used."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Q, TextField
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.db.models.lookups import In
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from members.chronicle import Category, Words, tells
from members.models import (
    Benefit,
    Consent,
    IdentityKind,
    Member,
    MemberPlace,
    Note,
    Order,
    OrderLine,
    Return,
    Stage,
    Tag,
    Tier,
    TierChange,
    TimelineFact,
)
from members.profiles import RevealReason
from members.tags import groups_for
from stores.models import Role, Staff

GOODS_SHOWN = 2
LABELS = {field.name: field.verbose_name for field in Member._meta.fields} | {"place": MemberPlace._meta.verbose_name}
Facts = Sequence[TimelineFact]
Told = Mapping[int, Words]


def nobody(viewer: Staff | None) -> Q:
    """No fact of the kind."""
    return Q(pk__in=())


def leaders(viewer: Staff | None) -> Q:
    """All facts for those who lead a store or region or work for headquarters, none for guides and partners."""
    return Q() if viewer and viewer.role != Role.GUIDE else nobody(viewer)


def readable_notes(viewer: Staff | None) -> Q:
    """Facts about notes that the viewer may read."""
    return Q(subject__in=Note.objects.visible_to(viewer).values("pk")) if viewer else nobody(viewer)


def visible_tags(viewer: Staff | None) -> Q:
    """Facts about tags of the groups that the viewer may see."""
    if viewer is None or viewer.role != Role.GUIDE:
        return Q()
    opened = Tag.objects.filter(group__in=groups_for(viewer)).annotate(written=Cast("pk", TextField()))
    return Q(In(KT("data__tag"), opened.values("written")))


def names(model: Any, facts: Facts, key: str) -> dict[Any, str]:
    """Names by primary key of the rows that ``data[key]`` of the facts points to, in one query."""
    wanted = {fact.data.get(key) for fact in facts} - {None}
    return dict(model.objects.filter(pk__in=wanted).values_list("pk", "name")) if wanted else {}


def yuan(amount: Decimal) -> str:
    """¥1,386 or ¥9.90: cents only where there are some."""
    return f"¥{amount:,.2f}".removesuffix(".00")


def listed(words: Iterable[str]) -> str:
    """Words in a row, the way the language writes it."""
    return pgettext("between words in a list", ", ").join(words)


@tells("order.recorded", category=Category.ORDER, icon="bag")
def _orders(facts: Facts) -> Told:
    orders = Order.objects.in_bulk([fact.subject for fact in facts])
    stores: dict[int | None, str] = dict(Order.objects.filter(pk__in=orders).values_list("pk", "store__name"))
    goods: dict[int | None, list[str]] = defaultdict(list)
    lines = OrderLine.objects.filter(order__in=orders).order_by("order", "-amount", "line_no")
    for order, name in lines.values_list("order_id", "product__name"):
        if name not in goods[order]:
            goods[order].append(name)
    return {
        fact.pk: Words(
            yuan(orders[fact.subject].net_amount),
            " · ".join(filter(None, [listed(goods[fact.subject][:GOODS_SHOWN]), stores[fact.subject]])),
        )
        for fact in facts
        if fact.subject in orders
    }


@tells("order.returned", category=Category.ORDER, icon="undo")
def _returns(facts: Facts) -> Told:
    returns = Return.objects.in_bulk([fact.subject for fact in facts])
    return {
        fact.pk: Words(_("Returned %(amount)s") % {"amount": yuan(returns[fact.subject].amount)})
        for fact in facts
        if fact.subject in returns
    }


@tells("member.created", category=Category.PROFILE, icon="user-plus")
def _created(facts: Facts) -> Told:
    joined = Member.objects.filter(pk__in=[fact.member_id for fact in facts])
    sources: dict[int | None, str] = dict(joined.values_list("pk", "source"))
    return {fact.pk: Words(_("Became a member"), sources.get(fact.member_id, "")) for fact in facts}


@tells("member.assigned", category=Category.PROFILE, icon="swap")
def _assigned(facts: Facts) -> Told:
    guides = names(Staff, facts, "guide") | names(Staff, facts, "from")
    told = {}
    for fact in facts:
        guide, before = guides.get(fact.data.get("guide")), guides.get(fact.data.get("from"))
        title = _("Looked after by %(name)s") % {"name": guide} if guide else _("Nobody looks after the member")
        told[fact.pk] = Words(title, _("before: %(name)s") % {"name": before} if before else "")
    return told


@tells("member.tagged", "member.untagged", category=Category.PROFILE, icon="tag", seen_by=visible_tags)
def _tags(facts: Facts) -> Told:
    tags, people = names(Tag, facts, "tag"), names(Staff, facts, "by")
    told = {}
    for fact in facts:
        tag = tags.get(fact.data.get("tag"))
        if tag:
            sentence = _("Tag “%(tag)s” set") if fact.kind == "member.tagged" else _("Tag “%(tag)s” removed")
            told[fact.pk] = Words(sentence % {"tag": tag}, people.get(fact.data.get("by"), _("by rule")))
    return told


@tells("member.noted", category=Category.NOTE, icon="pen", seen_by=readable_notes)
def _notes(facts: Facts) -> Told:
    notes = Note.objects.in_bulk([fact.subject for fact in facts])
    return {
        fact.pk: Words(_("Note"), _("“%(text)s”") % {"text": notes[fact.subject].text})
        for fact in facts
        if fact.subject in notes
    }


@tells("member.revealed", category=Category.PROFILE, icon="eye", seen_by=leaders)
def _revealed(facts: Facts) -> Told:
    people, reasons = names(Staff, facts, "by"), dict(RevealReason.choices)
    return {
        fact.pk: Words(
            _("%(name)s looked at the phone number") % {"name": people.get(fact.data.get("by"), "")},
            str(reasons.get(fact.data.get("reason"), "")),
        )
        for fact in facts
    }


@tells("member.exported", category=Category.PROFILE, icon="eye", seen_by=leaders)
def _exported(facts: Facts) -> Told:
    people = names(Staff, facts, "by")
    return {
        fact.pk: Words(
            _("All data were handed out"), people.get(fact.data.get("by"), "") or str(fact.data.get("partner", ""))
        )
        for fact in facts
    }


@tells("member.tier_changed", category=Category.PROFILE, icon="star")
def _tiers(facts: Facts) -> Told:
    tiers, reasons = Tier.objects.in_bulk(), dict(TierChange.Why.choices)
    told = {}
    for fact in facts:
        now, before = tiers.get(fact.data.get("to")), tiers.get(fact.data.get("from"))
        if now:
            up = before is None or (now.threshold or 0) >= (before.threshold or 0)
            sentence = _("Up to %(tier)s") if up else _("Back to %(tier)s")
            why = str(reasons.get(fact.data.get("why"), ""))
            told[fact.pk] = Words(sentence % {"tier": now.name}, why, icon="star" if up else "down")
    return told


@tells("member.tier_notice", category=Category.PROFILE, icon="clock")
def _notices(facts: Facts) -> Told:
    tiers = names(Tier, facts, "tier")
    return {
        fact.pk: Words(
            _("%(tier)s is reviewed on %(day)s") % {"tier": tiers[fact.data["tier"]], "day": fact.data["review_on"]},
            _("%(missing)s growth value missing to keep it") % {"missing": f"{fact.data['missing']:,}"},
        )
        for fact in facts
        if fact.data.get("tier") in tiers
    }


@tells("member.tier_granted", "member.tier_grant_revoked", category=Category.PROFILE, icon="star")
def _grants(facts: Facts) -> Told:
    tiers, people = names(Tier, facts, "tier"), names(Staff, facts, "by")
    told = {}
    for fact in facts:
        words = {"tier": tiers.get(fact.data.get("tier"), ""), "day": fact.data.get("until", "")}
        given = fact.kind == "member.tier_granted"
        sentence = _("%(tier)s given by hand until %(day)s") if given else _("%(tier)s by hand taken back")
        told[fact.pk] = Words(sentence % words, people.get(fact.data.get("by"), ""))
    return told


@tells("member.stage_changed", category=Category.PROFILE, icon="sprout")
def _stages(facts: Facts) -> Told:
    stages = dict(Stage.choices)
    return {
        fact.pk: Words(
            _("Stage: %(stage)s") % {"stage": stages[fact.data["to"]]},
            _("before: %(name)s") % {"name": stages[fact.data["from"]]} if fact.data.get("from") in stages else "",
        )
        for fact in facts
        if fact.data.get("to") in stages
    }


@tells("consent.changed", category=Category.PROFILE, icon="shield")
def _consents(facts: Facts) -> Told:
    channels = dict(Consent.Channel.choices)
    told = {}
    for fact in facts:
        sentence = _("Agreed to %(channel)s") if fact.data.get("granted") else _("No more %(channel)s")
        told[fact.pk] = Words(sentence % {"channel": channels.get(fact.data.get("channel"), "")})
    return told


@tells("identity.added", "identity.removed", category=Category.PROFILE, icon="ring-user")
def _identities(facts: Facts) -> Told:
    kinds = dict(IdentityKind.choices)
    told = {}
    for fact in facts:
        sentence = _("%(kind)s added") if fact.kind == "identity.added" else _("%(kind)s removed")
        told[fact.pk] = Words(sentence % {"kind": kinds.get(fact.data.get("kind"), "")})
    return told


@tells("member.updated", category=Category.PROFILE, icon="user")
def _updated(facts: Facts) -> Told:
    return {
        fact.pk: Words(
            _("Profile changed"),
            listed(str(LABELS[field]) for field in fact.data.get("fields", ()) if field in LABELS),
        )
        for fact in facts
    }


@tells("benefit.used", "benefit.taken_back", category=Category.PROFILE, icon="gift")
def _benefits(facts: Facts) -> Told:
    titles: dict[int | None, str] = dict(
        Benefit.objects.filter(pk__in={fact.data.get("benefit") for fact in facts}).values_list("pk", "title")
    )
    people = names(Staff, facts, "by")
    told = {}
    for fact in facts:
        title, is_use = titles.get(fact.data.get("benefit")), fact.kind == "benefit.used"
        if title:
            sentence = _("Benefit used: %(benefit)s") if is_use else _("%(benefit)s: use taken back")
            by = people.get(fact.data.get("by"), "")
            told[fact.pk] = Words(sentence % {"benefit": title}, by, icon="gift" if is_use else "undo")
    return told
