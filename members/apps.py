"""The members app."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class MembersConfig(AppConfig):
    """Django's registration of the members band."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "members"
    verbose_name = _("Members")

    def ready(self) -> None:
        """Let every app say in which words its facts are told (modules ``happenings``, ``ledgernews`` and the like, see
        members.chronicle), what belongs to a member (``belongings``, see members.oneid.lineage), what rules may ask
        (``segmentfacts``, see members.segments.registry), and what counts as a contact (``contacts``, see
        members.privacy.contacting)."""
        autodiscover_modules(
            *("happenings", "ledgernews", "lineagenews", "othernews", "segmentnews", "tagnews"),
            *("belongings", "segmentfacts", "contacts"),
        )
