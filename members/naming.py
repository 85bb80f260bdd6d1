"""How a member is named by those who do not know our rows: by public id, or by an identity.

The id of a member who was merged leads to the one they have become.
"""

from django.utils.translation import gettext_lazy as _

from members.models import Member, MemberState
from members.oneid import lineage
from members.oneid.identities import find, parse_identity
from stores.errors import NotFound, Refusal
from stores.ids import parse_public_id


def named_id(member: str = "", identity: str = "") -> int | None:
    """The key of the member named by ``mem_…`` or ``phone:138…``; None when neither is given.

    A public id is not looked up: whoever uses the key finds out whether there is such a row, and whom it has become
    (members.oneid.lineage). Raises Refusal ``member_named_twice``, BadIdentity, NotFound ``member_not_found``.
    """
    if member and identity:
        raise Refusal(_("Name the member once: by member or by identity."), code="member_named_twice")
    if member:
        try:
            return parse_public_id("mem", member)
        except NotFound:
            raise nobody() from None
    if identity:
        found = find(*parse_identity(identity))
        if found is None:
            raise nobody()
        return found.pk
    return None


def named(member: str = "", identity: str = "") -> Member:
    """The living member that is named, with tier. Raises as ``named_id``, and NotFound when nobody is named."""
    pk = named_id(member, identity)
    if pk is None:
        raise nobody()
    found = Member.objects.select_related("tier", "home_store", "guide").filter(pk=pk).first()
    found = lineage.living(found) if found else None
    if found is None or found.state != MemberState.ACTIVE:
        raise nobody()
    return found


def nobody() -> NotFound:
    """The refusal for a member who is not there, for the caller to raise."""
    return NotFound(_("There is no such member."), code="member_not_found")
