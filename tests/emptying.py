"""Empties the database after a test that committed, as Django's ``flush`` does, but touches only what holds rows.

``flush`` truncates every table, each of which costs new files on the disk, and then makes anew the names of permissions
and content types that it has just removed: a quarter of a second of a processor for a test that wrote ten tables. The
sequences go on in both.
"""

from collections.abc import Sequence
from functools import cache

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import OperationalError, connection, transaction

TRIES = 9
KEPT = {model._meta.db_table for model in (ContentType, Permission)}  # flush makes them anew, row by row the same


def empty() -> bool:
    """Delete every row of every model; whoever still writes is waited for, so that nothing comes afterwards.

    Returns whether it was done: only a superuser may pass over triggers, as the one of the embedded server is.
    """
    for _attempt in range(TRIES):
        try:
            return _empty_once(names())
        except OperationalError:  # a worker of the running product took two tables the other way round
            continue
    return _empty_once(names())


def _empty_once(tables: Sequence[str]) -> bool:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('is_superuser')")
        if cursor.fetchone() != ("on",):
            return False
        cursor.execute(f"LOCK TABLE {', '.join(tables)}")
        cursor.execute("SELECT " + ", ".join(f"EXISTS (SELECT 1 FROM {table})" for table in tables))
        filled = [table for table, holds_rows in zip(tables, cursor.fetchone(), strict=True) if holds_rows]
        # Neither triggers nor the order of foreign keys are a matter here, as with TRUNCATE.
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table in filled:
            cursor.execute(f"DELETE FROM {table}")
    return True


@cache
def names() -> tuple[str, ...]:
    """The quoted names of the tables that ``flush`` would truncate, without those it would fill again."""
    found = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return tuple(connection.ops.quote_name(table) for table in found if table not in KEPT)
