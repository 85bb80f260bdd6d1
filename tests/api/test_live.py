"""Over real sockets and the real server: what no test client shows."""

import socket
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from members.models import Order
from tests.api.callers import make_till
from tests.makers import make_store


@pytest.fixture
def till():
    return make_till(networks=["127.0.0.1"])


@pytest.fixture
def server(live_server_process):
    return urlsplit(live_server_process.url)


def ask(server, method: str, path: str, body: bytes | None = None, **headers: str):
    """Status, content type and body of one call."""
    connection = HTTPConnection(server.hostname, server.port, timeout=20)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.headers.get_content_type(), answer.read()
    finally:
        connection.close()


def test_the_server_answers_on_the_database_of_the_test(server, till):
    store = make_store("静安寺店")
    status, kind, body = ask(server, "GET", "/api/v1/stores/", Authorization=f"Bearer {till.text}")
    assert (status, kind) == (200, "application/json")
    assert store.name.encode() in body


def test_ten_megabytes_over_the_wire_are_too_large_and_record_nothing(server, till):
    sent = {"Authorization": f"Bearer {till.text}", "Content_Type": "application/json"}
    status, kind, _body = ask(server, "POST", "/api/v1/orders/", b'{"order_no": "' + b"a" * 10_000_000 + b'"}', **sent)
    assert (status, kind) == (413, "application/problem+json")
    assert Order.objects.count() == 0


def test_a_chunked_body_is_taken_or_refused_but_never_a_fault(server, till):
    sent = {"Authorization": f"Bearer {till.text}", "Content_Type": "application/json", "Transfer_Encoding": "chunked"}
    status, kind, _body = ask(server, "POST", "/api/v1/orders/", b"2\r\n{}\r\n0\r\n\r\n", **sent)
    assert 400 <= status < 500
    assert kind == "application/problem+json"


@pytest.mark.parametrize("path", ["/api/v1/members/%00/", "/api/v1/members/%ED%A0%80/", "/api/v1/%FF/", "/api/%0d%0a/"])
def test_a_bad_address_over_the_wire_is_a_problem(server, till, path):
    status, kind, _body = ask(server, "GET", path, Authorization=f"Bearer {till.text}")
    assert 400 <= status < 500
    assert kind == "application/problem+json"


def test_bytes_that_are_no_http_do_not_stop_the_server(server, till):
    for nonsense in (b"\x00\x00\x00", b"GET /api/v1/stores/ HTTP/1.1\r\nAuthorization: Bearer \xff\r\n\r\n"):
        with socket.create_connection((server.hostname, server.port), timeout=5) as raw:
            raw.sendall(nonsense)
    status, _kind, _body = ask(server, "GET", "/api/v1/stores/", Authorization=f"Bearer {till.text}")
    assert status == 200
