"""The variables of a message: what each stands for, an example, and its value for one member.

A new variable is one line in ``VARIABLES``.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from campaigns.scripts import VARIABLE, called
from members.models import Member
from stores.models import Staff, Store
from stores.places import zone_of


@dataclass(frozen=True)
class HeldCoupon:
    """The coupon that a message speaks of: its code, what it gives in one phrase, and its exclusive end."""

    code: str
    offer: str
    until: datetime


@dataclass(frozen=True)
class Known:
    """What is known when a message is put into words: the member with tier, store, guide and facts, and a coupon."""

    member: Member
    coupon: HeldCoupon | None = None

    @property
    def guide(self) -> Staff | None:
        """The member's guide, as long as they work here."""
        guide = self.member.guide
        return guide if guide is not None and guide.is_active else None

    @property
    def store(self) -> Store | None:
        """The member's home store, else that of the guide."""
        return self.member.home_store or (self.guide.store if self.guide else None)


@dataclass(frozen=True)
class Variable:
    """One variable: ``{key}`` in the text. ``sample`` is what an example shows.

    ``value`` gives the empty text when nothing is known.
    """

    key: str
    label: Any
    sample: str
    value: Callable[[Known], str]


def _usual(known: Known) -> str:
    facts = getattr(known.member, "facts", None)
    return facts.favourite_category.name if facts and facts.favourite_category else ""


def _last_day(known: Known) -> str:
    if known.coupon is None:
        return ""
    last = (known.coupon.until - timedelta(microseconds=1)).astimezone(zone_of(known.store))
    return f"{last:%m-%d}"


VARIABLES: dict[str, Variable] = {
    variable.key: variable
    for variable in (
        Variable("name", _("The member's name, as one says it"), "晓梅", lambda known: called(known.member.name)),
        Variable("tier", _("The member's tier"), "金卡", lambda known: known.member.tier.name),
        Variable("points", _("The member's points"), "1,286", lambda known: f"{known.member.points:,}"),
        Variable("usual", _("What the member usually buys"), "葡萄", _usual),
        Variable(
            "store",
            _("The member's store"),
            "静安寺店",
            lambda known: known.store.name if known.store else "",
        ),
        Variable(
            "guide",
            _("The guide's name, as colleagues say it"),
            "小满",
            lambda known: known.guide.given_name if known.guide else "",
        ),
        Variable(
            "coupon",
            _("The coupon, for example 满39减8"),
            "满39减8",
            lambda known: known.coupon.offer if known.coupon else "",
        ),
        Variable(
            "coupon_code",
            _("The coupon's code"),
            "7K3M9Q2XW8R4T6VN5",
            lambda known: known.coupon.code if known.coupon else "",
        ),
        Variable("until", _("The coupon's last day"), "12-31", _last_day),
    )
}
OF_COUPONS = {"coupon", "coupon_code", "until"}


def named_in(*texts: str) -> set[str]:
    """The keys of the variables that stand in the texts, known or not."""
    return {key for text in texts for key in VARIABLE.findall(text)}


def values(known: Known, keys: Iterable[str]) -> dict[str, str]:
    """What each of these variables says for one member, each on one line; unknown keys are left out."""
    return {key: _on_one_line(VARIABLES[key].value(known)) for key in keys if key in VARIABLES}


def samples(keys: Iterable[str]) -> dict[str, str]:
    """The example of each of these variables, in the house's own language."""
    return {key: VARIABLES[key].sample for key in keys if key in VARIABLES}


def _on_one_line(text: str) -> str:
    """A value never begins a new line: what stands in the head of a mail must not be able to."""
    return " ".join(text.split())
