"""What of this app belongs to a member, and goes along when two members are merged (members.oneid.lineage)."""

from campaigns.models import (
    Attribution,
    GroupClaim,
    GroupMembership,
    GuideTask,
    InviteCode,
    JoinRequest,
    Participant,
    RecommendationView,
    Referral,
    ShareClick,
    SignUp,
    Touch,
    Trip,
    WecomCustomer,
)
from members.oneid.lineage import goes

HAS_THE_TASK = """EXISTS (
    SELECT FROM campaigns_guidetask k
    WHERE k.member_id = %(to)s AND k.reason = t.reason AND k.occurrence = t.occurrence
)"""
WAS_TOUCHED_SO = """EXISTS (
    SELECT FROM campaigns_touch k
    WHERE k.member_id = %(to)s AND k.source = t.source AND k.source_id = t.source_id AND k.step = t.step
        AND k.occurrence = t.occurrence AND k.channel = t.channel
)"""

# The kept member is on one journey once; a double stands still where it was.
IS_ON_IT = """EXISTS (
    SELECT FROM campaigns_trip k
    WHERE k.member_id = %(to)s AND k.journey_id = t.journey_id
        AND (k.entry = t.entry OR k.state = 'active' AND t.state = 'active')
)"""

TAKES_PART = """EXISTS (
    SELECT FROM campaigns_participant k WHERE k.member_id = %(to)s AND k.occurrence_id = t.occurrence_id
)"""

goes(GuideTask, unless=HAS_THE_TASK)
goes(Touch, unless=WAS_TOUCHED_SO)
goes(Attribution)
goes(Trip, unless=IS_ON_IT)
goes(Participant, unless=TAKES_PART)

HAS_SIGNED_UP = """EXISTS (
    SELECT FROM campaigns_signup k WHERE k.member_id = %(to)s AND k.code_id IS NOT DISTINCT FROM t.code_id
)"""
# A friend is invited once: of two invitations of one person that of the kept member counts.
WAS_INVITED = "EXISTS (SELECT FROM campaigns_referral k WHERE k.friend_id = %(to)s)"

goes(SignUp, unless=HAS_SIGNED_UP)
goes(JoinRequest)
goes(JoinRequest, column="inviter_id")
goes(InviteCode)
goes(Referral, column="inviter_id")
goes(Referral, column="friend_id", unless=WAS_INVITED)

IS_IN_THE_GROUP = """EXISTS (
    SELECT FROM campaigns_groupmembership k WHERE k.member_id = %(to)s AND k.group_id = t.group_id
)"""
HAS_CLAIMED = """EXISTS (
    SELECT FROM campaigns_groupclaim k WHERE k.member_id = %(to)s AND k.post_id = t.post_id AND k.nth = t.nth
)"""
WAS_SHOWN = """EXISTS (
    SELECT FROM campaigns_recommendationview k
    WHERE k.member_id = %(to)s AND k.recommendation_id = t.recommendation_id
)"""

goes(GroupMembership, unless=IS_IN_THE_GROUP)
goes(GroupClaim, unless=HAS_CLAIMED)
goes(ShareClick)
goes(RecommendationView, unless=WAS_SHOWN)
goes(WecomCustomer, unless="EXISTS (SELECT FROM campaigns_wecomcustomer k WHERE k.member_id = %(to)s)")
