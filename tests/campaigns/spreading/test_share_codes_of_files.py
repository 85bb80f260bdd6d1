"""A file of orders with a column for share codes earns commission as the till's orders do; without it nothing."""

import pytest

from campaigns.models import Commission
from members.models import OrderShareCode
from tests.campaigns.scenery import deliver_all
from tests.campaigns.spreading.scenery import link, rule
from tests.makers import make_guide, make_member, make_store
from tests.members.order_files import imported, line, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def shared(settings, tmp_path):
    """The link of Lin Xiaoman, who earns ten per cent; Zhou Zihan is a member, and there is a store."""
    settings.MEDIA_ROOT = tmp_path / "media"
    rule()
    make_store("滨河路店", code="S1")
    make_member("周子涵", phone="13812345678")
    return link(make_guide())


def earned() -> list[tuple[str, str]]:
    """Which orders earned for whom."""
    deliver_all()
    return [(one.order.order_no, one.staff.name) for one in Commission.objects.order_by("pk")]


def test_the_column_says_by_whose_link_each_order_came(shared):
    lines = (line("A1", sku="F001") + f", {shared.code} ", line("A1", sku="F002") + f",{shared.code}", line("A2") + ",")
    imported(text_of(*lines, more_columns=",share_code"))
    assert set(earned()) == {("A1", "林小满")}
    assert list(OrderShareCode.objects.values_list("order__order_no", "code")) == [("A1", shared.code)]


def test_the_column_stands_beside_the_other_optional_ones_in_any_order(shared):
    imported(text_of(line("A1") + f",{shared.code},葡萄,E1", more_columns=",share_code,category,guide_no"))
    assert earned() == [("A1", "林小满")]


def test_a_file_without_the_column_brings_the_same_orders_and_earns_nothing(shared):
    """Control."""
    _file, done = imported(text_of(line("A1"), line("A2")))
    assert done.orders_new == 2
    assert earned() == []
