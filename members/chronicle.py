"""The timeline of a member as a page shows it: facts turned into words, newest first, as far as the viewer may see.

Which words a kind of fact gets is registered with ``tells`` in a module ``happenings`` of the app that records the
fact; apps above add theirs the same way. A kind without words is not shown.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from members import cursors
from members.models import Member, TimelineFact
from stores.models import Staff

LARGEST = 50


class Category(models.TextChoices):
    """The chips above a timeline."""

    ORDER = "order", pgettext_lazy("in a timeline", "Orders")
    COUPON = "coupon", pgettext_lazy("in a timeline", "Coupons")
    TOUCH = "touch", _("Contacts")
    NOTE = "note", _("Notes")
    PROFILE = "profile", _("Profile")


@dataclass(frozen=True)
class Words:
    """What a fact says: a short title and, less prominent, a note; ``icon`` when it is not that of its kind."""

    title: str
    note: str = ""
    icon: str = ""


Teller = Callable[[Sequence[TimelineFact]], Mapping[int, Words]]
Limit = Callable[[Staff | None], Q]


@dataclass(frozen=True)
class Telling:
    """How one kind is told: by which function, under which chip, and which facts of the kind a viewer may see."""

    teller: Teller
    category: str
    icon: str
    seen_by: Limit | None


@dataclass
class Entry:
    """One line of the chronicle. ``gap`` is free for words about a silence after it; ``cursor`` continues below it."""

    pk: int
    kind: str
    category: str
    icon: str
    title: str
    note: str
    at: datetime
    gap: str = ""

    @property
    def is_order(self) -> bool:
        """Whether the member bought something."""
        return self.kind == "order.recorded"

    @property
    def cursor(self) -> str:
        """Give this as ``before`` to get what came earlier."""
        return cursors.encode([self.at.isoformat(), self.pk])


TELLINGS: dict[str, Telling] = {}


def tells(*kinds: str, category: str, icon: str, seen_by: Limit | None = None) -> Callable[[Teller], Teller]:
    """Register the function that puts facts of these kinds into words.

    It gets all facts of one page at once, so that it can look everything up in one query, and returns words by the
    fact's key; a fact it leaves out is not shown. ``seen_by`` narrows the facts for a viewer (None: a partner).
    """

    def register(teller: Teller) -> Teller:
        for kind in kinds:
            TELLINGS[kind] = Telling(teller, category, icon, seen_by)
        return teller

    return register


def timeline_of(
    member: Member,
    viewer: Staff | None,
    *,
    kinds: Iterable[str] | None = None,
    before: str | None = None,
    limit: int = 20,
) -> list[Entry]:
    """At most ``limit`` entries, newest first, in the language that is active.

    ``kinds`` are kinds of fact or names of a ``Category``; ``before`` is the cursor of the last entry shown. Raises
    Refusal ``bad_cursor``.
    """
    facts = facts_of(member, viewer, kinds=kinds)
    if before:
        moment, pk = _position(before)
        facts = facts.filter(Q(at__lt=moment) | Q(at=moment, pk__lt=pk))
    return in_words(list(facts.order_by("-at", "-pk")[: min(limit, LARGEST)]))


def facts_of(
    member: Member, viewer: Staff | None, *, kinds: Iterable[str] | None = None
) -> models.QuerySet[TimelineFact]:
    """The facts that ``timeline_of`` tells, for callers who cut their own pages; None is a partner."""
    return _visible(member, viewer, kinds)


def in_words(page: Sequence[TimelineFact]) -> list[Entry]:
    """The entries of a page of facts, in its order; facts without words are left out."""
    words = _words(page)
    return [_entry(fact, words[fact.pk]) for fact in page if fact.pk in words]


def counts_of(member: Member, viewer: Staff | None) -> dict[str, int]:
    """How many entries each category has for this viewer."""
    rows = _visible(member, viewer, None).order_by().values_list("kind").annotate(Count("pk"))
    counts: Counter[str] = Counter()
    for kind, count in rows:
        counts[TELLINGS[kind].category] += count
    return dict(counts)


def kinds_in(category: str) -> list[str]:
    """The kinds of fact that a category holds."""
    return [kind for kind, telling in TELLINGS.items() if telling.category == category]


def _visible(member: Member, viewer: Staff | None, kinds: Iterable[str] | None) -> models.QuerySet[TimelineFact]:
    wanted = set(TELLINGS)
    if kinds is not None:
        asked = set(kinds)
        wanted = {kind for kind in TELLINGS if kind in asked or TELLINGS[kind].category in asked}
    facts = TimelineFact.objects.visible_to(viewer) if viewer else TimelineFact.objects.all()
    facts = facts.filter(member=member, kind__in=wanted)
    for kind in wanted:
        seen_by = TELLINGS[kind].seen_by
        allowed = seen_by(viewer) if seen_by else Q()
        if allowed:  # an empty condition lets every fact of the kind through
            facts = facts.filter(~Q(kind=kind) | allowed)
    return facts


def _words(page: Sequence[TimelineFact]) -> dict[int, Words]:
    by_teller: dict[Teller, list[TimelineFact]] = defaultdict(list)
    for fact in page:
        by_teller[TELLINGS[fact.kind].teller].append(fact)
    return {pk: words for teller, facts in by_teller.items() for pk, words in teller(facts).items()}


def _entry(fact: TimelineFact, words: Words) -> Entry:
    telling = TELLINGS[fact.kind]
    icon = words.icon or telling.icon
    return Entry(fact.pk, fact.kind, telling.category, icon, words.title, words.note, fact.at)


def _position(before: str) -> tuple[datetime, int]:
    text, pk = cursors.decode(before, (str, int))
    try:
        return cursors.moment(text), pk
    except ValueError:
        raise cursors.lost() from None
