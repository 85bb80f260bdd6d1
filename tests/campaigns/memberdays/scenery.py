"""Scenes for campaigns with dates: a virtual clock that reaches the jobs, messages, and who got what."""

from datetime import timedelta

from django.utils import timezone

from campaigns import memberdays
from campaigns.models import CampaignMessage, Channel, MemberDay, MessageTemplate, Participant
from members.buckets import share
from members.models import Member
from stores import jobs
from stores.models import Job, JobState
from tests.makers import make_member, number

LONG_AGO = timedelta(days=3650)
OPEN = (JobState.WAITING, JobState.RUNNING)


def run_due() -> int:
    """Run the jobs that are due by the virtual clock, and those that they plan; returns how many ran.

    The database has a clock of its own: what the virtual one has reached is made due there, too.
    """
    ran = 0
    while due := Job.objects.filter(state__in=OPEN, due_at__lte=timezone.now()).order_by("due_at", "pk").first():
        Job.objects.filter(pk=due.pk).update(due_at=timezone.now() - LONG_AGO)
        ended = jobs.run_to_end(due.pk)
        assert ended.state == JobState.DONE, (ended.kind, ended.error)
        ran += 1
    return ran


def with_message(
    day: MemberDay, text: str = "{name}，明天会员日", *, channel: str = Channel.INBOX, **fields: int
) -> MemberDay:
    """The day with a message on a channel, a day before unless said otherwise."""
    words = MessageTemplate.objects.create(name=f"会员日{number()}", channel=channel, subject="会员日", text=text)
    CampaignMessage.objects.create(member_day=day, channel=channel, message=words, **fields)
    return day


def in_arm(day: MemberDay, *, held_out: bool, **fields: object) -> Member:
    """A member whose bucket puts them into the control group of a campaign, or not."""
    limit = day.holdout_percent * 100
    salt = f"campaign:{day.pk}:holdout"
    bucket = next(one for one in range(10_000) if (share(salt, one) < limit) is held_out)
    member = make_member(**fields)
    Member.objects.filter(pk=member.pk).update(bucket=bucket)
    member.refresh_from_db()
    return member


def taking_part(day: MemberDay) -> dict[str, bool]:
    """Name of each member of the campaign's dates -> whether they are held out."""
    rows = Participant.objects.filter(occurrence__member_day=day)
    return dict(rows.values_list("member__name", "held_out"))


def published(day: MemberDay) -> MemberDay:
    """The day, published."""
    return memberdays.publish(day)
