"""The product without the guard of redemption, for the control of the race over HTTP. Never used otherwise."""

from tests.live_wsgi import application
from tests.unguarded import switch_the_guard_off

switch_the_guard_off()

__all__ = ["application"]
