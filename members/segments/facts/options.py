"""What there is to choose from where a fact is one of several: names of what was chosen, and offers while typing."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q

from stores.models import Store


class Options(ABC):
    """What there is to choose from: names of what was chosen, and what fits a few typed letters."""

    @abstractmethod
    def __call__(self, keys: Sequence[Any]) -> Mapping[Any, str]:
        """The names of those of the keys that exist. Raises ValueError, TypeError for what cannot be a key."""

    @abstractmethod
    def offer(self, typed: str, most: int) -> list[tuple[Any, str]]:
        """At most so many choices whose name holds what was typed."""


class Rows(Options):
    """Rows of a table, by a column that names them; ``offered`` narrows what can be chosen anew."""

    def __init__(self, model: Any, name: str = "name", offered: Q | None = None) -> None:
        self.model, self.name, self.offered = model, name, offered or Q()

    def __call__(self, keys: Sequence[Any]) -> Mapping[Any, str]:
        """Names by primary key."""
        return {row.pk: str(row) for row in self.model.objects.filter(pk__in=[int(key) for key in keys])}

    def offer(self, typed: str, most: int) -> list[tuple[Any, str]]:
        """The first by name."""
        rows = self.model.objects.filter(self.offered, **{f"{self.name}__icontains": typed}).order_by(self.name)[:most]
        return [(row.pk, str(row)) for row in rows]


class Labels(Options):
    """An enumeration."""

    def __init__(self, choices: Any) -> None:
        self.choices = choices

    def __call__(self, keys: Sequence[Any]) -> Mapping[Any, str]:
        """Labels by value."""
        return {choice.value: str(choice.label) for choice in self.choices if choice.value in keys}

    def offer(self, typed: str, most: int) -> list[tuple[Any, str]]:
        """Those whose label holds it."""
        found = [(choice.value, str(choice.label)) for choice in self.choices]
        return [(value, label) for value, label in found if typed.casefold() in label.casefold()][:most]


class Cities(Options):
    """The cities in which there are stores."""

    def __call__(self, keys: Sequence[Any]) -> Mapping[Any, str]:
        """Themselves."""
        known = Store.objects.filter(city__in=[str(key) for key in keys]).exclude(city="")
        return {city: city for city in known.values_list("city", flat=True)}

    def offer(self, typed: str, most: int) -> list[tuple[Any, str]]:
        """The first of them."""
        known = Store.objects.filter(city__icontains=typed).exclude(city="").order_by("city")
        return [(city, city) for city in known.values_list("city", flat=True).distinct()[:most]]
