"""The WSGI entry, used by the web server."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

# Everything a request needs is imported now, and left alone by the garbage collector from here on: to look through all
# of it again and again would hold some requests up for a tenth of a second.
_patterns = get_resolver().url_patterns
gc.collect()
gc.freeze()
