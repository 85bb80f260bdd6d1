"""What a merge would lead to: both members side by side, what would become of them, and how many rows would move.

The result is not guessed: the merge is made and rolled back, so it is what the merge will be.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import models, transaction
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from members.happenings import listed, yuan
from members.models import Consent, Identity, IdentityConflict, Member, MemberFacts, MemberMerge, MemberTag
from members.oneid import duplicates, joining, lineage, merging
from members.oneid.duplicates import Doubt
from members.oneid.identitykinds import rule_of
from members.privacy import consents
from members.tags import living
from stores.models import Staff

Line = tuple[Any, str, bool]  # label, what stands there, whether a difference speaks against one person


@dataclass(frozen=True)
class Comparison:
    """One line: what it is about, what the kept, the absorbed and the merged member have. ``differs`` when a person
    should look at it: both have something, and not the same."""

    label: Any
    kept: str
    absorbed: str
    result: str
    differs: bool


@dataclass(frozen=True)
class MergePreview:
    """What merging ``absorbed`` into ``kept`` would lead to."""

    kept: Member
    absorbed: Member
    lines: Sequence[Comparison]
    moving: Sequence[tuple[Any, int]]
    staying: Sequence[tuple[Any, int]]
    warnings: Sequence[Any]
    decided: IdentityConflict | None


def preview(kept: Member, absorbed: Member, *, by: Staff | None) -> MergePreview:
    """Look at a merge before it is made; changes nothing. Raises as ``merging.merge``."""
    moving = lineage.counts(absorbed.pk, kept.pk)
    one, other = _portrait(kept.pk), _portrait(absorbed.pk)
    with transaction.atomic():
        merging.merge(kept, absorbed, why=MemberMerge.Why.HAND, by=by)
        result = _portrait(kept.pk)
        transaction.set_rollback(True)
    return MergePreview(
        kept=kept,
        absorbed=absorbed,
        lines=[_compared(*three) for three in zip(one, other, result, strict=True)],
        moving=_named(moving),
        staying=_named(_left_behind(absorbed, moving)),
        warnings=_warnings(kept, absorbed),
        decided=duplicates.between(kept.pk, absorbed.pk),
    )


def _compared(kept: Line, absorbed: Line, result: Line) -> Comparison:
    label, mine, is_telling = kept
    theirs = absorbed[1]
    return Comparison(label, mine, theirs, result[1], bool(is_telling and mine and theirs and mine != theirs))


def _portrait(pk: int) -> list[Line]:
    """A member in words, line by line; figures differ between any two records and tell nothing."""
    member = Member.objects.select_related("tier", "home_store", "guide").get(pk=pk)
    facts = MemberFacts.objects.filter(member=member).first()
    last = facts.last_order_at if facts else None
    return [
        (pgettext_lazy("of a person", "Name"), member.name, True),
        (_("Phone"), member.phone_masked, False),
        (_("Birthday"), _birthday(member), True),
        (_("Identities"), listed(f"{row.get_kind_display()} {row.shown}" for row in _identities(member)), False),
        (_("Member since"), _day(member.joined_at), False),
        (_("Came from"), member.source, False),
        (_("Home store"), member.home_store.name if member.home_store else "", True),
        (_("Guide"), member.guide.name if member.guide else "", True),
        (_("Tier"), member.tier.name, False),
        (_("Growth value"), f"{member.growth:,}", False),
        (_("Points"), f"{member.points - member.points_owed:,}", False),
        (_("Orders"), f"{facts.orders:,}" if facts else "0", False),
        (_("Spend"), yuan(facts.spend if facts else Decimal(0)), False),
        (_("Last order"), _day(last) if last else "", False),
        (_("Stage"), str(member.get_stage_display()), False),
        (_("Tags"), listed(_tags(member)), False),
        (_("May be contacted by"), listed(_channels(member)), False),
    ]


def _identities(member: Member) -> list[Identity]:
    return sorted(member.identities.all(), key=lambda row: (rule_of(row.kind).priority, row.pk))


def _birthday(member: Member) -> str:
    if member.birthday:
        return f"{date_format(member.birthday, 'Y-m-d')} {member.get_birthday_calendar_display()}"
    if member.feast_month:
        return f"{member.feast_month:02d}-{member.feast_day:02d} {member.get_birthday_calendar_display()}"
    return ""


def _tags(member: Member) -> list[str]:
    rows = MemberTag.objects.filter(living(), member=member).order_by("tag__group__position", "tag__position", "tag")
    return list(rows.values_list("tag__name", flat=True))


def _channels(member: Member) -> list[str]:
    rows = Consent.objects.filter(member=member, purpose=consents.MARKETING).order_by("channel", "-at", "-pk")
    return [str(row.get_channel_display()) for row in rows.distinct("channel") if row.granted]


def _warnings(kept: Member, absorbed: Member) -> list[Any]:
    """What would have kept the rules from merging them by themselves, beside what the lines show."""
    over = joining.over_limit(kept, absorbed)
    found: list[Any] = (
        [f"{Doubt.LIMIT.label}: {listed(str(rule_of(kind).kind.label) for kind in over)}"] if over else []
    )
    if joining.birthdays_differ(kept, absorbed):
        found.append(str(Doubt.BIRTHDAYS.label))
    return found


def _left_behind(absorbed: Member, moving: dict[type[models.Model], int]) -> dict[type[models.Model], int]:
    """Rows of moving tables that stay with the absorbed record, since the kept one has one of the kind."""
    strict = {one.model for one in lineage.MOVING if not one.unless}
    found: dict[type[models.Model], int] = {}
    for one in lineage.MOVING:
        if one.model not in strict:
            count = one.model._base_manager.filter(**{one.column: absorbed.pk}).count() - moving.get(one.model, 0)
            found |= {one.model: count} if count else {}
    return found


def _named(counts: dict[type[models.Model], int]) -> list[tuple[Any, int]]:
    return [(model._meta.verbose_name_plural, count) for model, count in counts.items()]


def _day(moment: Any) -> str:
    return date_format(localtime(moment).date(), "Y-m-d")
