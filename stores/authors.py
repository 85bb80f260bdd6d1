"""Who is at work: told to the database with each change of a tracked row, so that the change history can name them.

The name travels as a setting of the transaction (``set_config(..., true)``), so a pooler in transaction mode may hand
out any session. Only statements that write a tracked table pay for it, with one short round trip.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache
from json import dumps
from typing import Any

from django.apps import apps
from django.db import connection, transaction

TELL = "SELECT set_config('pghistory.context_metadata', %s, true)"
WRITES = re.compile(r"\s*(?:INSERT|UPDATE|DELETE|WITH|MERGE)\b", re.IGNORECASE)

LONG = 4000  # characters; what is longer seldom comes twice
NOBODY: Mapping[str, Any] = {}
_told: ContextVar[bool] = ContextVar("told", default=False)
_who: ContextVar[Mapping[str, Any]] = ContextVar("who", default=NOBODY)


@contextmanager
def acting(**who: Any) -> Iterator[None]:
    """Changes made inside are known as made by these: ``by`` (key of a member of staff), ``door``, ``key`` (of a
    partner's key), ``job``, ``task``, ``command``. A function is called when something is written, and None left out.
    """
    token, told = _who.set({**_who.get(), **who}), _told.set(_told.get())
    try:
        if _tell in connection.execute_wrappers:
            yield
        else:
            with connection.execute_wrapper(_tell):
                yield
            if connection.in_atomic_block and not connection.needs_rollback and _told.get():
                _set(connection, "")  # what follows in this transaction is not theirs
    finally:
        _who.reset(token)
        _told.reset(told)


def present() -> dict[str, Any]:
    """Who is at work now, as it is told to the database."""
    found = {name: value() if callable(value) else value for name, value in _who.get().items()}
    return {name: value for name, value in found.items() if value is not None}


def _tell(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    if not isinstance(sql, str) or not (_known(sql) if len(sql) < LONG else _writes_tracked(sql)):
        return execute(sql, params, many, context)
    database = context["connection"]
    if database.in_atomic_block:
        _set(database, dumps(present()))
        return execute(sql, params, many, context)
    with transaction.atomic(using=database.alias):  # else the name would end with its own statement
        _set(database, dumps(present()))
        return execute(sql, params, many, context)


def _set(database: Any, who: str) -> None:
    with database.cursor() as cursor:
        cursor.execute(TELL, [who])
    _told.set(bool(who))


def _writes_tracked(sql: str) -> bool:
    return bool(WRITES.match(sql) and _tracked().search(sql))


_known = lru_cache(maxsize=1000)(_writes_tracked)


@cache
def _tracked() -> re.Pattern[str]:
    """Finds a statement that writes a table with a history."""
    tables = {
        tracked._meta.db_table
        for model in apps.get_models()
        if (tracked := getattr(model, "pgh_tracked_model", None)) is not None
    }
    names = "|".join(sorted(tables, key=len, reverse=True))
    return re.compile(rf'(?:INTO|UPDATE|FROM)\s+"?(?:{names})\b', re.IGNORECASE)
