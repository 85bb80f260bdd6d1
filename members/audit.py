"""The audit: everything that must always hold, asked of the whole database.

``settings.AUDITS`` (config/audits.py) names the lists of invariants, one per band. An invariant is SQL whose rows are
what is wrong: the id of the row, then, if it can be said, what is there and what should be. Tests, the nightly run in
production and a restored database ask the same questions.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string

from members import lifecycle
from members.tiering import tierpaths, tierrules
from members.windows import windows

SHOWN = 100


class Invariant(NamedTuple):
    """A rule by name, the SQL that finds its breaches, and the rule in one English sentence.

    The SQL may use the parameters of members.windows, members.lifecycle and members.tiering.tierpaths
    (``%(growth_from)s``); a literal percent sign is then written twice.
    """

    name: str
    sql: str
    explanation: str


@dataclass(frozen=True)
class Difference:
    """One breach: which invariant, the id of the row, what is there and what should be."""

    name: str
    subject: Any
    found: Any = None
    expected: Any = None
    explanation: str = field(default="", kw_only=True)

    def __str__(self) -> str:
        what = f"{self.name}: {self.subject}"
        return what if self.expected is None and self.found is None else f"{what}: {self.found} ≠ {self.expected}"


def audit(*, at: datetime | None = None, names: Iterable[str] = ()) -> list[Difference]:
    """Every breach as of ``at`` (None: now), at most 100 per invariant; ``names`` narrows it to some invariants."""
    wanted = set(names)
    now = windows(at)
    params = {**now.params, **lifecycle.params(), **tierpaths.rule_params(tierrules.versions(now.today))}
    return [
        difference
        for invariant in invariants()
        if not wanted or invariant.name in wanted
        for difference in _breaches(invariant, params)
    ]


def invariants() -> list[Invariant]:
    """All invariants of all bands, in the order of config/audits.py."""
    return [Invariant(*entry) for path in settings.AUDITS for entry in import_string(path)]


def _breaches(invariant: Invariant, params: dict[str, Any]) -> list[Difference]:
    with connection.cursor() as cursor:
        cursor.execute(invariant.sql, params if "%(" in invariant.sql else None)
        found: Sequence[Sequence[Any]] = cursor.fetchmany(SHOWN)
    return [Difference(invariant.name, *row[:3], explanation=invariant.explanation) for row in found]
