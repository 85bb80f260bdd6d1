"""Reasons that no night plans: a journey or a campaign asks for them (campaigns.guidetasks.asking)."""

from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import GuideTask, Reason
from campaigns.reasons.base import TaskReason, month_day, rhythm


class AskedReason(TaskReason):
    """Whoever asks gives the name, what to do and the last day; nothing is picked by SQL."""

    candidates = ""

    @property
    def days(self) -> int:
        """How long a task stays open."""
        return 7

    def words(self, task: GuideTask, today: date) -> str:
        """Who asks, the member's rhythm, and since when the store manager is shown it."""
        since = {"date": month_day(escalated_on(task))} if task.escalated_at else None
        late = _("shown to the manager since %(date)s") % since if since else ""
        return " · ".join(part for part in (name_of(task.why), rhythm(task.why, today), late) if part)

    def proposal(self, task: GuideTask) -> str:
        """What headquarters asks for, in its own words."""
        return str(task.why.get("asks") or self.usual_proposal(task.why))

    def usual_proposal(self, why: dict[str, Any]) -> str:
        """What to do where nothing was said."""
        return _("Get in touch")


class JourneyReason(AskedReason):
    """A customer journey comes to a step that a person does."""

    key = Reason.JOURNEY
    priority = 3
    icon = "split"
    uplift_percent = 8


class InvitationReason(AskedReason):
    """A campaign or member day invites its best members by their guides."""

    key = Reason.INVITATION
    priority = 6
    icon = "calendar"
    uplift_percent = 8

    def words(self, task: GuideTask, today: date) -> str:
        """Which campaign, when, and the member's rhythm."""
        if not task.why.get("on"):
            return super().words(task, today)
        on = month_day(date.fromisoformat(task.why["on"]))
        said = _("%(name)s on %(date)s") % {"name": name_of(task.why), "date": on}
        told = rhythm(task.why, today)
        return f"{said} · {told}" if told else said

    def usual_proposal(self, why: dict[str, Any]) -> str:
        """Invite them."""
        return _("Invite to %(name)s") % {"name": name_of(why)}


class FollowUpReason(AskedReason):
    """What somebody in the store wants done: by themselves or, from the manager, by the member's guide."""

    key = Reason.FOLLOW_UP
    priority = 2
    urgent = True
    icon = "flag"
    uplift_percent = 8

    def words(self, task: GuideTask, today: date) -> str:
        """What was written down, by whom when that is somebody else, then the member's rhythm."""
        asks, by = self.proposal(task), task.why.get("name")
        said = f"{by}：{asks}" if by and by != task.guide.name else asks
        return " · ".join(part for part in (said, rhythm(task.why, today)) if part)


def escalated_on(task: GuideTask) -> date:
    """The day since when the manager is shown a task that was escalated."""
    return timezone.localdate(task.escalated_at)


def name_of(why: dict[str, Any]) -> str:
    """What the journey or campaign is called; after an erasure nothing is known any more."""
    return str(why.get("name") or _("Headquarters"))
