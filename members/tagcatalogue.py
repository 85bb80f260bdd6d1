"""The rule of a system tag: kept, put into words, and followed at once when somebody asks for it."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from members.models import Segment, Tag, TagGroup
from members.segments import trees
from members.segments.wording import sentence
from members.tagrules import ONE, busy
from stores import jobs
from stores.errors import Conflict, Refusal
from stores.models import Job, Staff

NAMES = ("tags", "segments")
Named = tuple[str, int]  # which of the two, and the key


def keep_rule(tag: Tag, rule: Mapping[str, Any], *, by: Staff | None) -> Tag:
    """Give a system tag a rule. Its members follow at the next refresh.

    Raises TreeInvalid for a rule that means nothing, Refusal ``tag_by_hand`` for a tag that people set, ``tag_circle``
    for a rule that rests on the tag itself.
    """
    tree = trees.parse(rule)
    with transaction.atomic():
        held = Tag.objects.select_for_update(of=("self",)).select_related("group").get(pk=tag.pk)
        if held.group.kind != TagGroup.Kind.SYSTEM:
            raise Refusal(_("Only tags of a group of system tags have a rule."), code="tag_by_hand")
        kept = trees.dump(tree)
        if held.pk in _tags_beneath(kept):
            raise Refusal(_("The rule of a tag cannot ask about the tag itself."), code="tag_circle")
        held.rule = kept
        held.save(update_fields=["rule"])
    tag.rule = kept
    return held


def ask(tag: Tag, *, by: Staff | None) -> Job:
    """Have a system tag brought in line with its rule now.

    Raises Refusal ``tag_by_hand`` for one without a rule, Conflict ``tag_busy`` while that is under way already.
    """
    with transaction.atomic():
        held = Tag.objects.select_for_update(of=("self",)).select_related("group", "job").get(pk=tag.pk)
        if held.group.kind != TagGroup.Kind.SYSTEM or not held.rule:
            raise Refusal(_("Only tags of a group of system tags have a rule."), code="tag_by_hand")
        if busy(held):
            raise Conflict(
                _("It is being brought in line already. A rule changed since then follows on its own."), code="tag_busy"
            )
        job = jobs.plan(ONE, params={"tag": held.pk}, title=held.name, queue="segments", by=by)
        Tag.objects.filter(pk=held.pk).update(job=job)
    tag.job = job
    return job


def in_words(tag: Tag) -> str:
    """The rule in one sentence, or what is wrong with it by now; empty for a tag that people set."""
    if not tag.rule:
        return ""
    try:
        return sentence(trees.parse(tag.rule))
    except trees.TreeInvalid as invalid:
        return str(invalid)


def _tags_beneath(rule: Any) -> set[int]:
    """The tags that a rule rests on, through segments and the rules of other system tags as well."""
    found: set[Named] = set()
    fresh = set(_named(rule))
    while fresh:
        found |= fresh
        tags = Tag.objects.filter(pk__in=[pk for kind, pk in fresh if kind == "tags"], rule__isnull=False)
        segments = Segment.objects.filter(pk__in=[pk for kind, pk in fresh if kind == "segments"])
        rules = [*tags.values_list("rule", flat=True), *segments.values_list("rule", flat=True)]
        fresh = {one for rule in rules for one in _named(rule)} - found
    return {pk for kind, pk in found if kind == "tags"}


def _named(rule: Any) -> Iterable[Named]:
    """The tags and segments that a stored rule names, whatever else may be gone."""
    if isinstance(rule, list):
        for part in rule:
            yield from _named(part)
    elif isinstance(rule, dict) and rule.get("fact") in NAMES:
        yield from ((rule["fact"], pk) for pk in rule["value"])
    elif isinstance(rule, dict):
        for part in rule.values():
            yield from _named(part)
