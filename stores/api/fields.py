"""Fields of the partner API: public ids, money, moments, stores by their code."""

import re
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any

from django.db.models import Model
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from stores.ids import public_id

_MONEY = re.compile(r"(\d{1,10})(?:\.(\d{1,3}))?", re.ASCII)
_NUMBER = re.compile(r"[^\W_][\w.:-]{0,63}")
FIRST_YEAR, LAST_YEAR = 1990, 2100


class PublicIdField(serializers.Field):
    """The opaque id of a row (``mem_…``) read from its primary key."""

    def __init__(self, prefix: str, **kwargs: Any) -> None:
        kwargs.setdefault("read_only", True)
        kwargs.setdefault("source", "pk")
        self.prefix = prefix
        super().__init__(**kwargs)

    def to_representation(self, value: int | Model) -> str:
        """The id as partners know it."""
        return public_id(self.prefix, value.pk if isinstance(value, Model) else value)


@extend_schema_field({"type": "string", "pattern": r"^\d{1,10}(\.\d{1,2})?$", "examples": ["128.00"]})
class MoneyField(serializers.Field):
    """Yuan as a string with two decimals. Read from a string or a number; never negative, at most two places."""

    places = 2
    default_error_messages = {"invalid": _("Write an amount such as 128.00.")}

    def to_internal_value(self, data: Any) -> Decimal:
        """The amount. Fails with ``invalid``."""
        if isinstance(data, bool) or not isinstance(data, str | int | Decimal):
            self.fail("invalid")
        found = _MONEY.fullmatch(data.strip() if isinstance(data, str) else plain(data))
        if not found or len(found[2] or "") > self.places:
            self.fail("invalid")
        return Decimal(found[0]).quantize(Decimal(1).scaleb(-self.places))

    def to_representation(self, value: Any) -> str:
        """The amount with two decimals."""
        return money(value)


@extend_schema_field({"type": "string", "pattern": r"^\d{1,7}(\.\d{1,3})?$", "examples": ["1", "0.52"]})
class QuantityField(serializers.Field):
    """How many or how much: more than zero, up to three decimals."""

    default_error_messages = {"invalid": _("Write a quantity above zero with at most three decimals.")}

    def to_internal_value(self, data: Any) -> Decimal:
        """The quantity. Fails with ``invalid``."""
        if isinstance(data, bool) or not isinstance(data, str | int | Decimal):
            self.fail("invalid")
        text = data.strip() if isinstance(data, str) else plain(data)
        if not re.fullmatch(r"\d{1,7}(?:\.\d{1,3})?", text, re.ASCII) or Decimal(text) == 0:
            self.fail("invalid")
        return Decimal(text)

    def to_representation(self, value: Any) -> str:
        """The quantity without useless zeros."""
        return plain(Decimal(value).normalize())


@extend_schema_field({"type": "string", "format": "date-time", "examples": ["2026-11-22T10:30:00+08:00"]})
class MomentField(serializers.DateTimeField):
    """A moment as RFC 3339 with its offset; without one nobody knows which moment is meant, so that is refused."""

    default_error_messages = {
        "offset": _("Write the time with its offset, such as 2026-11-22T10:30:00+08:00."),
        "year": _("The year is out of range."),
    }

    def to_internal_value(self, value: Any) -> datetime:
        """The moment. Fails with ``invalid``, ``offset`` or ``year``."""
        moment = moment_of(value.strip()) if isinstance(value, str) else None
        if moment is None:
            self.fail("offset")
        if not FIRST_YEAR <= moment.year < LAST_YEAR:
            self.fail("year")
        return moment


class NumberField(serializers.CharField):
    """The number of a receipt, a return or a channel: no blanks and no slashes, since it stands in addresses."""

    default_error_messages = {"number": _("Use letters, digits and . _ : - only, at most 64.")}

    def to_internal_value(self, data: Any) -> str:
        """The number as given, blanks around it removed. Fails with ``number``."""
        text = super().to_internal_value(data)
        if not _NUMBER.fullmatch(text):
            self.fail("number")
        return text


class WordField(serializers.CharField):
    """A text of people or machines: one line, bounded, blanks around it removed."""

    def __init__(self, *, max_length: int, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, **kwargs)


def moment_of(text: str) -> datetime | None:
    """The moment that an RFC 3339 text names; None for any other text, one without offset included."""
    try:
        moment = parse_datetime(text) if len(text) <= 40 and text.isascii() else None
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None


def is_number(text: str, longest: int) -> bool:
    """Whether a text from an address can be the number of a receipt or the name of a channel."""
    return len(text) <= longest and bool(_NUMBER.fullmatch(text))


def moment(value: datetime | None, zone: tzinfo) -> str | None:
    """A moment as it is sent: RFC 3339 in this time zone."""
    if value is None:
        return None
    text = value.astimezone(zone).isoformat()
    return f"{text[:-6]}Z" if text.endswith("+00:00") else text


def money(value: Decimal | int | str | None) -> str:
    """Yuan with two decimals."""
    return f"{Decimal(value or 0):.2f}"


def plain(value: int | Decimal) -> str:
    """A number without an exponent; one that would have dozens of digits stays as it is, to be refused."""
    if isinstance(value, int):
        return str(value)
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or abs(exponent) > 20:
        return str(value)
    return format(value, "f")
