"""The words for what happens around a tag beside setting and removing it: see members.chronicle."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from members.chronicle import Category, Words, tells
from members.happenings import names, visible_tags
from members.models import Tag, TagDispute, TimelineFact
from members.tagdisputes import DECIDED, LIFTED, RAISED
from stores.models import Staff


@tells(RAISED, DECIDED, LIFTED, category=Category.PROFILE, icon="tag", seen_by=visible_tags)
def _disputes(facts: Sequence[TimelineFact]) -> Mapping[int, Words]:
    tags, people = names(Tag, facts, "tag"), names(Staff, facts, "by")
    rows = TagDispute.objects.in_bulk([fact.subject for fact in facts])
    told = {}
    for fact in facts:
        tag, dispute = tags.get(fact.data.get("tag")), rows.get(fact.subject)
        if tag is None:
            continue
        sentence, why = _("Tag “%(tag)s” is said not to fit"), dispute.reason if dispute else ""
        if fact.kind == DECIDED:
            upheld = fact.data.get("upheld")
            sentence = _("Tag “%(tag)s” taken off: it does not fit") if upheld else _("Tag “%(tag)s” stays")
            why = dispute.answer if dispute else ""
        elif fact.kind == LIFTED:
            sentence, why = _("Tag “%(tag)s”: its rule decides again"), ""
        note = " · ".join(filter(None, [people.get(fact.data.get("by"), ""), why]))
        told[fact.pk] = Words(sentence % {"tag": tag}, note)
    return told
