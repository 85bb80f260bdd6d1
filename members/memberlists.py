"""Lists of members that somebody brings along as a file of member codes, public ids or phone numbers.

The file is read once and not kept; phone numbers are looked up by their blind index, many at a time. What is kept is
whom the rows led to, and for those that led nowhere the reason, how many, and the numbers of the first lines.
"""

import tempfile
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from members.membercodes import is_valid
from members.models import IdentityKind, ListedMember, Member, MemberList, MemberState
from members.oneid.identitykinds import BadIdentity, nobodies, normalise
from members.oneid.lineage import living_ids
from stores import csvfiles, sealing
from stores.csvrows import Rows
from stores.errors import NotFound, Refusal
from stores.ids import parse_public_id
from stores.models import Staff
from stores.policy import define

MOST_ROWS = define(
    "member_lists.most_rows", 200_000, _("Rows that an uploaded list of members may have"), minimum=1, maximum=1_000_000
)
LIMITS = csvfiles.Limits(size=32 * csvfiles.MIB, line=4096, ratio_counts_from=csvfiles.MIB)
# As people title the column.
TITLES = frozenset(
    ["member", "code", "id", "phone", "mobile", "会员", "会员码", "会员号", "手机", "手机号", "手机号码"]
)
LINES_TOLD = 20
AT_ONCE = 5_000
WHY_NOT = {
    "unknown": _("No member has this number"),
    "doubled": _("The member is on the list already"),
    "unreadable": _("Neither a member code nor a phone number"),
}
FIND = """
    SELECT w.line, m.id FROM unnest(%(codes)s::text[], %(code_lines)s::int[]) AS w(code, line)
      JOIN members_member m ON m.code = w.code
    UNION ALL
    SELECT w.line, m.id FROM unnest(%(ids)s::bigint[], %(id_lines)s::int[]) AS w(id, line)
      JOIN members_member m ON m.id = w.id
    UNION ALL
    SELECT w.line, i.member_id FROM unnest(%(digests)s::bytea[], %(digest_lines)s::int[]) AS w(digest, line)
      JOIN members_identity i ON i.kind = 'phone' AND i.digest = w.digest
"""

Held = Callable[[MemberList], str]
HOLDERS: list[Held] = []
"""Functions of the bands above that say what still needs a list, or "" (``needs`` adds one)."""


def needs(holder: Held) -> Held:
    """Announce a function that names what still needs a list, so that it is not deleted under its hands."""
    HOLDERS.append(holder)
    return holder


@dataclass
class _Tally:
    """What became of the rows so far."""

    rows: int = 0
    members: set[int] = field(default_factory=set)
    away: dict[str, dict[str, Any]] = field(default_factory=dict)

    def turn_away(self, why: str, line: int) -> None:
        told = self.away.setdefault(why, {"count": 0, "lines": []})
        told["count"] += 1
        if len(told["lines"]) < LINES_TOLD:
            told["lines"].append(line)


def take_in(file: BinaryIO, name: str, *, by: Staff | None = None) -> MemberList:
    """Read a CSV of members, one a row in its first column or the one so titled, and keep whom it leads to.

    Raises BadFile for a file that cannot be read as a whole, Refusal: name_missing, list_too_long, or
    list_leads_nowhere when no row leads to a living member. Nothing is kept then.
    """
    if not name.strip():
        raise Refusal(_("Give the list a name."), code="name_missing")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.csv"
        csvfiles.receive(file, path, LIMITS)
        tally = _read(path)
    if not tally.members:
        why = _("None of the %(rows)s rows leads to a member. Is it the right file?") % {"rows": tally.rows}
        raise Refusal(why, code="list_leads_nowhere", extra={"turned_away": tally.away})
    with transaction.atomic():
        kept = MemberList.objects.create(
            name=name.strip()[:80],
            rows=tally.rows,
            found=len(tally.members),
            unknown=tally.away.get("unknown", {}).get("count", 0),
            turned_away=tally.away,
            created_by=by,
        )
        _write(kept, sorted(tally.members))
    return kept


def delete(member_list: MemberList) -> None:
    """Forget a list. Raises Refusal ``list_needed`` while something above still goes by it."""
    for holder in HOLDERS:
        what = holder(member_list)
        if what:
            raise Refusal(_("The list is still needed: %(what)s") % {"what": what}, code="list_needed")
    with transaction.atomic():
        ListedMember.objects.filter(member_list=member_list).delete()
        member_list.delete()


def living_on(member_list: MemberList) -> int:
    """How many on the list are living members now."""
    return ListedMember.objects.filter(member_list=member_list, member__state=MemberState.ACTIVE).count()


def _read(path: Path) -> _Tally:
    tally, nobody = _Tally(), nobodies()
    rows = _cells(path)
    while batch := list(islice(rows, AT_ONCE)):
        tally.rows += len(batch)
        if tally.rows > MOST_ROWS.value:
            limit = f"{MOST_ROWS.value:,}"
            raise Refusal(_("A list has at most %(limit)s rows. Split it.") % {"limit": limit}, code="list_too_long")
        _look_up(batch, tally, nobody)
    return tally


def _cells(path: Path) -> Iterator[tuple[int, str]]:
    """Line and text of the cell that names the member, row by row; a row of titles is left out."""
    place = 0
    for nth, (line, row) in enumerate(Rows(path)):
        cells = [_plain(cell) for cell in row]
        if nth == 0:
            titles = [cell.lower() in TITLES for cell in cells]
            if any(titles):
                place = titles.index(True)
                continue
        if any(cells):
            yield line, cells[place] if place < len(cells) else ""


def _plain(cell: str) -> str:
    """Without the marks that spreadsheets put before numbers."""
    return unicodedata.normalize("NFKC", cell).strip("\ufeff \t'\"=")


def _look_up(batch: Iterable[tuple[int, str]], tally: _Tally, nobody: frozenset[str]) -> None:
    """Whom these rows lead to, in one question."""
    wanted: dict[str, dict[int, Any]] = {"id": {}, "code": {}, "digest": {}}
    lines = []
    for line, text in batch:
        kind, key = _meant(text, nobody)
        if kind:
            wanted[kind][line] = key
            lines.append(line)
        else:
            tally.turn_away("unreadable", line)
    params: dict[str, Any] = {}
    for kind, keys in wanted.items():
        params |= {f"{kind}s": list(keys.values()), f"{kind}_lines": list(keys)}
    with connection.cursor() as cursor:
        cursor.execute(FIND, params)
        found = dict(cursor.fetchall())
    living = _living(set(found.values()))
    for line in lines:
        member = living.get(found.get(line, 0))
        if member is None:
            tally.turn_away("unknown", line)
        elif member in tally.members:
            tally.turn_away("doubled", line)
        else:
            tally.members.add(member)


def _meant(text: str, nobody: frozenset[str]) -> tuple[str, Any]:
    """What a cell is and what to look for: a public id, a member code, the blind index of a phone, or nothing."""
    if text.startswith("mem_"):
        try:
            return "id", parse_public_id("mem", text)
        except NotFound:
            return "", None
    bare = text.replace(" ", "").replace("-", "")
    if is_valid(bare):
        return "code", bare
    try:
        return "digest", sealing.digest(IdentityKind.PHONE, normalise(IdentityKind.PHONE, text, nobody=nobody))
    except BadIdentity:
        return "", None


def _living(ids: set[int]) -> dict[int, int]:
    """Each of these records -> the living member it is now; erased ones are left out."""
    now = living_ids(ids)
    alive = set(Member.objects.filter(pk__in=set(now.values()), state=MemberState.ACTIVE).values_list("pk", flat=True))
    return {before: after for before, after in now.items() if after in alive}


def _write(kept: MemberList, members: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO members_listedmember (member_list_id, member_id) SELECT %s, unnest(%s::bigint[])",
            [kept.pk, members],
        )
