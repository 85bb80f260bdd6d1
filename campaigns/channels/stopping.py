"""Wanting no more: the signed address that a mail carries, and the withdrawal that an answer or a click leads to."""

from collections.abc import Iterable

from django.conf import settings
from django.core import signing
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.channels.base import OptOut
from members.models import Consent, IdentityKind, Member, MemberState
from members.oneid import identities, lineage
from members.privacy import consents
from stores.errors import NotFound

SALT = "changke.stop"
CHANNELS = {Consent.Channel.EMAIL, Consent.Channel.SMS}
HOW = {"sms": "短信回复", "wecom": "企业微信回复", "email": "邮件退订"}
KINDS = {"sms": IdentityKind.PHONE, "email": IdentityKind.EMAIL, "wecom": IdentityKind.WECOM_EXTERNAL_ID}


def address(member_id: int, channel: str = Consent.Channel.EMAIL) -> str:
    """Where a member says that they want no more on a channel; empty without PUBLIC_URL, which mails need."""
    if not settings.PUBLIC_URL or not member_id:
        return ""
    return f"{settings.PUBLIC_URL.rstrip('/')}/stop/{token(member_id, channel)}/"


def token(member_id: int, channel: str = Consent.Channel.EMAIL) -> str:
    """What such an address says: member and channel, signed; it holds for ever, as old mails are answered too."""
    return signing.dumps([member_id, channel], salt=SALT, compress=False)


def mail_head(member_id: int) -> dict[str, str]:
    """The lines by which mail programs offer the way out with one click (RFC 8058)."""
    link = address(member_id)
    return {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"} if link else {}


def whose(signed: str) -> tuple[Member, str]:
    """The living member and the channel that an address speaks of. Raises NotFound for one that we did not sign."""
    try:
        member_id, channel = signing.loads(signed, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        raise NotFound(_("This address leads nowhere.")) from None
    living = lineage.living_ids([member_id]).get(member_id, member_id)
    member = Member.objects.filter(pk=living, state=MemberState.ACTIVE).first()
    if member is None or channel not in CHANNELS:
        raise NotFound(_("This address leads nowhere."))
    return member, channel


def stop(member: Member, channel: str) -> Consent:
    """The member wants no more advertising on this channel; the same again changes nothing."""
    return consents.withdraw(member, channel, collected_by=HOW[channel])


def stop_all(channel: str, opt_outs: Iterable[OptOut]) -> int:
    """Withdraw the consent of everybody who answered so; returns how many members that were. Unknown addresses and
    answers that come twice change nothing."""
    found: set[int] = set()
    for one in opt_outs:
        try:
            member = identities.find(KINDS[channel], one.address)
        except identities.BadIdentity:
            continue
        if member is not None:
            consents.withdraw(member, channel, collected_by=HOW[channel], at=min(one.at, timezone.now()))
            found.add(member.pk)
    return len(found)
