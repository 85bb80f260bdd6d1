"""The filters of the member list: read from the address, offered as chips, and handed to the domain."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from django.db.models import Count, Q
from django.http import QueryDict
from django.utils.translation import gettext as _

from campaigns.memberdays.banner import invitable_members
from campaigns.models import MemberDay, MemberDayState
from members.memberfilters import MemberFilters, in_small_scope
from members.models import Stage, Tag, Tier
from members.search import Sort, matching, needs_a_store, tags_by_use
from members.tags import groups_for
from stores.models import IN_STORE, Role, Staff, Store
from stores.quietwords import MARK, as_address, opened
from workbench.presenters.links import Choice, address
from workbench.queries import number_in, numbers_in

LAST = {"7": (7, None), "14": (14, 7), "30": (30, 14), "90": (90, None), "away": (None, 90), "beyond": (None, None)}
UNASSIGNED = "none"
TAGS_SHOWN = 60


@dataclass(frozen=True)
class Asked:
    """What the reader asked for, as it stands in an address; unknown values are dropped.

    ``q`` is sealed there when it may be a number, ``words`` is what was typed. ``among`` are the stores that the reader
    leads, where that is more than their own.
    """

    q: str = ""
    words: str = ""
    sort: str = Sort.LAST_ORDER
    tiers: list[int] = field(default_factory=list)
    stages: list[str] = field(default_factory=list)
    tags: list[int] = field(default_factory=list)
    last: str = ""
    guide: str = ""
    invite: int | None = None
    store: int | None = None
    among: tuple[int, ...] = ()

    @property
    def pairs(self) -> list[tuple[str, object]]:
        """The same as a query, without the place in the list."""
        found: list[tuple[str, object]] = [("q", self.q)]
        found += [("tier", pk) for pk in self.tiers] + [("stage", stage) for stage in self.stages]
        found += [("tag", pk) for pk in self.tags]
        found += [
            ("last", self.last),
            ("guide", self.guide),
            ("invite", self.invite or ""),
            ("store", self.store or ""),
        ]
        return found + [("sort", self.sort if self.sort != Sort.LAST_ORDER else "")]

    @property
    def narrowed(self) -> bool:
        """Whether any filter is on; the words searched for are none, nor is the store looked at."""
        return any(value for name, value in self.pairs if name not in ("q", "sort", "store"))

    def url(self, *, without: str = "", value: object = None, **more: object) -> str:
        """The list with these filters, less one of them, plus what is named."""
        kept = [
            (name, held)
            for name, held in self.pairs
            if name not in more and (name != without or (value is not None and held != value))
        ]
        return address("members", query=[*kept, *more.items()])


@dataclass(frozen=True)
class Option:
    """One value of a filter."""

    value: object
    label: str
    is_on: bool
    count: int | None = None


@dataclass(frozen=True)
class Filter:
    """One group of the filter sheet."""

    name: str
    title: str
    choices: list[Option]
    type: str = "checkbox"
    is_search: bool = False


@dataclass(frozen=True)
class Active:
    """A filter that is on, and the list without it."""

    label: str
    clear_url: str


def asked(data: QueryDict, viewer: Staff) -> Asked:
    """What the address asks for."""
    sort = data.get("sort", "")
    guide = data.get("guide", "")
    typed = data.get("q", "").strip()
    return Asked(
        q=as_address(typed if typed.startswith(MARK) else typed[:60], viewer.pk),
        words=opened(typed, viewer.pk)[:60],
        sort=sort if sort in Sort.values else Sort.LAST_ORDER,
        tiers=numbers_in(data, "tier"),
        stages=[stage for stage in data.getlist("stage") if stage in Stage.values],
        tags=numbers_in(data, "tag"),
        last=data.get("last", "") if data.get("last") in LAST else "",
        guide=guide if viewer.role != Role.GUIDE and (guide == UNASSIGNED or number_in(data, "guide")) else "",
        invite=number_in(data, "invite"),
        store=None if in_small_scope(viewer) else number_in(data, "store"),
    )


def conditions(found: Asked, viewer: Staff) -> MemberFilters:
    """The same for the domain."""
    within, beyond = LAST.get(found.last, (None, None))
    return MemberFilters(
        store_ids=[found.store] if found.store else found.among,
        tier_ids=found.tiers,
        stages=found.stages,
        tag_ids=found.tags,
        guide_id=int(found.guide) if found.guide.isdigit() else None,
        unassigned=found.guide == UNASSIGNED,
        ordered_within=within,
        not_ordered_for=beyond,
        beyond_usual=found.last == "beyond",
        where=_invitable(found.invite, viewer),
    )


def stores(found: Asked, viewer: Staff, *, single: bool = False) -> tuple[Asked, list[Choice]]:
    """The stores that somebody who leads several may look at, as choices, and the same wish with one of them chosen:
    a list is of one store, a search is over all unless a ``single`` one is wanted. People of a store have no choice."""
    if in_small_scope(viewer):
        return found, []
    known = list(Store.objects.visible_to(viewer).order_by("name", "pk"))
    single = single or needs_a_store(viewer, found.words)
    chosen = next((one for one in known if one.pk == found.store), known[0] if known and single else None)
    asked = replace(found, store=chosen.pk if chosen else None, among=tuple(one.pk for one in known))
    every = [] if single else [Choice(_("All stores"), found.url(store=""), asked.store is None)]
    choices = [Choice(one.name, found.url(store=one.pk), one.pk == asked.store) for one in known]
    return asked, every + choices if len(known) > 1 else []


def offered(found: Asked, viewer: Staff) -> list[Filter]:
    """The filter sheet with its numbers, those of the store looked at."""
    tiers, stages = _counted(found, viewer)
    filters = [
        Filter("tier", _("Tier"), [Option(pk, name, pk in found.tiers, tiers[pk, name]) for pk, name in tiers]),
        Filter("stage", _("Stage"), [
            Option(stage.value, str(stage.label), stage.value in found.stages, stages[stage.value])
            for stage in Stage if stages.get(stage.value)
        ]),
        _last(found),
        Filter("tag", _("Tags"), _tag_options(found, viewer), is_search=True),
    ]  # fmt: skip
    if viewer.role != Role.GUIDE:
        filters.append(Filter("guide", _("Guide"), _guide_options(found, viewer), type="radio"))
    return filters


def _counted(found: Asked, viewer: Staff) -> tuple[Counter[tuple[int, str]], Counter[str]]:
    """How many of the viewer's members there are by tier (key and name, in their order) and by stage, in one query. For
    a region it is asked of one store."""
    tiers: Counter[tuple[int, str]] = Counter()
    stages: Counter[str] = Counter()
    rows = (
        matching(viewer, filters=in_store(found))
        .order_by("tier__threshold")
        .values_list("tier_id", "tier__name", "stage")
    )
    for pk, name, stage, count in rows.annotate(Count("pk")):
        tiers[pk, name] += count
        stages[stage] += count
    return tiers, stages


def in_store(found: Asked) -> MemberFilters:
    """No filter but the store looked at."""
    return MemberFilters(store_ids=[found.store] if found.store else [])


def _last(found: Asked) -> Filter:
    choices = [Option(key, label, key == found.last) for key, label in last_words().items()]
    return Filter("last", _("Last order"), choices, type="radio")


def active(found: Asked, viewer: Staff) -> list[Active]:
    """The filters that are on, as chips that take them off: their words are looked up, the sheet is not read for it."""
    chips = [Active(name, found.url(without="tier", value=pk)) for pk, name in _named(Tier, found.tiers, viewer)]
    chips += [Active(str(Stage(one).label), found.url(without="stage", value=one)) for one in found.stages]
    if found.last:
        chips.append(Active(last_words()[found.last], found.url(without="last")))
    chips += [Active(name, found.url(without="tag", value=pk)) for pk, name in _named(Tag, found.tags, viewer)]
    if found.guide == UNASSIGNED:
        chips.append(Active(_("Without a guide"), found.url(without="guide")))
    elif found.guide:
        chips += [Active(name, found.url(without="guide")) for _pk, name in _named(Staff, [int(found.guide)], viewer)]
    if found.invite:
        chips.append(Active(_("Can be invited to member day"), found.url(without="invite")))
    return chips


def _named(model: type[Tier | Tag | Staff], keys: Sequence[int], viewer: Staff) -> list[tuple[int, str]]:
    """The names of what is asked for, as far as the viewer may see it, in the order asked."""
    if not keys:
        return []
    rows = model.objects.visible_to(viewer).filter(pk__in=keys)
    if model is Tag:
        rows = rows.filter(group__in=groups_for(viewer))
    names = dict(rows.values_list("pk", "name"))
    return [(pk, names[pk]) for pk in keys if pk in names]


def unused(found: Asked, viewer: Staff) -> list[str]:
    """What else one may filter by, but for the tier."""
    titles = {"stage": _("Stage"), "last": _("Last order"), "tag": _("Tags")}
    if viewer.role != Role.GUIDE:
        titles["guide"] = _("Guide")
    on = {name for name, value in found.pairs if value}
    return [title for name, title in titles.items() if name not in on]


def last_words() -> dict[str, str]:
    """The words for how long ago the last order was."""
    return {
        "7": _("Within 7 days"),
        "14": _("8–14 days"),
        "30": _("15–30 days"),
        "90": _("Within 90 days"),
        "away": _("Over 90 days"),
        "beyond": _("Twice their usual gap"),
    }


def _tag_options(found: Asked, viewer: Staff) -> list[Option]:
    """The tags that members of the viewer carry, most used first."""
    used = tags_by_use(viewer, found.store)
    return [Option(pk, name, pk in found.tags, count) for pk, name, count in used[:TAGS_SHOWN]]


def _guide_options(found: Asked, viewer: Staff) -> list[Option]:
    """The people of the store and "nobody"."""
    people = Staff.objects.visible_to(viewer).filter(role__in=IN_STORE, is_active=True).order_by("name")
    if found.store:
        people = people.filter(store=found.store)
    options = [Option(UNASSIGNED, _("Without a guide"), found.guide == UNASSIGNED)]
    return options + [Option(pk, name, found.guide == str(pk)) for pk, name in people.values_list("pk", "name")]


def _invitable(member_day_id: int | None, viewer: Staff) -> Q:
    """Those who may be invited to a member day; everybody when there is no such day."""
    days = MemberDay.objects.visible_to(viewer).filter(state=MemberDayState.PUBLISHED)
    member_day = days.filter(pk=member_day_id).first() if member_day_id else None
    return Q(pk__in=invitable_members(member_day, viewer).values("pk")) if member_day else Q()
