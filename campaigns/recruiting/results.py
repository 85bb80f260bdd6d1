"""What recruiting brought: scans and sign-ups by code, first orders, those who came again; and referrals."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils import timezone

from campaigns.models import ChannelCode, CodeDay, CodeKind, Referral, ReferralProgramme, ReferralState, SignUp
from stores.models import Role, Staff, Store
from stores.places import business_day, end_of_day, start_of_day


@dataclass(frozen=True)
class Results:
    """What codes brought in some days: ``first_orders`` of those who signed up then have bought, ``came_again`` at
    least twice, whenever that was."""

    scans: int = 0
    sign_ups: int = 0
    first_orders: int = 0
    came_again: int = 0


@dataclass(frozen=True)
class GuideResults:
    """What a guide's own code brought."""

    guide: Staff
    results: Results


def of_codes(codes: Iterable[int], since: date, until: date) -> dict[int, Results]:
    """The results of some codes by key, from the first to the last day with both included."""
    ids = list(codes)
    days = CodeDay.objects.filter(code__in=ids, day__range=(since, until)).order_by()
    scans = dict(days.values_list("code").annotate(Sum("scans")))
    people = {row["code"]: row for row in _people(SignUp.objects.filter(code__in=ids), since, until)}
    return {pk: _of(scans.get(pk, 0), people.get(pk, {})) for pk in ids}


def of_code(code: ChannelCode, since: date, until: date) -> Results:
    """The same of one."""
    return of_codes([code.pk], since, until)[code.pk]


def by_day(code: ChannelCode, since: date, until: date) -> Sequence[CodeDay]:
    """What a code brought on each day on which it brought something, the latest first."""
    return list(CodeDay.objects.filter(code=code, day__range=(since, until)).order_by("-day"))


def this_month(store: Store | None) -> tuple[date, date]:
    """The first and the last day of the month so far, in the calendar of a store."""
    today = business_day(store, timezone.now())
    return today.replace(day=1), today


def of_guides(
    store: Store, since: date, until: date, *, also: Iterable[int] = ()
) -> tuple[list[GuideResults], dict[int, Results]]:
    """What the codes of the store's people brought, in the order of names; who has no code yet brought nothing. Then
    the results of all these codes, and of those named in ``also``, by key."""
    guides = list(Staff.objects.filter(store=store, role__in=(Role.GUIDE, Role.STORE_MANAGER), is_active=True))
    kept = ChannelCode.objects.filter(kind=CodeKind.GUIDE, guide__in=guides).values_list("guide_id", "pk")
    codes = dict(kept)
    found = of_codes([*codes.values(), *also], since, until)
    rows = [GuideResults(guide, found.get(codes.get(guide.pk, 0), Results())) for guide in guides]
    return sorted(rows, key=lambda row: (row.guide.name, row.guide.pk)), found


@dataclass(frozen=True)
class Referred:
    """What a referral programme brought: friends invited, by what became of them, and inviters over their ceiling."""

    invited: int
    pending: int
    rewarded: int
    void: int
    inviters: int
    over_ceiling: int
    reasons: dict[str, int]

    @property
    def rate(self) -> float | None:
        """How many in a hundred of those that are settled brought a reward; None while none is."""
        settled = self.rewarded + self.void
        return 100 * self.rewarded / settled if settled else None


def of_programme(programme: ReferralProgramme) -> Referred:
    """What a programme brought until now."""
    rows = Referral.objects.filter(programme=programme)
    counted = rows.aggregate(
        invited=Count("pk"),
        pending=Count("pk", filter=Q(state=ReferralState.PENDING)),
        rewarded=Count("pk", filter=Q(state=ReferralState.REWARDED)),
        void=Count("pk", filter=Q(state=ReferralState.VOID)),
        inviters=Count("inviter", distinct=True),
        over_ceiling=Count("pk", filter=Q(inviter_why="ceiling")),
    )
    reasons = rows.filter(state=ReferralState.VOID).order_by().values_list("reason").annotate(Count("pk"))
    return Referred(**counted, reasons=dict(reasons))


def _people(rows: Any, since: date, until: date) -> Any:
    """Per code: new members of these days, those who bought, those who bought again."""
    fresh = rows.filter(is_new=True, at__gte=start_of_day(None, since), at__lt=end_of_day(None, until))
    return (
        fresh.order_by()
        .values("code")
        .annotate(
            sign_ups=Count("pk"),
            first_orders=Count("pk", filter=Q(member__facts__orders__gte=1)),
            came_again=Count("pk", filter=Q(member__facts__orders__gte=2)),
        )
    )


def _of(scans: int, people: dict[str, int]) -> Results:
    return Results(scans, people.get("sign_ups", 0), people.get("first_orders", 0), people.get("came_again", 0))
