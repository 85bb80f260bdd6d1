"""Signing up: a number is typed, and nothing follows from it until it is shown to be theirs.

Where text messages are set up, a code of six digits goes to the number; else, or when it cannot be sent, the page shows
four digits, by which a guide of the store finds the request and confirms the person who stands there. What the page
says is the same whether the number is a member's or nobody's. The number is kept sealed and goes when the request ends.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.channels import CHANNELS
from campaigns.channels.base import Came, Outgoing
from campaigns.models import ChannelCode, JoinRequest, JoinState
from campaigns.recruiting.completing import Brought, complete
from members.models import Birthday, IdentityKind, Member
from members.newcomers import clean_birthday, clean_name
from members.oneid.identities import mask, normalise
from members.oneid.identityseals import sealed_identity
from stores import sealing
from stores.errors import NotFound, Refusal
from stores.models import Staff, Store
from stores.policy import define
from stores.signin import count_try

ADDRESS_TRIES = define("joining.address_tries", 60, gettext_lazy("Sign-ups from one address before a pause"), minimum=5)
NUMBER_TRIES = define("joining.number_tries", 5, gettext_lazy("Sign-ups of one number before a pause"), minimum=2)
SMS_PER_DAY = define(
    "joining.sms_per_day", 5, gettext_lazy("Codes by text message to one number in a day"), minimum=1, maximum=20
)
HOURS = define("joining.hours", 24, gettext_lazy("Hours in which a sign-up can be confirmed"), minimum=1, maximum=72)
BY_SMS = define("joining.by_sms", True, gettext_lazy("Numbers of sign-ups are confirmed by text message if set up"))
CODE_LASTS = timedelta(minutes=10)
BETWEEN_SENDS = timedelta(seconds=60)
MOST_TYPED = 5
SMS, JUST_NOW = "sms", "sent_just_now"


@dataclass(frozen=True)
class Applicant:
    """What somebody typed into the page. ``consents`` are channel -> (version, language) of the words they saw."""

    phone: str
    name: str = ""
    birthday: date | None = None
    birthday_calendar: str = Birthday.SOLAR
    consents: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def by_sms() -> bool:
    """Whether numbers are confirmed by a code that is sent to them."""
    return BY_SMS.value and CHANNELS[SMS].is_set_up()


def ask(
    applicant: Applicant,
    *,
    code: ChannelCode | None,
    inviter: Member | None = None,
    store: Store | None,
    guide: Staff | None,
    address: str,
    device: str = "",
) -> JoinRequest:
    """Write a sign-up down, to be confirmed. Says nothing about who the number belongs to.

    Raises BadIdentity or Refusal for what cannot be read (``no_store`` where nobody could confirm it), TooManyTries
    when the address or the number asked too often.
    """
    count_try("join address", address, ADDRESS_TRIES)
    phone = normalise(IdentityKind.PHONE, applicant.phone)
    count_try("join number", phone, NUMBER_TRIES)
    if store is None and not by_sms():
        raise Refusal(_("Choose a store."), code="no_store", extra={"field": "store"})
    kept = sealed_identity(IdentityKind.PHONE, phone)
    return JoinRequest.objects.create(
        code=code,
        inviter=inviter,
        store=store,
        guide=guide,
        digest=kept.digest,
        sealed=kept.sealed,
        shown=mask(IdentityKind.PHONE, phone),
        name=clean_name(applicant.name),
        birthday=clean_birthday(applicant.birthday),
        birthday_calendar=Birthday(applicant.birthday_calendar),
        consents=[[channel, *words] for channel, words in sorted(applicant.consents.items())],
        device=device_mark(device),
        spoken=_digits(store),
    )


def shown_to(digits: str, *, by: Staff) -> JoinRequest:
    """The request whose four digits somebody shows to a guide. Raises NotFound ``digits_unknown``."""
    typed = "".join(sign for sign in digits[:20] if sign.isascii() and sign.isdecimal())
    found = waiting_for(by).filter(spoken=typed).first()
    if found is None:
        raise NotFound(_("Nobody in your store has these four digits. Look at them once more."), code="digits_unknown")
    return found


def device_mark(device: str) -> bytes | None:
    """The keyed hash of a device's mark; None without one."""
    return sealing.digest("join device", device) if device else None


def send_code(request: JoinRequest) -> bool:
    """Send a new code to the number; whether it is on its way. The one before is worth nothing any more.

    Raises Refusal ``sent_just_now``, ``too_many_codes``. Holds no transaction while the provider is asked.
    """
    digits = f"{secrets.randbelow(1_000_000):06d}"
    now = timezone.now()
    with transaction.atomic():
        held = _held(request.pk)
        if held.sent_at and held.sent_at > now - BETWEEN_SENDS:
            raise Refusal(_("A code was sent just now. Wait a minute before you ask for another one."), code=JUST_NOW)
        lately = JoinRequest.objects.filter(digest=held.digest, created_at__gt=now - timedelta(days=1))
        if (lately.aggregate(sent=Sum("sends"))["sent"] or 0) >= SMS_PER_DAY.value:
            sentence = _("No more codes today for this number. Show the four digits to a guide in the store.")
            raise Refusal(sentence, code="too_many_codes")
        held.secret, held.sent_at, held.sends, held.tries = _secret(held, digits), now, held.sends + 1, 0
        held.save(update_fields=["secret", "sent_at", "sends", "tries"])
    text = _("%(code)s is your code for signing up. It holds for 10 minutes; tell it to nobody.") % {"code": digits}
    message = Outgoing(0, f"join-{held.pk}-{held.sends}", 0, _number(held), "", text)
    (answer,) = CHANNELS[SMS].send([message])
    if answer.state in (Came.REJECTED, Came.PLANNED):
        JoinRequest.objects.filter(pk=held.pk).update(secret=None)
        return False
    return True


def confirm_by_code(request: JoinRequest, typed: str) -> Brought:
    """The number is theirs: they typed the code that was sent to it. Returns who they are.

    Raises Refusal ``code_wrong`` (extra ``left``: how many tries), ``code_ended``; NotFound when it has ended.
    """
    now = timezone.now()
    # counted before it is looked at, so that guesses sent all at once count like guesses one after another
    mine = JoinRequest.objects.filter(pk=request.pk, state=JoinState.WAITING, secret__isnull=False)
    counted = mine.filter(tries__lt=MOST_TYPED, sent_at__gt=now - CODE_LASTS).update(tries=F("tries") + 1)
    if not counted:
        _held(request.pk)
        raise Refusal(_("This code does not hold any more. Ask for another one."), code="code_ended")
    with transaction.atomic():
        held = _held(request.pk)
        digits = "".join(sign for sign in typed[:20] if sign.isdecimal())
        right = held.secret is not None and constant_time_compare(bytes(held.secret), _secret(held, digits))
        if right:
            return _end(held, by=None)
    left = MOST_TYPED - held.tries
    raise Refusal(_("This is not the code that was sent."), code="code_wrong", extra={"left": left})


def confirm_in_store(request: JoinRequest, *, by: Staff) -> Brought:
    """A guide has the person before them and has seen the four digits. Raises NotFound for a request of another
    store or one that has ended, Conflict ``identity_conflict`` as every sign-up does."""
    with transaction.atomic():
        held = _held(request.pk, by=by)
        return _end(held, by=by)


def turn_down(request: JoinRequest, *, by: Staff) -> JoinRequest:
    """Nobody is there, or the number is not theirs: nothing follows. Raises NotFound as ``confirm_in_store``."""
    with transaction.atomic():
        held = _held(request.pk, by=by)
        return _emptied(held, JoinState.REFUSED, by=by)


def waiting_for(person: Staff) -> QuerySet[JoinRequest]:
    """What somebody who works in a store may confirm: whatever waits in it, the newest first, since whoever signed up
    stands before any of its guides."""
    since = timezone.now() - timedelta(hours=HOURS.value)
    rows = JoinRequest.objects.visible_to(person).filter(state=JoinState.WAITING, created_at__gt=since)
    return rows.select_related("code").order_by("-pk")


def expire(now: datetime, *, most: int = 5000) -> int:
    """End what was not confirmed in time; returns how many, at most ``most``."""
    late = Q(state=JoinState.WAITING, created_at__lte=now - timedelta(hours=HOURS.value))
    ids = list(JoinRequest.objects.filter(late).order_by("created_at").values_list("pk", flat=True)[:most])
    return JoinRequest.objects.filter(late, pk__in=ids).update(**_EMPTY, state=JoinState.EXPIRED, ended_at=now)


_EMPTY = {"sealed": None, "secret": None, "name": "", "birthday": None}


def _held(pk: int, *, by: Staff | None = None) -> JoinRequest:
    """The request, locked, as long as it waits. Raises NotFound."""
    rows = waiting_for(by) if by else JoinRequest.objects.filter(state=JoinState.WAITING)
    held = rows.filter(pk=pk).select_for_update(of=("self",)).first()
    if held is None or held.created_at <= timezone.now() - timedelta(hours=HOURS.value):
        raise NotFound(_("This sign-up has ended. Begin once more."), code="join_ended")
    return held


def _end(held: JoinRequest, *, by: Staff | None) -> Brought:
    """Make or find the member, and forget what was typed."""
    brought = complete(held, phone=_number(held), by=by)
    held.member = brought.member
    _emptied(held, JoinState.CONFIRMED, by=by)
    return brought


def _emptied(held: JoinRequest, state: JoinState, *, by: Staff | None) -> JoinRequest:
    for column, value in _EMPTY.items():
        setattr(held, column, value)
    held.state, held.ended_at, held.ended_by = state, timezone.now(), by
    held.save()
    return held


def _digits(store: Store | None) -> str:
    """Four digits that nobody who waits in the store has."""
    taken = set(JoinRequest.objects.filter(store=store, state=JoinState.WAITING).values_list("spoken", flat=True))
    drawn = f"{secrets.randbelow(10_000):04d}"
    for _nth in range(100):
        if drawn not in taken:
            break
        drawn = f"{secrets.randbelow(10_000):04d}"
    return drawn


def _number(held: JoinRequest) -> str:
    """The number that was typed. Raises NotFound when it is gone, as from a request that has ended."""
    if held.sealed is None:
        raise NotFound(_("This sign-up has ended. Begin once more."), code="join_ended")
    return sealing.unseal(held.sealed)


def _secret(request: JoinRequest, digits: str) -> bytes:
    return sealing.digest(f"join code {request.pk}", digits)
