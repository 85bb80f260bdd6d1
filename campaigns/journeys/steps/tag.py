"""Putting a tag on members."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy

from campaigns.journeys.fields import Row
from campaigns.journeys.steps.base import Move, Onward, Passing, Place, Step, StepKind
from members import tags
from members.models import MemberTag, Tag, TagGroup
from members.segments.facts.options import Rows
from members.segments.registry import Meaningless

CHOOSE = gettext_lazy("Choose a tag that people set.")
SET_BY_PEOPLE = ~Q(group__kind=TagGroup.Kind.SYSTEM)


class SetTag(StepKind):
    """A tag of a manual group for each; whoever carries it already keeps it as it is."""

    kind = "tag"
    label = gettext_lazy("Set a tag")
    icon = "tag"
    locks_members = True
    outcomes = {"tagged": gettext_lazy("Tagged"), "tag_inactive": gettext_lazy("The tag is no longer used")}
    skipped = ("tag_inactive",)
    asks = (
        Row(
            name="tag",
            label=gettext_lazy("Tag"),
            options=Rows(Tag, offered=SET_BY_PEOPLE & Q(is_active=True)),
            missing=CHOOSE,
        ),
    )

    def clean(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The tag; those of the system come and go by themselves."""
        found = super().clean(given)
        if not Tag.objects.filter(SET_BY_PEOPLE, pk=found["tag"]).exists():
            raise Meaningless(CHOOSE)
        return found

    def told(self, step: Step) -> str:
        """The name of the tag."""
        return Tag.objects.get(pk=step.settings["tag"]).name

    def begin(self, place: Place, passing: Sequence[Passing]) -> Iterable[Move]:
        """Tag them all."""
        trips = [one.trip for one in passing]
        tag = Tag.objects.get(pk=place.step.settings["tag"])
        if not tag.is_active:
            yield Onward(trips, "tag_inactive")
            return
        tags.tag_many([one.member for one in passing], tag, by=None, source=MemberTag.Source.RULE)
        yield Onward(trips, "tagged")
