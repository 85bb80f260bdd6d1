"""Member codes: 12 random digits, the last of them a check digit, shown as a QR code.

A code is a random multiple of eleven. The last digit therefore follows from the eleven before it, and every single
wrong digit and every swap of two neighbours is found out. Eleven payload digits that would need a check digit of "10"
are simply never drawn.
"""

import re
import secrets

from django.db import connection

LOWEST = 9_090_909_091  # x 11 = 100000000001, the first twelve-digit multiple
HOW_MANY = 81_818_181_818  # multiples of eleven that have twelve digits

# A fresh code for every row, not yet taken when the statement sees it (members/migrations/0005_member_codes.py).
CODE_SQL = "members_new_code()"

_SHAPE = re.compile(r"[1-9][0-9]{11}", re.ASCII)


def new_code() -> str:
    """A random code. It may by rare chance be taken already: ``unused_code`` asks the database."""
    return str((LOWEST + secrets.randbelow(HOW_MANY)) * 11)


def unused_code() -> str:
    """A random code that no member has at this moment; the unique key of the table has the last word."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {CODE_SQL}")
        return cursor.fetchone()[0]


def is_valid(code: str) -> bool:
    """Whether ``code`` has the shape of a member code and its check digit agrees; says nothing about who has it."""
    return bool(_SHAPE.fullmatch(code)) and int(code) % 11 == 0
