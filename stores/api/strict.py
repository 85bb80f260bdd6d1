"""Bodies name only fields that there are: a misspelt one would be ignored, and its sender believe it was understood."""

from collections.abc import Mapping
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.serializers import BaseSerializer, ListSerializer, Serializer

CODE = "unknown_field"
MOST_TOLD, LONGEST_NAME = 20, 60


def refuse_unknown(serializer: BaseSerializer, data: Any) -> None:
    """Raise ValidationError ``unknown_field`` for what the body names and the serializer does not write, however
    deep. Anything else that is wrong with the body is for the serializer to say."""
    if errors := _unknown(serializer, data):
        raise ValidationError(errors)


def _unknown(serializer: Any, data: Any) -> dict[str, Any]:
    if isinstance(serializer, ListSerializer) and isinstance(data, list):
        rows = ((str(place), _unknown(serializer.child, row)) for place, row in enumerate(data))
        return dict(islice((row for row in rows if row[1]), MOST_TOLD))
    if not isinstance(serializer, Serializer) or not isinstance(data, Mapping):
        return {}
    fields = serializer.fields
    strange = (name for name in data if name not in fields or fields[name].read_only)
    words = _("There is no such field. It was not written down.")
    errors: dict[str, Any] = {
        str(name)[:LONGEST_NAME]: [ErrorDetail(words, CODE)] for name in islice(strange, MOST_TOLD)
    }
    for name, value in data.items():
        field = fields.get(name)
        if isinstance(field, BaseSerializer) and not field.read_only and (found := _unknown(field, value)):
            errors[name] = found
    return errors
