"""Partner keys: made and shown once, checked at every call, rotated, revoked; and what a partner may still issue.

A key reads ``ck_<prefix>_<secret>``. The prefix finds the row, of the secret only a hash is kept. Each process
remembers a key for a moment, so a till's calls cost no query for it; a revoked key is dead within ``REMEMBERED``
seconds.
"""

import hmac
import re
import secrets
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest, Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from stores import networks as addresses
from stores.errors import NotFound, Refusal
from stores.ids import parse_public_id
from stores.models import Partner, PartnerKey, Scope, Store

REMEMBERED = 3.0  # seconds
USE_NOTED_EVERY = timedelta(minutes=1)
ROTATION = timedelta(days=7)
LONGEST_TEXT = 200

NOT_THIS_STORE = _("This key may not act for this store.")

_SHAPE = re.compile(r"ck_([a-z0-9]{4,16})_([A-Za-z0-9-]{6,128})", re.ASCII)
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_known: dict[str, tuple[PartnerKey, float]] = {}
_stores: dict[tuple[int, str], tuple[Store, float]] = {}
_lock = threading.Lock()


class BadKey(Refusal):
    """The key does not open the door: unknown, wrong, expired or revoked."""

    code = "invalid_key"
    status = 401


class AddressNotAllowed(Refusal):
    """The key is good, but not from where it is used."""

    code = "address_not_allowed"
    status = 403


class StoreNotAllowed(Refusal):
    """The key may not act for this store. Stores that do not exist look the same to a key with a list of stores."""

    code = "store_not_allowed"
    status = 403


def create_key(
    partner: Partner,
    *,
    scopes: Iterable[str],
    label: str = "",
    stores: Iterable[Store] = (),
    networks: Iterable[str] = (),
    requests_per_minute: int = 6000,
    expires_at: datetime | None = None,
) -> tuple[PartnerKey, str]:
    """A new key and its full text, which is never to be had again. Raises Refusal for a bad scope or network."""
    prefix = "".join(secrets.choice(_LETTERS) for _ in range(12))
    secret = "".join(secrets.choice(_LETTERS) for _ in range(40))  # nearly 200 random bits
    text = f"ck_{prefix}_{secret}"
    with transaction.atomic():
        key = _make(
            text,
            partner=partner,
            scopes=list(dict.fromkeys(scopes)),
            label=label,
            networks=list(networks),
            requests_per_minute=requests_per_minute,
            expires_at=expires_at,
        )
        key.stores.set(stores)
    return key, text


def create_key_with_text(text: str, *, partner_code: str, partner_name: str) -> PartnerKey:
    """The key of the demonstration: a text known beforehand, every scope, a partner made with it."""
    partner, _created = Partner.objects.get_or_create(
        code=partner_code, defaults={"name": partner_name, "budget": Decimal(100_000)}
    )
    return _make(text, partner=partner, scopes=list(Scope.values), networks=[], requests_per_minute=60_000)


def rotate_key(key: PartnerKey, *, overlap: timedelta = ROTATION) -> tuple[PartnerKey, str]:
    """A successor with the same rights; the old key goes on working for ``overlap``, or until its own earlier end.

    Raises Refusal ``key_ended`` for a key that is revoked or has expired: its rights must not come back to life.
    """
    with transaction.atomic():
        old = PartnerKey.objects.select_for_update(of=("self",)).select_related("partner").get(pk=key.pk)
        if not old.is_valid:
            raise Refusal(_("This key has ended. Make a new one."), code="key_ended")
        fresh = create_key(
            old.partner,
            scopes=old.scopes,
            label=old.label,
            stores=old.stores.all(),
            networks=old.networks,
            requests_per_minute=old.requests_per_minute,
        )
        end = timezone.now() + overlap
        PartnerKey.objects.filter(Q(expires_at=None) | Q(expires_at__gt=end), pk=old.pk).update(expires_at=end)
    forget()
    return fresh


def revoke_key(key: PartnerKey) -> None:
    """Close the door for this key: at once in this process, within ``REMEMBERED`` seconds everywhere."""
    PartnerKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now())
    forget()


def authenticate(text: str, address: str) -> PartnerKey:
    """The key that ``text`` is, with its partner and stores loaded.

    Raises BadKey (one answer for unknown and wrong; expired and revoked are told apart only to who knows the secret)
    and AddressNotAllowed.
    """
    shape = _SHAPE.fullmatch(text) if len(text) <= LONGEST_TEXT else None
    key = _remembered(shape[1]) if shape else None
    # Always one comparison, so that the time taken does not tell whether the prefix exists.
    right = hmac.compare_digest(_hash(text), key.secret_hash if key else _hash(""))
    if key is None or not right:
        raise BadKey(_("This key is not valid. Check that it was copied whole."))
    if key.revoked_at or not key.partner.is_active:
        raise BadKey(_("This key was revoked."), code="key_revoked")
    if not key.is_valid:
        raise BadKey(_("This key has expired."), code="key_expired")
    if not addresses.allows(key.networks, address):
        raise AddressNotAllowed(_("This key may not be used from this network address."))
    _note_use(key)
    return key


def forget() -> None:
    """Look every key up anew at its next use."""
    with _lock:
        _known.clear()
        _stores.clear()


def store_ids(key: PartnerKey) -> frozenset[int] | None:
    """The stores that the key is limited to, None when it may act for all."""
    return frozenset(store.pk for store in key.own_stores) or None


def only_store(key: PartnerKey) -> Store | None:
    """The store that a key speaks for which is limited to one; None for any other key."""
    allowed = key.own_stores
    return allowed[0] if len(allowed) == 1 else None


def store_for(key: PartnerKey, named: str) -> Store:
    """The store that a call names by code or public id. Raises StoreNotAllowed, or Refusal ``store_not_found``."""
    allowed = key.own_stores
    if allowed:
        found = next((store for store in allowed if named in (store.code, store.public_id)), None)
        if found is None:
            raise StoreNotAllowed(NOT_THIS_STORE, extra={"field": "store"})
        return found
    now = time.monotonic()
    store, until = _stores.get((key.pk, named), (None, 0.0))
    if store is None or now >= until:
        store = _store_known_as(named)
        if store is None:
            raise Refusal(_("There is no such store."), code="store_not_found", extra={"field": "store"})
        _stores[key.pk, named] = (store, now + REMEMBERED)
    return store


def _store_known_as(named: str) -> Store | None:
    if named.startswith("sto_"):
        with suppress(NotFound):
            return Store.objects.filter(pk=parse_public_id("sto", named)).first()
    return Store.objects.filter(code=named).first() if len(named) <= 40 else None


def take_budget(partner: Partner, amount: Decimal) -> None:
    """Take ``amount`` yuan from what the partner may issue. Raises Refusal ``budget_spent``; never goes over."""
    left = Partner.objects.filter(pk=partner.pk, budget__gte=F("budget_used") + amount)
    if not left.update(budget_used=F("budget_used") + amount):
        raise Refusal(_("The partner's budget for coupons is spent."), code="budget_spent")


def return_budget(partner_id: int, amount: Decimal) -> None:
    """Give ``amount`` yuan back to what the partner may issue, never more than was taken."""
    Partner.objects.filter(pk=partner_id).update(budget_used=Greatest(F("budget_used") - amount, Decimal(0)))


def _make(text: str, *, scopes: list[str], networks: list[str], **fields: Any) -> PartnerKey:
    """The row of a key; raises Refusal for a text, scope or network that is none."""
    shape = _SHAPE.fullmatch(text)
    if shape is None:
        raise Refusal(_("A key has the form ck_prefix_secret."), code="bad_key")
    if unknown := set(scopes) - set(Scope.values):
        raise Refusal(_("There is no scope %(name)s.") % {"name": sorted(unknown)[0]}, code="unknown_scope")
    for network in networks:
        if not addresses.is_network(network):
            raise Refusal(_("%(text)s is not a network address.") % {"text": network}, code="bad_network")
    return PartnerKey.objects.create(
        prefix=shape[1], secret_hash=_hash(text), scopes=scopes, networks=networks, **fields
    )


def _hash(text: str) -> str:
    """One round of SHA-256 is enough for a random secret; passwords of people need a slow hash, these do not."""
    return sha256(text.encode()).hexdigest()


def _remembered(prefix: str) -> PartnerKey | None:
    now = time.monotonic()
    key, until = _known.get(prefix, (None, 0.0))
    if key is not None and now < until:
        return key
    key = PartnerKey.objects.select_related("partner").prefetch_related("stores").filter(prefix=prefix).first()
    if key is not None:
        with _lock:
            _known[prefix] = (key, now + REMEMBERED)
    return key


def _note_use(key: PartnerKey) -> None:
    """Write down that the key is in use, at most once a minute however many processes see it."""
    now = timezone.now()
    if key.last_used_at and now - key.last_used_at < USE_NOTED_EVERY:
        return
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - USE_NOTED_EVERY)
    PartnerKey.objects.filter(stale, pk=key.pk).update(last_used_at=Now())
    key.last_used_at = now
