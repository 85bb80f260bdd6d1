"""One's own data: section -> dotted path of the function that gives what the house knows, bottom band first.

A function gets the keys of the member's records, the living one first, and returns rows of plain values. A test finds
every table that names a member; those that no section reads stand in ``LEFT_OUT`` with the reason.
"""

PERSONAL_DATA: dict[str, str] = {
    "profile": "members.privacy.personal.profile",
    "identities": "members.privacy.personal.identities",
    "places": "members.privacy.personal.places",
    "consents": "members.privacy.personal.consents",
    "tags": "members.privacy.personal.tags",
    "tag_disputes": "members.privacy.personal.tag_disputes",
    "notes": "members.privacy.personal.notes",
    "guides": "members.privacy.personal.guides",
    "orders": "members.privacy.personal.orders",
    "returns": "members.privacy.personal.returns",
    "growth": "members.privacy.personal.growth",
    "points": "members.privacy.personal.points",
    "tiers": "members.privacy.personal.tiers",
    "tier_grants": "members.privacy.personal.tier_grants",
    "benefits": "members.privacy.personal.benefits",
    "conclusions": "members.privacy.personal.conclusions",
    "outlooks": "members.privacy.personal.outlooks",
    "lists": "members.privacy.personal.lists",
    "segments": "members.privacy.personal.segments",
    "looks": "members.privacy.personal.looks",
    "coupons": "coupons.personal.coupons",
    "offers": "coupons.personal.offers",
    "exchanges": "coupons.personal.exchanges",
    "gifts": "coupons.personal.gifts",
    "packs": "coupons.personal.packs",
    "contacts": "campaigns.personal.contacts",
    "tasks": "campaigns.personal.tasks",
    "attributions": "campaigns.personal.attributions",
    "promotions": "campaigns.personal.promotions",
    "journeys": "campaigns.personal.journeys",
    "campaigns": "campaigns.personal.campaigns",
    "sign_ups": "campaigns.personal.sign_ups",
    "invitations": "campaigns.personal.invitations",
    "store_groups": "campaigns.personal.groups",
    "group_claims": "campaigns.personal.claims",
    "share_links": "campaigns.personal.followed_links",
    "recommendations": "campaigns.personal.recommendations",
}

LEFT_OUT: dict[str, str] = {
    "campaigns_wecomcustomer": "Which of the tags, which are there, WeCom carries as well.",
    "members_tierstanding": "Dates computed from the growth ledger and the tiers, which are there.",
    "members_handedmember": "Who looks after the member, and did, is told in the section of guides.",
    "members_identityconflict": "A question about two records; the other may be somebody else.",
    "members_erasure": "Whoever was erased has no data to take along.",
    "members_stagedline": "Orders on their way; they are there once they have arrived.",
}
