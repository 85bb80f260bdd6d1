"""What every workbench page needs: the chosen theme and the lifecycle dots."""

from django import template
from django.template import Context

register = template.Library()

THEME_COOKIE = "theme"
THEMES = ("light", "dark")
STAGE_DOTS = {"introduction": 1, "growing": 2, "mature": 3}  # every other stage is a risk: one warm dot


@register.simple_tag(takes_context=True)
def theme(context: Context) -> str:
    """Return light or dark as this device chose, or nothing: then the page follows the system."""
    request = context.get("request")
    chosen = request.COOKIES.get(THEME_COOKIE, "") if request else ""
    return chosen if chosen in THEMES else ""


@register.inclusion_tag("components/stage.html")
def stage(key: str, label: str) -> dict[str, object]:
    """Show a lifecycle stage as dots and a word. `key` is the stored value, `label` the translated word."""
    lit = STAGE_DOTS.get(key, 0)
    return {"dots": [dot < lit for dot in range(3)], "label": label, "is_risk": not lit}
