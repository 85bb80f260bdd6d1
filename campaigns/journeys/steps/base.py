"""What a kind of step is: how it is written, said, and done for many members at once."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from campaigns.journeys import fields
from campaigns.journeys.fields import Field
from campaigns.models import Journey, JourneyVersion


@dataclass(frozen=True)
class Step:
    """One step of a flow: its key, the kind, what the kind asks for, and the ways it parts into."""

    key: str
    kind: str
    settings: Mapping[str, Any]
    lanes: "tuple[tuple[Step, ...], ...]" = ()


class Passing(NamedTuple):
    """Somebody at a step: the trip, the member, their bucket, and whether what they waited for came."""

    trip: int
    member: int
    bucket: int
    arrived: bool


@dataclass(frozen=True)
class Place:
    """Where a step is done: of which journey and version, and at what time."""

    journey: Journey
    version: JourneyVersion
    step: Step
    now: datetime


@dataclass(frozen=True)
class Onward:
    """Trips that are done with the step: how it ended for them, down which lane they go (None: straight on), and what
    came of it by trip."""

    trips: Sequence[int]
    outcome: str
    lane: int | None = None
    subjects: Mapping[int, int] | None = None


@dataclass(frozen=True)
class Stay:
    """Trips that wait at the step until a moment, or until news of a kind."""

    trips: Sequence[int]
    until: datetime
    awaits: str = ""


@dataclass(frozen=True)
class Away:
    """Trips that end here, and why."""

    trips: Sequence[int]
    why: str


Move = Onward | Stay | Away


@dataclass(frozen=True)
class Ahead:
    """How somebody would have gone on from a step in a dry run: when, down which lane, or out of the journey."""

    at: datetime
    lane: int | None = None
    ends: bool = False


class Past(Protocol):
    """What a dry run knows of one member."""

    @property
    def bucket(self) -> int:
        """The member's bucket."""
        ...

    def came(self, event: str, after: datetime, until: datetime) -> datetime | None:
        """When an event first came after a moment, until another."""
        ...


Fits = Callable[[Mapping[str, Any] | None, Any, datetime], bool]
"""Whether a rule held for a past at a moment."""


class StepKind(ABC):
    """One kind of step. ``begin`` gets those who have just come, ``go_on`` those who have waited."""

    kind: str
    label: Any
    icon: str
    outcomes: Mapping[str, Any] = {}
    """The outcomes it may have, as people say them."""

    skipped: Collection[str] = ()
    """Those of the outcomes with which somebody went on without what the step is for."""

    note: Any = ""
    """A sentence about every step of the kind."""

    asks: Sequence[Field] = ()
    """What it asks for, in the order of the editor."""

    does = ""
    """What a dry run counts it as: coupon, message, task; empty for what reaches nobody."""

    ends = False
    """Whether nobody goes on behind it."""

    at_once = False
    """Whether it is done in one go with the step before it: it locks nothing but what it writes itself."""

    locks_members = False
    """Whether the rows of the members are locked before it is done: what it does counts what they have."""

    def clean(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The settings in one spelling. Raises Meaningless, or TreeInvalid for a rule."""
        return fields.read(self.asks, given)

    @abstractmethod
    def told(self, step: Step) -> str:
        """The step as people say it."""

    def lanes_of(self, given: Mapping[str, Any]) -> int:
        """How many ways it parts into."""
        return 0

    def lane_names(self, step: Step) -> Sequence[str]:
        """What the ways are called."""
        return ()

    def lane_outcomes(self, step: Step) -> Sequence[str]:
        """The outcomes that lead into the lanes, in their order."""
        return list(self.outcomes)

    @abstractmethod
    def begin(self, place: Place, passing: Sequence[Passing]) -> Iterable[Move]:
        """Do the step for members who have just come to it, in the caller's transaction."""

    def go_on(self, place: Place, passing: Sequence[Passing]) -> Iterable[Move]:
        """Do what is left for those whose wait is over."""
        yield Onward([one.trip for one in passing], "waited")

    def foresee(self, journey: Journey, step: Step, past: Past, fits: Fits, at: datetime) -> Ahead:
        """How a dry run goes on for somebody who came to it at a moment of the past: straight on, at once."""
        return Ahead(at)
