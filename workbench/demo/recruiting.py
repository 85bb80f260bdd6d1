"""Recruiting of the demonstration: codes of guides, stores and a campaign, what they brought, and invited friends."""

from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from campaigns.models import (
    ChannelCode,
    CodeDay,
    CodeKind,
    InviteCode,
    JoinRequest,
    Referral,
    ReferralProgramme,
    ReferralState,
    SignUp,
)
from campaigns.recruiting import codes
from campaigns.recruiting.joining import Applicant, ask
from coupons.models import CouponTemplate
from members.models import Member, Order, Tag
from stores.models import Role, Staff

DAYS, FRIENDS = 28, 24
CAMPAIGN = "地铁口海报"


def build_recruiting(templates: Mapping[str, CouponTemplate]) -> None:
    """Everybody who joined lately came by a code of their guide or store; some were invited by a friend."""
    with transaction.atomic():
        hq = Staff.objects.filter(role=Role.HQ_MARKETER).first()
        poster = codes.keep(
            ChannelCode(
                kind=CodeKind.CAMPAIGN, name=CAMPAIGN, source="metro", template=templates["welcome"],
                starts_on=timezone.localdate() - timedelta(days=DAYS),
            ),
            by=hq,
        )  # fmt: skip
        poster.tags.set(Tag.objects.filter(is_active=True, group__kind="manual").order_by("pk")[:1])
        _guides_codes()
        _sign_ups(poster)
        _referrals(templates)
        _waiting()


def _guides_codes() -> None:
    """Every guide has opened their page once, and every manager that of the store."""
    for person in Staff.objects.filter(role=Role.GUIDE, is_active=True).select_related("store"):
        codes.of_guide(person)
    for leader in Staff.objects.filter(role=Role.STORE_MANAGER, is_active=True).select_related("store"):
        if leader.store:
            codes.of_store(leader.store, by=leader)


def _sign_ups(poster: ChannelCode) -> None:
    """Members of the last weeks by the code of their guide; every seventh by the poster."""
    since = timezone.now() - timedelta(days=DAYS)
    own = {code.guide_id: code for code in ChannelCode.objects.filter(kind=CodeKind.GUIDE)}
    newest = Member.objects.filter(joined_at__gte=since, guide__isnull=False).order_by("-joined_at")[:4000]
    rows, tally = [], {}
    for nth, member in enumerate(newest):
        code = poster if nth % 7 == 6 else own.get(member.guide_id)
        if code is None:
            continue
        rows.append(SignUp(code=code, member=member, is_new=True, store_id=member.home_store_id,
                           guide_id=member.guide_id, at=member.joined_at))  # fmt: skip
        key = (code.pk, timezone.localdate(member.joined_at))
        tally[key] = tally.get(key, 0) + 1
    SignUp.objects.bulk_create(rows)
    CodeDay.objects.bulk_create(
        CodeDay(code_id=code, day=day, sign_ups=count, scans=count * 3 + (code + day.day) % 5)
        for (code, day), count in tally.items()
    )


def _referrals(templates: Mapping[str, CouponTemplate]) -> None:
    """A programme that runs, and friends of the best customers: some have bought, some have yet to."""
    programme = ReferralProgramme.objects.create(
        name="老带新有礼", starts_on=timezone.localdate() - timedelta(days=90), inviter_template=templates["regular"],
        inviter_points=100, friend_template=templates["second"], monthly_ceiling=5,
    )  # fmt: skip
    friends = list(Member.objects.filter(source="referral", guide__isnull=False).order_by("-joined_at")[:FRIENDS])
    inviters = Member.objects.filter(guide__isnull=False, tier__threshold__gt=0).exclude(
        pk__in=[friend.pk for friend in friends]
    )
    known = list(inviters.order_by("-growth", "pk")[: max(1, len(friends) // 3)])
    if not known:
        return
    first = {}
    for pk, friend in Order.objects.filter(member__in=friends).order_by("-paid_at").values_list("pk", "member_id"):
        first[friend] = pk
    InviteCode.objects.bulk_create(InviteCode(member=one, code=codes.new_code(invites=True)) for one in known)
    for nth, friend in enumerate(friends):
        order = first.get(friend.pk)
        state = ReferralState.REWARDED if order else ReferralState.PENDING
        Referral.objects.create(
            programme=programme, inviter=known[nth % len(known)], friend=friend, state=state, order_id=order,
            created_at=friend.joined_at, due_at=max(friend.joined_at, timezone.now()) + timedelta(days=30),
            rewarded_at=friend.joined_at + timedelta(days=2) if order else None,
        )  # fmt: skip


def _waiting() -> None:
    """Somebody stands in the store of the demonstration's log-ins and has just signed up; their digits are 2468."""
    leader = Staff.objects.filter(role=Role.STORE_MANAGER, is_active=True).order_by("store", "pk").first()
    mine = ChannelCode.objects.filter(kind=CodeKind.STORE, store=leader.store if leader else None)
    code = mine.select_related("store").first()
    if code is not None:
        asked = ask(Applicant("13800002468", "陈静"), code=code, store=code.store, guide=None, address="demo")
        JoinRequest.objects.filter(pk=asked.pk).update(spoken="2468")
