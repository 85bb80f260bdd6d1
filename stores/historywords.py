"""Entries of the change history in words: who changed what of which row, from what to what.

A changed row is kept as it was before; what it became stands in its next change, or in the row as it is now.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import OuterRef, Subquery
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stores.models import PartnerKey, Staff
from stores.tracking import CHANGED, MADE, REMOVED

LONGEST_VALUE = 200
WORDS = {MADE: gettext_lazy("Made"), CHANGED: gettext_lazy("Changed"), REMOVED: gettext_lazy("Removed")}
DOORS = {
    "hq": gettext_lazy("HQ admin"),
    "workbench": gettext_lazy("Workbench"),
    "api": gettext_lazy("Partner API"),
    "job": gettext_lazy("Job"),
    "task": gettext_lazy("Background work"),
    "command": gettext_lazy("Command line"),
}

Event = Any  # a HistoryEvent; its columns are those of the table it tracks
Table = Any  # the class of one
Names = Mapping[tuple[Any, Any], str]


@dataclass(frozen=True)
class Value:
    """One column of a change; both sides in words, the side that does not exist is empty."""

    label: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Change:
    """A row that was made, changed or removed: when, by whom, through which door. ``key`` continues a list after it."""

    at: datetime
    what: str
    words: str
    table: str
    model: type[models.Model]
    pk: Any
    title: str
    by: str
    door: str
    is_there: bool
    values: list[Value] = field(default_factory=list)
    key: str = ""


def position(event: Event) -> tuple[datetime, str, int]:
    """Where an entry stands among those of all tables."""
    return event.pgh_created_at, event.pgh_tracked_model._meta.label_lower, event.pgh_id


def in_words(events: Sequence[Event]) -> list[Change]:
    """What people read, one for each entry, in the order given."""
    by_table: dict[Table, list[Event]] = defaultdict(list)
    for event in events:
        by_table[type(event)].append(event)
    told: dict[tuple[Table, int], Change] = {}
    authors = _authors(events)
    for table, some in by_table.items():
        told |= _told(table, some, authors)
    return [told[type(event), event.pgh_id] for event in events]


def _told(table: Table, events: list[Event], authors: Names) -> dict[tuple[Table, int], Change]:
    model = table.pgh_tracked_model
    later = _later(table, events)
    rows = model._default_manager.in_bulk([event.pgh_obj_id for event in events])
    columns = [one for one in table._meta.fields if not one.name.startswith("pgh_") and not one.primary_key]
    columns = [one for one in columns if one.name not in (model._meta.pk.name, table.owner)]
    names = _names(columns, [*events, *later.values(), *rows.values()])
    found = {}
    for event in events:
        row = rows.get(event.pgh_obj_id)
        then = later.get(event.pgh_id) or row
        found[table, event.pgh_id] = Change(
            at=event.pgh_created_at,
            what=event.pgh_label,
            words=str(WORDS[event.pgh_label]),
            table=str(model._meta.verbose_name),
            model=model._meta.concrete_model,
            pk=event.pgh_obj_id,
            title=str(row) if row is not None else f"#{event.pgh_obj_id}",
            by=_author(event, authors),
            door=_door(event),
            is_there=row is not None,
            values=_values(event, then, columns, names),
            key="|".join(map(str, (event.pgh_created_at.isoformat(), *position(event)[1:]))),
        )
    return found


def _later(table: Table, events: Iterable[Event]) -> dict[int, Event]:
    """For each change, the next one of the same row: it says what the row had become."""
    keys = [event.pgh_id for event in events if event.pgh_label == CHANGED]
    following = table.objects.filter(pgh_obj=OuterRef("pgh_obj"), pgh_id__gt=OuterRef("pgh_id")).order_by("pgh_id")
    pairs = table.objects.filter(pgh_id__in=keys).annotate(then=Subquery(following.values("pgh_id")[:1]))
    next_ids = dict(pairs.values_list("pgh_id", "then"))
    rows = table.objects.in_bulk([pk for pk in next_ids.values() if pk])
    return {pk: rows[then] for pk, then in next_ids.items() if then}


def _values(event: Any, then: Any, columns: Sequence[Any], names: Names) -> list[Value]:
    found = []
    for column in columns:
        before = _shown(event, column, names)
        # the link tables that Django makes have no words of their own
        label = str(column.related_model._meta.verbose_name if event.owner != "pgh_obj" else column.verbose_name)
        if event.pgh_label == CHANGED:
            after = _shown(then, column, names) if then is not None else ""
            if before != after:
                found.append(Value(label, before, after))
        elif before:
            found.append(Value(label, after=before) if event.pgh_label == MADE else Value(label, before))
    return found


def _shown(row: Any, column: Any, names: Names) -> str:
    """A value as a person reads it."""
    value = getattr(row, column.attname)
    if value is None or value == "":
        return ""
    if column.is_relation:
        return names.get((column.related_model, value), f"#{value}")
    if column.choices:
        return str(dict(column.flatchoices).get(value, value))
    match value:
        case bool():
            return _("Yes") if value else _("No")
        case datetime():
            return date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")
        case list() | dict():
            return json.dumps(value, ensure_ascii=False, default=str)[:LONGEST_VALUE] if value else ""
    return str(value)[:LONGEST_VALUE]


def _names(columns: Iterable[Any], rows: Sequence[Any]) -> dict[Any, str]:
    """(table, key) -> name of every row that one of the values points to."""
    wanted: dict[Any, set[Any]] = defaultdict(set)
    for column in columns:
        if column.is_relation:
            wanted[column.related_model] |= {getattr(row, column.attname) for row in rows} - {None}
    return {(model, pk): str(one) for model, keys in wanted.items() for pk, one in model.objects.in_bulk(keys).items()}


def _authors(events: Iterable[Event]) -> Names:
    contexts = [event.pgh_context or {} for event in events]
    people = Staff.objects.in_bulk({one["by"] for one in contexts if "by" in one})
    keys = PartnerKey.objects.select_related("partner").in_bulk({one["key"] for one in contexts if "key" in one})
    named = {(PartnerKey, pk): f"{one.partner} ({one})" for pk, one in keys.items()}
    return {**{(Staff, pk): one.name for pk, one in people.items()}, **named}


def _author(event: Event, authors: Names) -> str:
    context = event.pgh_context or {}
    found = [authors.get((model, context.get(name))) for model, name in ((Staff, "by"), (PartnerKey, "key"))]
    return next(filter(None, found), "")


def _door(event: Event) -> str:
    """Through which door, and the number or name of the job, task or command."""
    context = event.pgh_context or {}
    if "door" not in context:
        return _("Directly in the database")
    detail = next((str(context[name]) for name in ("job", "task", "command") if name in context), "")
    return f"{DOORS.get(context['door'], context['door'])} {detail}".strip()
