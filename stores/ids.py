"""Public ids: opaque strings with a prefix that stand for a row in URLs and in the partner API.

They are an encoding, not a secret: who may see the row is decided by scope, never by knowing its id.
"""

from functools import cache, lru_cache

from sqids import Sqids

from stores.errors import NotFound

_ALPHABET = "k3G7QAe51FCsPW92uEOyq4Bg6Sp8YzVTmnU0liwDdHXLajZrfxNhobJIRcMvKt"
_LENGTH = 10
_SHUFFLE = "_Sqids__shuffle"


@cache
def _coder(prefix: str) -> Sqids:
    """One shuffled alphabet per prefix, so that the same number looks different as a member and as an order."""
    turn = sum(prefix.encode()) % len(_ALPHABET)
    coder = Sqids(alphabet=_ALPHABET[turn:] + _ALPHABET[:turn], min_length=_LENGTH)
    if shuffle := getattr(coder, _SHUFFLE, None):  # for each id it shuffles one of few alphabets: most of its work
        setattr(coder, _SHUFFLE, lru_cache(maxsize=256)(shuffle))
    return coder


@lru_cache(maxsize=4096)
def public_id(prefix: str, pk: int) -> str:
    """The public id of row ``pk`` of the kind ``prefix`` (``mem``, ``ord``, ...)."""
    return f"{prefix}_{_coder(prefix).encode([pk])}"


def parse_public_id(prefix: str, text: str) -> int:
    """The primary key behind a public id.

    Raises NotFound when ``text`` is not an id of this kind in its one canonical spelling.
    """
    head, _, body = text.partition("_")
    numbers = _coder(prefix).decode(body) if head == prefix and len(body) <= 32 else []
    if len(numbers) != 1 or numbers[0] >= 2**63 or _coder(prefix).encode(numbers) != body:
        raise NotFound(f"{text[:40]!r} is not a known {prefix} id.")
    return numbers[0]
