"""The admin's first page: puts the overview into its context."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from campaigns.overview import attention, overview


def put_overview(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The figures and what needs a look (config/admin.py names this function)."""
    return {**context, "title": _("Overview"), "overview": overview(), "attention": attention()}
