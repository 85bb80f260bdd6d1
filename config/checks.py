"""System checks of the assembly: every dotted path named in a table leads to a function."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.utils.module_loading import import_string


def dotted_paths_resolve(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """One Error for each path in settings.REACTIONS and settings.JOBS that is not a callable."""
    return [Error(f"{where}: {why}", id="config.E001") for where, why in broken_paths(named_paths())]


def named_paths() -> Iterator[tuple[str, str]]:
    """Pairs (where it is written, dotted path) of all tables."""
    for kind, paths in settings.REACTIONS.items():
        for path in paths:
            yield f"config/reactions.py, {kind!r}", path
    for kind, path in settings.JOBS.items():
        yield f"config/jobs.py, {kind!r}", path


def broken_paths(paths: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Pairs (where, why) for the paths that lead to nothing callable."""
    for where, path in paths:
        try:
            target = import_string(path)
        except ImportError as error:
            yield where, f"{path} cannot be imported: {error}"
            continue
        if not callable(target):
            yield where, f"{path} is not a function."
