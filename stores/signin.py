"""Failed sign-ins: counted for user name and address together, with a pause after too many.

One clumsy guide does not lock the shop, since colleagues at the same address have other names; a stranger who
tries the guide's name does so from another address and does not lock the guide out either.
"""

from hashlib import sha256

from django.core.cache import cache
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from stores.errors import Refusal
from stores.models import Staff
from stores.policy import define

TRIES = define("signin.tries", 5, _("Failed sign-ins before a pause"), minimum=1, maximum=50)
PAUSE = define("signin.pause_seconds", 300, _("Seconds of pause after too many failed sign-ins"), minimum=1)
COUNTED_FOR = 900  # seconds that a failed try is remembered


class TooManyTries(Refusal):
    """Too many failed sign-ins of this user from this address."""

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


def check(username: str, address: str) -> None:
    """Raise TooManyTries during a pause; its ``extra`` holds ``retry_after`` in seconds. To be asked before the
    password is looked at, so that a guess made during the pause learns nothing."""
    failures = cache.get(_name(username, address), 0)
    if failures >= TRIES.value:
        minutes = max(1, round(PAUSE.value / 60))
        raise TooManyTries(
            _("Too many failed attempts. Try again in %(minutes)s minutes.") % {"minutes": minutes},
            extra={"retry_after": PAUSE.value},
        )


def failed(username: str, address: str) -> None:
    """Note a wrong name or password. The last one allowed begins the pause."""
    name = _name(username, address)
    cache.add(name, 0, COUNTED_FOR)
    try:
        failures = cache.incr(name)
    except ValueError:  # fell out of the cache between the two lines
        failures = 1
    # Some caches forget the life time when they count, so it is said anew.
    cache.touch(name, PAUSE.value if failures >= TRIES.value else COUNTED_FOR)


def succeeded(username: str, address: str) -> None:
    """Forget the failed tries: the person knows the password."""
    cache.delete(_name(username, address))


def _name(username: str, address: str) -> str:
    """The name in the cache; a hash, because user names may be phone numbers."""
    return "signin:" + sha256(f"{username.strip().casefold()}\0{address}".encode()).hexdigest()[:40]
