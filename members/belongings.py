"""What of this app belongs to a member: which tables go along in a merge, and which go on naming the member they name.

A test finds every column of every app that names a member and fails when one is announced nowhere.
"""

from members.models import (
    Assignment,
    BenefitUse,
    Consent,
    Erasure,
    GrowthEntry,
    HandedMember,
    Identity,
    IdentityConflict,
    ListedMember,
    Member,
    MemberFacts,
    MemberMerge,
    MemberOutlook,
    MemberPlace,
    MemberTag,
    Note,
    Order,
    PointsEntry,
    Return,
    SegmentSpan,
    StagedLine,
    TagDispute,
    TierChange,
    TierGrant,
    TierStanding,
    TimelineFact,
)
from members.oneid.lineage import goes, stays

# The kept member's tags win: the same tag, and in a group of which one is chosen the one that holds.
HAS_THE_TAG = "EXISTS (SELECT FROM members_membertag k WHERE k.member_id = %(to)s AND k.tag_id = t.tag_id)"
HAS_CHOSEN = """EXISTS (
    SELECT FROM members_membertag k JOIN members_tag kt ON kt.id = k.tag_id
    JOIN members_taggroup g ON g.id = kt.group_id AND g.single_choice JOIN members_tag mine ON mine.group_id = g.id
    WHERE k.member_id = %(to)s AND mine.id = t.tag_id AND (k.expires_at IS NULL OR k.expires_at > now())
)"""
IS_LISTED = """EXISTS (
    SELECT FROM members_listedmember k WHERE k.member_id = %(to)s AND k.member_list_id = t.member_list_id
)"""
IS_IN_IT = """t.until IS NULL AND EXISTS (
    SELECT FROM members_segmentspan k WHERE k.member_id = %(to)s AND k.segment_id = t.segment_id AND k.until IS NULL
)"""
IS_DISPUTED = """t.state = 'open' AND EXISTS (
    SELECT FROM members_tagdispute k WHERE k.member_id = %(to)s AND k.tag_id = t.tag_id AND k.state = 'open'
)"""
HAS_A_PLACE = "EXISTS (SELECT FROM members_memberplace k WHERE k.member_id = %(to)s)"
USED_IT_FOR_THAT = """EXISTS (
    SELECT FROM members_benefituse k
    WHERE k.member_id = %(to)s AND k.benefit_id = t.benefit_id AND k.reference = t.reference
)"""

goes(Identity)
goes(Order)
goes(Return)
goes(GrowthEntry)
goes(PointsEntry)
goes(MemberTag, unless=f"{HAS_THE_TAG} OR {HAS_CHOSEN}")
goes(TagDispute, unless=IS_DISPUTED)
goes(Note)
goes(Consent)
goes(TierGrant)
goes(BenefitUse, unless=USED_IT_FOR_THAT)
goes(ListedMember, unless=IS_LISTED)
goes(SegmentSpan, unless=IS_IN_IT)
goes(MemberPlace, unless=HAS_A_PLACE)
goes(TimelineFact)

stays(Identity, "origin", why="The member it first led to; an un-merge follows it.")
stays(Order, "named", why="The member the receipt named; an un-merge follows it.")
stays(Return, "named", why="The member the receipt named; an un-merge follows it.")
stays(StagedLine, "member", why="What a file or till said; the merge of orders follows the lineage.")
stays(Assignment, "member_id", why="Who looked after the absorbed record is its own history.")
stays(HandedMember, "member_id", why="Who was handed over is the history of that record; the kept one has a guide.")
stays(TierChange, "member_id", why="The tiers the absorbed record held are its own history.")
stays(MemberFacts, "member_id", why="Recomputed from the orders that moved; an absorbed member has none.")
stays(MemberOutlook, "member_id", why="Computed at night from the purchases that moved; an absorbed member has none.")
stays(TierStanding, "member_id", why="Recomputed from the growth that moved; an absorbed member has none.")
stays(Erasure, "member_id", why="Whoever was erased is merged no more.")
stays(Member, "merged_into_id", why="This is the lineage.")
stays(MemberMerge, "kept_id", "absorbed_id", why="This is the lineage.")
stays(IdentityConflict, "left_id", "right_id", why="The queue shows the living members of both.")
