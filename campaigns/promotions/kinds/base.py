"""What every kind of promotion answers. One module per kind; the registry is in ``campaigns.promotions.kinds``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Generic, Protocol, TypeVar

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from campaigns.pricing.bill import Bill
from campaigns.pricing.deals import Deal
from coupons.kinds.words import plain
from stores.errors import Refusal

MOST_YUAN = Decimal(1_000_000)
WHOLE = Decimal(100)
ALWAYS = 999  # times, where nothing limits them

# The lines of an order in the scope of a promotion, for the SQL of kinds that look at each.
COLUMNS = """(sku text, category_id bigint, quantity numeric, unit_price numeric, amount numeric, list numeric,
    pieces int, count int, returned int)"""
LINES = f"jsonb_to_recordset(s.lines) AS l{COLUMNS}"
GIFTS = f"jsonb_to_recordset(s.gifts) AS l{COLUMNS}"

Problem = tuple[str, str]  # field of the params or of the promotion, sentence
Params = Mapping[str, Any]
P = TypeVar("P")


class PromotionContradicts(Refusal):
    """The promotion contradicts itself; ``extra["errors"]`` lists (field, sentence) for the form."""

    code = "promotion_contradicts"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(" ".join(text for _field, text in problems), extra={"errors": list(problems)})


@dataclass(frozen=True)
class Names:
    """What people call the products, categories and tiers of a promotion; what is not known keeps its number.

    The mappings may be ones that look up their content when first asked.
    """

    skus: Mapping[str, str] = field(default_factory=dict)
    categories: Mapping[int, str] = field(default_factory=dict)
    tiers: Mapping[int, str] = field(default_factory=dict)

    def sku(self, code: str) -> str:
        """The name of a product."""
        return self.skus.get(code, code)

    def category(self, number: int) -> str:
        """The name of a category."""
        return self.categories.get(number, f"#{number}")

    def tier(self, number: int) -> str:
        """The name of a tier."""
        return self.tiers.get(number, f"#{number}")


@dataclass(frozen=True)
class Frame:
    """What a promotion's deal is made for: a bill, its lines in scope, the buyer's tier, the pieces that may be had.

    ``head`` are the fields that every deal has (key, family, beside, groups, place); ``room`` is None without a limit.
    """

    bill: Bill
    lines: tuple[int, ...]
    head: Mapping[str, Any]
    tier_id: int | None = None
    room: int | None = None


class Kind(Protocol, Generic[P]):
    """One kind of promotion, with ``P`` for what its params say."""

    own_fields: Sequence[str]
    """Fields of the promotion that this kind leaves empty, because its params say it."""

    counts_pieces: bool
    """Whether stock and the limit per member mean something."""

    sales: str
    """SQL that tells from the lines of an order what it got; see campaigns.promotions.sales."""

    def read(self, params: Params) -> P:
        """The params as values. Raises PromotionContradicts when they are not of this kind."""
        ...

    def problems(self, given: P) -> list[Problem]:
        """What contradicts itself, each with the field it stands beside."""
        ...

    def sentence(self, given: P, names: Names) -> str:
        """What it gives in one phrase: 满200减30，满300减60."""
        ...

    def deal(self, given: P, frame: Frame) -> Deal | None:
        """The deal for a bill; None when nothing on it could ever get it."""
        ...

    def skus(self, given: P) -> Sequence[str]:
        """The products that the params name."""
        ...

    def tiers(self, given: P) -> Sequence[int]:
        """The tiers that the params name."""
        ...


class Plain:
    """The answers of kinds that are about the promotion's own scope and count no pieces."""

    own_fields: Sequence[str] = ()
    counts_pieces = False

    def skus(self, given: Any) -> Sequence[str]:
        """None beyond the scope."""
        return ()

    def tiers(self, given: Any) -> Sequence[int]:
        """None beyond the scope."""
        return ()


def amount(value: Any) -> Decimal:
    """Yuan from params: text or a number. Raises PromotionContradicts for anything else."""
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        raise bad_params() from None
    if not found.is_finite() or not 0 <= found <= MOST_YUAN or found != found.quantize(Decimal("0.01")):
        raise bad_params()
    return found


def amount_or_none(value: Any) -> Decimal | None:
    """Yuan, or nothing given."""
    return None if value in (None, "") else amount(value)


def whole(value: Any) -> int:
    """A number of pieces or times from params. Raises PromotionContradicts for anything else."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 1_000_000:
        raise bad_params()
    return value


def whole_or_none(value: Any) -> int | None:
    """A number, or nothing given."""
    return None if value in (None, "") else whole(value)


def rows(value: Any) -> Sequence[Mapping[str, Any]]:
    """A list of rows from params. Raises PromotionContradicts for anything else."""
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise bad_params()
    return value


def bad_params() -> PromotionContradicts:
    """The refusal of params that no form of ours makes, for the caller to raise."""
    return PromotionContradicts([("kind", _("This is not what a promotion of this kind gives."))])


def paid_text(paid: Decimal) -> str:
    """What is still paid of a price: 5折 or free in Chinese, 50% off or free in English."""
    if not paid:
        return pgettext("instead of a percentage off", "free")
    text = pgettext("large print of a coupon; the other word is [paid], as in [paid]折", "[off] off")
    return text.replace("[off]", f"{plain(WHOLE - paid)}%").replace("[paid]", plain(paid / 10))


def at_most_times(most: int | None) -> str:
    """How often on one bill; nothing without a limit."""
    return _("at most %(times)s times on a bill") % {"times": most} if most else ""


def at_most_off(most: Decimal | None) -> str:
    """How much at most; nothing without a cap."""
    return _("at most ¥%(cap)s off") % {"cap": plain(most)} if most else ""
