"""Values that lead to a member are written in one way, and values that stand for nobody are turned away."""

import pytest
from django.db import connection

from members import membercodes
from members.names import initials_of
from members.oneid.identitykinds import BadIdentity, mask, mask_phone, normalise, parse_identity

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "typed",
    [
        "13812345678",
        " 138 1234 5678 ",
        "138-1234-5678",
        "+8613812345678",
        "+86 138 1234 5678",
        "008613812345678",
        "8613812345678",
        "１３８１２３４５６７８",
    ],
)
def test_a_chinese_mobile_has_one_spelling(typed):
    assert normalise("phone", typed) == "13812345678"


def test_a_foreign_number_is_kept_in_full_form():
    assert normalise("phone", "+852 9123 4567") == "+85291234567"
    assert normalise("phone", "0044 20 7946 0958") == "+442079460958"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "0",
        "12812345678",
        "1381234567",
        "138123456789",
        "02887654321",
        "+86 123",
        "+86 02812345678",
        "13800138000",
        "null",
        "abc",
        "1381234567\x00",
        "+0123456789",
        "\ud800",
    ],
)
def test_a_number_that_reaches_nobody_is_refused(typed):
    with pytest.raises(BadIdentity) as refusal:
        normalise("phone", typed)
    assert refusal.value.code == "bad_identity"
    assert typed not in str(refusal.value) or not typed.strip()


@pytest.mark.parametrize("value", ["", " ", "0", "-1", "NULL", "Anonymous", "undefined", "a\x00b", "x" * 191])
def test_machine_ids_that_stand_for_nobody_are_refused(value):
    for kind in ("wechat_openid", "card_no", "partner_id"):
        with pytest.raises(BadIdentity):
            normalise(kind, value)


def test_machine_ids_keep_their_capitals_and_mail_does_not():
    assert normalise("wechat_unionid", " oAbC_-1 ") == "oAbC_-1"
    assert normalise("email", " Xiaomei.Zhang@Example.COM ") == "xiaomei.zhang@example.com"
    with pytest.raises(BadIdentity):
        normalise("email", "xiaomei@nowhere")


def test_an_identity_is_parsed_from_kind_and_value():
    assert parse_identity("phone:+86 138-1234-5678") == ("phone", "13812345678")
    for text in ("13812345678", "fax:123", "phone:", ""):
        with pytest.raises(BadIdentity):
            parse_identity(text)


def test_masks_show_enough_to_recognise_and_too_little_to_use():
    assert mask_phone("13812341234") == "138****1234"
    assert mask_phone("+85291234567") == "+852****4567"
    assert mask_phone("110") == "***"
    assert mask("email", "xiaomei@example.com") == "x***@example.com"
    assert mask("card_no", "A1") == "****"


@pytest.mark.parametrize(
    ("name", "initials"),
    [("张晓梅", "zxm"), ("单雄信", "sxx"), ("曾志伟", "zzw"), ("尉迟恭", "ycg"), ("Alice 王", "alicew"), ("", "")],
)
def test_a_name_is_found_by_its_initials(name, initials):
    assert initials_of(name) == initials


def test_member_codes_carry_a_check_digit_that_finds_slips():
    code = membercodes.new_code()
    assert membercodes.is_valid(code)
    for place in range(12):
        wrong = code[:place] + str((int(code[place]) + 1) % 10) + code[place + 1 :]
        assert not membercodes.is_valid(wrong)
        swapped = code[:place] + code[place : place + 2][::-1] + code[place + 2 :]
        assert swapped == code or not membercodes.is_valid(swapped)
    assert not membercodes.is_valid(code[:11])
    assert not membercodes.is_valid("１" + code[1:])


def test_the_database_draws_a_fresh_valid_code_for_every_row():
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {membercodes.CODE_SQL} FROM generate_series(1, 500)")
        codes = [row[0] for row in cursor.fetchall()]
    assert len(set(codes)) == 500
    assert all(membercodes.is_valid(code) for code in [*codes, membercodes.unused_code()])
