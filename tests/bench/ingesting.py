"""Order files taken in: as the product does it, in two halves, and as barely as PostgreSQL can."""

from pathlib import Path

from django.db import connection, transaction

from members.imports import run
from stores import csvfiles, jobs
from stores.models import Job, JobState, Region, Store
from stores.places import place_region

BARE_TABLE = """
CREATE UNLOGGED TABLE bare_line (channel text, order_no text, kind text, sale_no text DEFAULT '', paid_at timestamptz,
    store_code text, member text, sku text, product_name text, category text DEFAULT '', quantity numeric,
    unit_price numeric)
"""
BARE_MERGE = Path(__file__).with_name("bare_merge.sql").read_text()
# the last three hang on the others by keys that the database does not check
EMPTIED = """
TRUNCATE bare_line, members_member, members_product, members_category, members_earningrate, members_stagedline,
    members_orderimport, stores_job, members_growthentry, members_pointsentry, members_timelinefact
RESTART IDENTITY CASCADE
"""


def prepare(stores: list[str], zone: str) -> None:
    """Stores of these codes, and a table for bare lines."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS bare_line; {BARE_TABLE}")
    region = Region.objects.filter(code="bench").first() or place_region(Region(code="bench", name="Bench"))
    known = set(Store.objects.values_list("code", flat=True))
    Store.objects.bulk_create(
        Store(code=code, name=code, region=region, time_zone=zone) for code in stores if code not in known
    )


def empty() -> None:
    """Nothing but stores and tiers."""
    with connection.cursor() as cursor:
        cursor.execute(EMPTIED)


def bare_copy(path: Path) -> None:
    """PostgreSQL's own reading of the file."""
    columns = path.open(encoding="utf-8").readline()
    statement = f"COPY bare_line ({columns}) FROM STDIN (FORMAT csv, HEADER, NULL '\\N')"
    with path.open("rb") as source, connection.cursor() as cursor, cursor.copy(statement) as copy:
        while block := source.read(csvfiles.MIB):
            copy.write(block)


def bare_merge() -> None:
    """The SQL of bare_merge.sql in one transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ANALYZE bare_line")
        cursor.execute(BARE_MERGE)


def take_in_and_stage(path: Path) -> None:
    """The first half of what manage.py import_orders does: take the file in, check it, copy it to the stage."""
    job = run.start(path, path.name).job
    while job.cursor.get("phase", "load") == "load":
        with transaction.atomic():
            run.import_chunk(job)
            job.save()


def merge_and_settle() -> None:
    """The second half: merge what is staged, with all that follows, and clear the stage."""
    job = jobs.run_to_end(Job.objects.get().pk)
    if job.state != JobState.DONE or job.result["rejected"]:
        raise RuntimeError(f"The import that is measured went wrong: {job.result} {job.error}")
