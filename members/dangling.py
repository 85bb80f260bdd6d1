"""What must always hold of foreign keys that the database does not check itself: each leads to a row.

The ledgers and the timeline are written in bulk, by settlement alone and from rows it has locked; trips, visits,
touches and the members of a campaign by the million, from rows the same statement reads. There the check of each row
by itself would be the dearest part (docs/decisions.md). So the audit asks instead, of every such key there is. Only
histories may speak of what is gone.
"""

from collections.abc import Iterator

from django.apps import apps
from django.db import models
from pghistory.models import Event

from stores.scope import ScopedModel

LOST = """
SELECT t.{key}, t.{column}, NULL FROM {table} t
WHERE t.{column} IS NOT NULL AND NOT EXISTS (SELECT FROM {target} x WHERE x.{target_key} = t.{column})
"""


def unchecked() -> Iterator[models.ForeignKey]:
    """The foreign keys of our own tables that have no constraint, histories aside."""
    for model in apps.get_models():
        if issubclass(model, ScopedModel) and not issubclass(model, Event):
            for field in model._meta.concrete_fields:
                if isinstance(field, models.ForeignKey) and not getattr(field, "db_constraint", True):
                    yield field


def _invariant(field: models.ForeignKey) -> tuple[str, str, str]:
    table, target = field.model._meta, field.related_model._meta
    sql = LOST.format(
        table=table.db_table,
        key=table.pk.column,
        column=field.column,
        target=target.db_table,
        target_key=field.target_field.column,
    )
    words = f"{table.object_name}.{field.name}"
    return f"{table.model_name}_{field.name}_is_there", sql, f"What {words} leads to is there."


DANGLING = [_invariant(field) for field in unchecked()]
