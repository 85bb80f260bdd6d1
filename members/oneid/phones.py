"""Which of a member's phone numbers stands on their page: the oldest of their own, before any that a merge brought."""

import re
from collections.abc import Iterable

from members.models import Identity, IdentityKind, Member
from members.oneid.identitykinds import BadIdentity, normalise
from members.oneid.identityseals import sealed_identity
from stores.masking import NUMBER, masked


def main_phone(member: Member, identities: Iterable[Identity] | None = None) -> Identity | None:
    """The phone identity by which the member is shown, from ``identities`` where the caller has them already."""
    rows = Identity.objects.filter(member=member, kind=IdentityKind.PHONE) if identities is None else identities
    phones = [row for row in rows if row.kind == IdentityKind.PHONE]
    return min(phones, key=lambda row: (row.origin != member.pk, row.pk), default=None)


def keep_phone(member: Member) -> None:
    """Write the masked phone and its last four digits on the member row."""
    phone = main_phone(member)
    shown = phone.shown if phone else ""
    member.phone_last4, member.phone_masked = shown[-4:], shown
    member.save(update_fields=["phone_last4", "phone_masked", "updated_at"])


def without_own(member: Member, text: str) -> str:
    """The text with the member's own phone numbers masked; others stay: a guide may tell the store's number."""
    own = {bytes(row.digest) for row in Identity.objects.filter(member=member, kind=IdentityKind.PHONE)}

    def hidden(found: re.Match[str]) -> str:
        try:
            spelled = normalise(IdentityKind.PHONE, found[0])
        except BadIdentity:
            return found[0]
        known = sealed_identity(IdentityKind.PHONE, spelled).digest in own
        return masked(found[0]) if known else found[0]

    return NUMBER.sub(hidden, text) if own and NUMBER.search(text) else text
