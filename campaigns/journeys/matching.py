"""For which of some members a rule holds now."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from members.segments import compiling, trees
from stores.arrays import array

AMONG = "SELECT q.member_id FROM ({query}) AS q WHERE q.member_id = ANY(%(asked_of)s::bigint[])"


def matching(rule: Mapping[str, Any] | None, member_ids: Sequence[int], *, at: datetime) -> frozenset[int]:
    """The living ones among them for whom the rule holds as of a moment; without a rule all of them.

    Raises TreeInvalid for a rule that means nothing any more.
    """
    if rule is None:
        return frozenset(member_ids)
    query = compiling.compile_tree(trees.parse(rule), at=at)
    with connection.cursor() as cursor:
        cursor.execute(AMONG.format(query=query.text), {**query.params, "asked_of": array(member_ids)})
        return frozenset(row[0] for row in cursor.fetchall())
