"""Inside an app: urls -> doors -> domain -> models -> foundation; doors never import each other."""

import ast
from collections.abc import Iterator, Mapping

import pytest

from tests.architecture.source import BANDS, functions, is_migration, module_name, product_files, references

FOUNDATION = {"errors", "scope", "ids", "tracking", "freetext", "masking"}  # what models themselves are built on
DOORS = {"views", "forms", "admin", "api", "tasks", "reactions", "resources", "management", "templatetags"}
ASSEMBLY = {"urls", "apps"}
# The admin's import and export are described in resources; forms and template tags belong to the pages themselves.
MAY_USE = {("admin", "resources"), ("views", "forms"), ("views", "templatetags"), ("forms", "templatetags")}
WEB = ("django.http", "django.forms", "django.shortcuts", "django.views", "django.contrib.admin", "rest_framework")
WEB += ("import_export", "unfold", "django_filters", "drf_spectacular")
LAYERED = BANDS[:4]  # config is assembly; workbench is all door, so only its doors among each other matter
VAGUE = {"services", "selectors", "utils", "helpers", "common", "misc", "signals"}


def part(name: str) -> str:
    """The part of its app a module belongs to: the first name below the app."""
    names = name.split(".")
    return names[1] if len(names) > 1 else ""


def layer(name: str) -> int:
    """How high a module stands inside its app: 0 foundation, 1 models, 2 domain, 3 doors, 4 assembly."""
    special = {"models": 1, "": 0, **dict.fromkeys(FOUNDATION, 0), **dict.fromkeys(DOORS, 3)}
    return special.get(part(name), 4 if part(name) in ASSEMBLY else 2)


def crossings(files: Mapping[str, str]) -> Iterator[str]:
    """References that go up inside an app, or from one kind of door to another."""
    ours = {module_name(path) for path in files} | {module_name(path) for path in product_files()}
    for found in references({path: text for path, text in files.items() if not is_migration(path)}):
        source, target = module_name(found.path), resolve(found.target, ours)
        if not target or source.split(".")[0] not in BANDS[:5]:
            continue
        kinds = (part(source), part(target))
        door_to_door = set(kinds) <= DOORS and kinds[0] != kinds[1] and kinds not in MAY_USE
        upward = source.split(".")[0] in LAYERED and layer(target) > layer(source)
        if door_to_door or upward:
            yield str(found)


def resolve(target: str, ours: set[str]) -> str:
    """The module a reference leads to: itself, or the module it takes a name from; "" when not ours."""
    if target in ours:
        return target
    parent = target.rpartition(".")[0]
    return parent if parent in ours else ""


def web_in_domain(files: Mapping[str, str]) -> Iterator[str]:
    """Domain modules that know requests, serializers, forms or the admin."""
    for found in references({path: text for path, text in files.items() if not is_migration(path)}):
        name = module_name(found.path)
        if name.split(".")[0] in LAYERED and layer(name) <= 2 and found.target.startswith(WEB):
            yield str(found)


def queue_calls(files: Mapping[str, str]) -> Iterator[str]:
    """Calls that put a task on the queue anywhere but in the bell."""
    for path, text in files.items():
        for node in ast.walk(ast.parse(text)):
            name = node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""
            if name in {"delay", "apply_async", "send_task"} and path != "stores/bell.py":
                yield f"{path}:{node.lineno} {name}"


def sql_in_doors(files: Mapping[str, str]) -> Iterator[str]:
    """Raw SQL run where a person's input comes in."""
    for path, text in files.items():
        for node in ast.walk(ast.parse(text)) if part(module_name(path)) in DOORS else ():
            name = node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""
            if name in {"execute", "executemany", "copy", "raw", "extra"} and "cursor" in ast.unparse(node).lower():
                yield f"{path}:{node.lineno} {name}"


def test_imports_point_down_inside_each_app_and_doors_stay_apart():
    assert list(crossings(product_files())) == []


@pytest.mark.parametrize(
    ("path", "planted"),
    [
        ("members/ledgers/growth.py", "from members.tasks import deliver"),
        ("members/models/tier.py", "from members import timeline"),
        ("stores/scope.py", "from stores.models import Store"),
        ("members/api/views.py", "from members.tasks import deliver"),
        ("coupons/issuing.py", "from members import tasks"),
        ("workbench/views/today.py", "from members.tasks import deliver"),
    ],
)
def test_a_planted_crossing_is_found(path, planted):
    assert len(list(crossings({path: planted}))) == 1


def test_domain_modules_know_no_request_form_or_serializer():
    assert list(web_in_domain(product_files())) == []
    assert list(web_in_domain({"members/ledgers/growth.py": "from django.http import HttpRequest"}))
    assert not list(web_in_domain({"members/api/views.py": "from django.http import HttpRequest"}))


def test_only_the_bell_speaks_to_the_broker():
    assert list(queue_calls(product_files())) == []
    assert list(queue_calls({"coupons/issuing.py": "task.delay(7)"})) == ["coupons/issuing.py:1 delay"]


def test_no_door_runs_sql_of_its_own():
    assert list(sql_in_doors(product_files())) == []
    assert list(sql_in_doors({"members/admin/tags.py": "cursor.execute(sql)"})) == ["members/admin/tags.py:1 execute"]
    assert list(sql_in_doors({"members/tags.py": "cursor.execute(sql)"})) == []


def test_there_are_no_signals_and_no_drawers_for_odds_and_ends():
    files = product_files()
    vague = [path for path in files if VAGUE & set(module_name(path).split("."))]
    signals = [
        str(r) for r in references(files) if r.target.startswith(("django.db.models.signals", "django.dispatch"))
    ]
    assert vague == []
    assert signals == []


def test_every_module_says_what_it_owns():
    silent = [
        path
        for path, text in product_files().items()
        if text.strip() and not is_migration(path) and not ast.get_docstring(ast.parse(text))
    ]
    assert silent == []


def test_every_public_function_of_a_domain_module_is_typed_and_explained():
    bare = []
    for path, text in product_files().items():
        if is_migration(path) or layer(module_name(path)) > 2 or path.startswith("workbench/"):
            continue
        top = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
        bare += [
            f"{path}:{node.lineno} {node.name}"
            for node in top
            if not node.name.startswith("_") and (not ast.get_docstring(node) or node.returns is None)
        ]
    assert bare == []


def test_no_postponed_work_is_left_in_the_source():
    marks = ("TODO", "FIXME", "XXX", "type: ignore", "# noqa")
    left = [f"{path}: {mark}" for path, text in product_files().items() for mark in marks if mark in text]
    assert left == []
    assert list(functions(ast.parse("def found(): ...")))
