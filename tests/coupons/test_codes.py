"""Codes nobody can guess, that Python and SQL make alike, and that people can type."""

import random
import secrets
from collections import Counter

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from coupons import codes
from coupons.errors import CouponRefused


@pytest.mark.django_db
@given(
    dice=st.lists(st.binary(min_size=16, max_size=16), min_size=1, max_size=20), slot=st.integers(0, codes.SLOTS - 1)
)
def test_python_and_sql_make_the_same_code_from_the_same_dice(dice, slot):
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {codes.code_sql('d', '%(slot)s')} FROM unnest(%(dice)s::bytea[]) WITH ORDINALITY AS t(d, n) "
            "ORDER BY n",
            {"dice": dice, "slot": slot},
        )
        assert [row[0] for row in cursor.fetchall()] == [codes.code_of(one, slot) for one in dice]


@pytest.mark.django_db
def test_sql_throws_new_dice_for_every_row():
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {codes.CODE_SQL} FROM (SELECT {codes.DICE_SQL} AS dice FROM generate_series(1, 20000)) AS drawn"
        )
        made = [row[0] for row in cursor.fetchall()]
    assert len(set(made)) == 20_000
    assert all(codes.normalise(code) == code for code in made[:500])
    # Issued in the same five seconds (or two), they lie side by side in the index.
    assert len({code[:3] for code in made}) <= 2


def test_at_least_64_bits_are_random():
    assert len(codes.RANDOM_BYTES) * 5 >= 64
    # Bytes 6 and 8 of a random UUID hold its version and variant, so they may not be used.
    assert {6, 8}.isdisjoint(codes.RANDOM_BYTES)
    for position in range(13):
        seen = Counter(codes.code_of(secrets.token_bytes(16), 0)[3 + position] for _ in range(6400))
        assert set(seen) == set(codes.ALPHABET)
        assert max(seen.values()) < 300  # 200 expected


def test_codes_ascend_with_time():
    dice = secrets.token_bytes(16)
    slots = random.Random(7).sample(range(codes.SLOTS), 200)
    assert sorted(slots) == sorted(slots, key=lambda slot: codes.code_of(dice, slot))


def test_what_people_type_is_read_as_the_code():
    code = codes.code_of(bytes([0, 1, *range(14)]), 32)
    assert code.startswith("01001")
    typed = code.lower().replace("0", "o").replace("1", "l")
    assert codes.normalise(typed) == code
    assert codes.normalise(f" {codes.spaced(code)} ") == code
    assert codes.normalise("-".join(code)) == code
    assert codes.normalise(code.replace("1", "I")) == code
    full_width = "".join(chr(ord(character) + 0xFEE0) for character in code)
    assert codes.normalise(full_width) == code


@given(st.text(max_size=40))
def test_anything_else_is_no_coupon(text):
    if len(text) < 17:
        with pytest.raises(CouponRefused) as refused:
            codes.normalise(text)
        assert refused.value.code == "coupon_not_found"
        assert refused.value.status == 404


@given(st.binary(min_size=16, max_size=16), st.integers(0, 15), st.integers(0, 31))
def test_one_misread_character_is_noticed(dice, position, other):
    code = codes.code_of(dice, 0)
    old, new = code[position], codes.ALPHABET[other]
    if {old, new} in ({old}, {"0", "Z"}):  # the one pair whose values differ by the prime
        return
    with pytest.raises(CouponRefused):
        codes.normalise(code[:position] + new + code[position + 1 :])


@given(st.binary(min_size=16, max_size=16), st.integers(0, 14), st.integers(0, 14))
def test_two_swapped_characters_are_noticed(dice, first, second):
    code = list(codes.code_of(dice, 0))
    pair = {code[first], code[second]}
    if len(pair) == 1 or pair == {"0", "Z"}:
        return
    code[first], code[second] = code[second], code[first]
    with pytest.raises(CouponRefused):
        codes.normalise("".join(code))


def test_a_guesser_finds_nothing():
    """A million coupons exist; of 20,000 guesses that even pass the check character none hits."""
    issued = {codes.new_code() for _ in range(50_000)}
    guesses = {codes.code_of(secrets.token_bytes(16), random.randrange(codes.SLOTS)) for _ in range(20_000)}
    assert not issued & guesses
