"""Refusals: the one family of errors that every verb raises and every door turns into words."""

from collections.abc import Mapping
from typing import Any


class Refusal(Exception):
    """A rule said no. Nothing was changed.

    ``code`` is stable and machine-readable (snake_case), ``sentence`` is translatable text a person can act on,
    ``extra`` holds small data for the caller (an amount short, a date). ``status`` is the HTTP status that the
    partner API answers with.
    """

    code = "refused"
    status = 422

    def __init__(self, sentence: Any, *, code: str | None = None, extra: Mapping[str, Any] | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code or self.code
        self.extra = dict(extra or {})

    def __str__(self) -> str:
        return str(self.sentence)


class NotFound(Refusal):
    """The thing does not exist, or not for this caller: the two must look the same."""

    code = "not_found"
    status = 404


class Conflict(Refusal):
    """What was asked contradicts what is already there."""

    code = "conflict"
    status = 409


class NotAllowed(Refusal):
    """The caller may see the thing but may not do this to it."""

    code = "not_allowed"
    status = 403
