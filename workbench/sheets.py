"""The style sheets of the workbench: written as small files, sent to browsers as one.

A phone on a slow network pays for every file with a round trip. So the sheets are joined by a finder of static files,
which holds for the development server, for tests and for what is collected alike.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.checks import CheckMessage
from django.core.files.storage import FileSystemStorage

FOLDER = Path(__file__).parent / "static" / "workbench" / "css"
SHEETS = (
    "tokens", "base", "layout", "controls", "surfaces", "rows", "overlays", "charts", "today", "members", "offer",
    "team", "login", "utilities",
)  # fmt: skip
JOINED = "workbench/workbench.css"
DARK = "workbench/css/dark.css"  # apart, for only some read it


class JoinedSheets(finders.BaseFinder):
    """Offers one file made of all sheets, in their order; it is written anew when one of them has changed."""

    def __init__(self, *_args: Any, **_options: Any) -> None:
        self.storage = FileSystemStorage(location=settings.VAR_DIR / "sheets")
        self.storage.prefix = ""

    def check(self, **_options: Any) -> list[CheckMessage]:
        """Nothing can be configured wrongly."""
        return []

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, FileSystemStorage]]:
        """The one file."""
        join(Path(self.storage.path(JOINED)))
        yield JOINED, self.storage

    def find(self, path: str, find_all: bool = False, **_older: Any) -> Any:
        """Where the file lies, when it is the one that is asked for."""
        if path != JOINED:
            return []
        place = join(Path(self.storage.path(JOINED)))
        return [str(place)] if find_all else str(place)


def join(place: Path) -> Path:
    """Write the sheets one after the other to a file, unless it says so already; returns where."""
    whole = "\n".join((FOLDER / f"{name}.css").read_text(encoding="utf-8") for name in SHEETS)
    if place.exists() and place.read_text(encoding="utf-8") == whole:
        return place
    place.parent.mkdir(parents=True, exist_ok=True)
    being_written = place.with_suffix(f".{id(whole)}")
    being_written.write_text(whole, encoding="utf-8")
    being_written.replace(place)  # nobody ever reads half of it
    return place
