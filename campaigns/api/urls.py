"""Addresses of the campaigns band below /api/v1/."""

from django.urls import path

from campaigns.api.campaigns import CampaignList
from campaigns.api.inbox import Inbox, InboxClick, InboxRead
from campaigns.api.quotes import QuoteView

urlpatterns = [
    path("campaigns/", CampaignList.as_view(), name="campaigns"),
    path("quotes/", QuoteView.as_view(), name="quotes"),
    path("members/<str:member>/inbox/", Inbox.as_view(), name="member-inbox"),
    path("inbox/<str:touch>/read/", InboxRead.as_view(), name="inbox-read"),
    path("inbox/<str:touch>/click/", InboxClick.as_view(), name="inbox-click"),
]
