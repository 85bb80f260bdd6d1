"""Addresses of the members band below /api/v1/."""

from django.urls import path

from members.api.tiers import TierList

urlpatterns = [path("tiers/", TierList.as_view(), name="tiers")]
