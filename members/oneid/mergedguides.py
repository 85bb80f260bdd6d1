"""The guide and home store that a merge hands on to a member whom nobody looks after, and their way back."""

from members import timeline
from members.models import Assignment, Member, MemberMerge, MemberState, MergedRows
from members.timeline import NewFact

ASSIGNMENT = Assignment._meta.db_table


def take_guide(merge: MemberMerge, kept: Member, absorbed: Member) -> None:
    """A member whom nobody looks after takes over the guide and home store of the absorbed one; recorded as made."""
    guide = absorbed.guide if absorbed.guide and absorbed.guide.is_active else None
    store_id = absorbed.home_store_id if guide or kept.home_store_id is None else kept.home_store_id
    if kept.guide_id or (guide is None and store_id == kept.home_store_id):
        return
    merge.before["place"] = {"home_store": kept.home_store_id}
    before = Assignment.objects.filter(member=kept, ended_at=None).first()
    at = max(merge.made_at, before.started_at) if before else merge.made_at
    if before:
        Assignment.objects.filter(pk=before.pk).update(ended_at=at)
        merge.before["place"]["closed"] = before.pk
    made = Assignment.objects.create(
        member=kept, guide=guide, store_id=store_id, started_at=at, changed_by=merge.made_by
    )
    MergedRows.objects.create(merge=merge, table=ASSIGNMENT, ids=[made.pk], is_made=True)
    kept.guide, kept.home_store_id = guide, store_id
    kept.save(update_fields=["guide", "home_store", "updated_at"])
    if guide:
        timeline.record(NewFact("member.assigned", kept.pk, data={"guide": guide.pk, "from": None}))


def return_guides(steps: list[MemberMerge]) -> None:
    """Undo ``take_guide`` for the first of these merges, and all along that took over the same guide and store."""
    taken = None
    for step in steps:
        made = MergedRows.objects.filter(merge=step, table=ASSIGNMENT, is_made=True).first()
        now = Assignment.objects.filter(pk__in=made.ids if made else ()).values_list("guide", "store").first()
        if "place" not in step.before or made is None or taken not in (None, now) or not _return_guide(step, made.ids):
            return
        if step is not steps[0]:
            made.delete()
            del step.before["place"]
            step.save(update_fields=["before"])
        taken = now


def _return_guide(merge: MemberMerge, made: list[int]) -> bool:
    """End what a merge made, unless somebody has given the member another guide since: what ended is history and stays.
    Returns whether the member lost it now."""
    place = merge.before["place"]
    heir = MemberMerge.objects.filter(kept=merge.kept_id, undone_at=None, before__place__closed=made[0]).first()
    if heir:  # another merge brought the next guide: it follows on what was before
        Assignment.objects.filter(pk__in=made).delete()
        heir.before["place"] = place
        heir.save(update_fields=["before"])
        return False
    gone, _rows = Assignment.objects.filter(pk__in=made, ended_at=None).delete()
    if not gone:
        return False
    kept = Member.objects.get(pk=merge.kept_id)
    was = kept.guide_id
    Assignment.objects.filter(pk=place.get("closed")).update(ended_at=None)
    kept.guide, kept.home_store_id = None, place["home_store"]
    kept.save(update_fields=["guide", "home_store", "updated_at"])
    if was and kept.state == MemberState.ACTIVE:  # one merged further has nobody to lose and no news of their own
        timeline.record(NewFact("member.assigned", kept.pk, data={"guide": None, "from": was}))
    return True
