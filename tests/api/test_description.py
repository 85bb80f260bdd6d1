"""The API describes itself: OpenAPI 3.1, complete, and readable pages that load nothing from elsewhere."""

import re

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from tests.api.routes import METHODS, OPEN, SCOPES

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def schema():
    return SchemaGenerator().get_schema(request=None, public=True)


def operations(schema):
    return {
        (method.upper(), re.sub(r"\{(\w+)\}", r"<\1>", path.removeprefix("/api/v1/"))): operation
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
        if method.upper() in METHODS
    }


def test_the_description_is_valid_openapi_3_1_without_a_warning(capsys, schema):
    assert schema["openapi"].startswith("3.1")
    validate_schema(schema)
    assert "Warning" not in capsys.readouterr().err


def test_every_call_is_described_with_words_scope_tag_and_errors(schema):
    described = operations(schema)
    assert set(described) == set(SCOPES)
    for call, operation in described.items():
        assert f"Scope: `{SCOPES[call]}`" in operation["description"], call
        assert operation["summary"], call
        assert operation["tags"], call
        assert {"400", "401", "403", "429", "503"} <= set(operation["responses"]), call
        for status, response in operation["responses"].items():
            kinds = set(response["content"])
            assert kinds == {"application/problem+json" if status >= "400" else "application/json"}, (call, status)
        headers = {one["name"] for one in operation["parameters"] if one["in"] == "header"}
        assert ("Idempotency-Key" in headers) == (call[0] == "POST"), call


def test_names_of_calls_are_unique(schema):
    names = [operation["operationId"] for operation in operations(schema).values()]
    assert len(names) == len(set(names))


def test_the_schema_needs_no_key_and_a_bad_key_does_not_matter():
    for headers in ({}, {"Authorization": "Bearer nonsense"}):
        answer = Client(headers=headers).get("/api/v1/schema/", headers={"Accept": "application/json"})
        assert answer.status_code == 200
        assert answer.json()["info"]["title"] == "Changke partner API"


def test_the_readable_pages_load_nothing_from_elsewhere():
    client = Client()
    page = client.get("/api/v1/docs/")
    assert page.status_code == 200
    html = page.content.decode()
    assert not re.findall(r"""(?:src|href)=["'](?:https?:)?//""", html)
    script = client.get("/api/v1/docs/", {"script": ""})
    assert script.headers["Content-Type"].startswith("application/javascript")
    assert "<script>" not in html.replace(" ", "")


def test_the_table_of_open_addresses_is_short():
    assert {"schema/", "docs/"} == OPEN
