"""The end of a sign-up: one member by OneID, where they come from, who looks after them, what they agreed to."""

from contextlib import suppress
from dataclasses import dataclass

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import ChannelCode, JoinRequest, SignUp
from campaigns.recruiting import codes, counting, referring
from members import profiles, tags, timeline
from members.models import IdentityKind, Member, MemberState, MemberTag
from members.privacy import consents
from members.timeline import NewFact
from stores.errors import NotFound, Refusal
from stores.models import Role, Staff, Store
from stores.policy import define

SHARE_OUT = define(
    "recruiting.share_out", True, _("Who signs up by a store's code goes to the guide with the fewest members")
)
BY_INVITATION = "referral"


@dataclass(frozen=True)
class Brought:
    """Whom a sign-up led to, and the row that says so."""

    member: Member
    is_new: bool
    sign_up: SignUp


def complete(request: JoinRequest, *, phone: str, by: Staff | None) -> Brought:
    """Create or find the member behind a number that is known to be theirs; in the caller's transaction.

    Somebody who is a member keeps home, guide and source; what was empty is filled, what they agreed to is written
    down. Raises TwoMembers, BadIdentity and Refusal as every sign-up does.
    """
    code, store = request.code, request.store
    guide = _guide(request)
    home = guide.store if guide and guide.store else store
    member, is_new = _resolved(request, phone, home, guide, by)
    _agree(request, member, by)
    sign_up, _made = SignUp.objects.get_or_create(
        member=member,
        code=code,
        defaults={"is_new": is_new, "store": home, "guide": guide, "device": request.device},
    )
    if is_new:
        _welcome(sign_up, code)
    if request.inviter is not None and is_new:
        with suppress(Refusal):  # the invitation does not hold; the member is one all the same
            referring.refer(request.inviter, member, device=bytes(request.device) if request.device else None)
    return Brought(member, is_new, sign_up)


def _resolved(
    request: JoinRequest, phone: str, home: Store | None, guide: Staff | None, by: Staff | None
) -> tuple[Member, bool]:
    """The one member of the number, and whether they are new."""
    found = profiles.enrol(
        [(IdentityKind.PHONE, phone)],
        name=request.name,
        birthday=request.birthday,
        birthday_calendar=request.birthday_calendar,
        home_store=home,
        guide=guide,
        source=request.code.source if request.code else BY_INVITATION,
        by=by,
    )
    if found.member is None:
        raise NotFound(_("Nobody could be signed up."))
    return found.member, found.created


def _welcome(sign_up: SignUp, code: ChannelCode | None) -> None:
    """What a new member gets because of the code; the gift follows by reaction."""
    if code is not None:
        counting.count_sign_up(code)
        for tag in code.tags.select_related("group"):
            with suppress(Refusal):  # switched off or made a system tag since
                tags.set_tag(sign_up.member, tag, by=None, source=MemberTag.Source.CODE)
                sign_up.tags.append(tag.pk)
        sign_up.save(update_fields=["tags"])
    timeline.record(
        NewFact("member.recruited", sign_up.member_id, subject=sign_up.pk, data={"code": code.pk if code else None})
    )


def _agree(request: JoinRequest, member: Member, by: Staff | None) -> None:
    where = f"{_('Sign-up page')} · {request.code.code}" if request.code else str(_("Sign-up page"))
    for channel, version, language in request.consents:
        with suppress(Refusal):  # a wording that is not known any more proves nothing
            consents.grant(
                member, channel, wording_version=version, language=language, collected_by=where, store=request.store,
                at=min(request.created_at, timezone.now()),
            )  # fmt: skip


def _guide(request: JoinRequest) -> Staff | None:
    """Who is to look after a new member: the guide of the code, else of the invitation, else by the store's rule."""
    guide = codes.guide_of(request.code) if request.code else None
    if guide is None and request.guide_id and request.guide:
        fits = request.guide.is_active and request.guide.store_id == request.store_id
        guide = request.guide if fits else None
    if guide is None and request.store is not None and SHARE_OUT.value:
        guide = fewest_members(request.store)
    return guide


def fewest_members(store: Store) -> Staff | None:
    """The guide of the store who looks after the fewest living members; None where nobody serves."""
    guides = list(Staff.objects.filter(store=store, role=Role.GUIDE, is_active=True).order_by("pk"))
    kept = Member.objects.filter(home_store=store, guide__in=guides, state=MemberState.ACTIVE).order_by()
    held = dict(kept.values_list("guide").annotate(Count("pk")))
    return min(guides, key=lambda guide: (held.get(guide.pk, 0), guide.pk), default=None)
