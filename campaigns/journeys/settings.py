"""Reading what steps, triggers and goals ask for: numbers, names and rules, each refused with a sentence."""

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.segments import trees
from members.segments.registry import Meaningless

MOST_DAYS = 366


def only(settings: Mapping[str, Any], *names: str) -> None:
    """Raise Meaningless for anything but these names."""
    if set(settings) - set(names):
        raise Meaningless(_("This step does not ask for that."))


def whole(settings: Mapping[str, Any], name: str, least: int, most: int, *, default: int | None = None) -> int:
    """A whole number within bounds. Raises Meaningless."""
    value = settings.get(name, default)
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise Meaningless(_("Choose a whole number from %(least)s to %(most)s.") % {"least": least, "most": most})
    return value


def rule(settings: Mapping[str, Any], name: str = "rule") -> dict[str, Any]:
    """A rule about members, in its one spelling. Raises TreeInvalid, or Meaningless without any."""
    if not settings.get(name):
        raise Meaningless(_("Say whom you mean: the rule is missing."))
    return trees.dump(trees.parse(settings[name]))


def row(settings: Mapping[str, Any], name: str, model: type[models.Model], sentence: Any) -> int:
    """The key of a row that exists. Raises Meaningless with the sentence."""
    value = settings.get(name)
    key = int(value) if isinstance(value, int | str) and str(value).isascii() and str(value).isdigit() else 0
    if not 0 < key < 2**63 or not model._default_manager.filter(pk=key).exists():
        raise Meaningless(sentence)
    return key
