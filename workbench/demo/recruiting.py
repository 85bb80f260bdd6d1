"""Recruiting of the demonstration: codes of guides, stores and a campaign, what they brought, and invited friends."""

from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from campaigns.models import (
    ChannelCode,
    CodeDay,
    CodeKind,
    CodeScan,
    InviteCode,
    JoinRequest,
    Referral,
    ReferralProgramme,
    SignUp,
)
from campaigns.recruiting import codes, counting, rewarding
from campaigns.recruiting.joining import Applicant, ask
from coupons.models import CouponTemplate
from members import timeline
from members.models import Member, Tag
from members.timeline import NewFact
from stores import sealing
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
    days = [
        CodeDay(code_id=code, day=day, sign_ups=count, scans=count * 3 + (code + day.day) % 5)
        for (code, day), count in tally.items()
    ]
    CodeDay.objects.bulk_create(days)
    known = timezone.localdate() - timedelta(days=counting.KEPT_DAYS)  # who it was is forgotten after some days
    CodeScan.objects.bulk_create(
        CodeScan(code_id=one.code_id, day=one.day, visitor=sealing.digest(f"scan {one.day} {one.code_id}", str(nth)))
        for one in days
        if one.day >= known
        for nth in range(one.scans)
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
    InviteCode.objects.bulk_create(InviteCode(member=one, code=codes.new_code(invites=True)) for one in known)
    made = Referral.objects.bulk_create(
        Referral(
            programme=programme, inviter=known[nth % len(known)], friend=friend, created_at=friend.joined_at,
            due_at=timezone.now() + timedelta(days=30),
        )
        for nth, friend in enumerate(friends)
    )  # fmt: skip
    timeline.record(
        *(NewFact("referral.made", one.inviter_id, one.pk, one.created_at, {"friend": one.friend_id}) for one in made)
    )
    rewarding.settle_members([friend.pk for friend in friends])


def _waiting() -> None:
    """Somebody stands in the store of the demonstration's log-ins and has just signed up; their digits are 2468."""
    leader = Staff.objects.filter(role=Role.STORE_MANAGER, is_active=True).order_by("store", "pk").first()
    mine = ChannelCode.objects.filter(kind=CodeKind.STORE, store=leader.store if leader else None)
    code = mine.select_related("store").first()
    if code is not None:
        asked = ask(Applicant("13800002468", "陈静"), code=code, store=code.store, guide=None, address="demo")
        JoinRequest.objects.filter(pk=asked.pk).update(spoken="2468")
