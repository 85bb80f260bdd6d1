"""Words searched for that may be somebody's number: in an address they stand sealed.

Addresses end up in logs, histories, referrers and screenshots. Searches are posted; the page then leads on to an
address that holds whatever looks like an identity as sealed text, which only the person who typed it can use.
"""

import base64
import binascii
import re
import unicodedata

from stores import sealing

MARK = "~"
LONGEST_WORDS, LONGEST_SEALED = 220, 1000
_SIGNS = re.compile(r"[\s().+-]")
_TELLING = re.compile(r"\d{5}|[@:]")


def is_telling(words: str) -> bool:
    """Whether the words may be, or may become, an identity: five digits in a row, ``@`` or ``:``."""
    return bool(_TELLING.search(_SIGNS.sub("", unicodedata.normalize("NFKC", words))))


def as_address(words: str, reader: int) -> str:
    """The words as they may stand in an address; ``reader`` is the key of who typed them. Sealed ones stay."""
    if words.startswith(MARK) and opened(words, reader) or not is_telling(words):
        return words[:LONGEST_SEALED]
    sealed = sealing.seal(f"{reader}:{words[:LONGEST_WORDS]}")
    return MARK + base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def opened(text: str, reader: int) -> str:
    """The words behind ``as_address``; nothing for what somebody else sealed or nobody did; other text as it is."""
    if not text.startswith(MARK):
        return text
    try:
        raw = text[1 : LONGEST_SEALED + 1].encode("ascii")
        whole = sealing.unseal(base64.b64decode(raw + b"=" * (-len(raw) % 4), b"-_", validate=True))
    except (UnicodeEncodeError, binascii.Error, sealing.Unreadable, ValueError):
        return ""
    whose, _colon, words = whole.partition(":")
    return words if whose == str(reader) else ""
