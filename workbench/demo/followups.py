"""What guides and the manager of the demonstration wrote down to be done: a few follow-ups for the list of today."""

from datetime import timedelta

from django.utils import timezone

from campaigns import guidetasks
from campaigns.models import GuideTask, TaskState
from members.models import Member, MemberState
from stores.models import Staff

# Who wrote it down, what, until how many days from today, and for how many members.
WRITTEN = (
    ("guide", "车厘子到货，问要不要留一箱", 3, 2),
    ("guide", "说好周末来拿果篮，提前一天确认", 2, 1),
    ("manager", "上次的退货，打电话道个歉", 1, 1),
    ("manager", "公司下午茶想订水果，约时间报价", 4, 1),
)


def build_followups() -> None:
    """The guide who can sign in wrote some down; the manager wants others called by her."""
    people = {person.username: person for person in Staff.objects.select_related("store").filter(
        username__in=("guide", "manager"))}  # fmt: skip
    busy = GuideTask.objects.filter(state=TaskState.OPEN).values("member")
    mine = Member.objects.visible_to(people["guide"]).filter(state=MemberState.ACTIVE).exclude(pk__in=busy)
    wanted = sum(count for *_what, count in WRITTEN)
    best = list(mine.order_by("-facts__spend_365d", "pk").values_list("pk", flat=True)[:wanted])
    today = timezone.localdate()
    for nth, (by, what, days, count) in enumerate(WRITTEN):
        members, best = best[:count], best[count:]
        if members:
            until = today + timedelta(days=days)
            guidetasks.follow_up(people[by], members, what=what, due_on=until, request_key=f"demo-{nth}")
