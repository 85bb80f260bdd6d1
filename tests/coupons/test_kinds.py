"""What each kind takes off, costs, and is called."""

from datetime import date, time
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from coupons import kinds
from coupons.drafts import TermsDraft

D = Decimal
OFF = TermsDraft(kind="amount_off", threshold=D("60.00"), amount_off=D("10.00"), valid_days=7)
PERCENT = TermsDraft(kind="percent_off", threshold=D("50.00"), percent=D("85.00"), cap=D("30.00"), valid_days=7)
GIFT = TermsDraft(kind="gift", gift_name="车厘子 250g", gift_value=D("25.80"), valid_days=7)


def varied(draft: TermsDraft, **changes) -> TermsDraft:
    return TermsDraft(**{**vars(draft), **changes})


@pytest.mark.parametrize(
    ("draft", "face", "condition", "offer"),
    [
        (OFF, "¥10", "满60可用", "满60减10"),
        (varied(OFF, amount_off=D("9.90")), "¥9.9", "满60可用", "满60减9.9"),
        (PERCENT, "8.5折", "满50可用", "满50打8.5折，最多减30"),
        (varied(PERCENT, percent=D("70.00"), threshold=D(0)), "7折", "无门槛", "7折，最多减30"),
        (GIFT, "试吃", "车厘子 250g", "送车厘子 250g"),
        (varied(GIFT, threshold=D("88.00")), "试吃", "车厘子 250g，满88可用", "满88送车厘子 250g"),
    ],
)
def test_a_coupon_says_in_chinese_what_it_gives(draft, face, condition, offer):
    assert (kinds.face_text(draft), kinds.condition_text(draft), kinds.offer_text(draft)) == (face, condition, offer)


@pytest.mark.parametrize(
    ("draft", "face", "offer"),
    [
        (OFF, "¥10", "¥10 off ¥60"),
        (PERCENT, "15% off", "15% off from ¥50, at most ¥30 off"),
        (GIFT, "Gift", "车厘子 250g for free"),
    ],
)
def test_and_in_english(draft, face, offer):
    with translation.override("en"):
        assert (kinds.face_text(draft), kinds.offer_text(draft)) == (face, offer)


def test_the_sentence_names_weekdays_hours_and_validity():
    later = varied(OFF, weekdays=(5, 1, 2, 3, 4), start_after_days=3)
    assert kinds.sentence(later) == "满60减10，周末不可用，领取后 3 天起 7 天有效"
    lunch = varied(OFF, weekdays=(2, 4), hour_from=time(11), hour_until=time(14), valid_days=None)
    dated = varied(lunch, valid_from=date(2026, 11, 1), valid_until=date(2026, 11, 30))
    assert kinds.sentence(dated) == "满60减10，仅周二、周四可用，11:00–14:00，2026-11-01 至 2026-11-30"
    assert "仅周末可用" in kinds.sentence(varied(OFF, weekdays=(6, 7)))
    with translation.override("en"):
        expected = "¥10 off ¥60, not at weekends, valid 7 days, starting 3 days after it is given"
        assert kinds.sentence(later) == expected


@pytest.mark.parametrize(
    ("draft", "amount", "off"),
    [
        (OFF, "60.00", "10.00"),
        (PERCENT, "100.00", "15.00"),
        (PERCENT, "50.03", "7.50"),
        (PERCENT, "50.10", "7.52"),
        (PERCENT, "1000.00", "30.00"),
        (GIFT, "100.00", "0.00"),
    ],
)
def test_what_comes_off_a_bill(draft, amount, off):
    assert kinds.discount(draft, D(amount)) == D(off)


def test_a_gift_costs_its_value_although_nothing_comes_off():
    assert kinds.cost(GIFT, kinds.discount(GIFT, D(100))) == D("25.80")
    assert [kinds.face_value(draft) for draft in (OFF, PERCENT, GIFT)] == [D(10), D(30), D("25.80")]


cents = st.decimals(min_value=0, max_value=9999, places=2)


@pytest.mark.django_db
@given(amount=cents, percent=st.integers(1, 99), cap=st.decimals(min_value=1, max_value=500, places=2))
def test_the_sql_of_a_discount_agrees_with_python_to_the_cent(amount, percent, cap):
    drafts = [OFF, varied(PERCENT, percent=D(percent), cap=cap), GIFT]
    columns = "t.kind, t.amount_off::numeric, t.percent::numeric, t.cap::numeric, t.gift_value::numeric"
    for draft in drafts:
        off = kinds.discount(draft, amount)
        values = [draft.kind, draft.amount_off, draft.percent, draft.cap, draft.gift_value, amount]
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {kinds.DISCOUNT_SQL}, {kinds.cost_sql(kinds.DISCOUNT_SQL)} FROM (SELECT {columns} FROM "
                "(VALUES (%s::text, %s::numeric, %s::numeric, %s::numeric, %s::numeric)) "
                "AS t(kind, amount_off, percent, cap, gift_value)) AS terms, "
                "(VALUES (%s::numeric)) AS bill(amount)",
                values,
            )
            assert cursor.fetchone() == (off, kinds.cost(draft, off))
