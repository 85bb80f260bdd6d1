"""The WSGI entry of the server that tests start.

Importing pytest first tells the settings that this is a test: quick password hashes and static files without
collecting them, the same as in the test process itself.
"""

import pytest

from config.wsgi import application

__all__ = ["application", "pytest"]
