"""Addresses of the campaigns band below /api/v1/."""

from django.urls import path

from campaigns.api.campaigns import CampaignList
from campaigns.api.quotes import QuoteView

urlpatterns = [
    path("campaigns/", CampaignList.as_view(), name="campaigns"),
    path("quotes/", QuoteView.as_view(), name="quotes"),
]
