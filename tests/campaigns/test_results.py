"""What the work of guides brought: own results, the team from A to Z, the store."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from campaigns import results
from campaigns.models import TaskState
from tests.campaigns.scenery import bought, deliver_all, sent_offer, template, used_in
from tests.makers import days_ago, make_guide, make_manager, make_member, make_store, make_task, make_touch

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    """Binhe Road: He Jun, Lin Xiaoman, Chen Jiayi and the manager Zhou Min."""
    store = make_store("滨河路店")
    guides = {name: make_guide(name, store=store) for name in ("何俊", "林小满", "陈嘉怡")}
    return {"周敏": make_manager(store=store), **guides}


def week() -> tuple:
    """The last seven days and a little more."""
    return days_ago(7), timezone.now() + timedelta(minutes=1)


def used_offer(guide, member, amount: str, nth: int) -> None:
    """An offer of yesterday that was used today in an order."""
    offer = sent_offer(guide, member, from_template=template(), at=days_ago(1))
    deliver_all()
    used_in(offer.coupon, f"R-{nth}", tell=False)
    bought(member, amount, order_no=f"R-{nth}")
    deliver_all()


def test_own_results_are_coupons_sent_and_used_sales_and_tasks(team):
    lin = team["林小满"]
    member = make_member("周子涵", guide=lin)
    used_offer(lin, member, "86.00", 1)
    sent_offer(lin, member, from_template=template())
    sent_offer(lin, member)
    sent_offer(lin, member, from_template=template(), at=days_ago(20))
    make_task(make_member("许静雯", guide=lin), state=TaskState.DONE, outcome="reached")
    make_task(make_member("孙悦", guide=lin), state=TaskState.LAPSED)
    make_task(make_member("赵一鸣", guide=lin), state=TaskState.DISMISSED)
    make_task(make_member("刘建国", guide=lin))
    mine = results.results_of(lin, *week())
    assert (mine.sent, mine.redeemed, mine.redemption_rate, mine.sales) == (2, 1, 0.5, Decimal("86.00"))
    assert (mine.tasks_done, mine.tasks_total) == (1, 3)
    assert results.last_offers(lin) == (3, 1, Decimal("86.00"))


def test_nothing_sent_has_no_rate(team):
    nothing = results.results_of(team["何俊"], *week())
    assert (nothing.sent, nothing.redemption_rate, nothing.sales) == (0, None, Decimal(0))


def test_the_board_runs_from_a_to_z_whoever_sold_most(team):
    used_offer(team["林小满"], make_member("周子涵", guide=team["林小满"]), "500.00", 1)
    make_guide("吴磊", store=team["周敏"].store, is_active=False)
    make_guide("别店")
    board = results.team_board(team["周敏"].store, *week()).guides
    assert [row.guide.name for row in board] == ["陈嘉怡", "何俊", "林小满", "周敏"]
    assert [row.sales for row in board] == [0, 0, Decimal("500.00"), 0]
    assert [row.members for row in board] == [0, 0, 1, 0]


def test_the_board_takes_the_same_queries_for_any_number_of_guides(team, django_assert_num_queries):
    with django_assert_num_queries(5):
        results.team_board(team["周敏"].store, *week())
    for nth in range(20):
        make_task(make_member(guide=make_guide(f"导购{nth}", store=team["周敏"].store)))
    with django_assert_num_queries(5):
        results.team_board(team["周敏"].store, *week())


def test_the_store_counts_what_people_did_in_it_also_those_who_left(team):
    wu = make_guide("吴磊", store=team["周敏"].store)
    used_offer(wu, make_member("周子涵", guide=wu), "70.00", 1)
    make_touch(make_member("许静雯", guide=make_guide("别店")), at=days_ago(1))
    wu.is_active = False
    wu.save()
    whole = results.team_board(team["周敏"].store, *week()).whole
    assert (whole.sent, whole.redeemed, whole.sales) == (1, 1, Decimal("70.00"))
