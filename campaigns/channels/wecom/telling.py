"""Tags and names carried to WeCom: what changed is written down at once, and told a little later, some at a time.

Only what differs is told: the tags a member has here (of groups that guides see) beside those that WeCom was given.
Marking and remarking twice is once, so whatever is unclear is simply told again. A lease keeps two workers apart; one
that died leaves it to run out.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy

from campaigns.channels.calling import NotTaken, Refused, Unclear
from campaigns.channels.wecom import client, corptags, customers
from campaigns.channels.wecom.guides import user_id
from campaigns.models import WecomCustomer
from members.models import Identity, IdentityKind, Member, MemberState, MemberTag, Tag
from members.oneid.identityseals import value_of
from members.tags import living
from stores.policy import define

TELL_TASK = "campaigns.tell_wecom"
TAGS = define("wecom.push_tags", False, gettext_lazy("WeCom: customers carry there the tags that guides see here"))
REMARKS = define("wecom.push_remarks", False, gettext_lazy("WeCom: a new guide's customers get their names as remarks"))
PER_MINUTE = define(
    "wecom.changes_per_minute", 60, gettext_lazy("WeCom: tags and remarks told in a minute"), minimum=2, maximum=600
)
GATHER = timedelta(minutes=1)  # several changes of one member are told together
LEASE, SECONDS = timedelta(minutes=5), 20.0
FIRST_WAIT, LONGEST_WAIT, PATIENCE = timedelta(minutes=1), timedelta(hours=1), timedelta(days=3)
# After a change of guide WeCom knows the new one only once the hand-over took effect: a day or two.
NOT_YET_THERE, WAIT_FOR_HAND_OVER = {"not_customer"}, timedelta(hours=6)
WISH = """
    INSERT INTO campaigns_wecomcustomer AS c
        (member_id, tags, wants_remark, wish, due_at, since, attempt, reason)
    SELECT m.id, '{}', %(remark)s, 1, %(due)s, %(now)s, 0, '' FROM members_member m
     WHERE m.id = ANY(%(members)s) AND m.state = 'active' AND m.guide_id IS NOT NULL
       AND EXISTS (SELECT FROM members_identity i WHERE i.member_id = m.id AND i.kind = 'wecom_external_id')
     ORDER BY m.id
    ON CONFLICT (member_id) DO UPDATE
       SET wish = c.wish + 1, wants_remark = c.wants_remark OR excluded.wants_remark, attempt = 0, reason = '',
           since = CASE WHEN c.due_at IS NULL THEN excluded.since ELSE c.since END,
           due_at = least(c.due_at, excluded.due_at)
"""
TAKE = """
    UPDATE campaigns_wecomcustomer c SET due_at = %(lease)s, attempt = c.attempt + 1
      FROM (SELECT id FROM campaigns_wecomcustomer WHERE due_at <= %(now)s
             ORDER BY due_at LIMIT %(size)s FOR NO KEY UPDATE SKIP LOCKED) AS due
     WHERE c.id = due.id
    RETURNING c.id
"""


@dataclass(frozen=True)
class Wanted:
    """What WeCom is to know of a customer: the guide's account, the customer's id there, and the tags by their ids."""

    row: WecomCustomer
    member: Member
    external_id: str
    tags: frozenset[str]

    @property
    def has_moved(self) -> bool:
        """Whether another guide looks after them than when WeCom was last told: there they carry nothing yet."""
        return self.row.guide_id != self.member.guide_id


def wish_after_tags(changes: Iterable[tuple[int, int]]) -> int:
    """Members whose tags changed, as (member, tag), are to be told about; returns how many. Only tags that guides see
    count, and nothing is written down without WeCom or while headquarters have it switched off."""
    rows = list(changes)
    if not rows or not client.is_set_up() or not TAGS.value:
        return 0
    seen = set(Tag.objects.filter(pk__in={tag for _, tag in rows}, group__guides_see=True).values_list("pk", flat=True))
    return _wish([member for member, tag in rows if tag in seen], remark=False)


def wish_after_assignments(members: Sequence[int]) -> int:
    """Members who got another guide are to be told about: their names to that guide, and their tags."""
    if not client.is_set_up() or not (TAGS.value or REMARKS.value):
        return 0
    return _wish(members, remark=bool(REMARKS.value))


def tell_due() -> int:
    """Tell WeCom what is due, at most ``wecom.changes_per_minute`` / 2 customers (it is asked twice a minute); returns
    how many were settled. A WeCom that is busy or away is left in peace until the next time."""
    if not client.is_set_up():
        return 0
    until, settled = time.monotonic() + SECONDS, 0
    rows = _taken(max(1, PER_MINUTE.value // 2))
    try:
        wanted = _wanted(rows)
    except (NotTaken, Unclear, Refused) as error:
        _put_off(rows, error)
        return 0
    told = {one.row.pk for one in wanted}
    settled += _settle_without([row for row in rows if row.pk not in told])
    for nth, one in enumerate(wanted):
        try:
            if time.monotonic() > until:
                raise NotTaken("no_time")
            _tell(one)
        except Refused as error:
            settled += _refused(one, error)
        except (NotTaken, Unclear) as error:
            _put_off([other.row for other in wanted[nth:]], error)
            break
        else:
            settled += _settle(one)
    return settled


def _wish(members: Sequence[int], *, remark: bool) -> int:
    now = timezone.now()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(WISH, {"members": sorted(set(members)), "remark": remark, "now": now, "due": now + GATHER})
        return cursor.rowcount


def _taken(size: int) -> list[WecomCustomer]:
    now = timezone.now()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(TAKE, {"now": now, "lease": now + LEASE, "size": size})
        ids = [row[0] for row in cursor.fetchall()]
    return list(WecomCustomer.objects.filter(pk__in=ids).select_related("member__guide").order_by("since", "pk"))


def _wanted(rows: Sequence[WecomCustomer]) -> list[Wanted]:
    """What WeCom is to know, of those who are customers of somebody who works here."""
    members = {
        row.member_id: row.member
        for row in rows
        if row.member.state == MemberState.ACTIVE and row.member.guide is not None and row.member.guide.is_active
    }
    identities = Identity.objects.filter(member__in=members, kind=IdentityKind.WECOM_EXTERNAL_ID)
    there = {one.member_id: value_of(one) for one in identities.order_by("member_id", "pk").distinct("member_id")}
    carried = _tags_of(members) if TAGS.value else {}
    return [
        Wanted(row, row.member, there[row.member_id], carried.get(row.member_id, frozenset()))
        for row in rows
        if there.get(row.member_id)
    ]


def _tags_of(members: Iterable[int]) -> dict[int, frozenset[str]]:
    """Member -> the ids in WeCom of the tags they carry here, as far as guides see them."""
    held: dict[int, list[corptags.Name]] = defaultdict(list)
    rows = MemberTag.objects.filter(living(), member__in=list(members), tag__group__guides_see=True)
    for member, group, tag in rows.values_list("member_id", "tag__group__name", "tag__name"):
        held[member].append((group, tag))
    ids = corptags.ids_of({name for names in held.values() for name in names})
    return {member: frozenset(ids[name] for name in names if name in ids) for member, names in held.items()}


def _tell(one: Wanted) -> None:
    """The name first, then what differs of the tags. Raises NotTaken, Refused, Unclear."""
    guide = user_id(one.member.guide) if one.member.guide else ""
    if one.row.wants_remark and REMARKS.value:
        customers.remark(guide, one.external_id, name=one.member.name)
    if TAGS.value:
        before = frozenset() if one.has_moved else frozenset(one.row.tags)
        add, remove = sorted(one.tags - before), sorted(before - one.tags)
        customers.mark_tags(guide, one.external_id, add=add, remove=remove)


def _settle(one: Wanted) -> int:
    """Told. What was wished for meanwhile stays due."""
    same = WecomCustomer.objects.filter(pk=one.row.pk)
    tags = sorted(one.tags) if TAGS.value else one.row.tags
    same.update(guide=one.member.guide_id, tags=tags, told_at=timezone.now(), reason="", attempt=0)
    same.filter(wish=one.row.wish).update(wants_remark=False, due_at=None)
    same.exclude(wish=one.row.wish).update(due_at=timezone.now(), since=timezone.now())
    return 1


def _settle_without(rows: Sequence[WecomCustomer]) -> int:
    """Nobody there to be told about: no customer of anybody who works here."""
    found = WecomCustomer.objects.filter(pk__in=[row.pk for row in rows])
    return found.update(due_at=None, wants_remark=False, reason="not_customer")


def _refused(one: Wanted, error: Refused) -> int:
    """Turned down for good, unless the customer is only on the way to this guide."""
    waits = one.has_moved and error.reason in NOT_YET_THERE and timezone.now() - one.row.since < PATIENCE
    due = timezone.now() + WAIT_FOR_HAND_OVER if waits else None
    WecomCustomer.objects.filter(pk=one.row.pk).update(due_at=due, reason=error.reason[:40])
    return not waits


def _put_off(rows: Sequence[WecomCustomer], error: NotTaken | Unclear | Refused) -> None:
    """Tried again at growing distances, as long as it makes sense."""
    now, told_at = timezone.now(), getattr(error, "retry_at", None)
    for row in rows:
        wait = min(FIRST_WAIT * 2 ** min(row.attempt - 1, 8), LONGEST_WAIT)
        due: datetime | None = max(told_at or now, now + wait)
        given_up = now - row.since > PATIENCE
        changes: dict[str, Any] = {"reason": error.reason[:40], "due_at": None if given_up else due}
        WecomCustomer.objects.filter(pk=row.pk).update(**changes)
