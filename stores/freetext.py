"""Free text of people: whatever phone number somebody types into it is masked before it reaches the database.

A number belongs into an identity, where it is sealed; in a note, a reason or a file name it would stand in plain
sight. The field does this for every write by the ORM; statements in SQL call ``masked`` themselves.
"""

from typing import Any

from django.db import models

from stores.masking import masked


class FreeText(models.CharField):
    """A CharField that keeps no phone number. What a mask makes longer than the column is cut off."""

    def get_prep_value(self, value: Any) -> Any:
        """The text with every phone number in it masked."""
        text = super().get_prep_value(value)
        return masked(text)[: self.max_length] if isinstance(text, str) else text

    def deconstruct(self) -> Any:
        """In migrations an ordinary CharField: the column is one."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs
