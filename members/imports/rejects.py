"""Rows that were turned away: the reasons in words, where they are kept, and the file HQ takes home to correct them."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from members.models import OrderImport, RejectedRow
from members.oneid.identitykinds import IDENTITY_KINDS, mask
from members.orders import refusals
from stores.masking import masked

REASONS = {
    **refusals.SENTENCES,
    "wrong_column_count": _("The row does not have as many columns as the header."),
    "bad_kind": _("The kind must be sale or return."),
    "bad_time": _("The time must look like 2026-03-08T14:05:00, with an offset or in the store's own time."),
    "bad_sale_no": _("The number of the sale has more than 64 characters or strange ones."),
    "bad_guide_no": _("The guide's employee number has more than 40 characters or strange ones."),
    "bad_price": _("The unit price must be a number from zero on with at most three decimals."),
    "bad_quantity": _("The quantity must be a number above zero with at most three decimals."),
    "order_incomplete": _("Another line of this order was turned away, so the whole order was left out."),
}
FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NAMED = re.compile(rf"\b({'|'.join(IDENTITY_KINDS)}):([^,\s\"]+)")
MOST_KEPT = 100_000
LONGEST_TEXT = 500


@dataclass(frozen=True)
class Reject:
    """A line of a file, why it was turned away (a key of REASONS), and its text."""

    line: int
    code: str
    text: str


def sentence(code: str) -> str:
    """The reason in words, in the language of whoever reads now."""
    return str(REASONS.get(code) or refusals.sentence(code))


def keep(order_import_id: int, rows: Sequence[Reject]) -> None:
    """Write rows down for HQ, shortened, phone numbers masked. Beyond 100,000 per import they are only counted."""
    if not rows:
        return
    kept = RejectedRow.objects.filter(order_import_id=order_import_id).count()
    RejectedRow.objects.bulk_create(
        (
            RejectedRow(order_import_id=order_import_id, line=row.line, code=row.code, text=_shown(row.text))
            for row in rows[: max(0, MOST_KEPT - kept)]
        ),
        batch_size=5000,
    )


def _shown(text: str) -> str:
    """The row as it may be kept: identities of any kind masked, wherever in it they stand."""
    short = _NAMED.sub(lambda found: f"{found[1]}:{mask(found[1], found[2])}", text[: LONGEST_TEXT * 2])
    return " ".join(masked(short).split())[:LONGEST_TEXT]


def hidden_member(value: str) -> str:
    """What a cell of the column ``member`` may show once it could not be understood."""
    kind, colon, rest = value.strip().partition(":")
    return f"{kind}:{mask(kind, rest.strip())}" if colon and kind in IDENTITY_KINDS else mask("", masked(value.strip()))


def as_csv(order_import: OrderImport) -> Iterator[str]:
    """Line by line the file of rejected rows: line number, reason code, reason, row. Opens safely in a spreadsheet."""
    yield "\ufeff" + _csv_line([_now("line"), _now("reason code"), _now("reason"), _now("row")])
    rows = RejectedRow.objects.filter(order_import=order_import).order_by("line", "pk")
    for line, code, text in rows.values_list("line", "code", "text").iterator(chunk_size=2000):
        yield _csv_line([str(line), code, sentence(code), text])


def _csv_line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([f"'{cell}" if cell.startswith(FORMULA) else cell for cell in cells])
    return out.getvalue()
