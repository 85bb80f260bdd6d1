"""Words searched for: what may be a number stands sealed in an address, and only its reader opens it."""

import pytest

from stores.quietwords import as_address, opened

LIN, HE = 7, 8


@pytest.mark.parametrize(
    "typed",
    ["13812345678", "138 1234 5678", "138-1234-5678", "+86 13812345678", "13812", "１３８１２３４５６７８",
     "mei@example.com", "wechat_unionid:o6_bmjrPTlm6", "张 13812345678", "phone:138"],
)  # fmt: skip
def test_what_may_be_a_number_is_not_to_be_read_in_the_address(typed):
    shown = as_address(typed, LIN)
    assert shown.startswith("~")
    assert not [part for part in (typed, "1381", "mei@", "o6_") if part in shown]
    assert opened(shown, LIN) == typed


@pytest.mark.parametrize("typed", ["", "周子", "zzh", "1234", "果园 3 店", "~", "~~"])
def test_a_name_and_the_last_four_digits_stand_as_they_are(typed):
    assert as_address(typed, LIN) == typed


def test_the_address_of_a_colleague_tells_nothing():
    shown = as_address("13812345678", LIN)
    assert opened(shown, HE) == ""
    assert opened(shown[:-4] + "AAAA", LIN) == ""


@pytest.mark.parametrize("text", ["~", "~abc", "~" + "A" * 5000, "~码", "~====", "~\x00"])
def test_what_nobody_sealed_opens_to_nothing(text):
    assert opened(text, LIN) == ""


def test_sealed_words_are_not_sealed_again():
    once = as_address("13812345678", LIN)
    assert as_address(once, LIN) == once
