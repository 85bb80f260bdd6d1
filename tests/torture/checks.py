"""What is asked of lives: at every step, and when all has arrived. Each question answers with what is wrong."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import F, IntegerField, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from members.audit import audit
from members.models import GrowthEntry, Member, MemberFacts, PointsEntry
from members.orders.settlement import settle
from tests.members.oracle.days import midnight
from tests.members.oracle.expectation import Standing, expect
from tests.members.oracle.records import History, Programme, Return, Sale
from tests.torture import arrivals
from tests.torture.lives import Life
from tests.torture.observed import OF_ORDERS, look_at, next_changes
from tests.torture.programmes import TIERS

FOR_EVER = timedelta(days=4000)
FROM_THE_BEGINNING = ("since", "held_since")  # None in the oracle: nobody can say when the beginning was
LOWEST = TIERS[0]  # members who are in it by growth need no row that says since when
WRITTEN = """
SELECT relname, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_xact_user_tables
WHERE schemaname = 'public' AND relname <> 'members_stagedline' AND n_tup_ins + n_tup_upd + n_tup_del > 0
"""


def differences(expected: Standing, found: Standing) -> list[str]:
    """Where what is there is not what should be."""
    wanted, got = asdict(expected), asdict(found)
    for name in FROM_THE_BEGINNING:
        if wanted[name] is None or name == "since" and wanted["tier"] == LOWEST:
            got[name] = wanted[name]
    for standing in (wanted, got):
        standing |= {f"facts.{name}": value for name, value in standing.pop("facts").items()}
    return [f"{name}: expected {wanted[name]}, got {got[name]}" for name in wanted if wanted[name] != got[name]]


def compare(programme: Programme, lives: Sequence[Life]) -> Iterator[tuple[Life, str]]:
    """Lives whose members are not where the oracle has them."""
    told: dict[int, list[Standing]] = {}
    found = look_at(lives)
    for life in lives:
        expected = told.setdefault(id(life.history), []) or expect(programme, life.history)
        told[id(life.history)] = expected
        for nth, standing in enumerate(expected):
            if nth in life.members:
                for difference in differences(standing, found[life.members[nth]]):
                    yield life, f"member {nth}: {difference}"
            elif standing.facts.orders:
                yield life, f"member {nth}: never met, although there are orders"


def sleepers(programme: Programme, lives: Sequence[Life]) -> Iterator[tuple[Life, str]]:
    """Members with whom something changes by itself before the day that is foretold."""
    days = next_changes(arrivals.keys_of(lives))
    for life in lives:
        now = expect(programme, life.history)
        for nth, pk in life.members.items():
            on = days.get(pk)
            last = midnight(on) - timedelta(microseconds=1) if on else programme.as_of + FOR_EVER
            if last <= programme.as_of:
                continue
            for difference in differences(now[nth], expect(programme, life.history, last)[nth]):
                yield life, f"member {nth} changes before {on}: {difference}"


def unbalanced(lives: Sequence[Life]) -> Iterator[str]:
    """Balances that are not the sum of their ledger or negative, and orders that brought less than nothing."""
    ids = arrivals.keys_of(lives)
    total = PointsEntry.objects.filter(member=OuterRef("pk")).order_by().values("member").values(sum=Sum("delta"))
    balance = Coalesce(Subquery(total, output_field=IntegerField()), 0)
    members = Member.objects.filter(pk__in=ids).annotate(ledger=balance)
    for pk, points, owed, ledger in members.exclude(ledger=F("points") - F("points_owed")).values_list(
        "pk", "points", "points_owed", "ledger"
    ):
        yield f"member {pk}: {points} points, {owed} owed, but the ledger says {ledger}"
    for pk in members.filter(points__lt=0).values_list("pk", flat=True):
        yield f"member {pk}: points below zero"
    for ledger in (GrowthEntry, PointsEntry):
        of_orders = ledger.objects.filter(member__in=ids, kind__in=OF_ORDERS).order_by().values("order")
        for row in of_orders.annotate(sum=Sum("delta")).filter(sum__lt=0):
            yield f"order {row['order']} brought {row['sum']} in {ledger.__name__}"


def written(before: dict[str, Any] | None = None) -> dict[str, Any]:
    """Rows written in this transaction to each table, since ``before`` if given; the stage aside."""
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN)
        now = {name: counts for name, *counts in cursor.fetchall()}
    return {name: counts for name, counts in now.items() if counts != (before or {}).get(name)}


def settled_twice(lives: Sequence[Life], programme: Programme) -> Iterator[str]:
    """What settling members who are right already writes; somebody to whom nothing ever happened is not known yet."""
    ids = arrivals.keys_of(lives)
    known = list(MemberFacts.objects.filter(member__in=ids).values_list("member", flat=True))
    before = written()
    settle(known, at=programme.as_of)
    if wrote := written(before):
        yield f"settling again wrote (inserted, updated, deleted): {wrote}"


def sent_again(lives: Sequence[Life], programme: Programme) -> Iterator[str]:
    """What sending everything once more changes."""
    before = written()
    for send in (arrivals.send_many, arrivals.send_staged):
        told = send([draft for life in lives for draft in drafts_of(life)], programme.as_of, 2000) or []
        if other := set(told) - {"unchanged"}:
            yield f"the same again was {other}"
    if wrote := written(before):
        yield f"the same again wrote (inserted, updated, deleted): {wrote}"


def breaches(programme: Programme) -> Iterator[str]:
    """What ``manage.py audit`` finds."""
    yield from (f"audit: {difference}" for difference in audit(at=programme.as_of))


def drafts_of(life: Life) -> list[Any]:
    """Everything a till has ever sent in this life."""
    return [life.draft(event) for event in life.history.events if isinstance(event, Sale | Return)]


def told(history: History) -> str:
    """A history for people."""
    return "\n".join(["homes " + str(history.homes), *map(str, history.events)])
