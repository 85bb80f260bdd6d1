"""Asking a report: which reports somebody may ask, the answer to what an address asks for, the same as a file."""

import csv
import io
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from members.insight.reports import REPORTS
from members.insight.reports.base import Answer, Report
from members.insight.scope import Range, Scope
from members.insight.summaries.base import as_of
from members.windows import local_day
from stores.cells import quoted
from stores.errors import NotFound
from stores.models import Staff

BOM = "\ufeff"  # so that spreadsheets read UTF-8


def today() -> date:
    """The business day of the chain, with which all figures end at the latest."""
    return local_day(timezone.now())


def reports_for(staff: Staff) -> list[Report]:
    """The reports that somebody may ask, in the order of the index."""
    return [one for one in REPORTS.values() if staff.sees_all or one.for_managers]


def report_for(staff: Staff, key: str) -> Report:
    """The report called ``key``. Raises NotFound when there is none for this person."""
    found = REPORTS.get(key)
    if found is None or not (staff.sees_all or found.for_managers):
        raise NotFound(_("There is no such report."))
    return found


def ask(staff: Staff, key: str, asked: Mapping[str, Any]) -> Answer:
    """The answer of a report to what an address asks for: ``place``, ``days`` or ``from`` and ``to``, its options.

    Raises NotFound for a report or a place that is not theirs, NotAllowed for whoever leads nothing.
    """
    report = report_for(staff, key)
    scope = Scope.of(staff, str(asked.get("place") or ""))
    return report.answer(scope, Range.of(asked, today(), report.usual_days), asked)


def counted_at(report: Report) -> datetime | None:
    """As of when the figures of a report are; None when they have not been counted, or are counted as they are read."""
    return as_of(report.summaries) if report.summaries else None


def written(answer: Answer) -> str:
    """The tables of an answer as CSV: what it is, how it is counted, whose, of when; no cell begins a formula."""
    file = io.StringIO(newline="")
    out = csv.writer(file)
    at = counted_at(answer.report)
    out.writerow([quoted(str(answer.report.title))])
    out.writerow([quoted(str(answer.report.definition))])
    out.writerow([quoted(answer.scope.name), f"{answer.span}"])
    if at:
        out.writerow([_("as of"), f"{timezone.localtime(at):%Y-%m-%d %H:%M}"])
    for table in answer.tables:
        out.writerow([])
        out.writerow([quoted(str(table.title))])
        out.writerow([quoted(str(head)) for head in table.headers])
        out.writerows([[_plain(cell) for cell in row] for row in table.rows])
    return BOM + file.getvalue()


def _plain(cell: Any) -> Any:
    """Numbers as they are, nothing as nothing, all else as text that no spreadsheet carries out."""
    return "" if cell is None else cell if isinstance(cell, int | float) else quoted(str(cell))
