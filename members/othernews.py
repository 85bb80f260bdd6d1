"""The words for orders that were corrected, birthdays to come, and erasures. See ``members.chronicle``."""

from collections.abc import Mapping, Sequence
from datetime import date

from django.utils.translation import gettext as _

from members.chronicle import Category, Words, tells
from members.happenings import names, yuan
from members.models import Birthday, Order, TimelineFact
from stores.models import Staff


@tells("order.revised", category=Category.ORDER, icon="pen")
def _revised(facts: Sequence[TimelineFact]) -> Mapping[int, Words]:
    """What a corrected order comes to now, and which it is."""
    orders = Order.objects.select_related("store").in_bulk([fact.subject for fact in facts])
    return {
        fact.pk: Words(
            _("Order corrected: %(amount)s") % {"amount": yuan(orders[fact.subject].net_amount)},
            f"{orders[fact.subject].store} · {orders[fact.subject].order_no}",
        )
        for fact in facts
        if fact.subject in orders
    }


@tells("member.birthday_near", category=Category.PROFILE, icon="cake")
def _birthdays(facts: Sequence[TimelineFact]) -> Mapping[int, Words]:
    """On which day, and by which calendar where it is the lunar one."""
    told = {}
    for fact in facts:
        on = date.fromisoformat(fact.data["on"])
        lunar = fact.data.get("calendar") == Birthday.LUNAR
        told[fact.pk] = Words(_("Birthday on %(date)s") % {"date": f"{on:%m-%d}"}, str(Birthday.LUNAR.label) * lunar)
    return told


@tells("member.erased", category=Category.PROFILE, icon="shield")
def _erased(facts: Sequence[TimelineFact]) -> Mapping[int, Words]:
    """Who carried out that everything personal went."""
    people = names(Staff, facts, "by")
    return {fact.pk: Words(_("Personal data erased"), people.get(fact.data.get("by"), "")) for fact in facts}
