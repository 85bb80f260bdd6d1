"""The real orders of a retailer (UCI Online Retail) come out with the figures that are known about them."""

from decimal import Decimal

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db.models import Count, F, Q, Sum

from members.audit import audit
from members.imports import run
from members.models import GrowthEntry, Member, MemberFacts, Order, OrderImport, Return
from stores import jobs
from stores.models import JobState
from stores.storefiles import import_stores
from tests.makers import make_tiers
from tests.members.order_files import REAL, picture

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db,
    pytest.mark.skipif(not REAL.exists(), reason="the real orders are not beside this checkout (../shared/data)"),
]


@pytest.fixture
def _real_orders(tmp_path, monkeypatch):
    """Stores and orders of the files, imported by the commands."""
    monkeypatch.setattr(settings, "MEDIA_ROOT", tmp_path / "media")
    make_tiers()
    assert import_stores(REAL / "stores.csv", time_zone="Europe/London").created == 38
    call_command("import_orders", str(REAL / "orders.csv.gz"))


@pytest.mark.usefixtures("_real_orders")
def test_the_real_file_has_its_known_figures_and_a_second_run_changes_nothing():
    of_members = Order.objects.filter(member__isnull=False)
    assert of_members.count() == 18_532
    assert of_members.aggregate(Sum("net_amount")) == {"net_amount__sum": Decimal("8911407.90")}
    buyers = Member.objects.annotate(count=Count("orders")).filter(count__gt=0)
    assert buyers.count() == 4_338
    exactly = [buyers.filter(count=times).count() for times in (1, 2, 3, 4)]
    assert [*exactly, buyers.filter(count__gte=5).count()] == [1_493, 835, 508, 388, 1_114]
    back = Return.objects.filter(member__isnull=False)
    assert back.count() == 3_654
    assert back.aggregate(Sum("amount")) == {"amount__sum": Decimal("611342.09")}
    assert back.exclude(member__in=buyers).values("member").distinct().count() == 33

    check_that_returns_lower_spend_and_growth()
    assert audit() == []

    before = picture()
    order_import = run.start(REAL / "orders.csv.gz", "orders.csv.gz", force=True)
    jobs.run_to_end(order_import.job_id)
    done = run.summary(order_import)
    assert (done.state, done.orders_new, done.returns_new, done.members_new, done.rejected) == (
        JobState.DONE,
        0,
        0,
        0,
        0,
    )
    assert (done.orders_same + done.returns_same, done.lines) == (23_795, 539_391)
    assert picture() == before
    assert OrderImport.objects.count() == 2


def check_that_returns_lower_spend_and_growth() -> None:
    """No order goes below zero, neither in money nor in growth, and the facts add up."""
    assert not Order.objects.filter(Q(returned_amount__gt=F("net_amount")) | Q(returned_amount__lt=0)).exists()
    orders = Order.objects.filter(member__isnull=False).aggregate(net=Sum("net_amount"), back=Sum("returned_amount"))
    assert orders["back"] > 400_000
    spend = MemberFacts.objects.aggregate(Sum("spend"))["spend__sum"]
    assert spend == orders["net"] - orders["back"]
    per_order = GrowthEntry.objects.filter(order__isnull=False).values("order").annotate(sum=Sum("delta"))
    assert not per_order.filter(sum__lt=0).exists()
    earned = GrowthEntry.objects.aggregate(Sum("delta"))["delta__sum"]
    assert spend - 18_532 < earned <= spend  # a yuan each, fractions cut off per order
    assert not Member.objects.filter(growth__lt=0).exists()
