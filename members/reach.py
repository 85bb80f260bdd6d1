"""What a partner's key reaches that is limited to stores: whose data it reads, and whose receipts it takes back.

A till's key lies in a shop. Should it be taken, it tells about the members of its stores alone: those whose home is
there or who have bought there. Whoever comes in for the first time is named by their identity, which needs no reading.
"""

from collections.abc import Collection

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from members.models import Member, Order
from stores.policy import define

READ_ALL = define("partners.read_all_members", False, _("Keys limited to stores read every member"))
RETURN_ANYWHERE = define("partners.return_anywhere", True, _("Tills take back what another store has sold"))


def members_of(stores: Collection[int] | None) -> Q:
    """The members that a key limited to these stores reads, as a condition on Member; None: a key without limits."""
    if not stores or READ_ALL.value:
        return Q()
    bought = Exists(Order.objects.filter(member=OuterRef("pk"), store__in=stores))
    return Q(home_store__in=stores) | Q(bought)


def reads(member: Member, stores: Collection[int] | None) -> bool:
    """Whether a key limited to these stores reads this member."""
    limits = members_of(stores)
    return not limits or Member.objects.filter(limits, pk=member.pk).exists()
