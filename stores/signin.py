"""Passwords tried: counted before the password is looked at, with a pause after too many.

Three counts, each one row written by one conditional statement, so that guesses sent all at once count like guesses
one after another: for the name and the address together, for the name from wherever, for the address whatever the
name. Who has come in by this name from this address or on this device before is counted by the first alone. So one
clumsy guide does not lock the shop, many strangers do not lock out the guide, and neither many addresses nor many names
help a stranger.
"""

from datetime import timedelta

from django.db import connection, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from stores import sealing
from stores.errors import Refusal
from stores.models import SignInTry, Staff
from stores.policy import Policy, define

TRIES = define("signin.tries", 5, _("Failed sign-ins before a pause"), minimum=1, maximum=50)
NAME_TRIES = define(
    "signin.name_tries", 20, _("Failed sign-ins of one name from strange addresses before a pause"), minimum=5
)
ADDRESS_TRIES = define(
    "signin.address_tries", 300, _("Failed sign-ins of strange names from one address before a pause"), minimum=20
)
PAUSE = define("signin.pause_seconds", 300, _("Seconds of pause after too many failed sign-ins"), minimum=1)
COUNTED_FOR = 900  # seconds that a failed try is remembered
KNOWN_FOR = timedelta(days=90)

# Nothing comes back when the count is used up: the try is not one then, and the pause does not grow by it.
COUNT = """
    INSERT INTO stores_signintry AS held (key, tries, ends_at)
    VALUES (%(key)s, 1, clock_timestamp() + make_interval(secs => %(ends)s))
    ON CONFLICT (key) DO UPDATE SET
        tries = CASE WHEN held.ends_at <= clock_timestamp() THEN 1 ELSE held.tries + 1 END,
        ends_at = clock_timestamp() + make_interval(secs => CASE
            WHEN held.ends_at > clock_timestamp() AND held.tries + 1 >= %(limit)s THEN %(pause)s
            WHEN %(limit)s = 1 THEN %(pause)s ELSE %(counted)s END)
    WHERE held.ends_at <= clock_timestamp() OR held.tries < %(limit)s
    RETURNING coalesce(held.known_at > clock_timestamp() - make_interval(secs => %(known)s), false)
"""


class TooManyTries(Refusal):
    """Too many failed sign-ins of this user, or from this address."""

    code = "signin_paused"
    status = 429


def username_of(text: str) -> str:
    """The user name that somebody means who types it, their employee number or their own phone; else ``text`` itself.

    A user name comes first, so nobody can shadow a colleague's with a number.
    """
    typed = text.strip()[:60]
    named = Q(username=typed) | Q(employee_no=typed) | Q(phone=typed)
    found = [] if "\x00" in typed or not typed else list(Staff.objects.filter(named, is_active=True)[:3])
    found.sort(key=lambda person: person.username != typed)
    return found[0].username if found else typed


def begin_try(username: str, address: str, *, device: str = "") -> None:
    """Count one try; to be called before the password is looked at, so that a guess made in a pause learns nothing.

    ``device`` is the mark of a device on which this name has come in before; its tries are counted by themselves.
    Raises TooManyTries in a pause; its ``extra`` holds ``retry_after`` in seconds. A refused try is not counted.
    """
    pair, name, place = _keys(username, device or address)
    with transaction.atomic():
        if not _count(pair, TRIES) and not device:
            _count(name, NAME_TRIES)
            _count(place, ADDRESS_TRIES)


def succeeded(username: str, address: str, *, device: str = "") -> None:
    """The person knew the password: this name is known at this address from now on, and the try was none."""
    pair, name, place = _keys(username, device or address)
    with transaction.atomic():
        rows = SignInTry.objects.select_for_update().in_bulk([pair, name, place])
        known_at = rows[pair].known_at if pair in rows else None
        was_known = known_at is not None and known_at > timezone.now() - KNOWN_FOR
        SignInTry.objects.filter(pk=pair).update(tries=0, ends_at=timezone.now(), known_at=timezone.now())
        if not was_known and not device:
            less = Greatest(F("tries") - 1, Value(0))
            SignInTry.objects.filter(pk__in=[name, place]).update(tries=less)


def count_try(kind: str, text: str, limit: Policy) -> None:
    """Count one try of another kind (a sign-up, a code typed) under ``text``, of which only a keyed hash is kept.

    Raises TooManyTries in a pause, like ``begin_try``.
    """
    with transaction.atomic():
        _count(sealing.digest(f"try {kind}", text).hex(), limit)


def sweep() -> int:
    """Forget counts that ended and addresses where a name is no longer known; returns how many."""
    now = timezone.now()
    ended = SignInTry.objects.filter(Q(known_at=None) | Q(known_at__lt=now - KNOWN_FOR), ends_at__lt=now)
    return ended.delete()[0]


def _count(key: str, limit: Policy) -> bool:
    """Count a try under a key; whether this name is known at this address. Raises TooManyTries."""
    first = PAUSE.value if limit.value == 1 else COUNTED_FOR
    told = {"key": key, "limit": limit.value, "pause": PAUSE.value, "counted": COUNTED_FOR, "ends": first}
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {**told, "known": KNOWN_FOR.total_seconds()})
        row = cursor.fetchone()
    if row is None:
        minutes = max(1, round(PAUSE.value / 60))
        raise TooManyTries(
            _("Too many failed attempts. Try again in %(minutes)s minutes.") % {"minutes": minutes},
            extra={"retry_after": PAUSE.value},
        )
    return bool(row[0])


def _keys(username: str, address: str) -> tuple[str, str, str]:
    """The rows of name and address together, of the name, of the address: keyed hashes of them."""
    name = username.strip().casefold()
    texts = (f"{name}\0{address}", name, address)
    kinds = ("pair", "name", "address")
    hashed = [sealing.digest(f"sign-in {kind}", text).hex() for kind, text in zip(kinds, texts, strict=True)]
    return hashed[0], hashed[1], hashed[2]
