"""The way of a bulk issue to its start: prepared with the numbers of a preview, let go by somebody else above a limit,
sent back with a note, or thrown away.

What headquarters issue by hand goes this way; what follows from something that was approved itself (a member day)
begins with ``coupons.bulk.start``.
"""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from coupons import audience, bulk, colleagues
from coupons.audience import Audience
from coupons.models import CouponPack, CouponTemplate, IssueRun, Origin, RunState
from coupons.previews import Preview, preview
from members import memberlists
from members.models import MemberList
from stores.errors import Conflict, NotAllowed, Refusal
from stores.models import JobState, Staff
from stores.policy import define

APPROVAL_ABOVE = define(
    "coupons.bulk_approval_above", 50_000, _("Yuan above which somebody else approves a bulk issue"), minimum=0
)
MOVED_BY = 0.05  # a preview that is further off than this part of itself is out of date
PARTS = ("template__terms", "pack", "terms", "created_by", "approved_by", "job")


@dataclass(frozen=True)
class Standing:
    """A run as whoever decides sees it: the preview of now, and whether its numbers or the terms have moved since."""

    now: Preview
    numbers_moved: bool
    terms_changed: bool


@dataclass(frozen=True)
class Seen:
    """What whoever decides had before their eyes: how many get it, and which version of the terms."""

    count: int
    terms: int | None


def prepare(what: CouponTemplate | CouponPack, rule: audience.Rule, *, by: Staff) -> IssueRun:
    """Keep a bulk issue with the numbers of its preview; nothing is issued.

    Raises CouponRefused (template_not_active, pack_not_active), Refusal (nobody_gets_it, audience_gone).
    """
    with transaction.atomic():
        held = bulk.hold_open(what)
        who = Audience.of(rule)
        run = IssueRun(
            **bulk.what_of(held), audience=who.rule, state=RunState.PREPARED, created_by=by, origin=Origin.STAFF
        )
        _renew(run)
        run.save()
    return run


def submit(run: IssueRun, *, by: Staff) -> IssueRun:
    """Let a prepared run go, or one that was sent back: at once, or above coupons.bulk_approval_above when somebody
    else has approved it. Its numbers and its maker are those of now.

    Raises as ``prepare``, Conflict ``run_state`` when it is decided or waits already.
    """
    with transaction.atomic():
        held = _held(run, RunState.PREPARED, RunState.REJECTED)
        held.created_by, held.decision_note, held.approved_by = by, "", None
        _renew(held)
        if not needs_approval(held):
            return bulk.launch(_saved(held), by=by)
        bulk.hold_open(bulk.issued_by(held))
        held.state = RunState.PENDING
        return _saved(held)


def needs_approval(run: IssueRun) -> bool:
    """Whether a second person decides about what the run is expected to cost."""
    return run.expected_cost > APPROVAL_ABOVE.value


def standing(run: IssueRun) -> Standing:
    """What the run would do now beside what it was expected to do."""
    now = preview(bulk.issued_by(run), run.audience)
    terms = run.template.terms_id if run.template else None
    return Standing(now, has_moved(run.expected, now.count), terms != run.terms_id)


def has_moved(expected: int, count: int) -> bool:
    """Whether a count is so far from what was expected that it ought to be said."""
    return abs(count - expected) > MOVED_BY * expected


def approve(run: IssueRun, *, by: Staff, seen: Seen) -> IssueRun:
    """Let a waiting run go. Its expected numbers become those of now.

    Raises NotAllowed ``second_person_needed`` for its maker, Conflict ``run_moved`` when the numbers or the terms are
    no longer those that ``by`` saw, ``run_state`` when it does not wait any more, and as ``prepare``.
    """
    with transaction.atomic():
        held = _held(run, RunState.PENDING)
        if held.created_by_id == by.pk:
            raise NotAllowed(_("Somebody else approves what you prepared."), code="second_person_needed")
        _renew(held)
        if has_moved(seen.count, held.expected) or seen.terms != held.terms_id:
            raise Conflict(
                _("Meanwhile it is %(count)s instead of %(seen)s, or the coupon was changed. Look at it again.")
                % {"count": f"{held.expected:,}", "seen": f"{seen.count:,}"},
                code="run_moved",
            )
        held.audience = _without(held, by)
        return bulk.launch(_saved(held), by=by)


def send_back(run: IssueRun, *, by: Staff, note: str) -> IssueRun:
    """Give a waiting run back to its maker with a note; its maker may take it back without one.

    Raises Refusal ``note_missing``, Conflict ``run_state``.
    """
    with transaction.atomic():
        held = _held(run, RunState.PENDING)
        if not note.strip() and held.created_by_id != by.pk:
            raise Refusal(_("Say what is to be changed."), code="note_missing")
        held.state, held.decision_note = RunState.REJECTED, note.strip()[:200]
        held.approved_by = None if held.created_by_id == by.pk else by
        return _saved(held)


def discard(run: IssueRun) -> None:
    """Throw away a run that was never let go. Raises Conflict ``run_state``."""
    with transaction.atomic():
        _held(run, RunState.PREPARED, RunState.REJECTED).delete()


@memberlists.needs
def whoever_needs(member_list: MemberList) -> str:
    """The bulk issue that still goes by a list of members."""
    open_jobs = (JobState.WAITING, JobState.RUNNING, JobState.PAUSED)
    waiting = IssueRun.objects.filter(state=RunState.PENDING) | IssueRun.objects.filter(job__state__in=open_jobs)
    for run in waiting.select_related("template", "pack"):
        if member_list.pk in audience.mentions(run.audience, "lists"):
            return str(run)
    return ""


def _renew(run: IssueRun) -> None:
    """Take the numbers and terms of now. Raises Refusal when nobody would get anything."""
    run.audience = _without(run, run.created_by)
    now = preview(bulk.issued_by(run), run.audience)
    if not now.count:
        raise Refusal(_("As it is, nobody gets anything. Choose others."), code="nobody_gets_it")
    run.expected, run.expected_cost = now.count, now.cost
    run.terms = run.template.terms if run.template else None


def _without(run: IssueRun, person: Staff | None) -> dict[str, Any]:
    """The audience without the person who issues: nobody gives coupons to themselves."""
    own = colleagues.members_of([person]) if person else set()
    return audience.without(run.audience, own)


def _held(run: IssueRun, *states: RunState) -> IssueRun:
    rows = IssueRun.objects.select_for_update(of=("self",), no_key=True).select_related(*PARTS)
    held = rows.filter(pk=run.pk, state__in=states, job=None).first()
    if held is None:
        raise Conflict(_("It was decided meanwhile. Look at it again."), code="run_state")
    return held


def _saved(run: IssueRun) -> IssueRun:
    run.save()
    return run
