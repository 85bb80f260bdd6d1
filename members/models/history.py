"""Tables of changes of the classed tables of this band. Growth, points, tier and stage have ledgers of their own."""

from members.models.earning import EarningRule
from members.models.member import Consent, Identity, Member
from members.models.order import Category, Product
from members.models.segment import Segment
from members.models.tag import Tag, TagGroup
from members.models.tier import Benefit, Tier
from members.models.tiering import TierGrant, TierRules
from members.models.wording import ConsentWording
from stores.tracking import history_of


class MemberHistory(
    history_of(Member, fields=["name", "birthday", "birthday_calendar", "state", "merged_into"], made=False)
):
    """Changes of members' profiles. They go when the member is erased."""


class IdentityHistory(history_of(Identity, fields=["member", "kind", "shown", "origin", "source"], made=False)):
    """Identities that moved or were removed, masked. They go when the member is erased."""


class ConsentHistory(history_of(Consent, without=["recorded_at"], made=False)):
    """Entries of the consent ledger that were changed or removed, which no verb does."""


class ConsentWordingHistory(history_of(ConsentWording, without=["made_at"])):
    """Wordings that were added; no verb changes one."""


class TierHistory(history_of(Tier, without=["updated_at"])):
    """Changes of tiers."""


class BenefitHistory(history_of(Benefit)):
    """Changes of benefits."""


class TierRulesHistory(history_of(TierRules, without=["simulation", "simulated_at", "job", "created_at"])):
    """Changes of tier rules."""


class TierGrantHistory(history_of(TierGrant)):
    """Tiers given by hand and taken back."""


class EarningRuleHistory(history_of(EarningRule)):
    """Changes of earning rules."""


class TagGroupHistory(history_of(TagGroup)):
    """Changes of tag groups."""


class TagHistory(history_of(Tag, without=["refreshed_at"])):
    """Changes of tags."""


class CategoryHistory(history_of(Category, made=False)):
    """Changes of categories; new ones come with the orders."""


class ProductHistory(history_of(Product, made=False)):
    """Changes of products; new ones come with the orders."""


class SegmentHistory(history_of(Segment, fields=["name", "note", "kind", "rule", "is_active", "is_live"])):
    """Changes of segments and their rules."""
