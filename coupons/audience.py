"""Who a bulk issue goes to: conditions over members that must all hold. Merged and erased members never get anything.

A condition is one ``Condition`` in the registry; an app above adds its own with ``register`` (its key then stands in
the JSON of a run, in the form of headquarters and in the words of an audience like any other).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models import Member, MemberList, Segment, Stage, Tag, Tier
from stores.models import Store

LIVING = "m.state = 'active'"


@dataclass(frozen=True)
class Condition:
    """One way to choose members: ``sql`` over the member row ``m`` with the chosen values as ``%(<key>)s``.

    Values are keys of ``model``, else those of ``choices``, else plain numbers. ``at_hand`` conditions are offered in
    the form; a list of single members is for code alone.
    """

    key: str
    label: Any
    sql: str
    model: type[models.Model] | None = None
    choices: Sequence[tuple[str, Any]] = ()
    help_text: Any = ""
    at_hand: bool = True

    def read(self, values: Any) -> list[Any]:
        """The values as parameters of the SQL, each once, in order. Raises ValueError for what cannot be one."""
        found = {str(value) if self.choices else int(value) for value in values or ()}
        return sorted(found)

    def names(self, values: Sequence[Any]) -> list[str]:
        """What the values are called; those that no longer exist are left out."""
        if self.model is not None:
            return [str(row) for row in self.model._default_manager.filter(pk__in=values).order_by("pk")]
        labels = dict(self.choices)
        return [str(labels.get(value, value)) for value in values]


CONDITIONS: dict[str, Condition] = {}


def register(condition: Condition) -> None:
    """Offer one more way to choose members."""
    CONDITIONS[condition.key] = condition


TAGGED = """EXISTS (
    SELECT FROM members_membertag t WHERE t.member_id = m.id AND t.tag_id = ANY(%({key})s::bigint[])
       AND (t.expires_at IS NULL OR t.expires_at > now()))"""
LISTED = """EXISTS (
    SELECT FROM members_listedmember l WHERE l.member_id = m.id AND l.member_list_id = ANY(%({key})s::bigint[]))"""
IN_SEGMENT = """EXISTS (
    SELECT FROM members_segmentspan p WHERE p.member_id = m.id AND p.segment_id = ANY(%({key})s::bigint[])
       AND p.until IS NULL)"""

for _condition in (
    Condition("tier_ids", _("Tiers"), "m.tier_id = ANY(%(tier_ids)s::bigint[])", Tier),
    Condition("store_ids", _("Home stores"), "m.home_store_id = ANY(%(store_ids)s::bigint[])", Store),
    Condition(
        "excluded_store_ids",
        _("Except the stores"),
        "(m.home_store_id IS NULL OR NOT m.home_store_id = ANY(%(excluded_store_ids)s::bigint[]))",
        Store,
    ),
    Condition("stages", _("Lifecycle stages"), "m.stage = ANY(%(stages)s::text[])", choices=Stage.choices),
    Condition("tag_ids", _("With any of the tags"), TAGGED.format(key="tag_ids"), Tag),
    Condition("without_tag_ids", _("With none of the tags"), f"NOT {TAGGED.format(key='without_tag_ids')}", Tag),
    Condition("list_ids", _("On any of the lists"), LISTED.format(key="list_ids"), MemberList),
    Condition(
        "without_list_ids", _("On none of the lists"), f"NOT {LISTED.format(key='without_list_ids')}", MemberList
    ),
    Condition("segment_ids", _("In any of the segments"), IN_SEGMENT.format(key="segment_ids"), Segment),
    Condition("member_ids", _("Single members"), "m.id = ANY(%(member_ids)s::bigint[])", at_hand=False),
    Condition(
        "without_member_ids",
        _("Except whoever issues it"),
        "NOT m.id = ANY(%(without_member_ids)s::bigint[])",
        Member,
        at_hand=False,
    ),
):
    register(_condition)


@dataclass(frozen=True)
class Audience:
    """The chosen values by condition; one without values restricts nothing, all others must hold."""

    chosen: Mapping[str, list[Any]]

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Audience":
        """From the JSON of an IssueRun or a door; raises TypeError for a condition that does not exist."""
        unknown = set(data) - CONDITIONS.keys()
        if unknown:
            raise TypeError(f"no such condition: {', '.join(sorted(unknown))}")
        return cls({key: condition.read(data.get(key)) for key, condition in CONDITIONS.items()})

    @property
    def params(self) -> dict[str, list[Any]]:
        """What the SQL asks for, and what a run keeps."""
        return dict(self.chosen)

    @property
    def scope_sql(self) -> str:
        """The conditions over ``m`` apart from being alive; only those that restrict, so that the planner sees them."""
        return " AND ".join([CONDITIONS[key].sql for key, values in self.chosen.items() if values] or ["true"])

    @property
    def sql(self) -> str:
        """All conditions over ``m``; take ``params`` with it."""
        return f"{LIVING} AND {self.scope_sql}"

    def in_words(self) -> list[tuple[str, list[str]]]:
        """The conditions that restrict, as label and names."""
        return [
            (str(CONDITIONS[key].label), CONDITIONS[key].names(values)) for key, values in self.chosen.items() if values
        ]

    def gone(self) -> list[str]:
        """The labels of conditions that name something which is no longer there, so that it must be chosen anew."""
        return [
            str(condition.label)
            for key, condition in CONDITIONS.items()
            if condition.model is not None and self.chosen[key]
            and condition.model._default_manager.filter(pk__in=self.chosen[key]).count() < len(self.chosen[key])
        ]  # fmt: skip
