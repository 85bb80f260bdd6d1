"""Boards of a team and of a region, and a guide's private pay-off: what was done, and what can be told of it."""

import pytest
from django.utils import timezone

from campaigns.models import Attribution, Verdict, WorkMonth
from campaigns.work.reading import this_month
from tests.makers import make_area_manager, make_member, make_order, make_touch
from tests.workbench.scenery import signed_in

pytestmark = pytest.mark.django_db


def a_month(store, guide=None, **fields) -> WorkMonth:
    """A counted month."""
    fields = {"month": this_month(), "as_of": timezone.now(), **fields}
    return WorkMonth.objects.create(store=store, guide=guide, **fields)


def owe(member, amount: str, kind: str) -> None:
    """An order that counts for the member's guide."""
    order = make_order(amount, member=member, store=member.home_store)
    Attribution.objects.filter(order=order).delete()
    Attribution.objects.create(
        order=order, member=member, kind=kind, guide=member.guide, store=member.home_store, amount=amount,
        ordered_at=order.paid_at,
    )  # fmt: skip


def test_the_board_counts_members_reached_and_new_ones(chain):
    make_touch(chain.zihan)
    make_touch(chain.zihan)
    make_member("新来的", guide=chain.lin, joined_at=timezone.now())
    page = signed_in(chain.zhou).get("/team/?period=month")
    lin = next(row for row in page.context["guides"] if row.name == "林小满")
    assert (lin.reached, lin.new_members, lin.members) == (1, 1, 2)
    assert page.context["totals"].reached == 1


def test_an_effect_that_spans_zero_is_said_to_tell_nothing_and_a_clear_one_to_tell(chain):
    a_month(chain.store, chain.lin, sent=28, used=9, low=0.18, high=0.51, effect=0.05, effect_low=0.01,
            effect_high=0.09, verdict=Verdict.BETTER)  # fmt: skip
    a_month(chain.store, chain.he, sent=3, used=1, low=0.06, high=0.79, effect=0.02, effect_low=-0.04, effect_high=0.08)
    page = signed_in(chain.zhou).get("/team/")
    told = {row.name: row for row in page.context["told"].rows}
    assert (told["林小满"].can_tell, told["何俊"].can_tell) == (True, False)
    assert told["何俊"].verdict == Verdict.CANNOT_TELL.label
    assert "in-ci--pos" in page.content.decode()


def test_before_the_first_night_the_board_says_so(chain):
    page = signed_in(chain.zhou).get("/team/")
    assert page.context["told"].rows == []
    assert page.status_code == 200


def test_an_area_manager_sees_the_stores_of_the_region_side_by_side_and_no_others(chain):
    a_month(chain.store, sent=10, used=3, direct=100, tasks_done=4, tasks_total=5)
    a_month(chain.elsewhere, sent=6, used=1, followed=50)
    outside = a_month(make_order(store=None).store, sent=99, used=9)
    page = signed_in(make_area_manager("沈立新", region=chain.store.region)).get("/team/region/")
    assert [row.store.name for row in page.context["stores"]] == sorted(["滨河路店", "西溪店"])
    assert (page.context["whole"].sent, page.context["whole"].sales) == (16, 150)
    assert outside.store.name not in page.content.decode()
    assert [row.store.name for row in signed_in(chain.zhou).get("/team/region/").context["stores"]] == ["滨河路店"]
    assert signed_in(chain.lin).get("/team/region/").status_code == 403


def test_another_month_and_nonsense_answer(chain):
    a_month(chain.store, sent=10)
    desk = signed_in(chain.zhou)
    assert desk.get("/team/region/?month=1999-01").context["whole"].sent == 10
    assert desk.get("/team/region/?month=x&page=99999999999").status_code == 200


def test_what_is_certain_stands_apart_from_what_only_followed(chain):
    owe(chain.zihan, "80.00", "direct")
    owe(chain.zihan, "120.00", "last_touch")
    kinds = signed_in(chain.lin).get("/results/?period=month").context["kinds"]
    assert kinds == {"direct": (1, 80), "followed": (1, 120)}


def test_the_year_is_ones_own_and_nobody_elses(chain):
    a_month(chain.store, chain.lin, sent=7, used=2)
    a_month(chain.store, chain.he, sent=99, used=50)
    months = signed_in(chain.lin).get("/results/").context["months"]
    assert [(row.sent, row.used) for row in months] == [(7, 2)]
    assert [row.sent for row in signed_in(chain.zhou).get("/results/").context["months"]] == []
