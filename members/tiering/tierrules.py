"""The rules of tiers: what each tier needs, how long growth counts, when a tier is reviewed. In versions by day.

A version holds from the midnight of its business day until the next one; of several of one day the last counts. As
long as none was applied, the house's first rules hold: the thresholds of the tiers and the numbers below. Drafts are
written and checked here; members.tiering.tiersimulation says what one would do,
members.tiering.tierrollout puts it into force.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from members.models import Tier, TierRules
from stores.errors import Conflict, Refusal
from stores.models import Staff

WINDOW, REVIEW, NOTICE, GRACE = 365, 365, 30, 30
LONGEST, LONGEST_GRACE = 3650, 365
MOST = 1_000_000_000
# Whoever settles members holds this for the transaction, whoever changes the rules waits for them: afterwards nobody
# writes what the old rules said.
LOCK = 7_130_001
APPLIED = """
SELECT effective_from, thresholds::text, window_days, review_days, notice_days, grace_days, downgrades = 'at_once'
FROM members_tierrules WHERE state = 'applied' ORDER BY effective_from NULLS FIRST, id;
SELECT id, threshold FROM members_tier WHERE threshold IS NOT NULL
"""


@dataclass(frozen=True)
class Version:
    """The rules from ``effective_from`` on (None: from the beginning). ``needs`` is (tier id, growth), lowest first."""

    effective_from: date | None
    needs: tuple[tuple[int, int], ...]
    window_days: int = WINDOW
    review_days: int = REVIEW
    notice_days: int = NOTICE
    grace_days: int = GRACE
    at_once: bool = False

    @property
    def lowest(self) -> int:
        """The tier that everybody begins in."""
        return self.needs[0][0]

    @property
    def first_need(self) -> int:
        """The growth value that the first tier above the lowest needs."""
        return self.needs[1][1] if len(self.needs) > 1 else MOST * 2

    def rank(self, tier: int) -> int:
        """How high a tier stands, the lowest 0; -1 for one that the rules leave out."""
        return next((place for place, (pk, _need) in enumerate(self.needs) if pk == tier), -1)

    def need(self, tier: int) -> int:
        """The growth value that a tier needs; 0 for one that the rules leave out."""
        return dict(self.needs).get(tier, 0)

    def best(self, growth: int) -> int:
        """The highest tier that a growth value earns."""
        return [pk for pk, need in self.needs if need <= max(growth, 0)][-1]


def versions(until: date | None = None, *, locked: bool = False) -> list[Version]:
    """The versions that count, oldest first, without those of days after ``until``. At least one.

    ``locked`` keeps the rules as they are until the end of the transaction. Raises Refusal ``no_tier`` where nothing
    is set up.
    """
    with connection.cursor() as cursor:  # one way there and back
        cursor.execute(f"SELECT pg_advisory_xact_lock_shared({LOCK}); {APPLIED}" if locked else APPLIED)
        if locked:
            cursor.nextset()
        applied = cursor.fetchall()
        cursor.nextset()
        first = [Version(None, _sorted(dict(cursor.fetchall())))]
    by_day = {row[0]: Version(row[0], _sorted(json.loads(row[1])), *row[2:]) for row in applied}
    found = list(by_day.values()) if None in by_day else first + list(by_day.values())
    if not found[0].needs:
        raise Refusal(_("There is no tier yet. Headquarters sets up the first one."), code="no_tier")
    return [one for one in found if one.effective_from is None or until is None or one.effective_from <= until]


def current(day: date | None = None) -> Version:
    """The rules in force, or those that were on a business day."""
    return versions(day)[-1]


def version_of(rules: TierRules, *, on: date | None) -> Version:
    """The version that a row means, were it in force from the business day ``on``."""
    at_once = rules.downgrades == TierRules.Downgrades.AT_ONCE
    days = (rules.window_days, rules.review_days, rules.notice_days, rules.grace_days)
    return Version(on, _sorted(rules.thresholds), *days, at_once)


def _sorted(thresholds: Mapping[Any, int]) -> tuple[tuple[int, int], ...]:
    return tuple(sorted(((int(pk), int(need)) for pk, need in thresholds.items()), key=lambda one: one[1]))


def save_draft(
    rules: TierRules | None,
    *,
    needs: Mapping[int, int],
    window_days: int,
    review_days: int,
    notice_days: int,
    grace_days: int,
    downgrades: str,
    note: str = "",
    by: Staff | None = None,
) -> TierRules:
    """Write a new draft, or change one; what was simulated before no longer counts then.

    Raises Conflict ``rules_applied`` when the rules are in force already, and Refusal where ``check`` does.
    """
    numbers = {"window_days": window_days, "review_days": review_days, "notice_days": notice_days,
               "grace_days": grace_days}  # fmt: skip
    check(needs, **numbers)
    fields: dict[str, Any] = {
        **numbers,
        "thresholds": {str(pk): need for pk, need in sorted(needs.items(), key=lambda one: one[1])},
        "downgrades": TierRules.Downgrades(downgrades),
        "note": note[:200],
    }
    with transaction.atomic():
        if rules is None:
            return TierRules.objects.create(**fields, made_by=by)
        row = TierRules.objects.select_for_update().get(pk=rules.pk)
        must_be_draft(row)
        for name, value in fields.items():
            setattr(row, name, value)
        row.simulation, row.simulated_at, row.job = None, None, None
        row.save()
    return row


def must_be_draft(rules: TierRules) -> None:
    """Raise Conflict when the rules are in force already: they are history then."""
    if rules.state != TierRules.State.DRAFT:
        raise Conflict(_("These rules are in force and no longer change. Draft new ones."), code="rules_applied")


def check(needs: Mapping[int, int], *, window_days: int, review_days: int, notice_days: int, grace_days: int) -> None:
    """Raise Refusal, with a sentence, for rules that cannot hold.

    The lowest tier stays the lowest and needs 0; the tiers in force keep their order and all stay; a new one may come
    anywhere above the lowest.
    """
    _check_days(window_days=window_days, review_days=review_days, notice_days=notice_days, grace_days=grace_days)
    tiers = {tier.pk: tier for tier in Tier.objects.all()}
    present = [pk for pk, _need in current().needs]
    if set(needs) - set(tiers):
        raise Refusal(_("The rules name a tier that does not exist."), code="unknown_tier")
    for pk in present:
        if pk not in needs:
            raise _wrong(_("%(tier)s needs a number: members may hold it."), "tier_left_out", tiers[pk])
    for pk, need in needs.items():
        if not 0 <= need <= MOST:
            raise _wrong(_("%(tier)s: enter a growth value from 0 to 1,000,000,000."), "bad_need", tiers[pk])
    if needs[present[0]]:
        raise _wrong(_("%(tier)s is where everybody begins and needs 0."), "lowest_needs_zero", tiers[present[0]])
    for pk in needs:
        if pk != present[0] and not needs[pk]:
            raise _wrong(_("%(tier)s must need more than 0."), "bad_need", tiers[pk])
    for lower, upper in zip(present, present[1:], strict=False):
        if needs[lower] >= needs[upper]:
            sentence = _("%(upper)s must need more than %(lower)s: the tiers keep their order.")
            words = {"upper": tiers[upper].name, "lower": tiers[lower].name}
            raise Refusal(sentence % words, code="tier_order", extra={"tier": tiers[upper].code})
    _check_distinct(needs, tiers)


def _check_distinct(needs: Mapping[int, int], tiers: Mapping[int, Tier]) -> None:
    known: dict[int, int] = {}
    for pk, need in needs.items():
        if need in known:
            sentence = _("%(one)s and %(other)s cannot need the same growth value.")
            words = {"one": tiers[known[need]].name, "other": tiers[pk].name}
            raise Refusal(sentence % words, code="same_need", extra={"tier": tiers[pk].code})
        known[need] = pk


def _check_days(*, window_days: int, review_days: int, notice_days: int, grace_days: int) -> None:
    if not (1 <= window_days <= LONGEST and 1 <= review_days <= LONGEST):
        raise Refusal(_("Growth and reviews count in 1 to 3,650 days."), code="bad_days")
    if not 0 <= notice_days <= review_days:
        raise Refusal(_("The notice cannot come before the tier is reached."), code="bad_notice")
    if not 0 <= grace_days <= LONGEST_GRACE:
        raise Refusal(_("A grace period lasts up to 365 days."), code="bad_grace")


def _wrong(sentence: Any, code: str, tier: Tier) -> Refusal:
    return Refusal(sentence % {"tier": tier.name}, code=code, extra={"tier": tier.code})
