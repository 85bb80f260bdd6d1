"""The words for what guides did about a member's tasks. See ``members.chronicle`` for how they are used."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from campaigns.models import (
    Arm,
    ChannelCode,
    GroupClaim,
    GuideTask,
    Journey,
    Outcome,
    Referral,
    StoreGroup,
    Touch,
    VoidReason,
)
from members.chronicle import Category, Words, tells
from members.happenings import leaders
from members.models import TimelineFact

# What was sent or bought is on the timeline by itself; only what nobody else tells is told here.
TOLD = {Outcome.REACHED: "phone", Outcome.NO_ANSWER: "phone", Outcome.REFUSED: "x"}


@tells("task.closed", category=Category.TOUCH, icon="check")
def _tasks(facts: Sequence[TimelineFact]) -> Mapping[int, Words]:
    tasks = GuideTask.objects.select_related("guide").in_bulk([fact.subject for fact in facts])
    return {
        fact.pk: Words(
            str(Outcome(fact.data["outcome"]).label),
            f"{tasks[fact.subject].get_reason_display()} · {tasks[fact.subject].guide.name}",
            icon=TOLD[Outcome(fact.data["outcome"])],
        )
        for fact in facts
        if fact.subject in tasks and fact.data.get("outcome") in TOLD
    }


@tells("member.called", category=Category.TOUCH, icon="phone")
def _calls(facts: Sequence[TimelineFact]) -> Mapping[int, Words]:
    """Who dialled the number."""
    calls = Touch.objects.select_related("guide").in_bulk([fact.subject for fact in facts])
    names = {pk: touch.guide.name for pk, touch in calls.items() if touch.guide}
    return {fact.pk: Words(_("Call"), names[fact.subject]) for fact in facts if fact.subject in names}


@tells("journey.entered", "journey.goal_reached", category=Category.TOUCH, icon="split", seen_by=leaders)
def _journeys(facts: Sequence[TimelineFact]) -> Mapping[int, Words]:
    """Which journey it was. Guides are not told who is left alone on purpose, or the control would be none."""
    journeys = Journey.objects.in_bulk([fact.data["journey"] for fact in facts])
    words = {"journey.entered": _("Entered “%(name)s”"), "journey.goal_reached": _("Reached the goal of “%(name)s”")}
    return {
        fact.pk: Words(
            words[fact.kind] % {"name": journeys[fact.data["journey"]].name}, str(Arm(fact.data["arm"]).label)
        )
        for fact in facts
        if fact.data["journey"] in journeys
    }


@tells("member.recruited", category=Category.PROFILE, icon="user-plus")
def _recruited(facts: Sequence[TimelineFact]) -> Mapping[int, Words]:
    """By which code somebody signed up."""
    codes = ChannelCode.objects.in_bulk([fact.data["code"] for fact in facts if fact.data.get("code")])
    return {
        fact.pk: Words(
            _("Signed up by a code") if fact.data.get("code") else _("Signed up by a friend's invitation"),
            codes[fact.data["code"]].name if fact.data.get("code") in codes else "",
        )
        for fact in facts
    }


@tells("group.joined", category=Category.PROFILE, icon="team")
def _groups(facts: Sequence[TimelineFact]) -> Mapping[int, Words]:
    """Which group of the store somebody joined."""
    groups = StoreGroup.objects.select_related("store").in_bulk([fact.subject for fact in facts])
    return {
        fact.pk: Words(_("Joined the group “%(name)s”") % {"name": groups[fact.subject].name},
                       str(groups[fact.subject].store))
        for fact in facts
        if fact.subject in groups
    }  # fmt: skip


@tells("group.claimed", category=Category.COUPON, icon="gift")
def _claims(facts: Sequence[TimelineFact]) -> Mapping[int, Words]:
    """What somebody claimed, and in which group."""
    rows = GroupClaim.objects.select_related("post__group", "post__product", "post__template")
    claims = rows.in_bulk([fact.subject for fact in facts])
    return {
        fact.pk: Words(
            _("Claimed in the group: %(what)s") % {"what": claims[fact.subject].post.product
                                                   or claims[fact.subject].post.template},
            claims[fact.subject].post.group.name,
        )
        for fact in facts
        if fact.subject in claims
    }  # fmt: skip


@tells("referral.made", "referral.rewarded", "referral.voided", category=Category.PROFILE, icon="team")
def _referrals(facts: Sequence[TimelineFact]) -> Mapping[int, Words]:
    """What became of an invitation; the friend is not named, who may be another guide's member."""
    known = Referral.objects.in_bulk([fact.subject for fact in facts])
    words = {
        "referral.made": _("Invited a friend"),
        "referral.rewarded": _("Rewarded for an invited friend"),
        "referral.voided": _("An invitation does not count"),
    }
    return {
        fact.pk: Words(
            words[fact.kind], str(VoidReason(fact.data["why"]).label) if fact.kind == "referral.voided" else ""
        )
        for fact in facts
        if fact.subject in known
    }
