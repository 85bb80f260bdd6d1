"""Reads the product's own source for the architecture tests: modules, what they import and what they name in text."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]
BANDS = ("stores", "members", "coupons", "campaigns", "workbench", "config")  # from the ground up
DOTTED = re.compile(rf"^({'|'.join(BANDS)})(\.[A-Za-z_]\w*)+$")


@dataclass(frozen=True)
class Reference:
    """One module naming another: where, what, and whether inside a function."""

    path: str
    line: int
    target: str
    inside_function: bool = False

    def __str__(self) -> str:
        return f"{self.path}:{self.line} -> {self.target}"


def product_files() -> dict[str, str]:
    """Path below the root -> text, for every Python module of the product (tests and manage.py aside)."""
    return dict(_read())


@cache
def _read() -> tuple[tuple[str, str], ...]:
    paths = [path for band in BANDS for path in sorted((ROOT / band).rglob("*.py"))]
    return tuple((str(PurePosixPath(path.relative_to(ROOT))), path.read_text()) for path in paths)


def module_name(path: str) -> str:
    """``members/models/tag.py`` -> ``members.models.tag``; a package's __init__ is the package."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def is_migration(path: str) -> bool:
    """Whether the file is a migration: written by a program, and only its dependencies are of interest."""
    return "/migrations/" in path


@cache
def imports(path: str, text: str) -> tuple[Reference, ...]:
    """Every import of the module, relative ones resolved; of ``from a import b`` both a and a.b."""
    return tuple(_imports(path, text))


def _imports(path: str, text: str) -> Iterator[Reference]:
    tree = ast.parse(text, path)
    inner = {id(node) for function in functions(tree) for node in ast.walk(function) if node is not function}
    for node in ast.walk(tree):
        inside = id(node) in inner
        if isinstance(node, ast.Import):
            for name in node.names:
                yield Reference(path, node.lineno, name.name, inside)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(path, node)
            for name in node.names:
                yield Reference(path, node.lineno, f"{base}.{name.name}", inside)


def named_in_text(path: str, text: str) -> Iterator[Reference]:
    """Text constants that look like a dotted path into one of the bands (an import by another name)."""
    for node in ast.walk(ast.parse(text, path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and DOTTED.match(node.value):
            yield Reference(path, node.lineno, node.value)


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """All functions and methods of a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def references(files: Mapping[str, str], *, with_text: bool = False) -> Iterator[Reference]:
    """Imports of all files, and what they name in text if asked."""
    for path, text in files.items():
        yield from imports(path, text)
        if with_text:
            yield from named_in_text(path, text)


def _absolute(path: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = path.split("/")[:-1]
    kept = package[: len(package) - (node.level - 1)]
    return ".".join([*kept, *([node.module] if node.module else [])])
