"""Addresses of the stores band below /api/v1/."""

from django.urls import path

from stores.api.places import NearestStores, StoreList

urlpatterns = [
    path("stores/", StoreList.as_view(), name="stores"),
    path("stores/nearest/", NearestStores.as_view(), name="stores-nearest"),
]
