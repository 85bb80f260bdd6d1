"""Words a guide may use. Variables in braces are filled in by plain substitution, never by a template engine.

A clause whose variable is not known for this member is left out, so that what remains still reads well.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Case, Q, QuerySet, Value, When
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from campaigns.models import GuideTask, Script
from coupons import kinds
from coupons.catalogue import validity
from coupons.models import Coupon, CouponState, CouponTerms
from members.models import Member
from stores.models import Staff, Store
from stores.places import zone_of

VARIABLES = {
    "name": _("The member's name, as one says it"),
    "guide": _("The guide's name, as colleagues say it"),
    "store": _("The guide's store"),
    "usual": _("What the member usually buys"),
    "product": _("The product that is recommended"),
    "coupon": _("The coupon, for example 满39减8"),
    "until": _("The coupon's last day"),
}
MAY_BE_EMPTY = {"name"}
VARIABLE = re.compile(r"\{([a-z_]+)\}")
CLAUSE = re.compile(r".+?(?:[，。；！？\n]|[,.;!?](?=\s|$)\s*|$)", re.DOTALL)
PAUSES, STOPS = "，、；：,;:", "。！？.!?\n"
SPEAK_OF_IT = {"coupon", "coupon_code", "until"}
LONGEST = 500
GOODS = "、"  # messages are in the house's own language


def scripts_for(reason: str) -> QuerySet[Script]:
    """The active scripts for a reason, its own before the general ones."""
    own_first = Case(When(reason="", then=Value(1)), default=Value(0))
    return Script.objects.filter(is_active=True, reason__in=(reason, "")).order_by(own_first, "position", "pk")


def scripts_of(task: GuideTask) -> QuerySet[Script]:
    """The active scripts for a task: the one that its journey or campaign chose, then those of its reason."""
    chosen = task.why.get("script")
    if not isinstance(chosen, int):
        return scripts_for(task.reason)
    own_first = Case(When(pk=chosen, then=Value(0)), When(reason="", then=Value(2)), default=Value(1))
    found = Script.objects.filter(Q(pk=chosen) | Q(reason__in=(task.reason, "")), is_active=True)
    return found.order_by(own_first, "position", "pk")


def render(
    script: Script | str,
    member: Member,
    guide: Staff,
    terms: CouponTerms | None = None,
    at: datetime | None = None,
    *,
    coupon: Coupon | None = None,
    product: str = "",
) -> str:
    """The message for one member, variables filled in, at most 500 characters.

    ``terms`` are of a coupon to be given, ``at`` is when; ``coupon`` is one that the member holds already, ``product``
    is recommended. It is in the house's own language, whatever language the guide works in.
    """
    with translation.override(settings.LANGUAGE_CODE):
        return _rendered(script, member, guide, terms, at, coupon, product)


def _rendered(
    script: Script | str,
    member: Member,
    guide: Staff,
    terms: CouponTerms | None,
    at: datetime | None,
    coupon: Coupon | None,
    product: str,
) -> str:
    text = script.text if isinstance(script, Script) else script
    facts = facts_for(member, guide, terms, at or timezone.now(), set(VARIABLE.findall(text)))
    facts["product"] = product
    if coupon is not None:
        facts |= _said(coupon.terms, coupon.valid_until, guide.store or member.home_store)
    return fill(text, facts)[:LONGEST]


def coupon_of(task: GuideTask) -> Coupon | None:
    """The coupon in the member's wallet that a task is about; None for one that is about none, or when it is gone."""
    if "coupon" not in task.why:
        return None
    held = Coupon.objects.filter(pk=task.why.get("coupon"), member=task.member_id, state=CouponState.ISSUED)
    return held.select_related("terms", "template", "guide").first()


def product_of(task: GuideTask | None) -> str:
    """The products that a task recommends, for a message; empty for one that recommends none."""
    return GOODS.join(task.why.get("products") or ()) if task else ""


def facts_for(
    member: Member, guide: Staff, terms: CouponTerms | None, at: datetime, wanted: set[str]
) -> dict[str, str]:
    """What is known for each variable; the empty text means that it is not."""
    store = guide.store or member.home_store
    facts = {
        "name": called(member.name),
        "guide": guide.given_name,
        "store": store.name if store else "",
        "usual": _usual(member) if "usual" in wanted else "",
        "product": "",
        "coupon": "",
        "until": "",
    }
    if terms is not None:
        facts |= _said(terms, validity(terms, at, store)[1], store)
    return facts


def _said(terms: CouponTerms, ends: datetime, store: Store | None) -> dict[str, str]:
    """A coupon and its last day in words."""
    last = (ends - timedelta(microseconds=1)).astimezone(zone_of(store))
    return {"coupon": kinds.offer_text(terms), "until": f"{last:%m-%d}"}


def fill(text: str, facts: Mapping[str, str]) -> str:
    """Put the facts in and leave out the clauses that lack theirs. What looks like a variable but is none stays.

    Without a coupon the rest of its sentence goes too, since that speaks of it.
    """
    kept: list[str] = []
    silent = False
    for clause in CLAUSE.findall(text):
        missing = {name for name in VARIABLE.findall(clause) if not facts.get(name, "?")} - MAY_BE_EMPTY
        silent = silent or bool(missing & SPEAK_OF_IT)
        ending = clause[len(clause.rstrip()) - 1 :]
        if not missing and not silent:
            kept.append(clause)
        elif kept and ending[:1] in STOPS and kept[-1].rstrip()[-1:] in PAUSES:
            # the sentence ends here although its last clause is gone
            kept[-1] = kept[-1].rstrip()[:-1] + ending
        silent = silent and ending[:1] not in STOPS
    return VARIABLE.sub(lambda found: facts.get(found[1], found[0]), "".join(kept)).strip().rstrip(PAUSES)


def called(name: str) -> str:
    """How one addresses somebody: 周子涵 -> 子涵, 李娜 -> 李娜, Anna Smith -> Anna."""
    if name.isascii():
        return name.split()[0] if name.split() else ""
    return name[1:] if len(name) == 3 else name


def _usual(member: Member) -> str:
    """The member's favourite category by name."""
    facts = getattr(member, "facts", None)
    return facts.favourite_category.name if facts and facts.favourite_category else ""
