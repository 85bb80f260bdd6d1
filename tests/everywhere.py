"""Looks for a text in every column of every table of the database, whatever its type, and in files."""

from collections.abc import Iterable
from pathlib import Path

from django.db import connection

COLUMNS = """
    SELECT c.relname, a.attname, format_type(a.atttypid, NULL)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY 1, 2
"""


def columns() -> list[tuple[str, str, str]]:
    """(table, column, type) of everything there is."""
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS)
        return cursor.fetchall()


def places_with(text: str) -> set[str]:
    """``table.column`` of each place that holds the text, as it is, within JSON or arrays, or as bytes."""
    found = set()
    by_table: dict[str, list[tuple[str, str]]] = {}
    for table, column, kind in columns():
        by_table.setdefault(table, []).append((column, kind))
    with connection.cursor() as cursor:
        for table, parts in by_table.items():
            looks = ", ".join(f"coalesce(bool_or({_holds(column, kind)}), false)" for column, kind in parts)
            cursor.execute(f'SELECT {looks} FROM "{table}"', {"text": text, "hex": text.encode().hex()})
            found |= {f"{table}.{part[0]}" for part, is_there in zip(parts, cursor.fetchone(), strict=True) if is_there}
    return found


def _holds(column: str, kind: str) -> str:
    """SQL: the column holds the text; bytes are compared in hex, and JSON without its escapes."""
    if kind == "bytea":
        return f"position(%(hex)s in encode(\"{column}\", 'hex')) > 0"
    if kind == "bytea[]":
        return f'position(%(hex)s in "{column}"::text) > 0'
    return f'position(%(text)s in "{column}"::text) > 0'


def files_with(text: str, folders: Iterable[Path]) -> set[Path]:
    """The files below these folders that hold the text."""
    needle = text.encode()
    files = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    return {path for path in files if needle in path.read_bytes()}
