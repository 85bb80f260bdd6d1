"""The stage of an import: lines are copied in, refused orders reported line by line, and all is cleared at the end.

An import's stage number is its job's id made negative, so that it never meets that of a call through the API.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import Any

from django.db import connection

from members.imports import rejects, values
from members.imports.rejects import Reject
from members.imports.values import BadValue, Chain, Memo
from members.models import LineKind
from members.orders.drafts import Key
from members.orders.gather import SEPARATOR
from members.orders.staging import NOBODY
from stores.csvrows import Rows
from stores.models import Job

HEAD = ("channel", "order_no", "kind", "sale_no", "paid_at", "store_code", "guide_no", "identity_kind",
        "identity_digest", "identity_sealed", "identity_shown", "coupon_codes")  # fmt: skip
PRODUCT = ("sku", "product_name", "category")
FIGURES = ("quantity", "unit_price", "amount")
SHARE = ("share_code",)  # only where the file has it: a column more for all others would cost time
COPY = "COPY members_stagedline (stage, line, {columns}, rejected) FROM STDIN"

IN_HEAD = ("channel", "order_no", "kind", "paid_at", "store_code", "member", "sale_no", "guide_no", "coupons",
           *SHARE)  # fmt: skip
IN_PRODUCT = ("sku", "product_name", "category")
IN_FIGURES = ("quantity", "unit_price")

CHUNK_BYTES = 16 * 1024 * 1024
LINES_PER_WRITE = 50  # little, so that the database takes them while the next are read
CLEARED_AT_ONCE = 200_000


def stage_of(job: Job) -> int:
    """The stage number of an import's lines."""
    return -job.pk


@dataclass
class Loaded:
    """What one chunk of a file brought: where the next one begins, how many lines, and those turned away."""

    offset: int
    line: int
    ended: bool
    lines: int = 0
    staged: int = 0
    rejected: list[Reject] = field(default_factory=list)


def load(path: Path, columns: list[str], *, stage: int, offset: int, line: int) -> Loaded:
    """Copy the next CHUNK_BYTES or so of a received file into the stage. Raises BadFile (file_quotes)."""
    rows = Rows(path, offset=offset, line=line, budget=CHUNK_BYTES)
    reader = _LineReader(columns, stage)
    loaded = Loaded(offset, line, ended=False)
    batch: list[str] = []
    staged = COPY.format(columns=", ".join(reader.staged))
    with connection.cursor() as cursor, cursor.copy(staged) as copy:
        # No query may run in here: the connection belongs to the COPY until it ends.
        for text in reader.read(rows, loaded):
            batch.append(text)
            if len(batch) == LINES_PER_WRITE:
                copy.write("".join(batch))
                batch.clear()
        copy.write("".join(batch))
    loaded.offset, loaded.line, loaded.ended = rows.offset, rows.line, rows.ended
    return loaded


class _LineReader:
    """Turns rows of a file into lines of COPY text."""

    def __init__(self, columns: list[str], stage: int) -> None:
        self.columns = columns
        self.stage = stage
        self.share = SHARE if SHARE[0] in columns else ()
        self.staged = HEAD + self.share + PRODUCT + FIGURES
        chain = Chain.now()
        self.take_head, head = self._part(IN_HEAD)
        self.take_product, product = self._part(IN_PRODUCT)
        self.take_figures, _figures = self._part(IN_FIGURES)
        self.heads = Memo(lambda found: values.head(head(found), chain))
        self.products = Memo(lambda found: values.product(product(found)))
        self.figures = Memo(lambda found: "\t".join(map(str, values.figures(*found))))

    def read(self, rows: Rows, loaded: Loaded) -> Iterator[str]:
        """COPY text of each row. A row turned away goes to ``loaded``; the stage learns which order it spoils."""
        stage, width = self.stage, len(self.columns)
        heads, products, figures = self.heads, self.products, self.figures
        take_head, take_product, take_figures = self.take_head, self.take_product, self.take_figures
        for line, row in rows:
            loaded.lines += 1
            try:
                if len(row) != width:
                    raise BadValue("wrong_column_count")
                yield (
                    f"{stage}\t{line}\t{heads[take_head(row)]}\t{products[take_product(row)]}"
                    f"\t{figures[take_figures(row)]}\t\n"
                )
                loaded.staged += 1
            except BadValue as bad:
                loaded.rejected.append(Reject(line, bad.code, self._told(row)))
                yield from self._tombstones(line, row, bad.code)

    def _told(self, row: list[str]) -> str:
        """The row as it is reported: whose order it is stays masked."""
        place = self.columns.index("member")
        return ",".join(rejects.hidden_member(cell) if nth == place else cell for nth, cell in enumerate(row))

    def _tombstones(self, line: int, row: list[str], code: str) -> Iterator[str]:
        """Staged lines that only say: the order of this number has a bad line, so none of it may be merged."""
        found = dict(zip(self.columns, row, strict=False))
        try:
            channel, order_no = values.key(found)
        except (BadValue, KeyError):
            return  # no good line can have this key
        kind = found.get("kind", "").strip().lower()
        for one in [kind] if kind in LineKind.values else LineKind.values:
            head = (channel, order_no, one, "", "1970-01-01T00:00Z", "", "", *NOBODY, "", *("" for _name in self.share))
            yield f"{self.stage}\t{line}\t{values.copied((*head, '', '', '', '0', '0', '0', code))}\n"

    def _part(self, names: tuple[str, ...]) -> tuple[Any, Any]:
        """How to take these columns out of a row as a tuple, and how to name what was taken."""
        present = [name for name in names if name in self.columns]
        places = [self.columns.index(name) for name in present]
        return itemgetter(*places), lambda found: dict(zip(present, found, strict=True))


def holds_lines(stage: int) -> bool:
    """Whether anything is staged; a crash of the database empties the stage."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM members_stagedline WHERE stage = %s)", [stage])
        return bool(cursor.fetchone()[0])


def report(order_import_id: int, stage: int, refused: Mapping[Key, str]) -> int:
    """Write down the lines of orders that the merge turned away; returns how many.

    Where a line of the order was bad by itself, that line is already reported and its neighbours say so.
    """
    if not refused:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH refused AS (
                SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[])
                    AS r (channel, order_no, kind, code)
            ), lines AS (
                SELECT s.*, r.code, bool_or(quantity = 0) OVER (PARTITION BY s.channel, s.order_no, s.kind) AS spoilt
                FROM refused r JOIN members_stagedline s ON s.stage = %s
                    AND (s.channel, s.order_no, s.kind) = (r.channel, r.order_no, r.kind)
            )
            SELECT line, CASE WHEN spoilt THEN 'order_incomplete' ELSE code END,
                concat_ws(',', channel, order_no, kind, paid_at, store_code,
                    nullif(identity_kind || ':' || identity_shown, ':'), sku, product_name, quantity, unit_price)
            FROM lines WHERE quantity > 0 ORDER BY line
            """,
            [*map(list, zip(*((*key, code) for key, code in refused.items()), strict=True)), stage],
        )
        turned_away = [Reject(*row) for row in cursor.fetchall()]
    rejects.keep(order_import_id, turned_away)
    return len(turned_away)


def count_lines(stage: int, *, after: str, until: str) -> int:
    """How many lines of the stage belong to the orders that a merge took after one key and until another."""
    low = after.split(SEPARATOR)[:3] if after else ["", "", ""]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*) FROM members_stagedline
            WHERE stage = %s AND (identity_digest, channel, order_no) > (%s, %s, %s)
                AND (identity_digest, channel, order_no) <= (%s, %s, %s)
            """,
            [stage, *low, *until.split(SEPARATOR)[:3]],
        )
        return int(cursor.fetchone()[0])


def measure() -> None:
    """Tell the planner what the stage holds. It changes from empty to millions faster than autovacuum looks."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE members_stagedline")


def count_unknown_identities(stage: int) -> int:
    """How many members the stage would create."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*) FROM (
                SELECT DISTINCT identity_kind, identity_digest FROM members_stagedline
                WHERE stage = %s AND identity_digest <> '' AND rejected = '') AS s
            WHERE NOT EXISTS (
                SELECT FROM members_identity i
                WHERE i.kind = s.identity_kind AND i.digest = decode(s.identity_digest, 'hex'))
            """,
            [stage],
        )
        return int(cursor.fetchone()[0])


def clear(stage: int, *, at_once: int = CLEARED_AT_ONCE) -> bool:
    """Remove up to ``at_once`` lines of the stage; whether it is empty now."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM members_stagedline WHERE ctid = ANY (ARRAY(
                SELECT ctid FROM members_stagedline WHERE stage = %s LIMIT %s))
            """,
            [stage, at_once],
        )
        return cursor.rowcount < at_once
