"""Addresses of the campaigns band below /api/v1/."""

from django.urls import path

from campaigns.api.campaigns import CampaignList

urlpatterns = [path("campaigns/", CampaignList.as_view(), name="campaigns")]
