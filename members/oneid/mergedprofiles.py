"""What a merge changes on the kept member's row beside its balances, and how an un-merge takes that back.

Empty name and birthday are filled from the absorbed row, and a member without guide takes over the absorbed one's.
``MemberMerge.before`` remembers which fields were filled and what no recomputation brings back; it holds no personal
data: whether a filled field was changed since, the absorbed row tells.
"""

from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from members import timeline
from members.models import (
    Member,
    MemberFacts,
    MemberMerge,
    TierChange,
    TierStanding,
)
from members.oneid import mergedguides
from members.timeline import NewFact

# Field -> the columns that go with it. A birthday may be known without its year, by its feast alone.
FILLED: dict[str, tuple[str, ...]] = {
    "name": ("name", "initials"),
    "birthday": ("birthday", "birthday_calendar", "feast_month", "feast_day"),
}
EMPTY: dict[str, Any] = {"name": "", "initials": "", "birthday": None, "feast_month": None, "feast_day": None}
FIGURES = ("growth", "points", "points_owed", "tier_id", "stage")


def is_known(member: Member, field: str) -> bool:
    """Whether a field that a merge may fill holds something."""
    return bool(member.name) if field == "name" else member.birthday is not None or member.feast_month is not None


def image_of(member: Member) -> dict[str, Any]:
    """How a member stands just before a merge, as JSON."""
    facts = MemberFacts.objects.filter(member=member).values("orders", "spend").first()
    standing = TierStanding.objects.filter(member=member).first()
    return {
        **{column: getattr(member, column) for column in FIGURES},
        "tier_since": member.tier_since.isoformat(),
        "stage_since": member.stage_since.isoformat(),
        "facts": facts and {"orders": facts["orders"], "spend": str(facts["spend"])},
        "notice": standing and {"review_on": _day(standing.review_on), "noticed_for": _day(standing.noticed_for)},
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def fill(merge: MemberMerge, kept: Member, absorbed: Member) -> None:
    """Fill what the kept member's row lacks from the absorbed one's, and note it in ``merge.before``.

    What the merge had filled once and somebody took away since is not filled again.
    """
    before = merge.before.get("filled", [])
    lacking = [field for field in FILLED if field not in before and not is_known(kept, field)]
    fields = [field for field in lacking if is_known(absorbed, field)]
    if "birthday" in fields:
        merge.before["calendar"] = kept.birthday_calendar
    for column in [column for field in fields for column in FILLED[field]]:
        setattr(kept, column, getattr(absorbed, column))
    if fields:
        kept.save(update_fields=[*(column for field in fields for column in FILLED[field]), "updated_at"])
        timeline.record(NewFact("member.updated", kept.pk, data={"fields": fields, "merge": merge.pk}))
        merge.before["filled"] = [*before, *fields]
    if "place" not in merge.before:
        mergedguides.take_guide(merge, kept, absorbed)


def unfill(merge: MemberMerge, above: list[MemberMerge]) -> None:
    """Empty again what the merge had filled and nobody changed since, along all that took it over (``above``)."""
    absorbed = merge.absorbed
    fields = list(merge.before.get("filled", ()))
    for step in [merge, *above]:
        fields = [field for field in fields if field in step.before.get("filled", ())]
        holder = Member.objects.get(pk=step.kept_id)
        fields = [f for f in fields if all(getattr(holder, c) == getattr(absorbed, c) for c in FILLED[f])]
        empty = {**EMPTY, "birthday_calendar": step.before.get("calendar", holder.birthday_calendar)}
        columns = {column: empty[column] for field in fields for column in FILLED[field]}
        if columns:
            Member.objects.filter(pk=holder.pk).update(**columns, updated_at=timezone.now())
        if step is not merge:
            step.before["filled"] = [field for field in step.before.get("filled", ()) if field not in fields]
            step.save(update_fields=["before"])
    mergedguides.return_guides([merge, *above])


def restore_standing(member: Member, image: dict[str, Any], *, whole: bool) -> bool:
    """Bring back since when tier and stage were held, where they are again what they were before the merge.

    ``whole``: the member lives no more (merged further), so that nothing recomputes tier and stage. Returns whether a
    notice of their review came back, on which their next date rests.
    """
    changes: dict[str, Any] = {}
    if whole or member.stage == image["stage"]:
        changes["stage_since"] = parse_datetime(image["stage_since"])
    if whole or member.tier_id == image["tier_id"]:
        changes["tier_since"] = parse_datetime(image["tier_since"])
    if whole:
        changes |= {column: image[column] for column in ("tier_id", "stage")}
        if member.tier_id != image["tier_id"]:
            TierChange.objects.create(
                member=member, before_id=member.tier_id, after_id=image["tier_id"], why=TierChange.Why.MERGE,
                at=timezone.now(),
            )  # fmt: skip
    if any(getattr(member, name) != value for name, value in changes.items()):
        Member.objects.filter(pk=member.pk).update(**changes)
    if image["facts"] is None:
        MemberFacts.objects.filter(member=member, orders=0, next_change_on=None).delete()
    if not (image["notice"] and image["notice"]["noticed_for"]):
        return False
    same_review = TierStanding.objects.filter(member=member, review_on=image["notice"]["review_on"])
    unnoticed = same_review.exclude(noticed_for__isnull=False, noticed_for=image["notice"]["noticed_for"])
    return bool(unnoticed.update(noticed_for=image["notice"]["noticed_for"]))
