"""Randomness that a seed decides: SQL expressions that hash a row number, so that any part can be made again."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Dice:
    """Makes SQL expressions that are random by row number and salt, and the same for the same seed."""

    seed: int

    def roll(self, number: str, salt: int) -> str:
        """SQL: evenly spread in [0, 1) by the bigint expression ``number``; another ``salt`` is another die."""
        key = self.seed * 1000 + salt
        return f"((hashint8extended({number}, {key}) & 9007199254740991)::float8 / 9007199254740992)"

    def whole(self, number: str, salt: int, sides: int) -> str:
        """SQL: a whole number from 1 to ``sides``."""
        return f"(1 + floor({self.roll(number, salt)} * {sides}))::int"

    def of(self, items: list[str], number: str, salt: int) -> str:
        """SQL: one of our own ``items``, each as likely as it is often in the list."""
        array = ",".join("'" + item.replace("'", "''") + "'" for item in items)
        return f"(ARRAY[{array}])[{self.whole(number, salt, len(items))}]"

    def wait(self, number: str, salt: int) -> str:
        """SQL: exponentially spread with mean 1, never infinite."""
        return f"(-ln(greatest({self.roll(number, salt)}, 1e-9)))"


def permuted(number: str, factor: int, modulus: int) -> str:
    """SQL: a different number below ``modulus`` for each ``number``; ``factor`` shares no divisor with the modulus."""
    return f"mod(({number})::bigint * {factor} + 20481, {modulus})"
