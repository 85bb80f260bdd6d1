"""Hand-overs after they were decided: the list, what became of each member, the way back."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from members import handover
from members.models import HandedMember, HandOver, HandOverState
from stores.models import Staff, Store
from workbench.presenters.handovers import at_words, title_of, undo_url
from workbench.presenters.links import address

SHOWN, KEPT_BACK = 50, timedelta(days=90)
State = HandedMember.State
SWITCHES = {State.WAITING: "out", State.LEFT_OUT: "in"}


@dataclass(frozen=True)
class HandOverLine:
    """One hand-over of the list."""

    title: str
    words: str
    url: str
    tone: str
    state: str


def latest(store: Store, viewer: Staff) -> list[HandOverLine]:
    """The hand-overs of a store in the last three months, the newest first."""
    since = timezone.now() - KEPT_BACK
    rows = HandOver.objects.visible_to(viewer).filter(store=store, created_at__gte=since)
    return [_line(one) for one in rows.select_related("giver", "created_by").order_by("-created_at", "-pk")[:SHOWN]]


def takeable(store: Store, viewer: Staff) -> dict[str, Any] | None:
    """The newest hand-over that can still be taken back: before it takes effect, or within the hours after."""
    since = timezone.now() - timedelta(hours=handover.UNDO_HOURS.value)
    rows = HandOver.objects.visible_to(viewer).filter(store=store).select_related("giver")
    for one in rows.order_by("-created_at", "-pk")[:5]:
        if one.state == HandOverState.WAITING or one.state == HandOverState.DONE and (one.ended_at or since) > since:
            return {
                "text": _words(one),
                "undo_url": undo_url(one.batch),
                "more_url": address("handover-status", one.pk),
            }
    return None


def status(made: HandOver, viewer: Staff, after: int) -> dict[str, Any]:
    """A hand-over member by member, fifty a page, and how many stand where."""
    rows = HandedMember.objects.visible_to(viewer).filter(hand_over=made)
    counts = dict(rows.order_by().values_list("state").annotate(Count("pk")))
    page = list(
        rows.filter(pk__gt=after)
        .select_related("member__tier", "member__guide", "before", "guide")
        .order_by("pk")[: SHOWN + 1]
    )
    waits = made.state == HandOverState.WAITING
    more = address("handover-status", made.pk, query={"after": page[SHOWN - 1].pk}) if len(page) > SHOWN else ""
    since = timezone.now() - timedelta(hours=handover.UNDO_HOURS.value)
    fresh = made.state == HandOverState.DONE and made.ended_at is not None and made.ended_at > since
    return {
        "hand_over": made,
        "title": title_of(made.giver),
        "words": _words(made),
        "counts": [(State(key).label, counts[key]) for key in State.values if key in counts],
        "rows": [_handed(row, waits) for row in page[:SHOWN]],
        "next_url": more,
        "waits": waits,
        "undo_url": undo_url(made.batch) if waits or fresh else "",
    }


def _handed(row: HandedMember, waits: bool) -> dict[str, Any]:
    """One member of a hand-over; what others did meanwhile shows before the hand-over finds out."""
    overtaken = waits and row.state == State.WAITING and row.member.guide_id != row.before_id
    state = State.OVERTAKEN if overtaken else State(row.state)
    note = ""
    moved_on = row.state == State.MOVED and row.member.guide_id != row.guide_id
    if overtaken or moved_on or row.state == State.OVERTAKEN:
        note = _("now with %(name)s") % {"name": row.member.guide or _("nobody")}
    return {
        "member": row.member,
        "before": row.before,
        "guide": row.guide,
        "state": state.label,
        "tone": "accent" if state == State.MOVED else "warn" if state == State.OVERTAKEN else "",
        "note": note,
        "switch": SWITCHES.get(State(row.state), "") if waits else "",
    }


def _line(made: HandOver) -> HandOverLine:
    tone = {HandOverState.WAITING: "warn", HandOverState.DONE: "accent"}.get(HandOverState(made.state), "")
    words = _words(made)
    if made.created_by:
        words = f"{words} · {made.created_by}"
    return HandOverLine(
        title_of(made.giver), words, address("handover-status", made.pk), tone, made.get_state_display()
    )


def _words(made: HandOver) -> str:
    if made.state == HandOverState.WAITING:
        text = ngettext(
            "%(count)s member changes hands on %(at)s", "%(count)s members change hands on %(at)s", made.planned
        )
        return text % {"count": made.planned, "at": at_words(made.due_at)}
    if made.state == HandOverState.BACK:
        return _("Taken back on %(at)s") % {"at": at_words(made.ended_at or made.created_at)}
    return ngettext("%(count)s member has a new guide", "%(count)s members have a new guide", made.moved) % {
        "count": made.moved
    }
