"""What each column of an order file may hold, and how it is written into the stage.

Values repeat (a receipt has twenty lines, a chain has forty stores), so each is checked and converted once and then
remembered: ``Memo``. That makes careful Python as quick as a bare copy.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from members.models import LineKind
from members.oneid.identitykinds import BadIdentity, nobodies, parse_identity
from members.orders.staging import NOBODY, staged_identity
from stores.models import Store

REMEMBERED = 100_000
OLDEST = datetime(1970, 1, 1, tzinfo=UTC)
KINDS = frozenset(LineKind.values)
LARGEST_AMOUNT = Decimal(100_000_000)
CENT = Decimal("0.01")

_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)?", re.ASCII)
_FIGURE = re.compile(r"\d{1,9}(\.\d{1,9})?", re.ASCII)
_CHANNEL = re.compile(r"[a-z0-9][a-z0-9_-]{0,19}", re.ASCII)
_BETWEEN_COUPONS = re.compile(r"[\s,;|]+")
_TO_ESCAPE = re.compile(r"[\\\t\n\r]")
_COPY_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class BadValue(Exception):
    """A value that cannot be used. ``code`` is a key of members.imports.rejects.REASONS."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Memo(dict[Any, str]):
    """Remembers what ``convert`` made of a value; forgets everything when it has grown too large."""

    def __init__(self, convert: Callable[[Any], str]) -> None:
        super().__init__()
        self.convert = convert

    def __missing__(self, key: Any) -> str:
        if len(self) >= REMEMBERED:
            self.clear()
        value = self[key] = self.convert(key)
        return value


def copied(parts: Iterable[str]) -> str:
    """The parts as columns of PostgreSQL's COPY."""
    return "\t".join([part.translate(_COPY_ESCAPES) if _TO_ESCAPE.search(part) else part for part in parts])


def word(text: str, longest: int, code: str, *, needed: bool = True) -> str:
    """A code or number as people print it: no blanks at the ends, no control characters, not too long."""
    text = text.strip()
    if (needed and not text) or len(text) > longest or not text.isprintable():
        raise BadValue(code)
    return text


def words(text: str, longest: int) -> str:
    """A name: any run of white space becomes one blank, and what is longer than the table allows is cut off."""
    return " ".join(text.split())[:longest].rstrip()


def order_kind(text: str) -> str:
    """sale or return."""
    kind = text.strip().lower()
    if kind not in KINDS:
        raise BadValue("bad_kind")
    return kind


def moment(text: str, zone: ZoneInfo, latest: datetime) -> datetime:
    """When it was paid; a time without offset is on the clock of the store. Raises BadValue, also behind ``latest``."""
    text = text.strip()
    if not _TIME.fullmatch(text):
        raise BadValue("bad_time")
    try:
        at = datetime.fromisoformat(text)
        at = at if at.tzinfo else at.replace(tzinfo=zone)
        too_old, too_new = at < OLDEST, at > latest
    except (ValueError, OverflowError):
        raise BadValue("bad_time") from None
    if too_old:
        raise BadValue("bad_time")
    if too_new:
        raise BadValue("future_date")
    return at


def identity(text: str, nobody: frozenset[str]) -> tuple[str, str, str, str]:
    """Whose order it is, as it is staged; four empty texts for an order of nobody we know."""
    if not text.strip():
        return NOBODY
    try:
        return staged_identity(*parse_identity(text.strip(), nobody=nobody))
    except BadIdentity:
        raise BadValue("bad_identity") from None


def figures(quantity: str, unit_price: str) -> tuple[Decimal, Decimal, Decimal]:
    """Quantity, unit price and the amount of the line: their product rounded half up to two decimals."""
    number = _figure(quantity, "bad_quantity", most=Decimal(9_999_999))
    price = _figure(unit_price, "bad_price", most=Decimal(999_999_999))
    if not number:
        raise BadValue("bad_quantity")
    amount = (number * price).quantize(CENT, ROUND_HALF_UP)
    if amount >= LARGEST_AMOUNT:
        raise BadValue("amount_too_large")
    return number, price, amount


def _figure(text: str, code: str, *, most: Decimal) -> Decimal:
    """A number of at most three decimals that is not negative."""
    text = text.strip()
    if not _FIGURE.fullmatch(text):
        raise BadValue(code)
    value = Decimal(text)
    if value > most or value != round(value, 3):
        raise BadValue(code)
    return value


@dataclass(frozen=True)
class Chain:
    """What is known about the chain, read once: nothing may ask the database while a COPY is open on it."""

    zones: Mapping[str, ZoneInfo]
    latest: datetime
    buyers: "Memo"  # the member column -> the columns of the identity in the stage

    @classmethod
    def now(cls) -> "Chain":
        """As it is now: the stores with their time zones, the identities that stand for nobody, the latest moment."""
        stores = Store.objects.values_list("code", "time_zone")
        nobody = nobodies()
        buyers = Memo(lambda text: copied(identity(text, nobody)))
        return cls({code: ZoneInfo(zone) for code, zone in stores}, timezone.now() + timedelta(days=1), buyers)


def head(row: Mapping[str, str], chain: Chain) -> str:
    """The part of a line that is the same for its whole order, in the order of staging.HEAD; then, in a file that has
    such a column, the code of a share link."""
    kind = order_kind(row["kind"])
    store = row["store_code"].strip()
    if store not in chain.zones:
        raise BadValue("unknown_store")
    sale_no = word(row.get("sale_no", ""), 64, "bad_sale_no", needed=False)
    buyer = chain.buyers[row["member"]]
    own = (
        *key(row),
        kind,
        sale_no if kind == LineKind.RETURN else "",
        moment(row["paid_at"], chain.zones[store], chain.latest).isoformat(),
        store,
        word(row.get("guide_no", ""), 40, "bad_guide_no", needed=False),
    )
    last = [coupons(row.get("coupons", ""))]
    if "share_code" in row:
        last.append(word(row["share_code"], 32, "bad_share_code", needed=False))
    return f"{copied(own)}\t{buyer}\t{copied(last)}"


def coupons(text: str) -> str:
    """The coupon codes of an order with a blank between them."""
    codes = _BETWEEN_COUPONS.split(word(text, 500, "bad_coupon", needed=False)) if text else []
    if any(len(code) > 32 for code in codes):
        raise BadValue("bad_coupon")
    return " ".join(codes)


def key(row: Mapping[str, str]) -> tuple[str, str]:
    """What an order is known by: channel and number."""
    channel = row["channel"].strip().lower()
    if not _CHANNEL.fullmatch(channel):
        raise BadValue("bad_channel")
    return channel, word(row["order_no"], 64, "bad_order_no")


def product(row: Mapping[str, str]) -> str:
    """What was sold, in the order of staging.PRODUCT."""
    sku = word(row["sku"], 60, "bad_sku")
    name = words(row["product_name"], 200) or sku
    return copied((sku, name, words(row.get("category", ""), 80)))
