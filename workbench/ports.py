"""Finds the port of the web server and keeps it ours from the moment it is chosen until we end."""

import fcntl
import os
import socket
import tempfile
from pathlib import Path

FIRST, TRIES = 8000, 100


class PortTaken(Exception):
    """The port asked for belongs to another program."""


def reserve(host: str, wanted: int | None) -> socket.socket:
    """A socket bound to ``wanted``, or to the first free port from 8000 on; raises PortTaken.

    The socket never listens. It keeps other instances away while the web server binds the same port with SO_REUSEPORT,
    which the kernel allows to the same user only.
    """
    with (Path(tempfile.gettempdir()) / f"changke-ports-{os.geteuid()}").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        for port in [wanted] if wanted else range(FIRST, FIRST + TRIES):
            if is_free(host, port):
                try:
                    return _bound(host, port)
                except OSError:
                    continue
    if wanted:
        raise PortTaken(f"Port {wanted} is taken by another program; choose another with PORT=.")
    raise PortTaken(f"No port between {FIRST} and {FIRST + TRIES - 1} is free; choose one with PORT=.")


def is_free(host: str, port: int) -> bool:
    """Whether nobody listens on the port or has reserved it."""
    with _new(host) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _bound(host: str, port: int) -> socket.socket:
    holder = _new(host)
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        holder.bind((host, port))
    except OSError:
        holder.close()
        raise
    return holder


def _new(host: str) -> socket.socket:
    return socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
