"""Keeps phone numbers out of what the machine writes about itself: logs, and the errors kept on jobs and deliveries."""

import logging
import re

_MOBILE = re.compile(r"(?<!\d)((?:(?:\+|00)?86[ -]?)?1[3-9]\d)[ -]?\d{4}[ -]?(\d{4})(?!\d)", re.ASCII)
_FOREIGN = re.compile(r"(?<![\d+])(\+[1-9]\d{0,2})\d{4,8}(\d{4})(?!\d)", re.ASCII)
SHORTEST = 10  # characters of "+155501234"
NUMBER = re.compile(f"{_MOBILE.pattern}|{_FOREIGN.pattern}", re.ASCII)


def masked(text: str) -> str:
    """The text with every mobile number in it as 138****1234, with or without country code, in groups or not."""
    if len(text) < SHORTEST:
        return text
    return _FOREIGN.sub(r"\1****\2", _MOBILE.sub(r"\1****\2", text))


def told(error: BaseException) -> str:
    """An error as it may be kept for people to read: without the values that the database repeats in its details."""
    return masked(f"{type(error).__name__}: {str(error).partition('DETAIL:')[0].rstrip()}")[:2000]


class MaskingFormatter(logging.Formatter):
    """The last hand on every line of the log, tracebacks included (the messages of the database repeat values)."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, phone numbers masked."""
        return masked(super().format(record))
