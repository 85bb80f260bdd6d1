"""Identities as they are kept: sealed, with a blind index to find them by and a masked form to show."""

from functools import lru_cache
from typing import NamedTuple

from django.conf import settings
from django.db.models import Q

from members.models import Identity, Member
from members.oneid.identitykinds import mask
from stores import sealing

REMEMBERED = 16_384  # what one chunk of an import names; a worker keeps no more plain values in memory than that
LONGEST_SHOWN = 40


class SealedIdentity(NamedTuple):
    """An identity without its value: ``digest`` finds it, ``sealed`` holds it, ``shown`` is its masked form."""

    kind: str
    digest: bytes
    sealed: bytes
    shown: str


def sealed_identity(kind: str, value: str) -> SealedIdentity:
    """The identity of this kind and spelling (``normalise`` gives it) as it is kept; 4 microseconds for a new one."""
    return _sealed(kind, value, tuple(settings.FIELD_KEYS))


def identity_row(member: Member, kind: str, value: str, *, source: str = "") -> Identity:
    """A row, not yet written, that lets this identity lead to the member, who is also the first it ever led to."""
    kept = sealed_identity(kind, value)
    return Identity(
        member=member,
        kind=kind,
        digest=kept.digest,
        sealed=kept.sealed,
        shown=kept.shown,
        origin=member.pk,
        source=source[:40],
    )


def is_identity(kind: str, value: str) -> Q:
    """The condition on Identity that finds this value."""
    return Q(kind=kind, digest=sealed_identity(kind, value).digest)


def value_of(identity: Identity) -> str:
    """The whole value, for those who may see it. Raises stores.sealing.Unreadable."""
    return sealing.unseal(identity.sealed)


@lru_cache(maxsize=REMEMBERED)
def _sealed(kind: str, value: str, _keys: tuple[str, ...]) -> SealedIdentity:
    return SealedIdentity(kind, sealing.digest(kind, value), sealing.seal(value), mask(kind, value)[:LONGEST_SHOWN])
