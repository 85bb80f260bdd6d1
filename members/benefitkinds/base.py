"""What every kind of benefit answers. One class per kind; the registry is in ``members.benefitkinds``."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

from dateutil.relativedelta import relativedelta
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from members.models import Benefit, BenefitKind, Member, Period

FOREVER = date(2000, 1, 1)  # the period of what counts for ever
Problem = tuple[str, Any]  # field, sentence


class Recorded(StrEnum):
    """Where a use comes from: it happens by itself, somebody records it by hand, or the till does with a receipt."""

    ITSELF = "itself"
    HAND = "hand"
    TILL = "till"


@dataclass(frozen=True)
class Span:
    """The period that a use counts against, named by its first day, and from when there is more (None: never)."""

    key: date
    again_on: date | None


class BenefitType:
    """One kind. ``value_name`` says what ``value`` means ("" where it means nothing), ``recorded`` how uses come about.

    What was used under another tier counts against the quota of the same kind in the tier held now, unless the kind
    says no (``carries_over``).
    """

    key: ClassVar[BenefitKind]
    icon: ClassVar[str]
    recorded: ClassVar[Recorded] = Recorded.HAND
    carries_over: ClassVar[bool] = True
    value_name: ClassVar[Any] = ""

    def problems(self, benefit: Benefit) -> Sequence[Problem]:
        """What contradicts itself in the value, quota and period, as (field, sentence)."""
        found = list(self.value_problems(benefit.value))
        if benefit.period == Period.ONCE and (benefit.quota or 1) != 1:
            found.append(("quota", gettext_lazy("Once is once: leave the quota empty.")))
        if benefit.period in (Period.MONTH, Period.YEAR) and benefit.quota is None:
            found.append(("quota", gettext_lazy("Say how often in this period, or choose no limit.")))
        if self.recorded == Recorded.ITSELF and self.limit(benefit) is not None:
            found.append(("period", gettext_lazy("This benefit works by itself and has no limit.")))
        return found

    def value_problems(self, value: Decimal | None) -> Sequence[Problem]:
        """What is wrong with the value; kinds without one take none."""
        return [] if value is None else [("value", gettext_lazy("This kind of benefit has no value: leave it empty."))]

    def sentence(self, benefit: Benefit) -> str:
        """What it gives, in one phrase without how often."""
        return str(benefit.get_kind_display())

    def limit(self, benefit: Benefit) -> int | None:
        """How many uses a period holds; None without a limit."""
        if benefit.period == Period.NONE:
            return None
        return 1 if benefit.period == Period.ONCE else benefit.quota

    def span(self, benefit: Benefit, member: Member, day: date) -> Span:
        """The period in which a use on a business day counts."""
        if benefit.period == Period.MONTH:
            first = day.replace(day=1)
            return Span(first, first + relativedelta(months=1))
        if benefit.period == Period.YEAR:
            return Span(date(day.year, 1, 1), date(day.year + 1, 1, 1))
        return Span(FOREVER, None)


def quota_text(benefit: Benefit) -> str:
    """How often, in words: "2 times a month", "once", or "" without a limit."""
    count = benefit.quota or 0
    match benefit.period:
        case Period.MONTH if count:
            return ngettext("%(count)s time a month", "%(count)s times a month", count) % {"count": count}
        case Period.YEAR if count:
            return ngettext("%(count)s time a year", "%(count)s times a year", count) % {"count": count}
        case Period.ONCE:
            return _("once")
    return ""
