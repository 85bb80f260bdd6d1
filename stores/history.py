"""Reading the change history: the latest changes of all tracked tables, or those of one row."""

from datetime import UTC, datetime
from typing import Any

import pgtrigger
from django.apps import apps
from django.db import connection, models
from django.db.models import Q
from django.db.models.fields.json import KT
from django.utils.translation import gettext_lazy as _

from stores.errors import Refusal
from stores.historywords import Change, in_words, position
from stores.models import Staff
from stores.rights import allows
from stores.tracking import HistoryEvent

PAGE = 50
OF_ONE_ROW = 200

Table = Any  # a class below HistoryEvent


def tables_for(viewer: Staff) -> dict[str, Table]:
    """The histories that a person may read, by the label of the tracked table (``members.tier``)."""
    tables: list[Table] = [one for one in apps.get_models() if issubclass(one, HistoryEvent)]
    found = {one.pgh_tracked_model._meta.label_lower: one for one in tables}
    return {label: one for label, one in sorted(found.items()) if allows(viewer.role, _right(one.pgh_tracked_model))}


def latest(
    viewer: Staff,
    *,
    table: str = "",
    by: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    after: str = "",
    limit: int = PAGE,
) -> list[Change]:
    """The latest changes that a person may read, newest first, all narrowed as asked; ``after`` is a ``Change.key``.

    ``table`` is a label of ``tables_for``, ``by`` the key of a member of staff. Raises Refusal ``bad_cursor``.
    """
    tables = tables_for(viewer)
    chosen = {table: tables[table]} if table in tables else {} if table else tables
    narrowed = Q() if by is None else Q(author=str(by))
    if since:
        narrowed &= Q(pgh_created_at__gte=since)
    if until:
        narrowed &= Q(pgh_created_at__lt=until)
    events: list[Any] = []
    for label, one in chosen.items():
        rows = one.objects.visible_to(viewer).annotate(author=KT("pgh_context__by"))
        rows = rows.filter(narrowed & _beyond(after, label))
        events += rows.order_by("-pgh_created_at", "-pgh_id")[:limit]
    events.sort(key=position, reverse=True)
    return in_words(events[:limit])


def of_row(viewer: Staff, row: models.Model) -> list[Change]:
    """The latest changes of one row and of the links it owns, newest first."""
    events: list[Any] = []
    for one in tables_for(viewer).values():
        if one._meta.get_field(one.owner).related_model is row._meta.concrete_model:
            rows = one.objects.visible_to(viewer).filter(**{one.owner: row.pk})
            events += rows.order_by("-pgh_created_at", "-pgh_id")[:OF_ONE_ROW]
    events.sort(key=position, reverse=True)
    return in_words(events[:OF_ONE_ROW])


def forget(table: Table, **which: Any) -> int:
    """Remove entries for good, past the trigger that forbids it: for erasures alone. Needs a transaction."""
    guards = [trigger.get_pgid(table) for model, trigger in pgtrigger.registered() if model is table]
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pgtrigger.ignore', %s, true)", ["{" + ",".join(guards) + "}"])
        gone = table.objects.filter(**which).delete()[0]
        cursor.execute("SELECT set_config('pgtrigger.ignore', '', true)")
    return gone


def _right(model: Any) -> str:
    """Who may look at a table may read its history; links go with the table they begin at."""
    if model._meta.proxy:
        model = next(one.related_model for one in model._meta.fields if one.is_relation)
    return f"{model._meta.app_label}.view_{model._meta.model_name}"


def _beyond(after: str, label: str) -> Q:
    if not after:
        return Q()
    try:
        moment, place, number = after.split("|")
        at, pk = datetime.fromisoformat(moment).astimezone(UTC), int(number)
    except (ValueError, OverflowError):
        raise Refusal(_("This page no longer exists. Begin at the first one."), code="bad_cursor") from None
    if label == place:
        return Q(pgh_created_at__lt=at) | Q(pgh_created_at=at, pgh_id__lt=pk)
    return Q(pgh_created_at__lte=at) if label < place else Q(pgh_created_at__lt=at)
