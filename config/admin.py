"""The face of HQ's admin at /hq/: title, colours and the order of the menu (theme: django-unfold)."""

from django.utils.translation import gettext_lazy as _

UNFOLD = {
    "SITE_TITLE": _("Changke HQ"),
    "SITE_HEADER": _("Changke HQ"),
    "SITE_SUBHEADER": _("Members, coupons and campaigns"),
    "SITE_SYMBOL": "storefront",
    "SITE_URL": "/",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "SIDEBAR": {"show_search": True, "show_all_applications": True},
}
