"""The timeline: verbs record facts in their own transaction; each batch reaches its reactions exactly once.

Facts recorded in one transaction share a batch. ``settings.REACTIONS`` (config/reactions.py) says which reactions a
kind has; the rows of ``Delivery`` are written with the facts, so a lost message or a killed worker loses nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from json import dumps
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.transaction import TransactionManagementError
from django.utils import timezone

from members.models import Delivery, TimelineFact
from stores import bell
from stores.models import Staff
from stores.prepared import prepared

DELIVER_TASK = "members.deliver"
DEEPEST = 8

BATCH = """
    coalesce(nullif(current_setting('changke.batch', true), ''),
             set_config('changke.batch', nextval('members_batch')::text, true))::bigint
"""
# As many facts as a SELECT has rows, and who is to hear of them, in one statement.
INSERT = """
    WITH {making}facts AS (
        INSERT INTO members_timelinefact (kind, member_id, subject, at, data, batch, cause, depth)
        SELECT {kind}, f.member_id, f.subject, f.at, f.data, (SELECT {batch}), {cause}, {depth} FROM ({rows}) AS f
        RETURNING batch),
    told AS (
        INSERT INTO members_delivery (batch, reaction, position)
        SELECT f.batch, w.reaction, w.position
          FROM (SELECT batch FROM facts LIMIT 1) AS f, (VALUES {wanted}) AS w(reaction, position)
         WHERE w.position >= 0
        ON CONFLICT DO NOTHING RETURNING batch)
    SELECT (SELECT count(*) FROM facts), (SELECT min(batch) FROM told)
"""
# Facts, their batch and their deliveries in one statement: everybody who does something waits for it.
RECORD = f"""
    WITH facts AS (
        INSERT INTO members_timelinefact (kind, member_id, subject, at, data, batch, cause, depth)
        SELECT f.kind, f.member_id, f.subject, f.at, f.data, {BATCH}, %(cause)s::bigint, %(depth)s
          FROM unnest(%(kinds)s::text[], %(members)s::bigint[], %(subjects)s::bigint[], %(moments)s::timestamptz[],
                      %(data)s::jsonb[]) WITH ORDINALITY AS f(kind, member_id, subject, at, data, nth)
         ORDER BY f.nth RETURNING batch)
    INSERT INTO members_delivery (batch, reaction, position)
    SELECT (SELECT min(batch) FROM facts), w.reaction, w.position
      FROM unnest(%(reactions)s::text[], %(positions)s::int[]) AS w(reaction, position)
    ON CONFLICT DO NOTHING RETURNING batch
"""
# The same for one fact, with what it tells: a till waits for it. Its deliveries are part of the text, to be prepared.
RECORD_ONE = f"""
    WITH {{making}}fact AS (
        INSERT INTO members_timelinefact (kind, member_id, subject, at, data, batch, cause, depth)
        SELECT {{kind}}, %(f_member)s::bigint, %(f_subject)s::bigint, %(f_at)s::timestamptz, %(f_data)s::jsonb,
               {BATCH}, %(f_cause)s::bigint, %(f_depth)s::int
          FROM {{source}} RETURNING batch),
    told AS (
        INSERT INTO members_delivery (batch, reaction, position)
        SELECT fact.batch, w.reaction, w.position FROM fact, (VALUES {{wanted}}) AS w(reaction, position)
         WHERE w.position >= 0
        ON CONFLICT DO NOTHING RETURNING batch)
    SELECT fact.batch, EXISTS (SELECT FROM told) FROM fact
"""
NOBODY = ("", -1)
NOTHING: Mapping[str, Any] = {}


class TooDeep(RuntimeError):
    """A fact led to a fact led to a fact, more than eight deep: a loop in the reactions."""


@dataclass(frozen=True)
class NewFact:
    """A fact about to be recorded. ``data`` is small and holds no personal data."""

    kind: str
    member_id: int | None = None
    subject: int | None = None
    at: datetime | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Cause:
    fact: int | None = None
    depth: int = 0


NO_CAUSE = _Cause()
_cause: ContextVar[_Cause] = ContextVar("cause", default=NO_CAUSE)


def record(*facts: NewFact) -> None:
    """Append facts to the timeline in the caller's transaction and plan their deliveries.

    Raises TooDeep when reactions have caused each other more than eight times, and TransactionManagementError
    without a transaction: facts and deliveries would then come apart.
    """
    if not facts:
        return
    if len(facts) == 1:
        record_one(facts[0])
        return
    _need_transaction()
    now, wanted = timezone.now(), _reactions_to({fact.kind for fact in facts})
    columns: dict[str, Any] = {
        "kinds": [fact.kind for fact in facts],
        "members": [fact.member_id for fact in facts],
        "subjects": [fact.subject for fact in facts],
        "moments": [fact.at or now for fact in facts],
        "data": [dumps(dict(fact.data)) for fact in facts],
    }
    with connection.cursor() as cursor:
        cursor.execute(
            RECORD,
            {**columns, "cause": _cause.get().fact, "depth": _depth(), "reactions": [*wanted],
             "positions": [*wanted.values()]},
        )  # fmt: skip
        _ring(cursor.fetchone())


def record_one(
    fact: NewFact, *, making: str = "", source: str = "(VALUES (1)) AS one", params: Mapping[str, Any] = NOTHING
) -> bool:
    """Append one fact, after ``making`` (see ``record_rows``) only if its part ``source`` has a row; returns whether.

    Raises as ``record`` does.
    """
    _need_transaction()
    wanted = tuple(_reactions_to({fact.kind}).items()) or (NOBODY,)
    values = {"f_member": fact.member_id, "f_subject": fact.subject,
              "f_at": fact.at or timezone.now(), "f_data": dumps(dict(fact.data)), "f_cause": _cause.get().fact,
              "f_depth": _depth()}  # fmt: skip
    with prepared() as cursor:
        cursor.execute(_statement(fact.kind, wanted, making, source), {**params, **values})
        row = cursor.fetchone()
    if row and row[1]:
        _ring(row)
    return row is not None


@cache
def _statement(kind: str, wanted: Sequence[tuple[str, int]], making: str, source: str) -> str:
    """To record one fact of a kind that these reactions hear, each with its place."""
    making = f"{making}, " if making else ""
    return RECORD_ONE.format(kind=_literal(kind), wanted=_values(wanted), making=making, source=source)


def _values(wanted: Sequence[tuple[str, int]]) -> str:
    """Reactions and their places as rows of SQL."""
    return ", ".join(f"({_literal(reaction)}, {place})" for reaction, place in wanted)


def record_rows(kind: str, rows: str, params: Sequence[Any] | Mapping[str, Any] = (), *, making: str = "") -> int:
    """Append one fact per row of a SELECT that yields member_id, subject, at and data (jsonb); returns how many.

    ``rows`` is SQL of the caller's own making (never a person's text); it may read from the statements that ``making``
    puts before it (``made AS (INSERT .. RETURNING ..)``), so that rows and facts are written in one go. Raises as
    ``record`` does.
    """
    _need_transaction()
    fixed = {"kind": _literal(kind), "batch": BATCH, "cause": _literal(_cause.get().fact), "depth": _depth()}
    wanted = _values(tuple(_reactions_to({kind}).items()) or (NOBODY,))
    sql = INSERT.format(**fixed, rows=rows, wanted=wanted, making=f"{making}, " if making else "")
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        count, batch = cursor.fetchone()
    if batch:
        _ring((batch,))
    return count


def _need_transaction() -> None:
    if not connection.in_atomic_block:
        raise TransactionManagementError("Facts are recorded in the transaction of what they tell.")


def _literal(value: str | int | None) -> str:
    """A constant of our own (a kind, an id) as an SQL literal, safe beside the caller's parameters."""
    if value is None:
        return "NULL::bigint"
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''").replace("%", "%%") + "'"


def _depth() -> int:
    depth = _cause.get().depth
    if depth > DEEPEST:
        raise TooDeep(f"facts have caused each other more than {DEEPEST} times")
    return depth


def _reactions_to(kinds: Iterable[str]) -> dict[str, int]:
    """The reactions that hear any of these kinds, each with its place in the order."""
    order = {path: position for position, path in enumerate(reactions_in_order())}
    return {path: order[path] for kind in kinds for path in settings.REACTIONS.get(kind, ())}


def _ring(new: Sequence[Any] | None) -> None:
    """Tell a worker of a batch with new deliveries."""
    if new:
        bell.ring_together(DELIVER_TASK, new[0])


def reactions_in_order() -> list[str]:
    """Every reaction once, in the order in which the table first names it."""
    return list(dict.fromkeys(path for paths in settings.REACTIONS.values() for path in paths))


def kinds_of(reaction: str) -> list[str]:
    """The kinds of fact that a reaction hears."""
    return [kind for kind, paths in settings.REACTIONS.items() if reaction in paths]


def facts_of(delivery: Delivery) -> list[TimelineFact]:
    """The facts that a delivery carries, oldest first."""
    facts = TimelineFact.objects.filter(batch=delivery.batch, kind__in=kinds_of(delivery.reaction))
    if delivery.last_fact:
        facts = facts.filter(pk__gte=delivery.first_fact, pk__lte=delivery.last_fact)
    return list(facts.order_by("pk"))


@contextmanager
def caused_by(facts: Sequence[TimelineFact]) -> Iterator[None]:
    """Facts recorded inside carry the first of ``facts`` as their cause and lie one deeper than the deepest."""
    cause = _Cause(facts[0].pk, max(fact.depth for fact in facts) + 1) if facts else _Cause()
    token = _cause.set(cause)
    try:
        yield
    finally:
        _cause.reset(token)


def actor(by: Staff | None) -> dict[str, int]:
    """Who did it, for the details of a fact; nothing when it was the machine."""
    return {"by": by.pk} if by else {}
