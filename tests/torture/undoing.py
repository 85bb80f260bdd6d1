"""A piece of life that leaves nothing behind."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from stores import policy


@contextmanager
def undone() -> Iterator[None]:
    """Everything written in here is undone at the end, settings of headquarters included."""
    try:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
    finally:
        policy.forget()
