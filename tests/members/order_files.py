"""Order files for the stories of imports, a run of the whole import, and a picture of every table it may touch."""

import gzip
from io import BytesIO
from pathlib import Path

from django.db import connection

from members.imports import run
from members.imports.summary import ImportSummary
from members.models import OrderImport
from stores import jobs

COLUMNS = ("channel", "order_no", "kind", "paid_at", "store_code", "member", "sku", "product_name", "quantity",
           "unit_price")  # fmt: skip
HEADER = ",".join(COLUMNS)
TABLES = ("member", "identity", "assignment", "order", "orderline", "ordercoupon", "return", "returnline", "product",
          "category", "memberfacts", "growthentry", "pointsentry", "timelinefact")  # fmt: skip
REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "online_retail"


def line(order_no: str = "A1", **fields: str) -> str:
    """One row of a file: two melons for 张晓梅, bought in store S1, unless said otherwise."""
    row = {
        "channel": "pos",
        "order_no": order_no,
        "kind": "sale",
        "paid_at": "2026-03-08T14:05:00",
        "store_code": "S1",
        "member": "phone:13812345678",
        "sku": "MELON",
        "product_name": "哈密瓜",
        "quantity": "2",
        "unit_price": "15.80",
        **fields,
    }
    return ",".join(row.values())


def text_of(*lines: str, more_columns: str = "") -> str:
    """A whole file."""
    return "\n".join([HEADER + more_columns, *lines]) + "\n"


def written(folder: Path, *lines: str, more_columns: str = "") -> Path:
    """A file on disk."""
    path = folder / "orders.csv"
    path.write_text(text_of(*lines, more_columns=more_columns), encoding="utf-8")
    return path


def imported(content: str | bytes, **options: object) -> tuple[OrderImport, ImportSummary]:
    """Import this content as an upload and work it off."""
    data = content.encode() if isinstance(content, str) else content
    order_import = run.start(BytesIO(data), "orders.csv", **options)
    jobs.run_to_end(order_import.job_id)
    return order_import, run.summary(order_import)


def picture(*, but_for: tuple[str, ...] = ()) -> dict[str, tuple[int, str]]:
    """Number of rows and a checksum of every table an import may touch, and of the stage."""
    seen = {}
    with connection.cursor() as cursor:
        for name in (*TABLES, "stagedline"):
            cursor.execute(
                f"SELECT count(*), coalesce(md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))), '')"
                f" FROM members_{name} t"
            )
            seen[name] = cursor.fetchone()
    return {name: value for name, value in seen.items() if name not in but_for}


def gzipped(text: str) -> bytes:
    """As a file that was compressed."""
    return gzip.compress(text.encode())
