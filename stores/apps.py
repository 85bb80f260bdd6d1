"""The stores app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StoresConfig(AppConfig):
    """Django's registration of the stores band."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "stores"
    verbose_name = _("Stores and staff")
