"""Reading what stands in an address or a form without trusting it."""

from django.http import QueryDict

LARGEST = 2**63


def number_in(data: QueryDict, name: str) -> int | None:
    """The number called ``name``; None when it is missing or none that a row could have."""
    text = data.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 and int(text) < LARGEST else None


def numbers_in(data: QueryDict, name: str, most: int = 100) -> list[int]:
    """All numbers called ``name``, at most ``most``, each once, in the order given."""
    found = [text for text in data.getlist(name) if text.isascii() and text.isdigit() and len(text) < 19]
    return [int(text) for text in dict.fromkeys(found)][:most]
