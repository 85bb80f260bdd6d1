"""Change history in the database: ``history_of(Model)`` makes the append-only table of a model's changes.

Triggers fill it (django-pghistory), so bulk statements and psql are caught as well. A change or removal keeps the row
as it was BEFORE; what it became stands in the next change or in the row itself. Triggers fire only when one of the
tracked columns changes, so that bulk statements over other columns cost nothing. Who did it stands in ``pgh_context``
(stores.authors).
"""

from collections.abc import Iterable
from typing import Any, ClassVar

import pghistory
from django.db import models
from django.db.models.fields.json import KT
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from pghistory.models import Event

from stores.scope import HeadquartersOnly, ScopedModel, ScopedQuerySet

MADE, CHANGED, REMOVED = "made", "changed", "removed"


LibraryEvent: Any = Event  # whose manager is not ours


class HistoryEvent(ScopedModel, LibraryEvent):
    """One change of a row. ``owner`` names the key to the row whose history it is: itself, or what it is a part of."""

    owner: ClassVar[str] = "pgh_obj"
    pgh_id = models.BigAutoField(primary_key=True)

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()
    scope = HeadquartersOnly()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.pgh_label} {self.pgh_id}"


def history_of(
    model: type[models.Model],
    *,
    fields: Iterable[str] | None = None,
    without: Iterable[str] = (),
    made: bool = True,
    owner: str = "pgh_obj",
) -> Any:
    """The abstract base of a model's table of changes; the class that inherits it is the table.

    ``fields`` are the columns kept (all, but those of ``without``); only their changes count. ``made`` keeps new rows
    too: right for tables that people fill, wrong for those that machines fill by the million. ``owner`` is for a table
    of links: the key to the row whose history the link belongs to.
    """
    trackers = [
        *([pghistory.InsertEvent(MADE)] if made else []),
        pghistory.UpdateEvent(CHANGED, row=pghistory.Old),
        pghistory.DeleteEvent(REMOVED),
    ]
    made_by_library: Any = pghistory.create_event_model
    return made_by_library(
        model,
        *trackers,
        fields=list(fields) if fields is not None else None,
        exclude=list(without),
        obj_field=pghistory.ObjForeignKey(related_name="+", related_query_name="+"),
        context_field=pghistory.ContextJSONField(),
        context_id_field=None,
        append_only=True,
        base_model=HistoryEvent,
        model_name=f"{model.__name__}History",
        attrs={"owner": owner},
        meta=_meta(model),
    )


def _meta(model: type[models.Model]) -> dict[str, Any]:
    name = format_lazy(_("change: {what}"), what=model._meta.verbose_name)
    return {
        "verbose_name": name,
        "verbose_name_plural": name,
        "default_permissions": ("view",),
        "indexes": [
            models.Index(fields=["pgh_created_at"], name="%(class)s_at"),
            models.Index(KT("pgh_context__by"), "pgh_created_at", name="%(class)s_by"),
        ],
    }
