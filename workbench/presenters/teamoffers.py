"""What a leader sees of offers: this month's budgets of the store and of each guide, and what came of the coupons."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.results import Results, offers_board
from coupons import storebudgets, topups
from coupons.models import GuideBudget
from coupons.quotas import Purse, month_of, untouched
from coupons.storebudgets import StoreMonth
from stores.models import Staff, Store
from workbench.presenters import periods, purses
from workbench.presenters import topups as wishes
from workbench.presenters.cards import dotted
from workbench.presenters.links import address
from workbench.templatetags.formats import yuan


@dataclass(frozen=True)
class GuideOffers:
    """One guide's month: what is left, and what came of what was sent."""

    name: str
    url: str
    purses: Sequence[purses.PurseLine]
    words: str


@dataclass(frozen=True)
class StoreOffers:
    """One store's month in the list of an area manager."""

    name: str
    url: str
    purses: Sequence[purses.PurseLine]
    is_current: bool


def region(leader: Staff, current: Store, held: Sequence[StoreMonth]) -> dict[str, object]:
    """The budgets of all stores of an area manager, and together; nothing for whoever leads one store."""
    if leader.leads_store:
        return {"region_purses": [], "region_stores": []}
    return {
        "region_purses": purses.lines(_("All stores"), storebudgets.together(one.purse for one in held)),
        "region_stores": [
            StoreOffers(
                one.store.name,
                address("team-offers", query={"store": one.store.pk}),
                purses.lines(one.store.name, one.purse),
                one.store == current,
            )
            for one in held
        ],
    }


def ask_of(store: Store, leader: Staff) -> dict[str, str] | None:
    """How a manager asks for more for the store, or what was asked; None for those above, who raise it themselves."""
    if not leader.leads_store:
        return None
    asked = topups.open_of_store(leader, store)
    url = address("top-up", query={"whole": 1})
    return {"id": wishes.STORE_ASK, "url": url, "asked": wishes.amount(asked.count, asked.value) if asked else ""}


def board(store: Store, stores: Sequence[Store], leader: Staff) -> dict[str, object]:
    """The month of a store, its guides from A to Z by name, and of all ``stores``; in five queries however many."""
    month, period = month_of(store, timezone.now()), periods.period_of(store, periods.MONTH)
    rows = GuideBudget.objects.visible_to(leader).filter(month=month, guide__store=store)
    held = {row.guide_id: purse_of(row) for row in rows}
    of_stores = storebudgets.by_store(leader, stores)
    own = next(one.purse for one in of_stores if one.store == store)
    fresh = untouched()["guide"]
    return {
        "store_purses": purses.lines(_("The store's budget"), own),
        "guides": [
            _line(guide, found, held.get(guide.pk, fresh))
            for guide, found in offers_board(store, period.since, period.until)
        ],
        **region(leader, store, of_stores),
    }


def purse_of(row: GuideBudget) -> Purse:
    """The budget of a row."""
    return Purse(row.limit, row.used, row.count_limit, row.count_used)


def _line(guide: Staff, row: Results, purse: Purse) -> GuideOffers:
    rate = f"{round(row.redemption_rate * 100)}%" if row.redemption_rate is not None else ""
    words = dotted(
        _("%(sent)s sent") % {"sent": row.sent},
        _("%(used)s used") % {"used": row.redeemed} if row.sent else "",
        rate,
        _("%(sum)s in sales") % {"sum": yuan(row.sales)} if row.sales else "",
        "" if purse.limit is not None else _("%(sum)s given") % {"sum": yuan(purse.used or Decimal(0))},
    )
    url = address("members", query={"guide": guide.pk})
    return GuideOffers(guide.name, url, purses.lines(_("Budget"), purse), words)
