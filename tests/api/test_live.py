"""The server that HTTP tests use is the real one, on the test's own database."""

import urllib.request

from tests.makers import make_store


def test_the_live_server_answers_on_the_database_of_the_test(live_server_process):
    make_store("静安寺店")
    with urllib.request.urlopen(f"{live_server_process.url}/healthz", timeout=5) as answer:
        assert answer.read() == b"ok"
