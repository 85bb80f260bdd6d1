"""Who or what put a tag on a member, when, until when: told wherever a tag is shown."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from members import tagcatalogue
from members.models import Member, MemberTag
from members.tagdisputes import disputed_on
from members.tags import groups_for, living
from members.windows import local_day
from stores.models import Staff

Source = MemberTag.Source


@dataclass(frozen=True)
class Origin:
    """Where a tag on a member comes from, in words and with its rule. ``until`` is its last day (None: no end)."""

    row: MemberTag
    words: str
    rule: str
    since: datetime
    until: date | None
    is_disputed: bool


def origins(rows: Iterable[MemberTag]) -> list[Origin]:
    """The origins of some tags on members (with tag and set_by at hand), in their order."""
    found = list(rows)
    disputed = disputed_on({row.member_id for row in found})
    return [origin(row, is_disputed=(row.member_id, row.tag_id) in disputed) for row in found]


def origin(row: MemberTag, *, is_disputed: bool = False) -> Origin:
    """The same of one, of which is known whether it is disputed."""
    rule = tagcatalogue.in_words(row.tag) if row.source == Source.RULE else ""
    return Origin(row, _words(row), rule, row.set_at, last_day(row), is_disputed)


def last_day(row: MemberTag) -> date | None:
    """The last day on which a tag on a member holds; None without an end."""
    return local_day(row.expires_at - timedelta(microseconds=1)) if row.expires_at else None


def of_member(member: Member, viewer: Staff) -> list[Origin]:
    """The origins of all tags on a member that hold now, as far as ``viewer`` may see them."""
    rows = rows_of(member).filter(tag__group__in=groups_for(viewer))
    return origins(rows.order_by("tag__group__position", "tag__position", "tag__name", "pk"))


def rows_of(member: Member) -> QuerySet[MemberTag]:
    """The tags on a member that hold now, with what their origins need."""
    return MemberTag.objects.filter(living(), member=member).select_related("tag__group", "set_by")


def _words(row: MemberTag) -> str:
    who = row.set_by.name if row.set_by else ""
    if row.source == Source.RULE:
        return _("Set by a rule")
    if row.run_id:
        return _("Set by %(name)s, on many at once") % {"name": who} if who else _("Set on many at once")
    if row.source == Source.PERSON:
        return _("Set by %(name)s") % {"name": who} if who else _("Set by hand")
    if row.source == Source.CODE:
        return _("By the code they signed up with")
    return _("Came with a file") if row.source == Source.IMPORT else _("Set by a partner")
