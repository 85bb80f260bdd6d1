"""What a draft changes beside the version in force, step by step."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.journeys.sketching import Way, settings_of, walk

Flow = Mapping[str, Any]


class What(models.TextChoices):
    """What happened to a step."""

    ADDED = "added", _("Added")
    REMOVED = "removed", _("Removed")
    CHANGED = "changed", _("Changed")
    MOVED = "moved", _("Moved")


@dataclass(frozen=True)
class Change:
    """One difference: the key of a step, "trigger", "goal" or "exit"; the node as it is, or was."""

    what: What
    key: str
    node: Mapping[str, Any] | None = None


def between(old: Flow | None, new: Flow) -> list[Change]:
    """What is different in ``new``, in the order of reading; nothing beside no version at all."""
    if old is None:
        return []
    found = [Change(What.CHANGED, part) for part in ("trigger", "goal", "exit") if old.get(part) != new.get(part)]
    was, now = ({node["key"]: node for node in walk(flow["steps"])} for flow in (old, new))
    moved = _moved(old["steps"], new["steps"])
    for key, node in now.items():
        if key not in was:
            found.append(Change(What.ADDED, key, node))
        elif settings_of(node) != settings_of(was[key]):
            found.append(Change(What.CHANGED, key, node))
        elif key in moved:
            found.append(Change(What.MOVED, key, node))
    return [*found, *(Change(What.REMOVED, key, node) for key, node in was.items() if key not in now)]


def _moved(old: Way, new: Way) -> set[str]:
    """The steps that both have, on another way or in another order than before."""
    before, after = _ways(old), _ways(new)
    home = {key: way for way, keys in before.items() for key in keys}
    moved = {key for way, keys in after.items() for key in keys if key in home and home[key] != way}
    for way, keys in after.items():
        here = [key for key in keys if home.get(key) == way]
        there = [key for key in before.get(way, ()) if key in here]
        blocks = SequenceMatcher(None, there, here, autojunk=False).get_matching_blocks()
        moved |= set(here) - {key for block in blocks for key in here[block.b : block.b + block.size]}
    return moved


def _ways(steps: Way) -> dict[tuple[str, int], list[str]]:
    """The keys on each way, by the step and lane it lies in."""
    found: dict[tuple[str, int], list[str]] = {("", 0): [node["key"] for node in steps]}
    for node in walk(steps):
        for nth, lane in enumerate(node.get("lanes", ())):
            found[node["key"], nth] = [one["key"] for one in lane]
    return found
