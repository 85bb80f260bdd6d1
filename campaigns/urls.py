"""Addresses of the campaigns band for members."""

from django.urls import path

from campaigns.views.stopping import stop_messages

urlpatterns = [
    path("<str:signed>/", stop_messages, name="stop-messages"),
]
