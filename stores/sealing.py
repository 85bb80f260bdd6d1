"""Sealed values: personal identifiers are encrypted at rest and found again by a blind index.

``seal`` is AES-256-GCM with a random nonce, ``digest`` a keyed hash (HMAC-SHA256, its first 16 bytes) that is equal for
equal values: it can be looked up and joined on, but not read back. Both keys are derived from the instance's field
keys. Several keys may be given: the first seals, all of them unseal; the digest key is that of the last, the oldest,
so that rotating the sealing key leaves every index as it is (docs/operations.md).
"""

import hashlib
import hmac
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

DIGEST_BYTES = 16
_NONCE = 12
_MARK = 4  # bytes that name the key a value was sealed with


class Unreadable(RuntimeError):
    """A sealed value that none of the keys opens: a key is missing, or the value was changed."""


def digest(kind: str, value: str) -> bytes:
    """The blind index of a value of a kind: 16 bytes, equal for equal values, of no use without the key."""
    keyed = _index(tuple(settings.FIELD_KEYS)).copy()  # the key is worked in once, not for each of a million values
    keyed.update(f"{kind}\x1f{value}".encode())
    return keyed.digest()[:DIGEST_BYTES]


def seal(value: str) -> bytes:
    """The value encrypted with the newest key; different each time."""
    mark, cipher = _ciphers(tuple(settings.FIELD_KEYS))[0]
    nonce = os.urandom(_NONCE)
    return mark + nonce + cipher.encrypt(nonce, value.encode(), mark)


def unseal(sealed: bytes | memoryview) -> str:
    """The value behind ``seal``. Raises Unreadable when no key opens it."""
    whole = bytes(sealed)
    mark, nonce, body = whole[:_MARK], whole[_MARK : _MARK + _NONCE], whole[_MARK + _NONCE :]
    for known, cipher in _ciphers(tuple(settings.FIELD_KEYS)):
        if known == mark:
            try:
                return cipher.decrypt(nonce, body, mark).decode()
            except InvalidTag:
                break
    raise Unreadable("A sealed value cannot be read with the keys of this instance.")


def is_current(sealed: bytes | memoryview) -> bool:
    """Whether a value is sealed with the newest key already."""
    return bytes(sealed)[:_MARK] == current_mark()


def current_mark() -> bytes:
    """The bytes that every value sealed with the newest key begins with."""
    return _ciphers(tuple(settings.FIELD_KEYS))[0][0]


@lru_cache(maxsize=8)
def _ciphers(keys: tuple[str, ...]) -> list[tuple[bytes, AESGCM]]:
    derived = [_derive(key, b"changke seal") for key in keys]
    return [(hashlib.sha256(key).digest()[:_MARK], AESGCM(key)) for key in derived]


@lru_cache(maxsize=8)
def _index(keys: tuple[str, ...]) -> hmac.HMAC:
    return hmac.new(_derive(keys[-1], b"changke blind index"), digestmod="sha256")


def _derive(key: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(key.encode())
