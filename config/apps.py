"""Makes the assembly an app, so that its system checks are registered and every process knows the Celery app."""

from django.apps import AppConfig
from django.core.checks import Tags, register

from config import checks
from config.celery import app as celery_app

__all__ = ["ConfigConfig", "celery_app"]


class ConfigConfig(AppConfig):
    """The top of the house: knows all apps, and is known by none."""

    name = "config"
    verbose_name = "Changke"

    def ready(self) -> None:
        """Register the checks of the tables and of production's keys."""
        register(Tags.compatibility)(checks.dotted_paths_resolve)
        register(Tags.security, deploy=True)(checks.field_keys_are_given)
