"""Where static files live once collected: names carry a hash of the content, so browsers may keep them for ever."""

import logging

from whitenoise.storage import CompressedManifestStaticFilesStorage

logger = logging.getLogger(__name__)


class StaticFiles(CompressedManifestStaticFilesStorage):
    """A file that was not collected costs its hash, not the whole page: an error page must always be drawn."""

    manifest_strict = False

    def stored_name(self, name: str) -> str:
        """The hashed name, or the plain one with a warning in the log."""
        try:
            return str(super().stored_name(name))
        except ValueError:
            logger.warning("static file %s was not collected", name)
            return name
