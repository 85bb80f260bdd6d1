"""The stroke icons of the workbench, read once from `icons.svg` (one `<symbol>` per line)."""

import re
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).with_name("icons.svg")
SYMBOL = re.compile(r'<symbol id="(?P<name>[^"]+)"[^>]*>(?P<shapes>.*?)</symbol>')


@cache
def shapes_by_name() -> dict[str, str]:
    """Return the inner SVG of every icon by its name."""
    return {found["name"]: found["shapes"] for found in SYMBOL.finditer(SOURCE.read_text(encoding="utf-8"))}
