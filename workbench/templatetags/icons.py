"""`{% icon "clock" "i--16" %}`: one inline stroke icon, hidden from screen readers (the words beside it speak)."""

from functools import cache

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from workbench.icons import shapes_by_name

register = template.Library()


@register.simple_tag
@cache
def icon(name: str, css: str = "") -> SafeString:
    """Return the icon called `name`; `css` adds classes (`i--14`, `i--16`, `i--18`, `i--24`, `dim`).

    Raises KeyError for an unknown name, so that a typing mistake is found by the first test that renders the page.
    """
    shapes = mark_safe(shapes_by_name()[name])  # our own file, never a person's text  # nosec B308 B703
    classes = f"i {css}".strip()
    return format_html('<svg class="{}" viewBox="0 0 24 24" aria-hidden="true">{}</svg>', classes, shapes)
