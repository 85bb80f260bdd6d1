"""What the filters of lists share: ``updated_since`` and ids by their public form. Unknown values are refused."""

from datetime import datetime
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters.rest_framework import FilterSet

from stores.api.fields import FIRST_YEAR, LAST_YEAR, moment_of
from stores.errors import NotFound
from stores.ids import parse_public_id


class MomentFormField(forms.CharField):
    """An RFC 3339 moment with offset in a query string; a ``+`` that arrived as a blank is understood."""

    def clean(self, value: Any) -> datetime | None:
        """The moment, None when it was not given. Raises ValidationError."""
        text = (super().clean(value) or "").replace(" ", "+")
        if not text:
            return None
        moment = moment_of(text)
        if moment is None or not FIRST_YEAR <= moment.year < LAST_YEAR:
            raise forms.ValidationError(
                _("Write the time with its offset, such as 2026-11-22T10:30:00+08:00."), code="offset"
            )
        return moment


class MomentFilter(django_filters.Filter):
    """Rows by a moment: ``lookup_expr="gte"`` for since, ``"lt"`` for before."""

    field_class = MomentFormField


class PublicIdFilter(django_filters.CharFilter):
    """Rows by the public id of what they point at; an id that leads nowhere finds nothing."""

    def __init__(self, *args: Any, prefix: str, **kwargs: Any) -> None:
        self.prefix = prefix
        super().__init__(*args, **kwargs)

    def filter(self, qs: QuerySet, value: str) -> QuerySet:
        """The rows that point at the row of this id."""
        if not value:
            return qs
        try:
            return super().filter(qs, parse_public_id(self.prefix, value))
        except NotFound:
            return qs.none()


class UpdatedSince(FilterSet):
    """``updated_since``: rows changed at or after a moment. Ask again from a minute before your last answer."""

    updated_since = MomentFilter(
        field_name="updated_at", lookup_expr="gte", help_text="Changed at or after this moment (RFC 3339 with offset)."
    )
