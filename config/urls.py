"""All addresses: the guides' workbench at /, HQ's admin at /hq/, the partners' API at /api/v1/."""

from importlib.util import find_spec

from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from campaigns.admin.channels import channels_page
from campaigns.api.receipts import receipts
from config.health import health
from members.admin.reveals import reveals_page
from stores.admin.history import changes_page
from stores.api.unknown import unknown_address

urlpatterns = [
    path("api/v1/", include("config.api")),  # first, since tills wait
    re_path(r"^api(?:/|$)", unknown_address),
    # One door to sign in by, with its pause after failures: the admin's own log-in page is not used.
    path("hq/login/", RedirectView.as_view(url="/login/", query_string=True)),
    path("hq/reveals/", admin.site.admin_view(reveals_page), name="reveals"),
    path("hq/changes/", admin.site.admin_view(changes_page), name="changes"),
    path("hq/insight/", include("members.admin.insight")),
    path("hq/lifecycle/", include("members.admin.lifecycle")),
    path("hq/channels/", admin.site.admin_view(channels_page), name="channels"),
    path("hq/effects/", include("campaigns.admin.lift")),
    path("hq/", admin.site.urls),
    path("receipts/<slug:channel>/", receipts, name="receipts"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("stop/", include("campaigns.urls")),
    path("join/", include("campaigns.views.joining")),
    path("healthz", health, name="health"),
    *([path("", include("workbench.urls"))] if find_spec("workbench.urls") else []),
]

# Errors before or around a view: a problem below /api/, the usual page elsewhere.
handler400 = "stores.api.unknown.bad_request"
handler500 = "stores.api.unknown.server_error"
