"""Statements that a till waits for are prepared: the server plans them once for a connection, not once for each call.

The values travel apart from such a statement, so each has one type, told by a cast where its place does not tell it,
and a message holds one statement. ``DATABASE_PREPARE=0`` sends them unprepared, for a pooler that cannot keep them.
"""

from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.utils import CursorWrapper
from psycopg import Cursor


def prepared() -> CursorWrapper:
    """A cursor for statements that are worth preparing, to be used in ``with`` as any other.

    Errors, captured queries and whoever wraps statements see it as they see the others.
    """
    database: Any = connections[DEFAULT_DB_ALIAS]  # once, since each look through ``connection`` costs
    database.ensure_connection()
    raw = Cursor(database.connection)
    return database.make_debug_cursor(raw) if database.queries_logged else database.make_cursor(raw)
