"""The workbench app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkbenchConfig(AppConfig):
    """Django's registration of the workbench band: pages only, no models."""

    name = "workbench"
    verbose_name = _("Workbench")
