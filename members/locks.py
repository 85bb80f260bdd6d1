"""The member row is the lock for everything about a member. All locks on it are taken here, in primary-key order.

The lock is FOR NO KEY UPDATE: it excludes its own kind, but not the foreign-key checks of those who only insert rows
about the member. With FOR UPDATE a redemption (template held, member checked at commit) and an issue (member held,
template wanted) would wait for each other.
"""

from collections.abc import Iterable

from django.db import connection
from django.db.transaction import TransactionManagementError
from django.utils.translation import gettext_lazy as _

from members.models import Member, MemberState
from stores.errors import NotFound
from stores.models import Staff

# as one array: thousands of single parameters take longer to read than the rows to lock
LOCK = "SELECT id FROM members_member WHERE id = ANY (%s::bigint[]) ORDER BY id FOR NO KEY UPDATE"


def lock_members(ids: Iterable[int]) -> list[int]:
    """Lock the rows of these members, smallest key first; returns the keys that exist. Needs a transaction.

    Everybody who locks several members does it here, so no two transactions can wait for each other.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("Locks on members are held until the end of a transaction.")
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [sorted(set(ids))])
        return [row[0] for row in cursor.fetchall()]


def lock_member(member: Member | int, *, by: Staff | None = None) -> Member:
    """Lock one member and return the row as it is now. Needs a transaction.

    Raises NotFound when there is no such living member, or none that ``by`` may see: the two look the same.
    """
    rows = Member.objects.visible_to(by) if by else Member.objects.all()
    pk = member if isinstance(member, int) else member.pk
    found = rows.filter(pk=pk, state=MemberState.ACTIVE).select_for_update(of=("self",), no_key=True).first()
    if found is None:
        raise NotFound(_("This member is not among those you look after."))
    return found


def visible_ids(ids: Iterable[int], by: Staff | None) -> list[int]:
    """Lock the members and return their keys, smallest first. Needs a transaction.

    Raises NotFound when one of them does not live or is not visible to ``by``; nothing may then be done to any.
    """
    wanted = set(ids)
    rows = Member.objects.visible_to(by) if by else Member.objects.all()
    rows = (
        rows.filter(pk__in=wanted, state=MemberState.ACTIVE).order_by("pk").select_for_update(of=("self",), no_key=True)
    )
    found = list(rows.values_list("pk", flat=True))
    if len(found) != len(wanted):
        raise NotFound(_("Some of these members are not among those you look after."))
    return found
