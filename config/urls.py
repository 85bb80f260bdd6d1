"""All addresses: the guides' workbench at /, HQ's admin at /hq/, the partners' API at /api/v1/."""

from importlib.util import find_spec

from django.contrib import admin
from django.urls import include, path

from config.health import health

urlpatterns = [
    path("hq/", admin.site.urls),
    path("api/v1/", include("config.api")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("healthz", health, name="health"),
    *([path("", include("workbench.urls"))] if find_spec("workbench.urls") else []),
]
