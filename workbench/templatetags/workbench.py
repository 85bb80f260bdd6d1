"""What every workbench page needs: the chosen theme, and the small marks of a member that stand in every row of a list:
lifecycle dots, the tier, tags. They are drawn here, since a list has a few in each of its rows."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django import template
from django.template import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

THEME_COOKIE = "theme"
THEMES = ("light", "dark")
STAGE_DOTS = {"introduction": 1, "growing": 2, "mature": 3}  # every other stage is a risk: one warm dot
STAGE = '<span class="stage{}"><span class="stage__d" aria-hidden="true">{}</span>{}</span>'
LIT, DARK = '<i class="on"></i>', "<i></i>"


@register.simple_tag(takes_context=True)
def theme(context: Context) -> str:
    """Return light or dark as this device chose, or nothing: then the page follows the system."""
    request = context.get("request")
    chosen = request.COOKIES.get(THEME_COOKIE, "") if request else ""
    return chosen if chosen in THEMES else ""


@register.simple_tag
def stage(key: str, label: object) -> SafeString:
    """Show a lifecycle stage as dots and a word. `key` is the stored value, `label` the translated word."""
    return _stage(key, str(label))


@lru_cache(64)
def _stage(key: str, label: str) -> SafeString:
    lit = STAGE_DOTS.get(key, 0)
    dots = SafeString(LIT * lit + DARK * (3 - lit) if lit else LIT)  # nosec B703: our own marks
    return format_html(STAGE, "" if lit else " stage--risk", dots, label)


@register.simple_tag
def badge(tier: Any) -> SafeString:
    """Show a tier as its name in its look; nothing for somebody without one."""
    return _badge(tier.name, tier.look) if tier else _badge("", "")


@lru_cache(256)
def _badge(name: str, look: str) -> SafeString:
    return format_html('<span class="badge badge--{}">{}</span>', look or "plain", name)


@register.simple_tag
def tags(system: Iterable[str], manual: Iterable[str]) -> SafeString:
    """Show names of tags, those set by rule first; the caller limits how many."""
    by_rule = format_html_join("", '<span class="tag tag--sys">{}</span>', ((name,) for name in system))
    by_hand = format_html_join("", '<span class="tag">{}</span>', ((name,) for name in manual))
    return format_html('<div class="tags">{}{}</div>', by_rule, by_hand)
