"""Every route, every method, every scope: a call is let in with its own scope and with no other."""

import pytest

from stores.models import Scope
from tests.api.callers import Till, is_problem, make_till
from tests.api.routes import METHODS, OPEN, SCOPES, address, routes

pytestmark = pytest.mark.django_db
ALL = sorted(SCOPES)


def test_every_route_is_in_the_table():
    missing = {path for path in routes() if path not in OPEN} - {path for _method, path in SCOPES}
    gone = {path for _method, path in SCOPES} - set(routes())
    assert missing == set()
    assert gone == set()


def test_every_method_of_every_route_is_in_the_table():
    served = set()
    for path, pattern in routes().items():
        view = getattr(pattern.callback, "cls", None)
        served |= {(method, path) for method in METHODS if path not in OPEN and hasattr(view, method.lower())}
    assert served == set(SCOPES)


@pytest.mark.parametrize(("method", "path"), ALL, ids=lambda part: part)
def test_a_call_is_let_in_with_its_own_scope_and_no_other(method, path):
    needed = SCOPES[method, path]
    others = [scope for scope in Scope.values if scope != needed]
    is_problem(make_till(*others).send(method, address(path), {}), 403, "scope_missing")
    for scope in others:
        members = is_problem(make_till(scope).send(method, address(path), {}), 403, "scope_missing")
        assert members["scope"] == needed
    assert make_till(needed).send(method, address(path), {}).status_code not in (401, 403, 405, 500)


@pytest.mark.parametrize(("method", "path"), ALL, ids=lambda part: part)
def test_nobody_comes_in_without_a_key(method, path):
    is_problem(Till("").send(method, address(path), {}), 401, "key_missing")


@pytest.mark.parametrize("path", sorted({path for _method, path in SCOPES}))
def test_a_method_that_a_route_does_not_have_is_405_and_allow_names_the_others(path):
    till = make_till()
    has = {method for method, known in SCOPES if known == path}
    for method in set(METHODS) - has:
        answer = till.send(method, address(path), {})
        is_problem(answer, 405, "method_not_allowed")
        assert has <= {word.strip() for word in answer.headers["Allow"].split(",")}


@pytest.mark.parametrize("path", sorted({path for method, path in SCOPES if method == "GET"}))
def test_head_is_get_without_a_body_and_options_names_the_methods(path):
    till = make_till()
    got, head = till.send("GET", address(path)), till.send("HEAD", address(path))
    assert (head.status_code, head.content) == (got.status_code, b"")
    options = till.send("OPTIONS", address(path))
    assert (options.status_code, options.content) == (204, b"")
    assert "GET" in options.headers["Allow"]


def test_a_scope_that_was_forgotten_denies(monkeypatch):
    view = routes()["stores/"].callback.cls
    monkeypatch.setattr(view, "scopes", {})
    is_problem(make_till().read("/stores/"), 403, "not_allowed")
