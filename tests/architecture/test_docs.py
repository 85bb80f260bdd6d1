"""The handbooks keep up with the code: every setting, every environment variable, and every link is there."""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path

from stores import policy
from tests.architecture.source import ROOT, is_migration, module_name, product_files

SETTINGS, OPERATIONS = ROOT / "docs" / "hq-handbook.md", ROOT / "docs" / "operations.md"
READERS = {"text", "flag", "number", "words"}  # of config/env.py
LINK = re.compile(r"\]\(([^)#\s]+)?(#[^)\s]+)?\)")


def settings() -> dict[str, policy.Policy]:
    """All settings that HQ may change, by name; their modules are imported first."""
    for path, text in product_files().items():
        if "define(" in text and not is_migration(path):
            import_module(module_name(path))
    return policy.REGISTRY


def undocumented(known: Mapping[str, policy.Policy], text: str) -> list[str]:
    """Settings that the handbook does not list with the default they have."""
    rows = {(one.name, json.dumps(one.default, ensure_ascii=False)): one.name for one in known.values()}
    return sorted(name for key, name in rows.items() if "| `{}` | `{}` |".format(*key) not in text)


def forgotten(known: Mapping[str, policy.Policy], text: str) -> list[str]:
    """Rows of the handbook whose setting is gone."""
    table = text.partition("## Settings\n")[2]
    return sorted(set(re.findall(r"^\| `([\w.]+)` \|", table, re.MULTILINE)) - set(known))


def variables(text: str) -> Iterator[str]:
    """The environment variables that a module reads: by config.env, or from os.environ."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = ast.unparse(node.func.value)
            reads = owner == "env" and node.func.attr in READERS or owner == "os.environ" and node.func.attr == "get"
            first = node.args[0] if reads and node.args else None
        else:
            first = node.slice if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ" else None
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield first.value


def broken(page: Path) -> list[str]:
    """Links of a page to files that do not exist."""
    found = (target for target, _anchor in LINK.findall(page.read_text()) if target)
    return [target for target in found if "://" not in target and not (page.parent / target).exists()]


def test_every_setting_is_in_the_handbook_with_its_default():
    text = SETTINGS.read_text()
    assert undocumented(settings(), text) == []
    assert forgotten(settings(), text) == []


def test_a_setting_that_is_not_in_the_handbook_is_found():
    new = {"tea.minutes": policy.Policy("tea.minutes", 3, "Minutes")}
    assert undocumented(new, "| `tea.minutes` | `4` | minutes |") == ["tea.minutes"]
    assert undocumented(new, "| `tea.minutes` | `3` | minutes |") == []
    assert forgotten(new, "## Settings\n| `tea.minutes` | `3` |\n| `milk.first` | `true` |\n") == ["milk.first"]


def test_every_environment_variable_is_in_the_operations_guide():
    read = {name for path, text in product_files().items() for name in variables(text)}
    assert len(read) > 10
    text = OPERATIONS.read_text()
    assert sorted(name for name in read if f"`{name}`" not in text) == []


def test_every_way_to_read_a_variable_is_seen():
    planted = "env.text('A')\nenv.flag('B', default=True)\nos.environ['C']\nos.environ.get('D')\nenv.other('E')\n"
    assert set(variables(planted)) == {"A", "B", "C", "D"}


def test_links_between_the_documents_lead_somewhere(tmp_path):
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    assert [f"{page.name}: {target}" for page in pages for target in broken(page)] == []
    (tmp_path / "page.md").write_text("[there](page.md#top) [nowhere](gone.md) [outside](https://example.org)")
    assert broken(tmp_path / "page.md") == ["gone.md"]
