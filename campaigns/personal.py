"""What this app knows about a member, for the member to take along: the sections that config/personal.py names."""

from collections.abc import Sequence
from typing import Any

from django.db.models import F, Q

from campaigns.models import (
    Attribution,
    GroupClaim,
    GroupMembership,
    GuideTask,
    InviteCode,
    JoinRequest,
    Participant,
    PromotionSale,
    RecommendationView,
    Referral,
    ShareClick,
    SignUp,
    Touch,
    Trip,
)

Rows = list[Any]  # of dictionaries


def contacts(ids: Sequence[int]) -> Rows:
    """When the member was written to or called, by what and in which words, and what was held back."""
    rows = Touch.objects.filter(member__in=ids).order_by("at", "pk")
    said = {"subject": F("words__subject"), "text": F("words__text"), "link": F("words__link")}
    marks = ("delivered_at", "read_at", "clicked_at")
    named = {"guide_name": F("guide__name"), **said}
    return list(rows.values("source", "channel", "state", "suppressed_by", "at", *marks, **named))


def tasks(ids: Sequence[int]) -> Rows:
    """What guides were asked to do for the member, and what came of it."""
    rows = GuideTask.objects.filter(member__in=ids).order_by("created_at", "pk")
    return list(rows.values("reason", "why", "state", "outcome", "due_on", "created_at", "closed_at"))


def attributions(ids: Sequence[int]) -> Rows:
    """Orders that were put down to a message or call."""
    rows = Attribution.objects.filter(member__in=ids).order_by("ordered_at", "pk")
    named = {"campaign_name": F("campaign__name"), "journey_name": F("journey__name")}
    told = {"order_no": F("order__order_no"), "channel": F("touch__channel"), **named}
    return list(rows.values("kind", "source", "amount", "ordered_at", **told))


def promotions(ids: Sequence[int]) -> Rows:
    """Promotions that orders got."""
    rows = PromotionSale.objects.filter(order__member__in=ids).order_by("order__paid_at", "pk")
    return list(rows.values("pieces", "off", order_no=F("order__order_no"), promotion_name=F("promotion__name")))


def journeys(ids: Sequence[int]) -> Rows:
    """Automations that the member went through, or was left out of as the control group."""
    rows = Trip.objects.filter(member__in=ids).order_by("entered_at", "pk")
    return list(rows.values("arm", "state", "entered_at", "ended_at", journey_name=F("journey__name")))


def campaigns(ids: Sequence[int]) -> Rows:
    """Dates of campaigns that were for the member, or from which they were left out as the control group."""
    rows = Participant.objects.filter(member__in=ids).order_by("occurrence__on", "pk")
    return list(rows.values("held_out", on=F("occurrence__on"), campaign_name=F("occurrence__member_day__name")))


def sign_ups(ids: Sequence[int]) -> Rows:
    """By which codes the member signed up, and sign-ups that ended in them or were made by their invitation."""
    rows = SignUp.objects.filter(member__in=ids).order_by("at", "pk")
    told = {"code_name": F("code__name"), "store_name": F("store__name"), "guide_name": F("guide__name")}
    asked = JoinRequest.objects.filter(Q(member__in=ids) | Q(inviter__in=ids)).order_by("created_at", "pk")
    made = [{"state": state, "at": at} for state, at in asked.values_list("state", "created_at")]
    return [*rows.values("is_new", "at", **told), *made]


def invitations(ids: Sequence[int]) -> Rows:
    """The member's invite codes, and invitations that they made or came by; nobody else is named."""
    codes = list(InviteCode.objects.filter(member__in=ids).order_by("pk").values("code", "created_at"))
    rows = Referral.objects.filter(Q(inviter__in=ids) | Q(friend__in=ids)).order_by("created_at", "pk")
    named = {"programme_name": F("programme__name")}
    return [*codes, *rows.values("state", "reason", "created_at", "rewarded_at", "ended_at", **named)]


def groups(ids: Sequence[int]) -> Rows:
    """Store groups that the member joined, and left."""
    rows = GroupMembership.objects.filter(member__in=ids).order_by("joined_at", "pk")
    return list(rows.values("source", "joined_at", "left_at", group_name=F("group__name")))


def claims(ids: Sequence[int]) -> Rows:
    """What the member claimed in store groups."""
    rows = GroupClaim.objects.filter(member__in=ids).order_by("at", "pk")
    return list(rows.values("at", "nth", words=F("post__text"), coupon_code=F("coupon__code")))


def followed_links(ids: Sequence[int]) -> Rows:
    """Share links that the member followed."""
    rows = ShareClick.objects.filter(member__in=ids).order_by("at", "pk")
    return list(rows.values("at", code=F("link__code"), shared_by=F("link__staff__name")))


def recommendations(ids: Sequence[int]) -> Rows:
    """Products that were recommended to the member, and those they were not shown on purpose."""
    rows = RecommendationView.objects.filter(member__in=ids).order_by("at", "pk")
    return list(rows.values("at", "held_out", recommendation_name=F("recommendation__name")))
