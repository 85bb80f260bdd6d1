"""Coming again and retention of real orders (UCI Online Retail) are what a loop over the file in Python finds."""

import csv
import gzip
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.utils import timezone

from members.insight.reports import REPORTS
from members.insight.scope import Range, Scope
from members.insight.summaries import SUMMARIES
from members.insight.summaries.base import rebuild
from members.insight.value import fits
from members.models import EarningRate, Member, MemberFacts, Order
from members.windows import windows
from tests.insight.byhand import product_limit
from tests.makers import make_store, make_tiers
from tests.members.order_files import REAL

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db,
    pytest.mark.skipif(not REAL.exists(), reason="the real orders are not beside this checkout (../shared/data)"),
]
CENT = Decimal("0.01")


def read() -> dict[str, list[tuple[datetime, Decimal]]]:
    """Sales by member, moved in time so that the last of them was yesterday."""
    receipts: dict[tuple, Decimal] = defaultdict(Decimal)
    with gzip.open(REAL / "orders.csv.gz", "rt", encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            if line["member"] and line["kind"] == "sale":
                amount = Decimal(line["quantity"]) * Decimal(line["unit_price"])
                receipts[line["member"], line["paid_at"], line["order_no"]] += amount.quantize(CENT, ROUND_HALF_UP)
    days = windows().today - date(2011, 12, 10)
    found = defaultdict(list)
    for (member, paid_at, _number), amount in receipts.items():
        found[member].append((datetime.fromisoformat(paid_at) + days, amount))
    return {member: sorted(sales) for member, sales in found.items()}


def load(people: dict) -> None:
    """Members and their orders, as they would have been recorded."""
    store, tier, zone = make_store(), make_tiers()["plain"], ZoneInfo(settings.TIME_ZONE)
    rate = EarningRate.objects.create(key="real", growth=1, points=1, months=12)
    members = Member.objects.bulk_create(
        Member(code=f"{nth:012d}", home_store=store, tier=tier, joined_at=timezone.now(), tier_since=timezone.now())
        for nth in range(len(people))
    )
    orders, facts = [], []
    for member, sales in zip(members, people.values(), strict=True):
        first = sales[0][0].replace(tzinfo=zone)
        facts.append(MemberFacts(member=member, orders=len(sales), first_order_at=first, computed_at=timezone.now()))
        for at, amount in sales:
            orders.append(
                Order(channel="web", order_no=f"{len(orders)}", fingerprint=b"", member=member, store=store, rate=rate,
                      paid_at=at.replace(tzinfo=zone), list_amount=amount, net_amount=amount)
            )  # fmt: skip
    Order.objects.bulk_create(orders, batch_size=5000)
    MemberFacts.objects.bulk_create(facts)


def test_coming_again_retention_and_the_fit_of_real_orders():
    people, today = read(), windows().today
    load(people)
    for name in ("gaps", "cohorts"):
        rebuild(SUMMARIES[name], today)
    check_rates(people, today)
    check_cohorts(people, today)
    check_the_fit(people, today)


def check_rates(people: dict, today: date) -> None:
    """Rates after the 1st to the 8th purchase within 60 and 180 days, of all purchases and of those of one quarter."""
    days = [sorted({at.date() for at, _amount in sales}) for sales in people.values()]
    for span in (Range.back(800, today), Range(today - timedelta(days=250), today - timedelta(days=160))):
        months, began = span.months(), 0
        for horizon in (60, 180):
            figures = REPORTS["repeat"].answer(Scope(), span, {"within": str(horizon)}).figures
            assert [step.nth for step in figures.steps] == list(range(1, 9))
            for step in figures.steps:
                times = [
                    ((own[step.nth] if len(own) > step.nth else today - timedelta(days=1)) - own[step.nth - 1],
                     len(own) > step.nth)
                    for own in days
                    if len(own) >= step.nth and own[step.nth - 1].replace(day=1) in months
                ]  # fmt: skip
                began += len(times) if step.nth == 1 else 0
                expected = product_limit([(gap.days, again) for gap, again in times], horizon)
                if max(gap.days for gap, _again in times) < horizon and expected < 1:
                    assert step.rate is None, "nobody was watched for so long"
                    continue
                assert step.rate.value == pytest.approx(expected, abs=1e-12)
                assert step.rate.began == len(times)
        assert began == 2 * (4_338 if span.days == 800 else sum(own[0].replace(day=1) in months for own in days))


def check_cohorts(people: dict, today: date) -> None:
    """Every cell of every cohort."""
    buyers, orders, spend = Counter(), Counter(), Counter()
    for sales in people.values():
        first = sales[0][0]
        for month in {(at.year, at.month) for at, _amount in sales}:
            buyers[f"{first:%Y-%m}", (month[0] - first.year) * 12 + month[1] - first.month] += 1
        for at, amount in sales:
            key = f"{first:%Y-%m}", (at.year - first.year) * 12 + at.month - first.month
            orders[key] += 1
            spend[key] += amount
    report = REPORTS["cohorts"]
    table = report.answer(Scope(), Range.back(800, today), {}).tables[1]
    found = {(month, later): row for month, later, *row in table.rows}
    assert {key for key, row in found.items() if row[1]} == set(buyers)
    for key, count in buyers.items():
        _size, shown, _share, number, sum_of, _head = found[key]
        assert (shown, number, sum_of) == (count, orders[key], spend[key])


def check_the_fit(people: dict, today: date) -> None:
    """Every parameter has an interval, and what is foretold of the last third comes near what came."""
    fit = fits.make(today - timedelta(days=1))
    assert fit.members == 4_338
    assert all(one["low"] < one["value"] < one["high"] for one in fit.parameters["purchases"].values())
    assert all(one["low"] < one["value"] < one["high"] for one in fit.parameters["spending"].values())
    came, expected = (sum(row[name] for row in fit.calibration) for name in ("came", "expected"))
    assert expected == pytest.approx(came, rel=0.25)
