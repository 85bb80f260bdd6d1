"""The starred numbers of the domain: each has a default in code and may be changed by HQ as data.

A module defines its settings at import: ``WINDOW = define("growth.window_days", 365, _("..."), minimum=1)`` and reads
``WINDOW.value``. Values are read from the database at most every few seconds per process.
"""

import time
from dataclasses import dataclass
from math import isfinite
from typing import Any

from django.utils.translation import gettext_lazy as _

from stores.errors import Refusal
from stores.models import Setting, Staff

FRESH_FOR = 5.0
REGISTRY: dict[str, "Policy"] = {}


@dataclass
class _Known:
    values: dict[str, Any]
    until: float


_known = _Known({}, 0.0)


@dataclass(frozen=True)
class Policy:
    """One setting: its stable name, default, words for HQ and the bounds a change must keep."""

    name: str
    default: Any
    label: Any
    minimum: float | None = None
    maximum: float | None = None

    @property
    def value(self) -> Any:
        """What holds now: HQ's value, else the default."""
        return _current().get(self.name, self.default)

    def check(self, value: Any) -> None:
        """Raise Refusal when ``value`` is of another type than the default or out of bounds."""
        if not _is_like(value, self.default):
            raise Refusal(_("%(label)s: the value has the wrong type.") % {"label": self.label}, code="wrong_type")
        low, high = self.minimum, self.maximum
        if (low is not None and value < low) or (high is not None and value > high):
            raise Refusal(
                _("%(label)s: choose a value from %(low)s to %(high)s.")
                % {"label": self.label, "low": low, "high": "∞" if high is None else high},
                code="out_of_bounds",
            )


def _is_like(value: Any, default: Any) -> bool:
    """Whether a value may stand in for the default: whole numbers where a fraction may, lists of the same things."""
    if isinstance(default, list):
        known = default or [""]
        return isinstance(value, list) and all(any(_is_like(part, one) for one in known) for part in value)
    if isinstance(default, float) and type(value) is int:
        return True
    return type(value) is type(default) and not (isinstance(value, float) and not isfinite(value))


def define(
    name: str, default: Any, label: Any, *, minimum: float | None = None, maximum: float | None = None
) -> Policy:
    """Register a setting; the module that owns the rule calls this once at import."""
    REGISTRY[name] = Policy(name, default, label, minimum, maximum)
    return REGISTRY[name]


def change(name: str, value: Any, *, by: Staff | None) -> None:
    """Set a value for all from now on. Raises Refusal when it is unknown or out of bounds."""
    if name not in REGISTRY:
        raise Refusal(_("There is no setting of this name."), code="unknown_setting")
    REGISTRY[name].check(value)
    Setting.objects.update_or_create(name=name, defaults={"value": value, "changed_by": by})
    forget()


def forget() -> None:
    """Read the values anew at the next use."""
    _known.until = 0.0


def _current() -> dict[str, Any]:
    if time.monotonic() >= _known.until:
        _known.values = dict(Setting.objects.values_list("name", "value"))
        _known.until = time.monotonic() + FRESH_FOR
    return _known.values
