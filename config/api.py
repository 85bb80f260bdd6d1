"""Assembly of the partner API: one URL table per app, its description and its readable pages."""

from importlib.util import find_spec

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

APPS = ("stores", "members", "coupons", "campaigns")

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    *(path("", include(f"{app}.api.urls")) for app in APPS if find_spec(f"{app}.api.urls")),
]
