"""Small modules, small functions, small templates, small tests: the figures of the house rules."""

import ast
from collections.abc import Iterable
from pathlib import Path

from tests.architecture.source import ROOT, functions, is_migration, product_files

MODULE_MEDIAN, MODULE_MOST, MODULE_EVER = 100, 250, 400
FUNCTION_MOST, TEMPLATE_EVER, TEST_EVER = 30, 150, 250


def share(sizes: Iterable[int], part: float) -> int:
    """The size that ``part`` of all do not exceed."""
    ordered = sorted(sizes)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def lines(path: Path) -> int:
    """Number of lines of a file."""
    return len(path.read_text().splitlines())


def longer(paths: Iterable[Path], limit: int) -> list[str]:
    """The files with more lines than ``limit``."""
    return [f"{path.relative_to(ROOT)}: {lines(path)}" for path in sorted(paths) if lines(path) > limit]


def modules() -> dict[str, str]:
    """All modules with content, migrations aside."""
    return {path: text for path, text in product_files().items() if text.strip() and not is_migration(path)}


def test_modules_are_short():
    sizes = {path: len(text.splitlines()) for path, text in modules().items()}
    assert [f"{path}: {size}" for path, size in sizes.items() if size > MODULE_EVER] == []
    assert share(sizes.values(), 0.9) < MODULE_MOST
    assert share(sizes.values(), 0.5) < MODULE_MEDIAN


def test_functions_are_short():
    sizes = [
        (node.end_lineno or node.lineno) - node.lineno + 1
        for path, text in modules().items()
        for node in functions(ast.parse(text))
    ]
    assert share(sizes, 0.9) < FUNCTION_MOST


def test_templates_are_short():
    assert longer((ROOT / "templates").rglob("*.html"), TEMPLATE_EVER) == []


def test_tests_are_short():
    assert longer((ROOT / "tests").rglob("*.py"), TEST_EVER) == []


def test_the_measure_can_fail(tmp_path):
    assert share([10] * 8 + [500] * 2, 0.9) == 500
    assert share([10] * 8 + [500] * 2, 0.5) == 10
    assert longer([ROOT / "pyproject.toml"], 10)
