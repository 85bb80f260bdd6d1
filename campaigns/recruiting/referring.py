"""Inviting: a member's own code, and a friend who came by it. Nobody invites themselves.

The same person is whoever OneID says: the same living member, or another number on the same device. The rule about the
same address is a setting, since families share one.
"""

from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import InviteCode, Referral, ReferralProgramme, ReferralState, SignUp, VoidReason
from campaigns.recruiting.codes import INVITES, new_code, spelled
from members import timeline
from members.locks import lock_members
from members.models import Member, MemberPlace, MemberState, Order
from members.oneid import lineage
from members.timeline import NewFact
from stores.errors import Conflict, NotFound, Refusal
from stores.policy import define

SAME_ADDRESS = define(
    "referrals.same_address_is_self", False, _("Friends at the inviter's address count as themselves")
)
NEW_DAYS = define("referrals.new_days", 30, _("Days after joining in which somebody can be invited"), minimum=1)
SENTENCES = {
    VoidReason.SAME_PERSON: _("Nobody invites themselves."),
    VoidReason.SAME_DEVICE: _("The invitation was used on a phone that is the inviter's, or another friend's."),
    VoidReason.SAME_ADDRESS: _("Inviter and friend live at the same address."),
    VoidReason.ORDERED_BEFORE: _("Only somebody new is invited: this member has ordered before."),
}
SELF = "self_referral"


def programme_on(day: date) -> ReferralProgramme | None:
    """What inviting brings on a day; None while there is no programme."""
    runs = Q(starts_on__lte=day) & (Q(ends_on=None) | Q(ends_on__gte=day)) & Q(is_active=True)
    return ReferralProgramme.objects.filter(runs).order_by("-starts_on", "-pk").first()


def code_of(member: Member) -> InviteCode:
    """The member's invite code, made when it is first asked for."""
    with transaction.atomic():
        lock_members([member.pk])  # two calls at once make one
        known = InviteCode.objects.filter(member=member).order_by("pk").first()
        return known or InviteCode.objects.create(member=member, code=new_code(invites=True))


def inviter_of(text: str) -> Member:
    """The living member whose invite code this is. Raises NotFound ``invite_code_not_found``."""
    code = spelled(text)
    row = InviteCode.objects.select_related("member").filter(code=code).first() if code.startswith(INVITES) else None
    member = lineage.living(row.member) if row else None
    if member is None or member.state != MemberState.ACTIVE:
        raise NotFound(_("There is no such invite code."), code="invite_code_not_found")
    return member


def refer(inviter: Member, friend: Member, *, device: bytes | None = None) -> tuple[Referral, bool]:
    """Note that ``friend`` came by ``inviter``; the referral, and whether it is new. The same again changes nothing.

    Raises Refusal ``no_programme``, ``self_referral`` (extra ``why``), ``friend_not_new``, Conflict
    ``already_referred`` when somebody else invited them. A refused invitation leaves nothing behind.
    """
    now = timezone.now()
    programme = programme_on(timezone.localdate(now))
    if programme is None:
        raise Refusal(_("There is no referral programme at the moment."), code="no_programme")
    with transaction.atomic():
        lock_members([inviter.pk, friend.pk])
        inviter, friend = (_living(member) for member in (inviter, friend))
        known = Referral.objects.filter(friend=friend).first()
        if known is not None:
            if known.inviter_id != inviter.pk:
                raise Conflict(_("This member was invited by somebody else."), code="already_referred")
            return known, False
        _check(inviter, friend, device)
        due = now + timedelta(days=programme.order_within_days)
        try:
            with transaction.atomic():
                made = Referral.objects.create(
                    programme=programme, inviter=inviter, friend=friend, device=device, created_at=now, due_at=due
                )
        except IntegrityError:
            raise Conflict(_("This member was invited by somebody else."), code="already_referred") from None
        timeline.record(NewFact("referral.made", inviter.pk, subject=made.pk, data={"friend": friend.pk}))
    return made, True


def why_the_same(inviter: Member, friend: Member, device: bytes | None) -> VoidReason | None:
    """Why the two count as one person, if they do."""
    if inviter.pk == friend.pk:
        return VoidReason.SAME_PERSON
    if device is not None and _seen_with(inviter, friend, device):
        return VoidReason.SAME_DEVICE
    if SAME_ADDRESS.value:
        spots: dict[int, Any] = {
            pk: (latitude, longitude)
            for pk, latitude, longitude in MemberPlace.objects.filter(member__in=[inviter, friend]).values_list(
                "member_id", "latitude", "longitude"
            )
        }
        if len(spots) == 2 and spots[inviter.pk] == spots[friend.pk]:
            return VoidReason.SAME_ADDRESS
    return None


def _check(inviter: Member, friend: Member, device: bytes | None) -> None:
    why = why_the_same(inviter, friend, device)
    if why is not None:
        raise Refusal(SENTENCES[why], code=SELF, extra={"why": str(why)})
    late = friend.joined_at < timezone.now() - timedelta(days=NEW_DAYS.value)
    if late or Order.objects.filter(member=friend).exists():
        raise Refusal(SENTENCES[VoidReason.ORDERED_BEFORE], code="friend_not_new")


def _seen_with(inviter: Member, friend: Member, device: bytes) -> bool:
    """Whether the inviter, or another friend of theirs, has used the device."""
    own = SignUp.objects.filter(device=device, member=inviter).exists()
    others = Referral.objects.filter(device=device, inviter=inviter).exclude(friend=friend)
    return own or others.exclude(state=ReferralState.VOID).exists()


def _living(member: Member) -> Member:
    """The row as it is now, after any merge of this moment. Raises NotFound for a member who is no longer one."""
    fresh = lineage.living(Member.objects.get(pk=member.pk))
    if fresh.state != MemberState.ACTIVE:
        raise NotFound(_("There is no such member."), code="member_not_found")
    return fresh
