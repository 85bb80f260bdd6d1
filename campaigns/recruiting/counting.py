"""What a code brings, by day: each visitor counts once a day, however often the page is opened or a call repeated."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from campaigns.models import ChannelCode, CodeScan
from stores import sealing
from stores.places import business_day

KEPT_DAYS = 3

# The tally moves only with a new row of the visitor: the same scan again, or two at once, count one.
SCAN = """
    WITH seen AS (
        INSERT INTO campaigns_codescan (code_id, day, visitor) VALUES (%(code)s, %(day)s, %(visitor)s)
        ON CONFLICT (code_id, day, visitor) DO NOTHING RETURNING 1)
    INSERT INTO campaigns_codeday AS d (code_id, day, scans) SELECT %(code)s, %(day)s, 1 FROM seen
    ON CONFLICT (code_id, day) DO UPDATE SET scans = d.scans + 1 RETURNING 1
"""
SIGN_UP = """
    INSERT INTO campaigns_codeday AS d (code_id, day, sign_ups) VALUES (%(code)s, %(day)s, 1)
    ON CONFLICT (code_id, day) DO UPDATE SET sign_ups = d.sign_ups + 1
"""


@dataclass(frozen=True)
class Tally:
    """What codes brought in some days."""

    scans: int = 0
    sign_ups: int = 0


def count_scan(code: ChannelCode, visitor: str, *, on: date | None = None) -> bool:
    """Count a scan by somebody (their device, or their address where there is none); False when they counted today."""
    day = on or business_day(code.store, timezone.now())
    seen = sealing.digest(f"scan {day} {code.pk}", visitor)
    return _run(SCAN, {"code": code.pk, "day": day, "visitor": seen})


def count_sign_up(code: ChannelCode, *, on: date | None = None) -> None:
    """Count a new member, in the transaction that makes them one."""
    day = on or business_day(code.store, timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(SIGN_UP, {"code": code.pk, "day": day})


def forget_visitors(today: date) -> int:
    """Remove who scanned what some days ago; the figures stay. Returns how many rows went."""
    gone, _rows = CodeScan.objects.filter(day__lt=today - timedelta(days=KEPT_DAYS)).delete()
    return gone


def _run(sql: str, values: dict[str, Any]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone() is not None
