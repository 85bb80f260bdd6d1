"""The words for members who came into a segment or left it. See ``members.chronicle`` for how they are used."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from members.chronicle import Category, Words, tells
from members.happenings import leaders
from members.models import Segment, TimelineFact


@tells("segment.entered", "segment.left", category=Category.PROFILE, icon="tag", seen_by=leaders)
def _moved(facts: Sequence[TimelineFact]) -> Mapping[int, Words]:
    """Which segment it was."""
    segments = Segment.objects.in_bulk([fact.subject for fact in facts])
    words = {
        "segment.entered": _("In the segment “%(name)s”"),
        "segment.left": _("No longer in the segment “%(name)s”"),
    }
    return {
        fact.pk: Words(words[fact.kind] % {"name": segments[fact.subject].name}, _("by rule"))
        for fact in facts
        if fact.subject in segments
    }
