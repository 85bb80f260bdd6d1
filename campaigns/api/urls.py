"""Addresses of the campaigns band below /api/v1/."""

from django.urls import path

from campaigns.api.campaigns import CampaignList
from campaigns.api.groups import GroupJoin, GroupLeave, GroupPostClaim, GroupPosts
from campaigns.api.inbox import Inbox, InboxClick, InboxRead
from campaigns.api.quotes import QuoteView
from campaigns.api.recommendations import MemberRecommendations
from campaigns.api.recruiting import CodeScanView, MemberReferrals, ReferralView
from campaigns.api.sharing import ShareCode, ShareCodeClaim, ShareCodeClick

urlpatterns = [
    path("campaigns/", CampaignList.as_view(), name="campaigns"),
    path("channel-codes/<str:code>/scan/", CodeScanView.as_view(), name="channel-code-scan"),
    path("referrals/", ReferralView.as_view(), name="referrals"),
    path("members/<str:member>/referrals/", MemberReferrals.as_view(), name="member-referrals"),
    path("quotes/", QuoteView.as_view(), name="quotes"),
    path("members/<str:member>/inbox/", Inbox.as_view(), name="member-inbox"),
    path("inbox/<str:touch>/read/", InboxRead.as_view(), name="inbox-read"),
    path("inbox/<str:touch>/click/", InboxClick.as_view(), name="inbox-click"),
    path("members/<str:member>/recommendations/", MemberRecommendations.as_view(), name="member-recommendations"),
    path("group-codes/<str:code>/join/", GroupJoin.as_view(), name="group-join"),
    path("group-codes/<str:code>/leave/", GroupLeave.as_view(), name="group-leave"),
    path("group-codes/<str:code>/posts/", GroupPosts.as_view(), name="group-posts"),
    path("group-posts/<str:post>/claim/", GroupPostClaim.as_view(), name="group-post-claim"),
    path("share-codes/<str:code>/", ShareCode.as_view(), name="share-code"),
    path("share-codes/<str:code>/click/", ShareCodeClick.as_view(), name="share-code-click"),
    path("share-codes/<str:code>/claim/", ShareCodeClaim.as_view(), name="share-code-claim"),
]
