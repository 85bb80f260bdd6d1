"""What a browser may run: strict on the workbench, looser only where the admin theme needs it."""

import pytest

pytestmark = pytest.mark.django_db


def policy(answer):
    """The content security policy of a response as directive -> words."""
    parts = answer.headers["Content-Security-Policy"].split(";")
    return {words[0]: words[1:] for words in (part.split() for part in parts)}


def test_the_workbench_runs_no_inline_script_and_no_eval(client):
    for page in ("/healthz", "/no/such/page"):
        found = policy(client.get(page))
        assert "'unsafe-inline'" not in found["script-src"] + found["style-src"]
        assert "'unsafe-eval'" not in found["script-src"]
        assert found["object-src"] == found["frame-ancestors"] == ["'none'"]


def test_the_admin_may_do_what_its_theme_needs_and_still_loads_nothing_foreign(client):
    found = policy(client.get("/hq/login/"))
    assert "'unsafe-eval'" in found["script-src"]
    assert not [word for words in found.values() for word in words if word.startswith(("http:", "https:", "*"))]


def test_pages_cannot_be_framed_or_sniffed(client):
    answer = client.get("/hq/login/")
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
