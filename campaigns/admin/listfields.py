"""A form field for a list of short texts, such as product numbers, as people have them: pasted from a spreadsheet."""

import re
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget

SEPARATORS = re.compile(r"[\s,，、;；]+")


def parts_of(text: str) -> list[str]:
    """The texts of a list, each once, in their order."""
    return list(dict.fromkeys(part for part in SEPARATORS.split(text) if part))


class ListField(forms.CharField):
    """A list, written with commas, blanks or new lines between its texts."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=UnfoldAdminTextareaWidget({"rows": 2}), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """A list as people write it."""
        return ", ".join(value) if isinstance(value, list | tuple) else value

    def clean(self, value: Any) -> list[str]:
        """The texts. Raises ValidationError as a text field does."""
        return parts_of(super().clean(value))
