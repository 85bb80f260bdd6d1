"""What rules may ask of the coupons band; see members.segments.registry."""

from django.utils.translation import gettext_lazy as _

from coupons.models import CouponTemplate
from members.segments.facts.happened import HappenedFact, HeldFact
from members.segments.facts.options import Rows
from members.segments.nextsteps import NextStep, announce_steps
from members.segments.registry import Narrow, announce

COUPONS = _("Coupons and offers")
MOVES = ("coupon.issued", "coupon.redeemed", "coupon.reversed", "coupon.expired", "coupon.voided", "member.merged",
         "member.unmerged")  # fmt: skip
OFFERS = (*MOVES, "offer.sent", "offer.recalled")
OF_TEMPLATES = {"templates": Narrow(_("of the coupon templates"), Rows(CouponTemplate))}

announce(
    [
        HeldFact(
            "coupons_held",
            _("Usable coupons"),
            group=COUPONS,
            source="""
                SELECT member_id, valid_until AS at, template_id AS templates FROM coupons_coupon
                 WHERE state = 'issued'""",
            hears=MOVES,
            narrows=OF_TEMPLATES,
        ),
        HappenedFact(
            "coupons_received",
            _("Coupons received"),
            group=COUPONS,
            source="""
                SELECT member_id, issued_at AS at, template_id AS templates FROM coupons_coupon
                 WHERE state <> 'voided'""",
            hears=MOVES,
            narrows=OF_TEMPLATES,
        ),
        HappenedFact(
            "coupons_used",
            _("Coupons used"),
            group=COUPONS,
            source="""
                SELECT member_id, used_at AS at, template_id AS templates FROM coupons_coupon WHERE state = 'used'""",
            hears=MOVES,
            narrows=OF_TEMPLATES,
        ),
        HappenedFact(
            "offers_sent",
            _("Offers of guides received"),
            group=COUPONS,
            source="""
                SELECT member_id, sent_at AS at, template_id AS templates FROM coupons_offer
                 WHERE state = 'sent' AND sent_at IS NOT NULL""",
            hears=OFFERS,
            narrows=OF_TEMPLATES,
        ),
        HappenedFact(
            "offers_used",
            _("Offers of guides used"),
            group=COUPONS,
            source="""
                SELECT c.member_id, c.used_at AS at, c.template_id AS templates
                  FROM coupons_offer o JOIN coupons_coupon c ON c.id = o.coupon_id WHERE c.state = 'used'""",
            hears=OFFERS,
            narrows=OF_TEMPLATES,
        ),
    ]
)
announce_steps([NextStep(_("Issue a coupon to these"), "admin:coupons_issuerun_add", "coupons.add_issuerun")])
