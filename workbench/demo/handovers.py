"""People who come and go in the demonstration, and the months of work as a night counts them.

One has left, whose members went to colleagues with all that was known about them; one leaves next week, whose members
wait to be handed over.
"""

from datetime import timedelta
from itertools import cycle

from django.db import transaction
from django.utils import timezone

from campaigns.work import counting, rates
from members import notes
from members.assignments import reassign
from members.handover import hand_over
from members.models import Member, MemberState
from members.windows import local_day
from stores import staff as staff_verbs
from stores.models import IN_STORE, Role, Staff

GIVEN, LEAVING = 20, 8
WORDS = ("喜欢熟一点的芒果，周末带孩子来", "对榴莲过敏，别推", "每周三送老人，帮挑软的", "要发票，公司抬头")


def build_handovers() -> None:
    """Sun Li left yesterday, Wu Lei leaves in a week; their members come from the guides of the first store."""
    known = Staff.objects.filter(username="guide").first()
    if known is None or known.store is None:
        return
    manager = Staff.objects.filter(store=known.store, role=Role.STORE_MANAGER, is_active=True).first()
    taken: list[int] = []
    for username, name, count in (("leaver2", "吴磊", LEAVING), ("leaver1", "孙丽", GIVEN)):
        with transaction.atomic():
            person = staff_verbs.hire(username=username, name=name, role=Role.GUIDE, store=known.store)
            colleagues = Member.objects.filter(home_store=known.store, state=MemberState.ACTIVE, guide__isnull=False)
            some = colleagues.exclude(guide=known).exclude(pk__in=taken).order_by("-facts__spend_365d", "pk")
            taken += some.values_list("pk", flat=True)[:count]
            reassign(taken[-count:], person, reason="调店")
    Staff.objects.filter(username="leaver2").update(left_on=timezone.localdate() + timedelta(days=8))
    _gone(Staff.objects.get(username="leaver1"), manager)


def _gone(leaver: Staff, manager: Staff | None) -> None:
    for member, text in zip(Member.objects.filter(guide=leaver).order_by("pk"), cycle(WORDS), strict=False):
        notes.add_note(member, text, by=leaver)
    staff_verbs.leave(leaver, reason="回老家")
    hand_over(leaver, rule="warmth", by=manager)


def build_work() -> None:
    """The last months of every store and guide, counted as at night."""
    months = counting.months_until(local_day(timezone.now()))
    counting.count_guides(list(Staff.objects.filter(role__in=IN_STORE).values_list("pk", flat=True)), months)
    counting.count_stores(months)
    for month in months:
        rates.put(month, newest=month == months[-1])
