"""The web server's port is ours from the moment it is chosen."""

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from workbench import ports

HOST = "127.0.0.1"


def listening():
    """A foreign program that listens on some port."""
    server = socket.create_server((HOST, 0))
    return server, server.getsockname()[1]


def test_a_taken_port_is_refused_in_one_sentence():
    server, port = listening()
    with server, pytest.raises(ports.PortTaken, match=f"Port {port} is taken"):
        ports.reserve(HOST, port)


def test_a_reserved_port_is_taken_for_the_next_instance():
    server, port = listening()
    server.close()
    with ports.reserve(HOST, port):
        assert not ports.is_free(HOST, port)
        with pytest.raises(ports.PortTaken):
            ports.reserve(HOST, port)
    assert ports.is_free(HOST, port)


def test_without_a_wish_the_next_free_port_is_taken():
    with ports.reserve(HOST, None) as first, ports.reserve(HOST, None) as second:
        assert first.getsockname()[1] < second.getsockname()[1]


def test_instances_that_start_at_the_same_moment_get_different_ports():
    with ThreadPoolExecutor(8) as pool:
        held = list(pool.map(lambda _: ports.reserve(HOST, None), range(8)))
    try:
        assert len({holder.getsockname()[1] for holder in held}) == 8
    finally:
        for holder in held:
            holder.close()


def test_our_own_web_server_may_listen_on_the_reserved_port():
    with ports.reserve(HOST, None) as holder, socket.socket() as web:
        web.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        web.bind(holder.getsockname())
        web.listen()
        socket.create_connection(holder.getsockname(), timeout=2).close()
