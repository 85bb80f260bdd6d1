"""The coupons app."""

from django.apps import AppConfig
from django.utils.translation import pgettext_lazy


class CouponsConfig(AppConfig):
    """Django's registration of the coupons band."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "coupons"
    verbose_name = pgettext_lazy("HQ menu", "Coupons and offers")
