"""Tables of changes of what HQ offers. Coupons, budgets used and quotas used have histories of their own."""

from coupons.models.gift import TierGift
from coupons.models.offer import GuideBudget, OfferQuota, StoreBudget
from coupons.models.pack import CouponPack, PackItem
from coupons.models.template import CouponTemplate, CouponTerms
from stores.tracking import history_of


class CouponTemplateHistory(
    history_of(CouponTemplate, without=["issued", "budget_used", "created_by", "created_at", "updated_at"])
):
    """Changes of coupon templates."""


class CouponTermsHistory(history_of(CouponTerms, without=["created_at"])):
    """Versions of terms, which no verb changes."""


class TierGiftHistory(history_of(TierGift, without=["created_at"])):
    """Changes of the gifts of tiers."""


class CouponPackHistory(history_of(CouponPack, without=["created_by", "created_at", "updated_at"])):
    """Changes of coupon packs."""


class PackItemHistory(history_of(PackItem)):
    """Changes of what packs consist of."""


class GuideBudgetHistory(history_of(GuideBudget, fields=["guide", "month", "limit", "count_limit"], made=False)):
    """Changes of guides' offer budgets by hand and by requests for more."""


class StoreBudgetHistory(history_of(StoreBudget, fields=["store", "month", "limit", "count_limit"], made=False)):
    """Changes of stores' offer budgets by hand."""


class OfferQuotaHistory(history_of(OfferQuota, fields=["guide", "template", "month", "limit"], made=False)):
    """Changes of guides' quotas by hand."""
