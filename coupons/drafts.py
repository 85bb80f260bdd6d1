"""What HQ types before it becomes a version of terms, and the contradictions that keep it from becoming one."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from coupons import kinds
from coupons.kinds.base import Problem
from coupons.models import CouponTerms
from stores.errors import Refusal
from stores.places import end_of_day, start_of_day

LONGEST_DAYS = 3650
AMOUNTS = ("threshold", "amount_off", "cap", "fixed_price", "gift_value")
TOO_MUCH = 10**8


@dataclass(frozen=True)
class TermsDraft:
    """Terms that are not saved yet; the names are those of CouponTerms, which explains them.

    A plain date as ``valid_until`` includes that whole day, as ``valid_from`` it begins with it.
    """

    kind: str
    threshold: Decimal = Decimal(0)
    amount_off: Decimal | None = None
    percent: Decimal | None = None
    cap: Decimal | None = None
    fixed_price: Decimal | None = None
    gift_name: str = ""
    gift_value: Decimal | None = None
    valid_from: date | datetime | None = None
    valid_until: date | datetime | None = None
    start_after_days: int = 0
    valid_days: int | None = None
    weekdays: Sequence[int] = ()
    hour_from: time | None = None
    hour_until: time | None = None
    store_ids: Sequence[int] = ()
    tier_ids: Sequence[int] = ()
    skus: Sequence[str] = ()
    category_ids: Sequence[int] = ()
    channels: Sequence[str] = ()
    stack_group: str = ""


class TermsContradict(Refusal):
    """The terms contradict themselves; ``extra["errors"]`` lists (field, sentence) for the form."""

    code = "terms_contradict"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(" ".join(str(text) for _field, text in problems), extra={"errors": list(problems)})


def contradictions(draft: TermsDraft) -> list[Problem]:
    """Everything that cannot be meant, as (field, sentence); empty when the terms are sound."""
    if draft.kind not in kinds.REGISTRY:
        return [("kind", _("Choose what the coupon gives."))]
    return [*(_amounts(draft) or kinds.problems(draft)), *_validity(draft), *_occasion(draft)]


def to_terms(draft: TermsDraft) -> CouponTerms:
    """The unsaved row for a sound draft, plain dates turned into moments, what belongs to other kinds left out.

    Raises TermsContradict.
    """
    problems = contradictions(draft)
    if problems:
        raise TermsContradict(problems)
    foreign = kinds.OWNED.difference(kinds.REGISTRY[draft.kind].fields)
    values: dict[str, Any] = {
        field.name: field.default if field.name in foreign else getattr(draft, field.name) for field in fields(draft)
    }
    for name in ("weekdays", "store_ids", "tier_ids", "category_ids"):
        values[name] = sorted(set(values[name]))
    for name in ("skus", "channels"):
        values[name] = sorted({text.strip() for text in values[name] if text.strip()})
    values["valid_from"] = _moment(draft.valid_from, is_end=False)
    values["valid_until"] = _moment(draft.valid_until, is_end=True)
    return CouponTerms(**values)


def _moment(value: date | datetime | None, *, is_end: bool) -> datetime | None:
    if value is None or isinstance(value, datetime):
        return value
    return end_of_day(None, value) if is_end else start_of_day(None, value)


def _amounts(draft: TermsDraft) -> list[Problem]:
    own = kinds.REGISTRY[draft.kind].fields
    given = {name: getattr(draft, name) for name in AMOUNTS if name in own and getattr(draft, name) is not None}
    below = [name for name, value in given.items() if value < 0 and name != "gift_value"]  # its kind has words for that
    wrong = [*below, *(name for name, value in given.items() if value >= TOO_MUCH)]
    return [(name, _("This amount cannot be.")) for name in wrong]


def _validity(draft: TermsDraft) -> list[Problem]:
    fixed = draft.valid_from is not None or draft.valid_until is not None
    if fixed and draft.valid_days is not None:
        return [("valid_days", _("Give either two dates or a number of days, not both."))]
    if draft.valid_days is not None:
        if not 1 <= draft.valid_days <= LONGEST_DAYS or not 0 <= draft.start_after_days <= LONGEST_DAYS:
            return [("valid_days", _("A coupon lasts from 1 to %(days)s days.") % {"days": LONGEST_DAYS})]
        return []
    start, end = _moment(draft.valid_from, is_end=False), _moment(draft.valid_until, is_end=True)
    if start is None or end is None:
        return [("valid_until", _("Say how long it is valid: two dates, or a number of days."))]
    if end <= start:
        return [("valid_until", _("It would end before it begins."))]
    if draft.start_after_days:
        return [("start_after_days", _("Between two dates there is no later start."))]
    return []


def _occasion(draft: TermsDraft) -> list[Problem]:
    found: list[Problem] = []
    if any(day not in range(1, 8) for day in draft.weekdays):
        found.append(("weekdays", _("Weekdays go from 1, Monday, to 7, Sunday.")))
    if draft.hour_from and draft.hour_until and draft.hour_until <= draft.hour_from:
        found.append(("hour_until", _("The last hour lies before the first.")))
    if draft.weekdays and not found and not _a_weekday_occurs(draft):
        found.append(("weekdays", _("None of these weekdays lies between the two dates.")))
    return found


def _a_weekday_occurs(draft: TermsDraft) -> bool:
    start, end = _moment(draft.valid_from, is_end=False), _moment(draft.valid_until, is_end=True)
    if draft.valid_days is not None:
        return True
    if start is None or end is None or (end - start).days >= 7:
        return True
    zone = start_of_day(None, date(2026, 1, 1)).tzinfo
    first, last = start.astimezone(zone).date().toordinal(), end.astimezone(zone).date().toordinal()
    days = {date.fromordinal(day).isoweekday() for day in range(first, last + 1)}
    return bool(days & set(draft.weekdays))
