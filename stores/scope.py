"""Row scope: which rows may a member of staff see.

Every model declares a ``scope`` rule and every query on behalf of a person starts at
``Model.objects.visible_to(staff)``. Rules are small objects so that a test can list them and probe each one.
"""

from dataclasses import dataclass
from typing import Protocol, Self, TypeVar, cast

from django.db import models
from django.db.models import Q

NOTHING = Q(pk__in=())
EVERYTHING = Q()


class Viewer(Protocol):
    """What a scope rule needs to know about the person who looks."""

    pk: int
    is_active: bool
    role: str
    store_id: int | None
    region_id: int | None

    @property
    def sees_all(self) -> bool:
        """Whether the person works for headquarters."""
        ...

    @property
    def region_path(self) -> str | None:
        """The path of the region an area manager answers for, else None."""
        ...

    @property
    def leads_store(self) -> bool:
        """Whether the person sees all members of their store and not only their own."""
        ...


class Rule(Protocol):
    """A scope rule: turns a viewer into a filter on the model that declares it."""

    def filter_for(self, viewer: Viewer) -> Q:
        """The rows of the model that ``viewer`` may see."""
        ...


def _join(path: str, field: str) -> str:
    return f"{path}__{field}" if path else field


def _store_filter(path: str, viewer: Viewer) -> Q:
    """Rows whose store, reached by ``path`` ('' for the store itself), lies within the viewer's places."""
    if viewer.region_path:
        return Q(**{_join(path, "region__path__startswith"): viewer.region_path})
    if viewer.store_id:
        return Q(**{_join(path, "pk"): viewer.store_id})
    return NOTHING


@dataclass(frozen=True)
class Reference:
    """Reference data that everybody who works here may read: tiers, tag groups, regions."""

    def filter_for(self, viewer: Viewer) -> Q:
        """Everything."""
        return EVERYTHING


@dataclass(frozen=True)
class HeadquartersOnly:
    """Rows for headquarters: partners, jobs, settings."""

    def filter_for(self, viewer: Viewer) -> Q:
        """Everything for headquarters, nothing for anybody else."""
        return EVERYTHING if viewer.sees_all else NOTHING


@dataclass(frozen=True)
class ByStore:
    """Rows that hang on a store, reached by ``path``."""

    path: str = "store"

    def filter_for(self, viewer: Viewer) -> Q:
        """The rows of the viewer's own store or region."""
        return EVERYTHING if viewer.sees_all else _store_filter(self.path, viewer)


@dataclass(frozen=True)
class ByMember:
    """Rows that hang on a member, reached by ``path`` ('' for the member itself).

    A guide sees the members assigned to them, a store manager those whose home is the store, an area manager
    those of the region.
    """

    path: str = "member"

    def filter_for(self, viewer: Viewer) -> Q:
        """The rows of the members that the viewer looks after."""
        if viewer.sees_all:
            return EVERYTHING
        if viewer.region_path or viewer.leads_store:
            return _store_filter(_join(self.path, "home_store"), viewer)
        return Q(**{_join(self.path, "guide"): viewer.pk})


@dataclass(frozen=True)
class ByGuide:
    """Work of guides (tasks, offers): a guide sees their own, leaders see those of their stores."""

    guide: str = "guide"
    store: str = "store"

    def filter_for(self, viewer: Viewer) -> Q:
        """Own rows for a guide, rows of the led stores for a leader."""
        if viewer.sees_all:
            return EVERYTHING
        if viewer.region_path or viewer.leads_store:
            return _store_filter(self.store, viewer)
        return Q(**{self.guide: viewer.pk})


@dataclass(frozen=True)
class Private:
    """What is one person's own business, such as a commission: they see it themselves, and headquarters does."""

    person: str = "staff"

    def filter_for(self, viewer: Viewer) -> Q:
        """Own rows, whatever somebody leads."""
        return EVERYTHING if viewer.sees_all else Q(**{self.person: viewer.pk})


@dataclass(frozen=True)
class Both:
    """Rows that two rules must let through: a note hangs on a member and is private to a store."""

    first: Rule
    second: Rule

    def filter_for(self, viewer: Viewer) -> Q:
        """The rows that both rules show."""
        return self.first.filter_for(viewer) & self.second.filter_for(viewer)


Model = TypeVar("Model", bound=models.Model, covariant=True)


class ScopedQuerySet(models.QuerySet[Model]):
    """A query set that knows the scope rule of its model."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Only the rows that ``viewer`` may see; none at all for somebody who has left."""
        if not getattr(viewer, "is_active", False):
            return self.none()
        return self.filter(cast("type[ScopedModel]", self.model).scope.filter_for(viewer))


class ScopedModel(models.Model):
    """Base of every model: declares ``scope`` and gets ``objects.visible_to``."""

    scope: Rule = HeadquartersOnly()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        abstract = True
