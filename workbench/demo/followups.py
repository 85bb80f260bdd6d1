"""What guides and the manager of the demonstration wrote down to be done: a few follow-ups for the list of today."""

from datetime import timedelta

from django.utils import timezone

from campaigns import guidetasks
from campaigns.models import GuideTask, TaskState
from members.models import Member, MemberState
from stores.models import Staff

OWN, ASKED = 2, 1
WHAT, ASKS = "车厘子到货，问要不要留一箱", "上次的退货，打电话道个歉"


def build_followups() -> None:
    """The guide who can sign in wants to tell two regulars about cherries; the manager wants one member called."""
    guide = Staff.objects.select_related("store").get(username="guide")
    manager = Staff.objects.select_related("store").get(username="manager")
    busy = GuideTask.objects.filter(state=TaskState.OPEN).values("member")
    mine = Member.objects.visible_to(guide).filter(state=MemberState.ACTIVE).exclude(pk__in=busy)
    ids = list(mine.order_by("-facts__spend_365d", "pk").values_list("pk", flat=True)[: OWN + ASKED])
    today = timezone.localdate()
    for by, members, what, days in ((guide, ids[:OWN], WHAT, 3), (manager, ids[OWN:], ASKS, 1)):
        if members:
            key = f"demo-{by.pk}"
            guidetasks.follow_up(by, members, what=what, due_on=today + timedelta(days=days), request_key=key)
