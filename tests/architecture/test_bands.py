"""Imports and migration dependencies point down the bands; nothing hides in a function or a text."""

import ast
from collections.abc import Mapping

import pytest

from tests.architecture.source import BANDS, Reference, is_migration, product_files, references


def upward(files: Mapping[str, str]) -> list[Reference]:
    """References from a lower band to a higher one, by import or by dotted text."""
    code = {path: text for path, text in files.items() if not is_migration(path)}
    return [found for found in references(code, with_text=True) if height(found.target) > height(found.path)]


def height(name: str) -> int:
    """The band of a path or dotted name, counted from the ground; -1 for what is not ours."""
    band = name.replace("/", ".").split(".")[0]
    return BANDS.index(band) if band in BANDS else -1


def migrations_upward(files: Mapping[str, str]) -> list[str]:
    """Migrations that depend on an app above their own."""
    found = []
    for path, text in files.items():
        for app in migration_dependencies(text) if is_migration(path) else ():
            if height(app) > height(path):
                found.append(f"{path} depends on {app}")
    return found


def migration_dependencies(text: str) -> list[str]:
    """The app labels a migration depends on or must run before."""
    labels = []
    for node in ast.walk(ast.parse(text)):
        names = [target.id for target in getattr(node, "targets", []) if isinstance(target, ast.Name)]
        if isinstance(node, ast.Assign) and names and names[0] in {"dependencies", "run_before"}:
            for pair in ast.walk(node.value):
                if isinstance(pair, ast.Tuple) and pair.elts and isinstance(pair.elts[0], ast.Constant):
                    labels.append(str(pair.elts[0].value))
    return labels


def test_nothing_imports_or_names_a_band_above_it():
    assert [str(found) for found in upward(product_files())] == []


@pytest.mark.parametrize(
    "planted",
    [
        "from members.models import Member",
        "import coupons.issuing",
        "def late():\n    from campaigns import touches\n",
        "from importlib import import_module\nimport_module('workbench.views')",
        "REACTION = 'campaigns.reactions.attribute_orders'",
    ],
)
def test_a_planted_upward_reference_is_found(planted):
    assert len(upward({"stores/places.py": planted})) >= 1
    assert upward({"config/urls.py": planted}) == []


def test_migrations_depend_on_their_own_band_and_those_below():
    assert migrations_upward(product_files()) == []


def test_a_planted_upward_migration_is_found():
    planted = "class Migration:\n    dependencies = [('stores', '0001_initial'), ('coupons', '0001_initial')]\n"
    assert migrations_upward({"members/migrations/0009_x.py": planted}) == [
        "members/migrations/0009_x.py depends on coupons"
    ]
    assert migrations_upward({"coupons/migrations/0009_x.py": planted}) == []


def test_no_import_stands_inside_a_function():
    assert [str(found) for found in references(product_files()) if found.inside_function] == []


def test_a_planted_inner_import_is_found():
    planted = {"stores/places.py": "def near():\n    import json\n    return json\n"}
    assert [found.target for found in references(planted) if found.inside_function] == ["json"]
