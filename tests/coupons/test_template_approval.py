"""Above a limit a second person lets coupons go; what they approved is what is issued."""

from decimal import Decimal

import pytest

from coupons import approvals, catalogue
from coupons.drafts import TermsDraft
from coupons.errors import CouponRefused
from coupons.models import Coupon, CouponTemplate, CouponTemplateHistory, TemplateState
from stores import policy
from stores.errors import Conflict, NotAllowed, Refusal
from tests.makers import make_admin, make_coupon, make_marketer, make_template

pytestmark = pytest.mark.django_db

D = Decimal
TEN_OFF = TermsDraft(kind="amount_off", threshold=D(60), amount_off=D(10), valid_days=7)


@pytest.fixture
def su_wan():
    return make_marketer("苏婉")


@pytest.fixture
def jianguo():
    return make_admin("何建国")


def made(by, **head) -> CouponTemplate:
    return catalogue.create_template(name="周年券", terms=TEN_OFF, by=by, **head)


def state(template: CouponTemplate) -> str:
    return CouponTemplate.objects.get(pk=template.pk).state


@pytest.mark.parametrize(
    ("head", "most", "expected"),
    [
        ({"stock": 10_000}, D(100_000), TemplateState.ACTIVE),
        ({"stock": 10_001}, D(100_010), TemplateState.PENDING),
        ({"budget": D(100_000)}, D(100_000), TemplateState.ACTIVE),
        ({"budget": D("100000.01")}, D("100000.01"), TemplateState.PENDING),
        ({"stock": 20_000, "budget": D(500)}, D(500), TemplateState.ACTIVE),
        ({"stock": 50, "budget": D(900_000)}, D(500), TemplateState.ACTIVE),
        ({}, None, TemplateState.PENDING),
    ],
)
def test_what_may_give_away_more_than_the_limit_or_without_end_waits(su_wan, head, most, expected):
    template = made(su_wan, **head)
    assert approvals.exposure(template) == most
    assert catalogue.publish(template, by=su_wan).state == expected
    if expected == TemplateState.PENDING:
        with pytest.raises(CouponRefused) as refusal:
            make_coupon(template=template)
        assert refusal.value.code == "template_not_active"
        assert not Coupon.objects.exists()


def test_a_gift_without_a_value_is_judged_by_its_budget_alone(su_wan):
    gift = TermsDraft(kind="gift", gift_name="酸奶", valid_days=7)
    assert approvals.exposure(catalogue.create_template(name="酸奶", terms=gift, stock=9**9, by=su_wan)) is None
    with_budget = catalogue.create_template(name="酸奶", terms=gift, stock=9, budget=D(200_000), by=su_wan)
    assert approvals.exposure(with_budget) == 200_000


def test_the_maker_does_not_approve_and_another_person_does(su_wan, jianguo):
    template = catalogue.publish(made(su_wan, stock=20_000), by=su_wan)
    with pytest.raises(NotAllowed):
        approvals.approve(template, by=su_wan)
    assert state(template) == TemplateState.PENDING
    approvals.approve(template, by=jianguo)
    assert (template.state, template.approved_by) == (TemplateState.ACTIVE, jianguo)
    assert make_coupon(template=template)


def test_neither_who_made_it_nor_who_submitted_it_approves(su_wan, jianguo):
    template = catalogue.publish(made(su_wan, stock=20_000), by=jianguo)
    for maker in (su_wan, jianguo):
        with pytest.raises(NotAllowed):
            approvals.approve(template, by=maker)
    approvals.approve(template, by=make_marketer("罗倩"))
    assert template.state == TemplateState.ACTIVE


def test_it_is_sent_back_with_a_note_and_can_be_submitted_again(su_wan, jianguo):
    template = catalogue.publish(made(su_wan, stock=20_000), by=su_wan)
    with pytest.raises(Refusal):
        approvals.send_back(template, by=jianguo, note=" ")
    assert state(template) == TemplateState.PENDING
    approvals.send_back(template, by=jianguo, note="库存减半")
    assert (template.state, template.decision_note) == (TemplateState.DRAFT, "库存减半")
    with pytest.raises(Conflict):
        approvals.approve(template, by=jianguo)
    assert catalogue.publish(template, by=su_wan).state == TemplateState.PENDING


def test_nobody_approves_what_was_changed_after_they_looked(su_wan, jianguo):
    template = catalogue.publish(made(su_wan, stock=20_000), by=su_wan)
    seen = template.updated_at
    catalogue.change_template(template, by=su_wan, stock=90_000)
    assert template.state == TemplateState.DRAFT
    catalogue.publish(template, by=su_wan)
    with pytest.raises(Conflict):
        approvals.approve(template, by=jianguo, seen=seen)
    assert state(template) == TemplateState.PENDING
    assert approvals.approve(template, by=jianguo, seen=template.updated_at).state == TemplateState.ACTIVE


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"stock": 30_000}, TemplateState.PENDING),
        ({"stock": 15_000}, TemplateState.ACTIVE),
        ({"name": "新名字"}, TemplateState.ACTIVE),
        ({"budget": D(150_000)}, TemplateState.ACTIVE),
        ({"stock": None, "budget": D(300_000)}, TemplateState.PENDING),
    ],
)
def test_more_than_was_approved_waits_again_and_less_does_not(su_wan, jianguo, change, expected):
    template = catalogue.publish(made(su_wan, stock=20_000), by=su_wan)
    approvals.approve(template, by=jianguo)
    catalogue.change_template(template, by=su_wan, **change)
    assert template.state == expected
    assert (template.approved_by is None) == (expected == TemplateState.PENDING)


def test_new_terms_wait_again_also_when_issuing_had_been_stopped(su_wan, jianguo):
    template = catalogue.publish(made(su_wan, stock=20_000), by=su_wan)
    approvals.approve(template, by=jianguo)
    twenty = TermsDraft(kind="amount_off", threshold=D(60), amount_off=D(20), valid_days=7)
    catalogue.revise_terms(template, twenty, by=su_wan)
    assert state(template) == TemplateState.PENDING
    approvals.approve(template, by=jianguo)
    catalogue.stop(template, su_wan)
    assert catalogue.publish(template, by=su_wan).state == TemplateState.ACTIVE
    catalogue.stop(template, su_wan)
    catalogue.revise_terms(template, TEN_OFF, by=su_wan)
    assert catalogue.publish(template, by=su_wan).state == TemplateState.PENDING


def test_a_small_coupon_is_changed_at_once_and_the_limit_is_a_setting(su_wan):
    template = catalogue.publish(made(su_wan, stock=100), by=su_wan)
    catalogue.change_template(template, by=su_wan, stock=200)
    assert template.state == TemplateState.ACTIVE
    policy.change("coupons.approval_above", 1_000, by=None)
    catalogue.change_template(template, by=su_wan, stock=201)
    assert template.state == TemplateState.PENDING


def test_every_decision_is_in_the_history(su_wan, jianguo):
    template = catalogue.publish(made(su_wan, stock=20_000), by=su_wan)
    approvals.send_back(template, by=jianguo, note="库存减半")
    approvals.approve(catalogue.publish(template, by=su_wan), by=jianguo)
    told = CouponTemplateHistory.objects.filter(pgh_obj=template).order_by("pk").values_list("state", "decision_note")
    assert list(told)[-4:] == [("draft", ""), ("pending", ""), ("draft", "库存减半"), ("pending", "")]


def test_the_house_itself_asks_nobody():
    assert make_template(stock=90_000_000).state == TemplateState.ACTIVE


def test_whether_unbounded_coupons_wait_is_a_setting_and_a_bound_taken_away_asks_again(su_wan, jianguo):
    policy.change("coupons.approve_unbounded", False, by=None)
    assert catalogue.publish(made(su_wan), by=su_wan).state == TemplateState.ACTIVE
    policy.change("coupons.approve_unbounded", True, by=None)
    bounded = catalogue.publish(made(su_wan, stock=100), by=su_wan)
    assert bounded.state == TemplateState.ACTIVE
    catalogue.change_template(bounded, by=su_wan, stock=None)
    assert state(bounded) == TemplateState.PENDING
    approvals.approve(CouponTemplate.objects.get(pk=bounded.pk), by=jianguo)
    assert state(bounded) == TemplateState.ACTIVE
    policy.forget()
