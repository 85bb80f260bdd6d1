"""What happens after what: kind of fact -> the reactions it sets off, in this order.

A reaction is the dotted path of a function that receives the list of facts of one batch. It runs after the
transaction that recorded them, once per batch, and is repeated until it succeeds. Reading this table is enough to know
what follows from an event; a reaction that is not here does not run.
"""

REACTIONS: dict[str, tuple[str, ...]] = {
    "order.recorded": (
        "coupons.reactions.reconcile_orders",
        "campaigns.reactions.attribute_orders",
        "campaigns.reactions.close_tasks_by_orders",
        "campaigns.reactions.count_promotions",
        "campaigns.reactions.settle_referrals",
        "campaigns.reactions.earn_commissions",
        "campaigns.reactions.move_journeys",
        "members.reactions.refresh_tags",
        "members.reactions.follow_segments",
    ),
    "order.revised": (
        "coupons.reactions.reconcile_orders",
        "campaigns.reactions.attribute_orders",
        "campaigns.reactions.close_tasks_by_orders",
        "campaigns.reactions.count_promotions",
        "campaigns.reactions.settle_referrals",
        "campaigns.reactions.earn_commissions",
        "members.reactions.refresh_tags",
        "members.reactions.follow_segments",
    ),
    "order.returned": (
        "coupons.reactions.give_back_returns",
        "campaigns.reactions.correct_attribution",
        "campaigns.reactions.count_promotions_of_returns",
        "campaigns.reactions.settle_referrals_of_returns",
        "campaigns.reactions.lower_commissions",
        "members.reactions.refresh_tags",
        "members.reactions.follow_segments",
    ),
    "coupon.redeemed": (
        "coupons.reactions.give_back_redeemed",
        "campaigns.reactions.attribute_redemptions",
        "campaigns.reactions.earn_commissions_of_redemptions",
        "campaigns.reactions.move_journeys",
        "members.reactions.follow_segments_late",
    ),
    "coupon.reversed": (
        "campaigns.reactions.attribute_redemptions",
        "members.reactions.follow_segments_late",
    ),
    "coupon.voided": (
        "coupons.reactions.give_points_back",
        "members.reactions.follow_segments_late",
    ),
    "coupon.expired": (
        "coupons.reactions.give_points_back",
        "members.reactions.follow_segments_late",
    ),
    "offer.sent": (
        "campaigns.reactions.record_touches",
        "campaigns.reactions.close_tasks_by_offers",
        "members.reactions.follow_segments_late",
    ),
    "offer.recalled": (
        "campaigns.reactions.reopen_tasks_by_recalls",
        "members.reactions.follow_segments_late",
    ),
    "member.tier_changed": (
        "coupons.reactions.give_gifts",
        "campaigns.reactions.move_journeys",
        "members.reactions.follow_segments",
    ),
    "member.birthday_near": (
        "coupons.reactions.give_gifts",
        "campaigns.reactions.move_journeys",
    ),
    "member.merged": (
        "coupons.reactions.follow_merges",
        "campaigns.reactions.follow_merges",
        "members.reactions.follow_segments",
    ),
    "member.regathered": (
        "coupons.reactions.follow_merges",
        "campaigns.reactions.follow_merges",
        "members.reactions.follow_segments",
    ),
    "member.unmerged": (
        "coupons.reactions.follow_partings",
        "campaigns.reactions.follow_partings",
        "members.reactions.follow_segments",
    ),
    "member.erased": (
        "coupons.reactions.forget_erased",
        "campaigns.reactions.forget_erased",
    ),
    "member.assigned": (
        "campaigns.reactions.follow_assignments",
        "campaigns.reactions.hand_over_in_wecom",
        "campaigns.reactions.remark_in_wecom",
    ),
    "member.created": (
        "campaigns.reactions.move_journeys",
        "members.reactions.follow_segments",
    ),
    "member.stage_changed": (
        "campaigns.reactions.move_journeys",
        "members.reactions.follow_segments",
    ),
    "member.recruited": ("campaigns.reactions.welcome_recruits",),
    "member.tier_notice": ("campaigns.reactions.move_journeys",),
    "segment.entered": ("campaigns.reactions.move_journeys",),
    "segment.left": ("campaigns.reactions.move_journeys",),
    "coupon.issued": (
        "campaigns.reactions.move_journeys",
        "members.reactions.follow_segments_late",
    ),
    "coupon.expiring": ("campaigns.reactions.move_journeys",),
    "task.closed": (
        "campaigns.reactions.move_journeys",
        "members.reactions.follow_segments_late",
    ),
    "member.updated": ("members.reactions.follow_segments",),
    "member.tagged": (
        "members.reactions.follow_segments",
        "campaigns.reactions.tag_in_wecom",
    ),
    "member.untagged": (
        "members.reactions.follow_segments",
        "campaigns.reactions.tag_in_wecom",
    ),
    "growth.adjusted": ("members.reactions.follow_segments",),
    "points.adjusted": ("members.reactions.follow_segments",),
    "points.spent": ("members.reactions.follow_segments",),
    "points.given_back": ("members.reactions.follow_segments",),
}
