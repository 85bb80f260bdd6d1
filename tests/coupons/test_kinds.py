"""What each kind takes off, costs, and is called."""

from datetime import date, time
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from coupons import kinds
from coupons.drafts import TermsDraft, contradictions, to_terms
from coupons.kinds.base import Basis, Goods
from coupons.models import CouponKind

D = Decimal
OFF = TermsDraft(kind="amount_off", threshold=D("60.00"), amount_off=D("10.00"), valid_days=7)
PERCENT = TermsDraft(kind="percent_off", threshold=D("50.00"), percent=D("85.00"), cap=D("30.00"), valid_days=7)
GIFT = TermsDraft(kind="gift", gift_name="车厘子 250g", gift_value=D("25.80"), valid_days=7)
PRICE = TermsDraft(kind="fixed_price", fixed_price=D("9.90"), cap=D("30.00"), skus=["F011"], valid_days=7)
SHIPPING = TermsDraft(kind="free_shipping", cap=D("8.00"), valid_days=7)


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
        (PRICE, "¥9.9", "指定商品一件", "指定商品一件 ¥9.9，最多减30"),
        (
            varied(PRICE, threshold=D(60)),
            "¥9.9",
            "指定商品一件，满60可用",
            "满60，指定商品一件 ¥9.9，最多减30",
        ),
        (SHIPPING, "免运费", "无门槛，最多减8", "免运费，最多减8"),
        (varied(SHIPPING, threshold=D(60)), "免运费", "满60可用，最多减8", "满60免运费，最多减8"),
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
        (PRICE, "¥9.9", "one piece of certain products for ¥9.9, at most ¥30 off"),
        (SHIPPING, "Free delivery", "free delivery, at most ¥8 off"),
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
    assert kinds.discount(draft, Basis(D(amount))) == D(off)


@pytest.mark.parametrize(
    ("goods", "off"),
    [
        ([("29.90", 1)], "20.00"),
        ([("59.80", 2)], "20.00"),
        ([("10.00", 3), ("20.00", 1), ("36.00", 2)], "10.10"),  # the dearest is the 20.00 one
        ([("100.00", 3)], "23.43"),  # 33.33 a piece, rounded down
        ([("99.00", 1)], "30.00"),
        ([("9.90", 1)], "0.00"),
        ([("5.00", 1)], "0.00"),
        ([("50.00", "0.52")], "0.00"),  # by weight
        ([], "0.00"),
    ],
)
def test_the_dearest_piece_costs_the_fixed_price(goods, off):
    basis = Basis(D(500), [Goods(D(amount), D(quantity)) for amount, quantity in goods])
    assert kinds.discount(PRICE, basis) == D(off)
    refusal = kinds.refusal(PRICE, basis)
    assert (refusal is None) == (D(off) > 0)
    if refusal:
        assert refusal.code == ("nothing_to_gain" if basis.piece else "product_not_in_scope")


@pytest.mark.parametrize(("fee", "off"), [("6.00", "6.00"), ("8.00", "8.00"), ("12.50", "8.00"), ("0.00", "0.00")])
def test_the_delivery_costs_nothing(fee, off):
    basis = Basis(D(100), delivery=D(fee))
    assert kinds.discount(SHIPPING, basis) == D(off)
    assert (kinds.refusal(SHIPPING, basis) is None) == (D(off) > 0)
    assert kinds.refusal(SHIPPING, Basis(D(100))).extra == {"delivery_needed": True}


def test_a_discount_is_borne_by_the_lines_it_was_given_for():
    goods = [Goods(D(10)), Goods(D(40), D("0.52")), Goods(D(60), D(2)), Goods(D(30))]
    borne = [list(kinds.bearers(draft, goods)) for draft in (OFF, PERCENT, PRICE, SHIPPING, GIFT)]
    assert borne == [[0, 1, 2, 3], [0, 1, 2, 3], [2], [], []]


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (varied(PRICE, fixed_price=None), "fixed_price"),
        (varied(PRICE, fixed_price=D(-1)), "fixed_price"),
        (varied(PRICE, skus=()), "skus"),
        (varied(PRICE, cap=None), "cap"),
        (varied(SHIPPING, cap=None), "cap"),
        (varied(SHIPPING, cap=D(0)), "cap"),
    ],
)
def test_contradictions_are_said_at_the_field(draft, field):
    [(named, sentence)] = contradictions(draft)
    assert (named, bool(sentence)) == (field, True)


def test_what_belongs_to_other_kinds_is_left_out():
    row = to_terms(varied(SHIPPING, fixed_price=D(5), percent=D(85), gift_name="草莓", threshold=D(60)))
    assert (row.fixed_price, row.percent, row.gift_name) == (None, None, "")
    assert (row.threshold, row.cap) == (D(60), D(8))


def test_every_field_of_the_terms_belongs_to_a_kind_or_to_all():
    common = {name for name in vars(OFF) if name.startswith(("valid_", "hour_")) or name.endswith("_ids")}
    common |= {"kind", "start_after_days", "weekdays", "skus", "channels", "stack_group"}
    assert set(vars(OFF)) - common == kinds.OWNED
    assert set(kinds.REGISTRY) == set(CouponKind.values)


def test_a_gift_costs_its_value_although_nothing_comes_off():
    assert kinds.cost(GIFT, kinds.discount(GIFT, Basis(D(100)))) == D("25.80")
    faces = [kinds.face_value(draft) for draft in (OFF, PERCENT, GIFT, PRICE, SHIPPING)]
    assert faces == [D(10), D(30), D("25.80"), D(30), D(8)]


cents = st.decimals(min_value=0, max_value=9999, places=2)


COLUMNS = ("amount_off", "percent", "cap", "fixed_price", "gift_value")
TERMS = ", ".join(f"t.{name}::numeric" for name in COLUMNS)
SELECT = f"""
    SELECT {kinds.DISCOUNT_SQL}, {kinds.cost_sql(kinds.DISCOUNT_SQL)}
      FROM (SELECT t.kind, {TERMS} FROM (VALUES (%s, %s, %s, %s, %s, %s)) AS t(kind, {", ".join(COLUMNS)})) AS terms,
           (VALUES (%s::numeric, %s::numeric, %s::numeric)) AS bill(amount, piece, delivery)
"""


@pytest.mark.django_db
@given(
    amount=cents, percent=st.integers(1, 99), cap=st.decimals(min_value=1, max_value=500, places=2),
    piece=st.none() | cents, fee=st.none() | cents, price=cents,
)  # fmt: skip
def test_the_sql_of_a_discount_agrees_with_python_to_the_cent(amount, percent, cap, piece, fee, price):
    basis = Basis(amount, [] if piece is None else [Goods(piece)], fee)
    prices = [varied(PRICE, fixed_price=price, cap=cap), varied(PRICE, fixed_price=price, cap=None)]
    for draft in [OFF, varied(PERCENT, percent=D(percent), cap=cap), GIFT, *prices, varied(SHIPPING, cap=cap)]:
        off = kinds.discount(draft, basis)
        with connection.cursor() as cursor:
            values = [draft.kind, *(getattr(draft, name) for name in COLUMNS), amount, piece, fee]
            cursor.execute(SELECT, values)
            assert cursor.fetchone() == (off, kinds.cost(draft, off))
