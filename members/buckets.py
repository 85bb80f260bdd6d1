"""Splits, samples and holdouts: salted hashes of the bucket that each member was given for ever.

The same salt always parts members in the same way; two salts part them independently. The hash is the first 32 bits of
md5 over "salt:bucket"; md5 is no secret here, only the same in SQL and in memory.
"""

from hashlib import md5

from django.db.models import BigIntegerField, Func, TextField, Value
from django.db.models.functions import Cast

SHARES = 10_000
"""Parts of a whole that a share is given in: 1,000 are ten percent."""

SHARE_SQL = "(('x' || left(md5({salt}::text || ':' || {bucket}), 8))::bit(32)::bigint %% 10000)"
"""The same as ``share`` over SQL for the salt and the bucket, for statements with parameters."""


def share(salt: str, bucket: int) -> int:
    """Where a bucket falls from 0 to 9,999 under a salt."""
    digest = md5(f"{salt}:{bucket}".encode(), usedforsecurity=False).hexdigest()
    return int(digest[:8], 16) % SHARES


class Share(Func):
    """The same as ``share`` of the members of a queryset, for its filters."""

    template = "(('x' || left(md5(%(expressions)s), 8))::bit(32)::bigint %%%% 10000)"
    arg_joiner = " || "
    output_field = BigIntegerField()

    def __init__(self, salt: str) -> None:
        super().__init__(Value(f"{salt}:"), Cast("bucket", TextField()))
