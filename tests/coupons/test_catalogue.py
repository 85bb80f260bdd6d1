"""Templates: terms that never change, contradictions named in a sentence, validity in business days."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest

from coupons import catalogue
from coupons.drafts import TermsContradict, TermsDraft, contradictions
from coupons.models import CouponTemplate, CouponTerms, TemplateState
from stores.errors import Conflict, Refusal
from tests.coupons.shop import redeem, used_budget
from tests.makers import make_coupon, make_marketer, make_store, make_template, moment

D = Decimal


def off(**changes) -> TermsDraft:
    return TermsDraft(**{"kind": "amount_off", "threshold": D(60), "amount_off": D(10), "valid_days": 7, **changes})


@pytest.mark.parametrize(
    ("draft", "field", "words"),
    [
        (off(amount_off=None), "amount_off", "减多少"),
        (off(threshold=D(5)), "threshold", "减 ¥10 至少要满 ¥10，现在是满 ¥5"),
        (off(threshold=D(-1)), "threshold", "金额不对"),
        (off(kind="percent_off", percent=D(0), cap=D(10)), "percent", "1 到 99"),
        (off(kind="percent_off", percent=D(85)), "cap", "上限"),
        (off(kind="gift"), "gift_name", "礼品名称"),
        (off(kind="gift", gift_name="苹果", gift_value=D(-1)), "gift_value", "不能小于 0"),
        (off(kind="lottery"), "kind", "类型"),
        (off(valid_days=None), "valid_until", "有效期"),
        (off(valid_days=0), "valid_days", "1 到 3650"),
        (off(valid_from=date(2026, 11, 1), valid_until=date(2026, 11, 2)), "valid_days", "只填一种"),
        (off(valid_days=None, valid_from=date(2026, 11, 2), valid_until=date(2026, 11, 1)), "valid_until", "早于开始"),
        (
            off(valid_days=None, valid_from=date(2026, 11, 1), valid_until=date(2026, 11, 2), start_after_days=1),
            "start_after_days",
            "几天后",
        ),
        (off(weekdays=(0,)), "weekdays", "周一"),
        (off(hour_from=time(18), hour_until=time(9)), "hour_until", "早于"),
        (
            # 2026-11-23 is a Monday.
            off(valid_days=None, valid_from=date(2026, 11, 23), valid_until=date(2026, 11, 25), weekdays=(6, 7)),
            "weekdays",
            "没有所选的星期",
        ),
    ],
)
def test_terms_that_contradict_themselves_are_named_in_a_sentence(draft, field, words):
    found = dict(contradictions(draft))
    assert field in found
    assert words in str(found[field])


def test_sound_terms_contradict_nothing():
    assert contradictions(off()) == []
    assert contradictions(off(valid_days=None, valid_from=date(2026, 11, 23), valid_until=date(2026, 11, 23))) == []


@pytest.mark.django_db
def test_contradictory_terms_make_no_template_and_no_version():
    template = make_template()
    with pytest.raises(TermsContradict) as refused:
        catalogue.create_template(name="坏券", terms=off(threshold=D(5)), by=None)
    assert refused.value.extra["errors"][0][0] == "threshold"
    with pytest.raises(TermsContradict):
        catalogue.revise_terms(template, off(amount_off=None), by=None)
    assert CouponTemplate.objects.count() == 1
    assert CouponTerms.objects.count() == 1


@pytest.mark.django_db
def test_a_coupon_in_a_wallet_keeps_the_terms_it_was_issued_with():
    template = make_template(stock=100)
    coupon = make_coupon(template=template)
    catalogue.revise_terms(template, off(amount_off=D(1)), by=make_marketer())
    coupon.refresh_from_db()
    template.refresh_from_db()
    assert (coupon.terms.version, template.terms.version) == (1, 2)
    assert redeem(coupon).discount == D(10)
    assert redeem(make_coupon(template=template), "R2").discount == D(1)


@pytest.mark.django_db
def test_a_template_opens_stops_and_opens_again():
    template = catalogue.create_template(name="新客券", terms=off(), by=make_marketer())
    assert template.state == TemplateState.DRAFT
    with pytest.raises(Conflict):
        catalogue.stop(template, None)
    catalogue.publish(template, None)
    with pytest.raises(Conflict):
        catalogue.publish(template, None)
    catalogue.stop(template, None)
    assert catalogue.publish(template, None).state == TemplateState.ACTIVE


@pytest.mark.django_db
def test_stock_and_budget_cannot_fall_below_what_is_gone():
    template = make_template(stock=5, budget=D(100))
    for number in range(2):
        redeem(make_coupon(template=template), f"R{number}")
    for wrong in ({"stock": 1}, {"budget": D(19)}, {"member_limit": 0}, {"name": " "}):
        with pytest.raises(Refusal):
            catalogue.change_template(template, by=None, **wrong)
    changed = catalogue.change_template(template, by=None, stock=2, budget=D(20))
    assert (changed.stock, changed.budget, changed.budget_used) == (2, D(20), D(20))


@pytest.mark.django_db
def test_a_budget_set_later_counts_what_was_spent_before():
    template = make_template()
    redeem(make_coupon(template=template))
    assert used_budget(template) == 0
    with pytest.raises(Refusal):
        catalogue.change_template(template, by=None, budget=D(5))
    catalogue.change_template(template, by=None, budget=D(50))
    assert used_budget(template) == D(10)
    catalogue.change_template(template, by=None, budget=None)
    assert used_budget(template) == 0


@pytest.mark.django_db
def test_days_of_validity_are_business_days_of_the_members_store():
    terms = make_template().terms
    noon = moment("2026-11-20", "04:00")  # noon in Shanghai
    assert catalogue.validity(terms, noon, None) == (noon, datetime(2026, 11, 26, 16, tzinfo=UTC))
    urumqi = make_store(time_zone="Asia/Urumqi")
    assert catalogue.validity(terms, noon, urumqi)[1] == datetime(2026, 11, 26, 18, tzinfo=UTC)
    later = make_template(start_after_days=3).terms
    assert catalogue.validity(later, noon, None) == (
        datetime(2026, 11, 22, 16, tzinfo=UTC),
        datetime(2026, 11, 29, 16, tzinfo=UTC),
    )


@pytest.mark.django_db
def test_a_date_only_end_includes_the_whole_day_of_the_store():
    terms = make_template(valid_from=date(2026, 11, 1), valid_until=date(2026, 11, 30)).terms
    assert catalogue.validity(terms, moment("2026-11-20"), None) == (
        datetime(2026, 10, 31, 16, tzinfo=UTC),
        datetime(2026, 11, 30, 16, tzinfo=UTC),
    )
    urumqi = make_store(time_zone="Asia/Urumqi")
    assert catalogue.validity(terms, moment("2026-11-20"), urumqi)[1] == datetime(2026, 11, 30, 18, tzinfo=UTC)
