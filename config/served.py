"""The web application as ``manage.py serve`` runs it: a process of the server never outlives the one that forked it.

A server that is ended while it starts its processes forgets the one under way, which would hold the port for ever.
"""

import os

from config.wsgi import application
from workbench.supervisor import end_with_parent

__all__ = ["application"]

NOBODY = 1  # whose child one becomes when the parent has gone

end_with_parent()
if os.getppid() == NOBODY:  # it went while all this was read
    os._exit(1)
