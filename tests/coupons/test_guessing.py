"""Guessing codes: no guess hits, each miss sounds the same, and who misses too often waits.

A code has 65 random bits. Whoever knows everything else (the three characters of the time, how the check character is
made) still hits one of N live codes of the same five seconds with a chance of N / 2**65 at each guess: with 10,000,000
of them, a million guesses hit anything once in 3,700,000 tries of all this. ``make torture ONLY=guesses`` makes ten
million; here there are fewer.
"""

import json

import pytest
from django.db import connection

from coupons import codes
from coupons.api.guessing import UNKNOWN_CODES
from coupons.models import Coupon, CouponEvent
from stores import policy, ratelimit
from tests.api.callers import is_problem, make_till
from tests.makers import make_coupon, make_member, make_store, make_template

pytestmark = pytest.mark.django_db
GUESSES = 100_000
# What a guesser can do who has read this house's source: the codes of this moment, with the right check character.
HITS = """
    SELECT count(*), count(DISTINCT guess), count(c.id) FROM (
        SELECT {code} AS guess FROM (SELECT {dice} AS dice FROM generate_series(1, %s)) AS thrown) AS g
      LEFT JOIN coupons_coupon c ON c.code = g.guess
"""
GIVEN = f"""
    INSERT INTO coupons_coupon (code, template_id, terms_id, member_id, origin, valid_from, valid_until)
    SELECT {{code}}, %s, %s, %s, 'staff', now(), now() + interval '7 days'
      FROM (SELECT {codes.DICE_SQL} AS dice FROM generate_series(1, %s)) AS thrown ON CONFLICT DO NOTHING
"""
TWO_RANDOM_BYTES = "set_byte(set_byte('\\x00000000000000000000000000000000'::bytea, 14, (random() * 255)::int), 15, 7)"


def guessed(guesses: int, dice: str = codes.DICE_SQL) -> tuple[int, int, int]:
    """Guesses made, different ones, and how many of them are the code of a coupon."""
    with connection.cursor() as cursor:
        cursor.execute(HITS.format(code=codes.CODE_SQL, dice=dice), [guesses])
        return cursor.fetchone()


def give(count: int) -> None:
    """So many coupons with codes of this moment."""
    template, member = make_template(), make_member()
    with connection.cursor() as cursor:
        cursor.execute(GIVEN.format(code=codes.CODE_SQL), [template.pk, template.terms_id, member.pk, count])


def test_guesses_hit_none_of_many_coupons():
    give(5_000)
    assert guessed(GUESSES) == (GUESSES, GUESSES, 0)


def test_control_with_eight_random_bits_guesses_hit():
    coupon = make_coupon()
    Coupon.objects.filter(pk=coupon.pk).update(code=codes.code_of(bytes(14) + bytes([77, 7]), 0))
    with connection.cursor() as cursor:
        cursor.execute(HITS.format(code=codes.code_sql(slot="0"), dice=TWO_RANDOM_BYTES), [20_000])
        made, different, hits = cursor.fetchone()
    assert made == 20_000
    assert different <= 32
    assert hits > 0


def test_a_mistyped_character_never_reaches_the_wallets(django_assert_num_queries):
    code = codes.new_code()
    for place in range(3, codes.LENGTH - 1):
        other = codes.ALPHABET[(codes.ALPHABET.index(code[place]) + 1) % 31]
        with django_assert_num_queries(0), pytest.raises(codes.refuse("coupon_not_found").__class__):
            codes.normalise(code[:place] + other + code[place + 1 :])


def answers_to(till, code: str, store) -> list[dict]:
    """What a guesser hears at every door, without what names the call."""
    body = {"order_no": "N-1", "store": store.code, "amount": "100.00"}
    heard = [till.read(f"/coupons/{code}/")]
    heard += [till.send("POST", f"/coupons/{code}/{verb}/", body) for verb in ("lock", "redeem")]
    heard += [till.send("POST", f"/coupons/{code}/{verb}/", {"order_no": "N-1"}) for verb in ("release", "reverse")]
    problems = [is_problem(answer, 404, "coupon_not_found") for answer in heard]
    return [{name: value for name, value in one.items() if name not in ("request_id", "instance")} for one in problems]


def test_a_wrong_code_sounds_the_same_whatever_is_wrong_with_it():
    till, store = make_till(), make_store()
    unknown = codes.new_code()
    wrong_check = unknown[:-1] + codes.ALPHABET[(codes.ALPHABET.index(unknown[-1]) + 1) % 31]
    heard = [answers_to(till, code, store) for code in (unknown, wrong_check, unknown[:9], "0")]
    assert heard == [heard[0]] * len(heard)


def test_a_foreign_code_opens_nothing_of_its_owners():
    till, store, mei, li = make_till(), make_store(), make_member("张晓梅"), make_member("李建国")
    coupon = make_coupon(mei)
    body = {"order_no": "N-1", "store": store.code, "amount": "100.00", "member": li.public_id}
    told = is_problem(till.send("POST", f"/coupons/{coupon.code}/redeem/", body), 422, "not_coupon_owner")
    assert mei.public_id not in json.dumps(told)
    assert "晓梅" not in json.dumps(told, ensure_ascii=False)
    assert "better_coupon" not in told
    assert not CouponEvent.objects.exists()


def test_who_misses_too_often_waits_with_right_codes_too_and_others_do_not():
    ratelimit.forget()
    policy.change(UNKNOWN_CODES.name, 3, by=None)
    till, other, coupon = make_till(), make_till(), make_coupon()
    statuses = [till.read(f"/coupons/{codes.new_code()}/").status_code for _guess in range(6)]
    assert statuses == [404] * 4 + [429] * 2
    answer = till.read(f"/coupons/{coupon.code}/")
    is_problem(answer, 429, "rate_limited")
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert other.read(f"/coupons/{coupon.code}/").status_code == 200
    elsewhere = till.get(f"/api/v1/coupons/{coupon.code}/", REMOTE_ADDR="203.0.113.9")
    assert elsewhere.status_code == 200


def test_a_till_that_reads_right_codes_is_never_stopped():
    ratelimit.forget()
    policy.change(UNKNOWN_CODES.name, 1, by=None)
    till, coupon = make_till(), make_coupon()
    assert {till.read(f"/coupons/{coupon.code}/").status_code for _call in range(8)} == {200}
