"""The wordings of consent: which words a member is shown now, and which words stand behind an entry of the ledger."""

from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from members.models import Consent, ConsentWording
from stores.errors import Conflict, NotAllowed, Refusal
from stores.models import Staff

MARKETING = "marketing"
LONGEST = 2000


def add(
    channel: str,
    version: str,
    text: str,
    *,
    purpose: str = MARKETING,
    language: str = "zh-hans",
    starts_on: date | None = None,
    by: Staff | None = None,
) -> ConsentWording:
    """Add a version, shown from ``starts_on`` (today). The same version may be added once for each language.

    Raises NotAllowed for staff of a store, Refusal ``bad_wording``, ``bad_channel``, Conflict ``wording_exists``.
    """
    if by and not by.sees_all:
        raise NotAllowed(_("Only headquarters writes the wordings of consent."))
    if channel not in Consent.Channel.values:
        raise Refusal(_("This channel is not known."), code="bad_channel", extra={"field": "channel"})
    version, text = version.strip(), text.strip()
    if not version or len(version) > 40 or not text or len(text) > LONGEST:
        raise Refusal(_("A wording needs a version of at most 40 characters and words."), code="bad_wording")
    try:
        with transaction.atomic():
            return ConsentWording.objects.create(
                channel=channel,
                purpose=purpose[:40],
                version=version,
                language=language,
                text=text,
                starts_on=starts_on or timezone.localdate(),
                made_by=by,
            )
    except IntegrityError:
        raise Conflict(_("This version exists already. New words need a new version."), code="wording_exists") from None


def shown(channel: str, *, purpose: str = MARKETING, language: str = "") -> ConsentWording | None:
    """What a member is asked today on this channel: the latest version that has started, in the language asked for
    (that of the page) where there is one. None when HQ has written nothing: then nobody can be asked."""
    latest = _started(purpose).filter(channel=channel).order_by("-starts_on", "-pk").first()
    return latest and _in(language, _versions(channel, purpose, latest.version))


def now(*, purpose: str = MARKETING) -> dict[str, ConsentWording]:
    """Channel -> what a member is asked today, in the language of the page."""
    found: dict[str, ConsentWording] = {}
    for row in _started(purpose).order_by("-starts_on", "-pk"):
        first = found.setdefault(row.channel, row)
        if first.version == row.version and row.language == get_language():
            found[row.channel] = row
    return found


def behind(entry: Consent) -> ConsentWording | None:
    """The words that an entry of the ledger names; None for a withdrawal, which needs none."""
    return _in(entry.language, _versions(entry.channel, entry.purpose, entry.wording_version))


def named(channel: str, version: str, *, purpose: str = MARKETING, language: str = "", on: date) -> ConsentWording:
    """The wording that a new entry names. Raises Refusal ``wording_missing`` without a version, ``wording_unknown``
    (extra ``known``) for one that HQ never wrote, or that had not started on the day ``on``."""
    if not version:
        raise Refusal(
            _("Say which version of the wording the member agreed to."),
            code="wording_missing",
            extra={"field": "wording_version"},
        )
    wording = _in(language, _versions(channel, purpose, version).filter(starts_on__lte=on))
    if wording is None:
        known = _started(purpose).filter(channel=channel).order_by("-starts_on", "-pk")
        raise Refusal(
            _("This version of the wording is not known. Headquarters writes the wordings."),
            code="wording_unknown",
            extra={"field": "wording_version", "known": list(dict.fromkeys(row.version for row in known))},
        )
    return wording


def _started(purpose: str) -> QuerySet[ConsentWording]:
    return ConsentWording.objects.filter(purpose=purpose, starts_on__lte=timezone.localdate())


def _versions(channel: str, purpose: str, version: str) -> QuerySet[ConsentWording]:
    return ConsentWording.objects.filter(channel=channel, purpose=purpose, version=version)


def _in(language: str, rows: QuerySet[ConsentWording]) -> ConsentWording | None:
    """The row in this language, else in that of the page, else in any."""
    by_language = {row.language: row for row in rows.order_by("-pk")}
    wanted = (language, get_language() or "", *by_language)
    return next((by_language[one] for one in wanted if one in by_language), None)
