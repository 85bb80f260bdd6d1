"""The other ways to live a history, one after the other: day by day, in a family, and listening to what is foretold."""

import traceback
from collections.abc import Callable
from dataclasses import replace

from tests.members.oracle.records import History, Programme
from tests.torture import checks, daybyday, families, foretelling

Way = Callable[[Programme, History, int], list[str]]
WAYS: dict[str, Way] = {
    "day by day": lambda programme, history, _number: daybyday.lived(programme, history),
    "merged and parted": lambda programme, history, number: families.lived(
        programme, replace(history, homes=families.AT_HOME_NOWHERE), number
    ),
    "foretold": lambda programme, history, _number: foretelling.wrongly_told(programme, history),
}


def lived(programme: Programme, history: History, number: int) -> list[str]:
    """What goes wrong with a history in the other ways, with the story where something does."""
    found = []
    for name, way in WAYS.items():
        try:
            wrong = way(programme, history, number)
        except Exception:  # what is refused or breaks on the way is to be told with its story
            wrong = [traceback.format_exc()]
        if wrong:
            found.append("\n".join([f"{name} ({number}): {wrong[:3]}", str(programme), checks.told(history)]))
    return found
