"""System checks of the assembly: dotted paths named in a table lead to functions, and production has its own keys."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.utils.module_loading import import_string

from config import env

SHORTEST_KEY = 32  # characters; what secrets.token_urlsafe(24) gives


def dotted_paths_resolve(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """One Error for each path in settings.REACTIONS, JOBS and PERSONAL_DATA that is not a callable."""
    return [Error(f"{where}: {why}", id="config.E001") for where, why in broken_paths(named_paths())]


def field_keys_are_given(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """For production: the keys that seal identities come from the environment, are long, and are used for nothing else.

    A key that was made on one host would leave the others unable to find or read a single identity.
    """
    if not env.words("CHANGKE_FIELD_KEYS"):
        hint = "Make one with: python -c 'import secrets; print(secrets.token_urlsafe(48))', and keep it with care."
        return [Error("CHANGKE_FIELD_KEYS is not set.", hint=hint, id="config.E002")]
    if settings.SECRET_KEY in settings.FIELD_KEYS:
        return [Error("SECRET_KEY must not be one of CHANGKE_FIELD_KEYS.", id="config.E003")]
    short = sum(len(key) < SHORTEST_KEY for key in settings.FIELD_KEYS)
    wording = f"{short} of CHANGKE_FIELD_KEYS have fewer than {SHORTEST_KEY} characters."
    return [Warning(wording, id="config.W004")] if short else []


def named_paths() -> Iterator[tuple[str, str]]:
    """Pairs (where it is written, dotted path) of all tables."""
    for kind, paths in settings.REACTIONS.items():
        for path in paths:
            yield f"config/reactions.py, {kind!r}", path
    for kind, path in settings.JOBS.items():
        yield f"config/jobs.py, {kind!r}", path
    for section, path in settings.PERSONAL_DATA.items():
        yield f"config/personal.py, {section!r}", path


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
