"""Message catalogues: .po files are the source, .mo files are made from them here, without GNU gettext."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


def compile_stale(folders: Iterable[Path]) -> list[Path]:
    """Make the .mo file of each .po file that is newer than it; return those made.

    Runs at every start, so an unchanged catalogue costs two looks at the file system. A folder that cannot be written
    (an installed release) keeps the .mo files it was delivered with.
    """
    return [po for folder in folders for po in sorted(folder.glob("*/LC_MESSAGES/*.po")) if is_stale(po) and make(po)]


def is_stale(po: Path) -> bool:
    """Whether the .mo file beside ``po`` is missing or was made from an older text."""
    mo = po.with_suffix(".mo")
    return not mo.exists() or mo.stat().st_mtime_ns != po.stat().st_mtime_ns


def make(po: Path) -> bool:
    """Compile one catalogue, leaving fuzzy entries out; False when its folder cannot be written."""
    changed = po.stat()
    with po.open("rb") as source:
        catalogue = read_po(source)
    fresh = po.with_suffix(f".{os.getpid()}.mo")
    try:
        with fresh.open("wb") as target:
            write_mo(target, catalogue)
        # The same time stamp marks which text it was made from; the rename shows it whole or not at all.
        os.utime(fresh, ns=(changed.st_atime_ns, changed.st_mtime_ns))
        fresh.replace(po.with_suffix(".mo"))
    except PermissionError:
        return False
    return True


if __name__ == "__main__":
    compile_stale(Path(folder) for folder in sys.argv[1:])
