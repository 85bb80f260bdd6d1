"""The kinds of identity and the rules of each: how a value is written, how many a member may hold, which are refused.

A new kind is one ``IdentityRule`` in ``IDENTITY_KINDS`` and one choice on the model.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from members.models import IdentityKind
from stores.errors import Refusal
from stores.policy import Policy, define

REFUSED = define(
    "identities.refused",
    [
        "",
        "0",
        "-1",
        "null",
        "none",
        "nil",
        "nan",
        "undefined",
        "unknown",
        "anonymous",
        "guest",
        "test",
        "13800138000",
        "13800000000",
        "13888888888",
        "13900000000",
    ],
    _("Identity values that stand for nobody"),
)

_CHINESE_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_FOREIGN = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_PUNCTUATION = re.compile(r"[\s\-‐-―−().·]")
_EMAIL = re.compile(r"[^@\s\"<>()\[\],;:\\]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}")
_TOKEN = re.compile(r"[!-~]{1,190}", re.ASCII)


class BadIdentity(Refusal):
    """The value cannot lead to anybody: badly written, or one that stands for nobody."""

    code = "bad_identity"


@dataclass(frozen=True)
class IdentityRule:
    """One kind: ``spell`` gives the one spelling or "", ``limit`` how many a member may hold, a smaller ``priority``
    decides first when values lead to different members, ``may_merge`` whether two members may be joined on it alone."""

    kind: IdentityKind
    spell: Callable[[str], str]
    limit: Policy
    priority: int
    may_merge: Policy


def _phone(text: str) -> str:
    """A Chinese mobile as its eleven digits, any other number as E.164, else nothing."""
    bare = _PUNCTUATION.sub("", text)
    bare = "+" + bare[2:] if bare.startswith("00") else bare
    bare = bare.removeprefix("+86")
    if _CHINESE_MOBILE.fullmatch(bare.removeprefix("86") if len(bare) == 13 else bare):
        return bare[-11:]
    return bare if _FOREIGN.fullmatch(bare) else ""


def _email(text: str) -> str:
    spelled = text.lower()
    return spelled if len(spelled) <= 190 and _EMAIL.fullmatch(spelled) else ""


def _token(text: str) -> str:
    """Ids given out by machines: printable ASCII without blanks, capitals kept."""
    return text if _TOKEN.fullmatch(text) else ""


def _number(text: str) -> str:
    """Staff numbers and user names, in any letters; capitals do not count."""
    return text.lower() if text.isprintable() and 0 < len(text) <= 60 else ""


def _labelled(kind: IdentityKind, what: Any) -> Any:
    return format_lazy("{kind}: {what}", kind=kind.label, what=what)


def _rule(
    kind: IdentityKind, spell: Callable[[str], str], *, limit: int, priority: int, may_merge: bool = False
) -> IdentityRule:
    return IdentityRule(
        kind,
        spell,
        define(
            f"identities.{kind.value}.limit",
            limit,
            _labelled(kind, _("how many a member may hold")),
            minimum=1,
            maximum=50,
        ),
        priority,
        define(f"identities.{kind.value}.may_merge", may_merge, _labelled(kind, _("may join two members by itself"))),
    )


IDENTITY_KINDS: dict[str, IdentityRule] = {
    rule.kind.value: rule
    for rule in (
        _rule(IdentityKind.PHONE, _phone, limit=2, priority=10, may_merge=True),
        _rule(IdentityKind.WECHAT_UNIONID, _token, limit=1, priority=20, may_merge=True),
        _rule(IdentityKind.WECOM_EXTERNAL_ID, _token, limit=2, priority=30),
        _rule(IdentityKind.CARD_NO, _token, limit=5, priority=40),
        _rule(IdentityKind.PARTNER_ID, _token, limit=10, priority=50),
        _rule(IdentityKind.EMAIL, _email, limit=3, priority=60),
        # one person has one open id per app; a shared till tablet would have many, so it decides last and never joins
        _rule(IdentityKind.WECHAT_OPENID, _token, limit=5, priority=70),
        # says that this member works here (coupons.colleagues); headquarters sets it, nobody signs in with it
        _rule(IdentityKind.STAFF, _number, limit=2, priority=80),
    )
}


def rule_of(kind: str) -> IdentityRule:
    """The rule of a kind. Raises BadIdentity when there is no such kind."""
    try:
        return IDENTITY_KINDS[kind]
    except KeyError:
        raise BadIdentity(_("This kind of identity is not known."), extra={"kind": str(kind)[:40]}) from None


def nobodies() -> frozenset[str]:
    """The values that stand for nobody, as HQ has set them, in lower case."""
    return frozenset(str(word).lower() for word in REFUSED.value)


def normalise(kind: str, value: str, *, nobody: frozenset[str] | None = None) -> str:
    """The one spelling of a value: phones without +86 and dashes, e-mail in lower case, the rest trimmed.

    Who asks for many values hands in ``nobody`` (from ``nobodies()``), so that HQ's setting is not read each time.
    Raises BadIdentity when it is badly written or stands for nobody (empty, 0, null, anonymous, test numbers).
    """
    rule = rule_of(kind)
    text = unicodedata.normalize("NFKC", value).strip()
    spelled = rule.spell(text)
    nobody = nobodies() if nobody is None else nobody
    if not spelled or spelled.lower() in nobody or text.lower() in nobody:
        raise BadIdentity(
            _("%(kind)s: this value leads to nobody. Check it and enter it again.") % {"kind": rule.kind.label},
            extra={"kind": kind},
        )
    return spelled


def parse_identity(text: str, *, nobody: frozenset[str] | None = None) -> tuple[str, str]:
    """``phone:138 1234 5678`` as ("phone", "13812345678"); ``nobody`` as for ``normalise``. Raises BadIdentity."""
    kind, colon, value = text.partition(":")
    if not colon:
        raise BadIdentity(_("Write an identity as kind:value, for example phone:13812345678."))
    return kind, normalise(kind, value, nobody=nobody)


def mask_phone(text: str) -> str:
    """138****1234; a foreign number keeps at most its first four signs, and four are always hidden; anything shorter
    than eight signs shows nothing."""
    if len(text) < 8:
        return "*" * len(text)
    first = min(4 if text.startswith("+") else 3, len(text) - 8)
    return f"{text[:first]}****{text[-4:]}"


def mask(kind: str, value: str) -> str:
    """How a value of any kind is shown to somebody who may not see it: enough to recognise, too little to use."""
    if kind == IdentityKind.PHONE:
        return mask_phone(value)
    if kind == IdentityKind.EMAIL:
        name, _at, host = value.partition("@")
        return f"{name[:1]}***@{host}"
    return f"****{value[-4:]}" if len(value) > 8 else "****"
