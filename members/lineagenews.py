"""The words for members who became one, or two again. See ``members.chronicle`` for how they are used."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from members.chronicle import Category, Words, tells
from members.models import Member, TimelineFact


@tells("member.merged", "member.unmerged", category=Category.PROFILE, icon="swap")
def _records(facts: Sequence[TimelineFact]) -> Mapping[int, Words]:
    """Which other record of the same person it was, by name and code."""
    ids = {fact.data.get(side) for fact in facts for side in ("kept", "absorbed")}
    members = Member.objects.in_bulk(ids - {None})
    told = {}
    for fact in facts:
        sides = [members.get(fact.data.get(side)) for side in ("kept", "absorbed")]
        other = next((one for one in sides if one and one.pk != fact.member_id), None)
        if other:
            joined = fact.kind == "member.merged"
            title = _("Two records of one person were merged") if joined else _("Known as two people again")
            told[fact.pk] = Words(title, " ".join(filter(None, [other.name, other.code])))
    return told
