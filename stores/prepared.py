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

    Errors and whoever wraps statements see it as they see the others. Where queries are captured it is an ordinary
    cursor, since of a prepared statement there is no text with its values to show.
    """
    database: Any = connections[DEFAULT_DB_ALIAS]  # once, since each look through ``connection`` costs
    if database.queries_logged:
        return database.cursor()
    database.ensure_connection()
    return database.make_cursor(Cursor(database.connection))
