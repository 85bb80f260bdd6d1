"""Budgets of a month as pages show them: what is left of how much, in yuan and in coupons."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coupons.quotas import Purse, Room
from workbench.templatetags.formats import number, yuan


@dataclass(frozen=True)
class PurseLine:
    """One bound of a budget. ``share`` is what is left, in per cent."""

    title: str
    left: str
    total: str
    share: float


def lines(title: str, purse: Purse) -> list[PurseLine]:
    """The bounds of a budget; nothing for one without any."""
    found = []
    if purse.limit is not None and purse.left is not None:
        share = float(purse.left / purse.limit * 100) if purse.limit else 0.0
        found.append(PurseLine(title, yuan(purse.left), yuan(purse.limit), share))
    if purse.count_limit is not None and purse.count_left is not None:
        share = purse.count_left / purse.count_limit * 100 if purse.count_limit else 0.0
        words = _("%(whose)s, coupons") % {"whose": title}
        found.append(PurseLine(words, number(purse.count_left), number(purse.count_limit), share))
    return found


def left_words(room: Room) -> str:
    """What the guide and the store may still give this month, in one line."""
    mine, ours = _left(room.guide), _left(room.store)
    if mine and ours:
        return _("left this month: you %(mine)s, store %(ours)s") % {"mine": mine, "ours": ours}
    if ours:
        return _("The store may still give %(sum)s this month") % {"sum": ours}
    return _("You may still give %(sum)s this month") % {"sum": mine} if mine else ""


def _left(purse: Purse) -> str:
    """Yuan first; coupons where only they are bounded."""
    if purse.left is not None:
        return yuan(purse.left)
    if purse.count_left is None:
        return ""
    return ngettext("%(count)s coupon", "%(count)s coupons", purse.count_left) % {"count": number(purse.count_left)}
