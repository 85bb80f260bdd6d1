"""The job that carries out a hand-over whose time has come: member by member as things stand then."""

from django.utils import timezone
from django.utils.translation import gettext as _

from members.assignments import move
from members.locks import lock_members
from members.models import HandedMember, HandOver, HandOverState, Member, MemberState
from members.splitting import SplitRule, split
from stores.errors import Refusal
from stores.jobs import NotYet
from stores.models import Job, Staff

JOB = "members.hand_over"
AT_ONCE = 1_000
State = HandedMember.State


def carry_chunk(job: Job) -> bool:
    """Hand the next thousand over (config/jobs.py); True when none waits any more.

    Whoever has another guide meanwhile, or is no member any more, stays. A successor who left meanwhile is replaced by
    the colleagues of the store.
    """
    made = HandOver.objects.select_for_update(of=("self",), no_key=True).filter(pk=job.params["hand_over"]).first()
    if made is None or made.state != HandOverState.WAITING:
        return True
    now = timezone.now()
    if made.due_at > now:
        raise NotYet(made.due_at - now)
    waiting = HandedMember.objects.filter(hand_over=made, state=State.WAITING)
    some = list(waiting.order_by("pk")[:AT_ONCE])
    if some:
        made.moved += _carry(made, some)
        job.done += len(some)
    job.total = max(made.planned, job.done)
    if len(some) < AT_ONCE:
        made.state, made.ended_at = HandOverState.DONE, now
    made.save(update_fields=["moved", "state", "ended_at"])
    return made.state == HandOverState.DONE


def reason_of(made: HandOver) -> str:
    """Why members get another guide, as their history tells it."""
    if made.giver is None:
        return _("Shared out")
    return _("Handed over from %(name)s") % {"name": made.giver.name}


def _carry(made: HandOver, some: list[HandedMember]) -> int:
    ids = lock_members(row.member_id for row in some)
    found = Member.objects.filter(pk__in=ids).values_list("pk", "guide_id", "state")
    now = {pk: (guide, state) for pk, guide, state in found}
    states: dict[str, list[int]] = {State.MOVED: [], State.OVERTAKEN: [], State.GONE: []}
    guides: dict[int, int | None] = {}
    for row in some:
        guide, state = now.get(row.member_id, (None, ""))
        if state != MemberState.ACTIVE:
            states[State.GONE].append(row.member_id)
        elif guide != row.before_id:
            states[State.OVERTAKEN].append(row.member_id)
        else:
            states[State.MOVED].append(row.member_id)
            guides[row.member_id] = row.guide_id
    for name, members in states.items():
        HandedMember.objects.filter(hand_over=made, member__in=members).update(state=name)
    guides |= _replaced(made, guides)
    return move(guides, reason=reason_of(made), by=made.created_by, batch=made.batch)


def _replaced(made: HandOver, guides: dict[int, int | None]) -> dict[int, int]:
    """Other takers for the members of successors who serve nowhere any more; they keep theirs where there is none."""
    serve = set(
        Staff.objects.filter(pk__in=set(guides.values()), is_active=True, store__isnull=False).values_list(
            "pk", flat=True
        )
    )
    lost = [member for member, guide in guides.items() if guide not in serve]
    if not lost:
        return {}
    rows = Member.objects.filter(pk__in=lost)
    try:
        found = split(rows, SplitRule.EVEN, store_id=made.store_id, without=made.giver).guides
    except Refusal:
        found = {}
    for member in lost:
        if member in found:
            HandedMember.objects.filter(hand_over=made, member=member).update(guide=found[member])
        else:
            guides.pop(member)
            HandedMember.objects.filter(hand_over=made, member=member).update(state=State.LEFT_OUT)
    return found
