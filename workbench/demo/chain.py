"""Builds the whole demonstration chain, part by part, each in a transaction of its own."""

from collections.abc import Callable, Iterator

from django.apps import apps
from django.db import connection, transaction

from members import tagrules
from members.models import Member
from members.orders.settlement import settle
from members.tiering import tiernotices
from members.windows import windows
from workbench.demo import duplicates, marketing, orders, people, places, tiers
from workbench.demo.dice import Dice
from workbench.demo.people import Range
from workbench.demo.places import Size

PART = 20_000
SETTLE = 5_000


def build(size: Size, *, tell: Callable[[str], None]) -> None:
    """Make the chain in an empty database. ``tell`` hears what is being made; the same seed makes the same chain."""
    dice = Dice(size.seed)
    with transaction.atomic():
        tell("stores and staff")
        places.build_places(size)
        places.build_partner()
        orders.build_goods()
    people.prepare()
    for part in _parts(size):
        tell(f"members {part.last:,} of {size.members:,}")
        with transaction.atomic():
            people.build_members(part, dice, size.stores)
            orders.build_orders(part, dice)
        _settle(part)
    with transaction.atomic():
        people.build_tags(dice)
        tagrules.refresh_rules()
    _analyze()
    tiers.give_by_hand()
    marketing.build_marketing(dice, tell=tell)
    tell("possible duplicates")
    duplicates.build_duplicates()


def _analyze() -> None:
    """Let the database count what was filled; not its own catalogues, for which every database of a server queues."""
    tables = ", ".join(model._meta.db_table for model in apps.get_app_config("members").get_models())
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {tables}")


def _parts(size: Size) -> Iterator[Range]:
    base = Member.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    for first in range(1, size.members + 1, PART):
        yield Range(first, min(first + PART - 1, size.members), base)
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(pg_get_serial_sequence('members_member', 'id'), max(id)) FROM members_member")


# The product dates a change of stage to the moment it finds out, which here is now for a whole year.
_DATED_BACK = (
    """
    UPDATE members_timelinefact AS t SET at = f.last_order_at FROM members_memberfacts AS f
    WHERE t.member_id = f.member_id AND t.kind = 'member.stage_changed'
        AND f.last_order_at IS NOT NULL AND f.member_id BETWEEN %(base)s + %(first)s AND %(base)s + %(last)s
    """,
    """
    UPDATE members_member AS m SET stage_since = f.last_order_at FROM members_memberfacts AS f
    WHERE f.member_id = m.id AND f.last_order_at IS NOT NULL
        AND m.id BETWEEN %(base)s + %(first)s AND %(base)s + %(last)s
    """,
)


def _settle(part: Range) -> None:
    """Growth, points, tiers, facts and stages by the product's own rules."""
    for first in range(part.first, part.last + 1, SETTLE):
        last = min(first + SETTLE - 1, part.last)
        ids = range(part.base + first, part.base + last + 1)
        with transaction.atomic():
            settle(ids)
            tiernotices.give(ids, windows())
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in _DATED_BACK:
            cursor.execute(statement, part.params)
