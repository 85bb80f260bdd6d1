"""Tags on members: people put manual ones on and take them off, rules keep the system ones.

Guides see only the groups that HQ opened to them and set only those it lets them set; so do managers with the groups
opened to managers. In a single-choice group a new tag takes the place of the old one. A tag may have an end: what the
tag itself says, or an earlier day that whoever sets it chooses; what has ended is gone at once, wherever one looks.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members import timeline
from members.locks import lock_member, visible_ids
from members.models import Member, MemberTag, Tag, TagGroup
from members.names import initials_of
from members.windows import first_moment, local_day
from stores.errors import NotAllowed, NotFound, Refusal
from stores.models import Role, Staff

SET = """
    INSERT INTO members_membertag (member_id, tag_id, source, set_by_id, expires_at)
    SELECT member_id, %(tag)s, %(source)s, %(by)s::bigint, %(expires_at)s::timestamptz
    FROM unnest(%(members)s::bigint[]) AS member_id
    ON CONFLICT (tag_id, member_id) DO UPDATE
    SET source = excluded.source, set_by_id = excluded.set_by_id, set_at = now(), expires_at = excluded.expires_at,
        run_id = NULL
    WHERE members_membertag.expires_at <= now()
       OR members_membertag.source = 'person' AND excluded.source = 'person' AND excluded.expires_at IS NOT NULL
    RETURNING member_id
"""
REPLACE = """
    DELETE FROM members_membertag mt USING members_tag t
    WHERE t.id = mt.tag_id AND t.group_id = %(group)s AND t.id <> %(tag)s AND mt.member_id = ANY(%(members)s)
    RETURNING mt.member_id, mt.tag_id
"""
FACTS = """
    SELECT f.member_id, NULL::bigint AS subject, %(at)s::timestamptz AS at,
           jsonb_strip_nulls(jsonb_build_object('tag', f.tag_id, 'by', %(by)s::bigint)) AS data
    FROM unnest(%(members)s::bigint[], %(tags)s::bigint[]) AS f (member_id, tag_id)
    JOIN members_member m ON m.id = f.member_id AND m.merged_into_id IS NULL
"""


@dataclass(frozen=True)
class TagsInGroup:
    """A group with what the member carries of it, and whether the viewer may change it."""

    group: TagGroup
    tags: list[MemberTag]
    may_set: bool


def set_tag(
    member: Member,
    tag: Tag,
    *,
    by: Staff | None,
    source: str = MemberTag.Source.PERSON,
    until: date | None = None,
) -> bool:
    """Put a tag on a member, through the day ``until`` or as long as the tag says; False when it was there already,
    with its end moved where it has one.

    Raises NotFound when ``by`` may not see the member or the group, NotAllowed ``tag_not_yours`` when they may not set
    it (a system tag: nobody), Refusal ``tag_inactive``, ``tag_end`` for a day that is past or later than the tag lasts.
    """
    return tag_many([member.pk], tag, by=by, source=source, until=until) == 1


def tag_many(
    member_ids: Iterable[int],
    tag: Tag,
    *,
    by: Staff | None,
    source: str = MemberTag.Source.PERSON,
    until: date | None = None,
) -> int:
    """Put a tag on many members, all or none; returns how many did not carry it. Raises as ``set_tag``."""
    with transaction.atomic():
        fresh = usable(tag, by)
        expires_at = end_of(fresh, until, source=source)
        ids = visible_ids(member_ids, by)
        carrying = set(carriers(fresh, ids))
        params: dict[str, Any] = {
            "members": ids,
            "tag": fresh.pk,
            "group": fresh.group_id,
            "source": source,
            "by": by.pk if by else None,
            "expires_at": expires_at,
        }
        with connection.cursor() as cursor:
            replaced = []
            if fresh.group.single_choice:
                cursor.execute(REPLACE, params)
                replaced = cursor.fetchall()
            cursor.execute(SET, params)
            new = [(row[0], fresh.pk) for row in cursor.fetchall() if row[0] not in carrying]
        tell("member.untagged", replaced, by=by)
        tell("member.tagged", new, by=by)
    return len(new)


def remove_tag(member: Member, tag: Tag, *, by: Staff | None) -> bool:
    """Take a tag off a member; False when it was not there. Raises as ``set_tag``."""
    with transaction.atomic():
        fresh = settable(tag, by)
        locked = lock_member(member, by=by)
        gone, _rows = MemberTag.objects.filter(member=locked, tag=fresh).delete()
        if gone:
            tell("member.untagged", [(locked.pk, fresh.pk)], by=by)
    return bool(gone)


def tags_of(member: Member, viewer: Staff, *, empty: bool = False) -> list[TagsInGroup]:
    """The member's tags by group, as far as ``viewer`` may see them; with ``empty`` also the groups without any."""
    carried = MemberTag.objects.visible_to(viewer).filter(living(), member=member, tag__group__in=groups_for(viewer))
    rows = list(
        carried.select_related("tag", "set_by").order_by("tag__group__position", "tag__position", "tag__name", "pk")
    )
    return [
        TagsInGroup(group, mine, may_set(group, viewer))
        for group in groups_for(viewer)
        if (mine := [row for row in rows if row.tag.group_id == group.pk]) or empty
    ]


def tags_on(member_ids: Iterable[int], viewer: Staff, **also: Any) -> dict[int, list[MemberTag]]:
    """The tags of the members on a page, as far as ``viewer`` may see them, in one query; ``also`` names expressions
    that each of them is to know."""
    carried = MemberTag.objects.visible_to(viewer).filter(living(), member__in=list(member_ids))
    rows = carried.filter(tag__group__in=groups_for(viewer)).annotate(**also).select_related("tag__group")
    found: dict[int, list[MemberTag]] = {}
    for row in rows.order_by("tag__group__position", "tag__position", "tag__name"):
        found.setdefault(row.member_id, []).append(row)
    return found


def names_on(member_ids: Iterable[int], viewer: Staff) -> dict[int, list[tuple[str, str]]]:
    """The same as names alone, each with the kind of its group, for lists that show no more of them."""
    carried = MemberTag.objects.visible_to(viewer).filter(living(), member__in=list(member_ids))
    rows = carried.filter(tag__group__in=groups_for(viewer)).values_list("member_id", "tag__name", "tag__group__kind")
    found: dict[int, list[tuple[str, str]]] = {}
    for member_id, name, kind in rows.order_by("tag__group__position", "tag__position", "tag__name"):
        found.setdefault(member_id, []).append((name, kind))
    return found


def suggest(query: str, viewer: Staff, *, limit: int = 8) -> list[Tag]:
    """Tags that ``viewer`` may set whose name holds the words or whose pinyin initials begin with them."""
    words = " ".join(query.split()).casefold()
    seen = Tag.objects.filter(group__in=groups_for(viewer), is_active=True).select_related("group")
    rows = [tag for tag in seen if may_set(tag.group, viewer)]
    found = [tag for tag in rows if words in tag.name.casefold() or initials_of(tag.name).startswith(words)]
    return sorted(found, key=lambda tag: not tag.name.casefold().startswith(words))[:limit]


def groups_for(viewer: Staff) -> QuerySet[TagGroup]:
    """The groups that ``viewer`` may see: guides those that HQ opened, everybody else all."""
    rows = TagGroup.objects.visible_to(viewer)
    return rows.filter(guides_see=True) if viewer.role == Role.GUIDE else rows


def may_set(group: TagGroup, by: Staff | None) -> bool:
    """Whether this person puts tags of the group on members by hand. Nobody sets system tags by hand; headquarters and
    the machine (None) set all others."""
    if group.kind == TagGroup.Kind.SYSTEM:
        return False
    if by is None or by.sees_all:
        return True
    return group.guides_see and group.guides_set if by.role == Role.GUIDE else group.managers_set


def end_of(tag: Tag, until: date | None, *, source: str = MemberTag.Source.PERSON) -> datetime | None:
    """The midnight that ends a tag put on now: after the day ``until``, else after as many days as the tag lasts when a
    person sets it. Raises Refusal ``tag_end`` for a day that is past or later than that."""
    today = local_day(timezone.now())
    by_hand = source == MemberTag.Source.PERSON and tag.lasts_days is not None
    latest = today + timedelta(days=tag.lasts_days or 0) if by_hand else None
    last = until or latest
    if until and until < today:
        raise Refusal(_("This day is past."), code="tag_end", extra={"field": "until"})
    if until and latest and until > latest:
        sentence = _("This tag lasts until %(day)s at most.") % {"day": latest}
        raise Refusal(sentence, code="tag_end", extra={"field": "until"})
    return first_moment(last, 0) if last else None


def carriers(tag: Tag, member_ids: Iterable[int]) -> list[int]:
    """Which of these members carry the tag now."""
    rows = MemberTag.objects.filter(living(), tag=tag, member__in=list(member_ids))
    return list(rows.values_list("member_id", flat=True))


def carried_among(member_ids: Iterable[int], tags: Iterable[Tag]) -> dict[int, int]:
    """How many of these members carry each of the tags now, by the tag's key; those that nobody carries are missing."""
    rows = MemberTag.objects.filter(living(), tag__in=list(tags), member__in=list(member_ids))
    return dict(rows.values_list("tag").annotate(Count("pk")).order_by())


def living(at: datetime | None = None) -> Q:
    """The filter on MemberTag that leaves out what has expired."""
    return Q(expires_at=None) | Q(expires_at__gt=at or timezone.now())


def tell(kind: str, rows: Iterable[tuple[int, int]], *, by: Staff | None = None) -> None:
    """Record ``member.tagged`` or ``member.untagged`` for (member, tag) pairs."""
    pairs = list(rows)
    if not pairs:
        return
    params = {
        "members": [member for member, _tag in pairs],
        "tags": [tag for _member, tag in pairs],
        "by": by.pk if by else None,
        "at": timezone.now(),
    }
    timeline.record_rows(kind, FACTS, params)


def usable(tag: Tag, by: Staff | None) -> Tag:
    """The tag as it is now, if this person may put it on members. Raises as ``set_tag``."""
    fresh = settable(tag, by)
    if not fresh.is_active:
        raise Refusal(_("This tag is no longer used. Choose another one."), code="tag_inactive")
    return fresh


def settable(tag: Tag, by: Staff | None) -> Tag:
    """The tag as it is now, if this person may set it and take it off. Raises NotFound, NotAllowed."""
    fresh = Tag.objects.select_related("group").filter(pk=tag.pk).first()
    hidden = fresh is not None and by is not None and by.role == Role.GUIDE and not fresh.group.guides_see
    if fresh is None or hidden:
        raise NotFound(_("There is no such tag."))
    if not may_set(fresh.group, by):
        sentence = _("Headquarters has not opened this group of tags to managers.")
        if fresh.group.kind == TagGroup.Kind.SYSTEM:
            sentence = _("System tags follow from the data. Nobody sets or removes them by hand.")
        elif by is not None and by.role == Role.GUIDE:
            sentence = _("Headquarters has not opened this group of tags to guides.")
        raise NotAllowed(sentence, code="tag_not_yours")
    return fresh
