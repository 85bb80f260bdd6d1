"""Store lists from a file: regions are made by name, stores written set-based; the same file twice changes nothing."""

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from stores import csvfiles
from stores.csvrows import Rows
from stores.errors import Refusal
from stores.models import Region, Store, StoreKind
from stores.places import place_region

REQUIRED = ("store_code", "store_name", "store_kind", "region")
OPTIONAL = ("city", "address", "latitude", "longitude", "time_zone", "opened_on")
DEFAULT_TIME_ZONE = "Asia/Shanghai"
LIMITS = csvfiles.Limits(size=64 * csvfiles.MIB)

REASONS = {
    "wrong_column_count": _("The row does not have as many columns as the header."),
    "store_code_missing": _("The store code is missing or longer than 40 characters."),
    "store_code_twice": _("This store code was already on an earlier line."),
    "store_name_missing": _("The store name is missing or longer than 80 characters."),
    "unknown_store_kind": _("The kind of store must be street, mall, community or hub."),
    "region_missing": _("The region is missing or longer than 80 characters."),
    "text_too_long": _("City (60) or address (200) is longer than it may be."),
    "bad_position": _("Latitude (-90 to 90) or longitude (-180 to 180) is not a number within its range."),
    "unknown_time_zone": _("This time zone is not known. Example: Asia/Shanghai"),
    "bad_opening_day": _("The opening day must be a date like 2026-05-01."),
}
# Column of the file -> attribute of the store.
COLUMNS = {
    "store_code": "code",
    "store_name": "name",
    "store_kind": "kind",
    "region_id": "region_id",
    **{name: name for name in OPTIONAL},
}
UPDATED = [attribute for attribute in COLUMNS.values() if attribute != "code"]


@dataclass(frozen=True)
class RejectedLine:
    """A row that was left out: its line and why (a key of REASONS)."""

    line: int
    code: str

    @property
    def sentence(self) -> str:
        """The reason in words."""
        return str(REASONS[self.code])


@dataclass
class StoresRead:
    """What an import of stores did."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    regions_created: int = 0
    rejected: list[RejectedLine] = field(default_factory=list)


class _Reject(Exception):
    """The row at hand is turned away; the argument is the reason's code."""


def import_stores(name: str | Path, *, time_zone: str | None = None) -> StoresRead:
    """Create and update stores from a CSV (or CSV.gz) on this machine, all in one transaction.

    Columns that the file does not have stay as they are. ``time_zone`` is for rows that do not name their own; without
    it new stores get Asia/Shanghai. Raises BadFile when the file as a whole cannot be used, Refusal
    (unknown_time_zone) for a time zone that does not exist; nothing is changed then.
    """
    if time_zone and time_zone not in available_timezones():
        raise Refusal(REASONS["unknown_time_zone"], code="unknown_time_zone")
    result = StoresRead()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stores.csv"
        csvfiles.receive_path(name, path, LIMITS)
        columns, offset = csvfiles.columns_of(path, required=REQUIRED, optional=OPTIONAL)
        rows = list(_good_rows(Rows(path, offset=offset, line=2), columns, result.rejected))
    with transaction.atomic():
        regions, result.regions_created = _regions({row["region"] for row in rows})
        for row in rows:
            row["region_id"] = regions[row["region"]]
        _write(rows, time_zone, result)
    return result


def _good_rows(rows: Rows, columns: list[str], rejected: list[RejectedLine]) -> Iterator[dict[str, Any]]:
    seen: set[str] = set()
    for line, fields in rows:
        try:
            if len(fields) != len(columns):
                raise _Reject("wrong_column_count")
            row = _checked(dict(zip(columns, (" ".join(text.split()) for text in fields), strict=True)))
            if row["store_code"] in seen:
                raise _Reject("store_code_twice")
        except _Reject as reject:
            rejected.append(RejectedLine(line, str(reject)))
            continue
        seen.add(row["store_code"])
        yield row


def _checked(row: dict[str, Any]) -> dict[str, Any]:
    """The row with values of the right type; raises _Reject."""
    for column, longest, code in (
        ("store_code", 40, "store_code_missing"),
        ("store_name", 80, "store_name_missing"),
        ("region", 80, "region_missing"),
    ):
        if not 0 < len(row[column]) <= longest:
            raise _Reject(code)
    row["store_kind"] = row["store_kind"].lower()
    if row["store_kind"] not in StoreKind.values:
        raise _Reject("unknown_store_kind")
    if len(row.get("city", "")) > 60 or len(row.get("address", "")) > 200:
        raise _Reject("text_too_long")
    if row.get("time_zone") and row["time_zone"] not in available_timezones():
        raise _Reject("unknown_time_zone")
    for column, read in (("latitude", _latitude), ("longitude", _longitude), ("opened_on", _day)):
        if column in row:
            row[column] = read(row[column])
    return row


def _latitude(text: str) -> float | None:
    return _degrees(text, 90)


def _longitude(text: str) -> float | None:
    return _degrees(text, 180)


def _degrees(text: str, most: int) -> float | None:
    if not text:
        return None
    if not re.fullmatch(r"-?[0-9]{1,3}(\.[0-9]{1,12})?", text) or abs(float(text)) > most:
        raise _Reject("bad_position")
    return float(text)


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _Reject("bad_opening_day") from None


def _regions(names: set[str]) -> tuple[dict[str, int], int]:
    """Region ids by name, and how many had to be made."""
    known = dict(Region.objects.filter(name__in=names).order_by("-pk").values_list("name", "pk"))
    missing = sorted(names - known.keys())
    for name in missing:
        known[name] = place_region(Region(name=name, code=_free_code(name))).pk
    return known, len(missing)


def _free_code(name: str) -> str:
    base = slugify(name, allow_unicode=True)[:34] or "region"
    taken = set(Region.objects.filter(code__startswith=base).values_list("code", flat=True))
    numbered = (f"{base}-{number}" for number in range(2, len(taken) + 3))
    return next(code for code in (base, *numbered) if code not in taken)


def _write(rows: list[dict[str, Any]], time_zone: str | None, result: StoresRead) -> None:
    """Two statements for all rows: one inserts, one updates those in which something differs."""
    known = Store.objects.select_for_update().in_bulk([row["store_code"] for row in rows], field_name="code")
    new: list[Store] = []
    changed: list[Store] = []
    for row in rows:
        says = {attribute: row[column] for column, attribute in COLUMNS.items() if column in row}
        says["time_zone"] = row.get("time_zone") or time_zone
        store = known.get(row["store_code"])
        if store is None:
            says["time_zone"] = says["time_zone"] or DEFAULT_TIME_ZONE
            new.append(Store(**says))
            continue
        if says["time_zone"] is None:
            del says["time_zone"]
        if any(getattr(store, attribute) != value for attribute, value in says.items()):
            for attribute, value in says.items():
                setattr(store, attribute, value)
            store.updated_at = timezone.now()
            changed.append(store)
    Store.objects.bulk_create(new, batch_size=1000)
    Store.objects.bulk_update(changed, [*UPDATED, "updated_at"], batch_size=1000)
    result.created, result.changed = len(new), len(changed)
    result.unchanged = len(rows) - len(new) - len(changed)
