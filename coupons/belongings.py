"""What of this app belongs to a member, and goes along when two members are merged (members.oneid.lineage)."""

from coupons.models import Coupon, GivenGift, GivenPack, Offer, PointsExchange
from members.oneid.lineage import goes

# A bulk issue gives each member one. Who brings a second one along keeps it, marked.
HAS_ONE_OF_THE_RUN = """t.run_id IS NOT NULL AND NOT t.is_double AND EXISTS (
    SELECT FROM coupons_coupon k WHERE k.run_id = t.run_id AND k.member_id = %(to)s AND NOT k.is_double
)"""
GOT_THE_GIFT = """EXISTS (
    SELECT FROM coupons_givengift k WHERE k.member_id = %(to)s AND k.gift_id = t.gift_id AND k.period = t.period
)"""
# The same occasion may have given each of them the pack.
WAS_GIVEN_THE_PACK = """NOT t.is_double AND EXISTS (
    SELECT FROM coupons_givenpack k WHERE k.member_id = %(to)s AND k.pack_id = t.pack_id
       AND k.request_key = t.request_key AND NOT k.is_double
)"""

goes(Coupon, unless=HAS_ONE_OF_THE_RUN)
goes(Coupon, marks="is_double = true", unmarks="is_double = false")
goes(Offer)
goes(PointsExchange)
goes(GivenGift, unless=GOT_THE_GIFT)
goes(GivenPack, unless=WAS_GIVEN_THE_PACK)
goes(GivenPack, marks="is_double = true", unmarks="is_double = false")
