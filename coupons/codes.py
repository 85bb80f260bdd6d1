"""Coupon codes: 3 characters that ascend with time, 13 random ones (65 bits), 1 check character; Crockford base32.

The ascending start keeps the unique index hot during a bulk issue: new codes go to a few pages instead of to all. It
repeats after about 45 hours and is no secret. ``new_code`` and ``code_sql`` make the same code from the same dice.
"""

import secrets
import time
import unicodedata

from coupons.errors import refuse

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 17
SLOT_SECONDS = 5
SLOTS = 32**3
# Bytes of a random UUID whose 8 bits are all random; each gives 5 of them.
RANDOM_BYTES = (0, 1, 2, 3, 4, 5, 9, 10, 11, 12, 13, 14, 15)
PRIME = 31

DICE_SQL = "uuid_send(gen_random_uuid())"
"""Draws the dice of one code. Draw it in a sub-select, so that each row throws once: all characters share one throw."""

SLOT_SQL = f"mod(floor(extract(epoch FROM statement_timestamp()) / {SLOT_SECONDS})::bigint, {SLOTS})"

_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})
_BLANKS = str.maketrans("", "", " -_.\t\r\n\u2010\u2011\u2012\u2013\u2014\u2212")
# How SQL reads a code as a till wrote it; the same table as ``normalise``, without the check.
NORMALISE_SQL = "translate(upper({code}), 'OIL -_.', '011')"


def new_code() -> str:
    """A code for one coupon; nobody can guess it or the next one."""
    return code_of(secrets.token_bytes(16), int(time.time() / SLOT_SECONDS) % SLOTS)


def code_of(dice: bytes, slot: int) -> str:
    """The code that 16 random bytes give in a time slot (0 to 32767)."""
    values = [slot >> 10 & 31, slot >> 5 & 31, slot & 31, *(dice[position] & 31 for position in RANDOM_BYTES)]
    return "".join(ALPHABET[value] for value in [*values, _check(values)])


def code_sql(dice: str = "dice", slot: str = SLOT_SQL) -> str:
    """The SQL expression of a code from a column of dice; twin of ``code_of``."""
    values = [f"({slot} >> {shift} & 31)::int" for shift in (10, 5, 0)]
    values += [f"(get_byte({dice}, {position}) & 31)" for position in RANDOM_BYTES]
    check = "mod(" + " + ".join(f"{weight} * {value}" for weight, value in enumerate(values, start=1)) + f", {PRIME})"
    # A byte is looked up where it lies; substr would walk through the characters of the alphabet each time.
    return " || ".join(f"chr(get_byte('{ALPHABET}'::bytea, {value}))" for value in [*values, check])


CODE_SQL = code_sql(slot=f"(SELECT {SLOT_SQL})")  # the slot is worked out once for a statement, not for each row


def normalise(text: str) -> str:
    """The code as we store it, from what somebody typed: any case, blanks, dashes, O for 0, I or L for 1.

    Raises CouponRefused (coupon_not_found) when it cannot be a code of ours, with the words of an unknown one.
    """
    code = unicodedata.normalize("NFKC", text[:64]).upper().translate(_BLANKS).translate(_READ_AS)
    values = [ALPHABET.find(character) for character in code]
    if len(code) != LENGTH or min(values) < 0 or _check(values[:-1]) != values[-1]:
        raise refuse("coupon_not_found")
    return code


def spaced(code: str) -> str:
    """The code as it is printed, in groups that can be read aloud."""
    return " ".join((code[:4], code[4:8], code[8:12], code[12:]))


def _check(values: list[int]) -> int:
    """Weighted sum modulo 31: finds any two characters swapped and any one misread (save 0 for Z)."""
    return sum(weight * value for weight, value in enumerate(values, start=1)) % PRIME
