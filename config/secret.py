"""The secret key of a demo instance: made once, kept beside its data, readable by its owner alone."""

import os
import secrets
from contextlib import suppress
from pathlib import Path


def demo_key(path: Path) -> str:
    """The key kept in ``path``, made first if there is none; safe when several processes start at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    if not path.exists():
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(64))
        # A link appears whole or not at all, and never replaces the key another process was quicker to make.
        with suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    return path.read_text()
