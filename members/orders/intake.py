"""The entrance for callers with drafts in hand: one order, one return, or thousands, all through the same stage."""

import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db import transaction

from members.models import LineKind
from members.orders.drafts import (
    Draft,
    Key,
    MergeResult,
    OrderDraft,
    Outcome,
    RecordedOrder,
    RecordedReturn,
    ReturnDraft,
)
from members.orders.merge import discard_stage, merge_stage
from members.orders.refusals import refusal, sentence
from members.orders.staging import Unreadable, rows_of, stage_rows
from members.orders.worktables import rows

__all__ = ["MergeResult", "discard_stage", "merge_stage", "record_many", "record_order", "record_return"]

PER_MERGE = 5000
# what is stored under the numbers that callers named
STORED = """
SELECT k.channel, k.number, k.kind, coalesce(o.id, r.id), coalesce(o.member_id, r.member_id)
FROM unnest(%(channels)s::text[], %(numbers)s::text[], %(kinds)s::text[]) AS k(channel, number, kind)
LEFT JOIN members_order o ON k.kind = 'sale' AND o.channel = k.channel AND o.order_no = k.number
LEFT JOIN members_return r ON k.kind = 'return' AND r.channel = k.channel AND r.return_no = k.number
"""

Turn = dict[Key, tuple[int, Draft]]


def record_order(draft: OrderDraft, *, at: datetime | None = None) -> RecordedOrder:
    """Record a sale and all that follows from it, in one transaction. The same again changes nothing.

    Raises Refusal with a code of members.orders.refusals; nothing was then changed. ``at`` is the moment that
    growth, tier and facts are settled for (None: now).
    """
    return _single(draft, at)


def record_return(draft: ReturnDraft, *, at: datetime | None = None) -> RecordedReturn:
    """Record goods or money that came back; may come before its sale and is then applied when that comes.

    Raises Refusal as ``record_order`` does.
    """
    return _single(draft, at)


def record_many(drafts: Sequence[Draft], *, at: datetime | None = None) -> list[Outcome]:
    """Record orders and returns together; one outcome per draft, in the order given. Refused ones do not stop others.

    A number that appears twice is taken in turn, as if it had been sent twice.
    """
    outcomes: dict[int, Outcome] = {}
    with transaction.atomic(savepoint=False):
        for turn in _turns(drafts):
            outcomes |= _record_turn(turn, at)
    return [outcomes[place] for place in range(len(drafts))]


def _single(draft: Draft, at: datetime | None) -> Outcome:
    with transaction.atomic():
        (outcome,) = record_many([draft], at=at)
        if outcome.status == "refused":
            raise refusal(outcome.code)
    return outcome


def _turns(drafts: Sequence[Draft]) -> Iterator[Turn]:
    """The drafts in rounds that name no number twice."""
    left = list(enumerate(drafts))
    while left:
        turn: Turn = {}
        later = []
        for place, draft in left:
            if turn.setdefault((draft.channel, draft.number, draft.kind.value), (place, draft)) != (place, draft):
                later.append((place, draft))
        yield turn
        left = later


def _record_turn(turn: Turn, at: datetime | None) -> dict[int, Outcome]:
    stage = 1 + secrets.randbits(62)  # the stages of imports are negative
    told: dict[Key, str] = {}
    staged = []
    for key, (_place, draft) in turn.items():
        try:
            staged += rows_of(draft, stage)
        except Unreadable as error:
            told[key] = str(error)
    if staged:
        stage_rows(staged)
        result = MergeResult(finished=False)
        while not result.finished:
            result = merge_stage(stage, after=result.last_key, limit=PER_MERGE, at=at, detail=True)
            told |= result.per_order
        discard_stage(stage)
    return _outcomes(turn, told)


def _outcomes(turn: Turn, told: dict[Key, str]) -> dict[int, Outcome]:
    fine = [key for key in turn if told[key] in ("created", "unchanged", "updated")]
    columns = zip(*fine, strict=True) if fine else ((), (), ())
    names = dict(zip(("channels", "numbers", "kinds"), map(list, columns), strict=True))
    stored = {(channel, number, kind): (row, member) for channel, number, kind, row, member in rows(STORED, names)}
    return {place: _outcome(key, told[key], stored.get(key)) for key, (place, _draft) in turn.items()}


def _outcome(key: Key, word: str, stored: tuple[int, int | None] | None) -> Outcome:
    if stored is None:
        return Outcome("refused", code=word, sentence=sentence(word))
    row, member = stored
    if key[2] == LineKind.SALE:
        return Outcome(word, order_id=row, member_id=member)
    return Outcome(word, return_id=row, member_id=member)
