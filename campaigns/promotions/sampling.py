"""A promotion tried on a sample cart, by itself, before anybody gets it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from campaigns.models import Promotion
from campaigns.pricing.bill import Bill, Gift, Item, cents, yuan
from campaigns.pricing.combining import asked_for
from campaigns.pricing.deals import Missing
from campaigns.promotions.dealing import deal_of
from campaigns.promotions.kinds import REGISTRY, Names
from campaigns.promotions.wording import names_for, sentence
from members.models import OrderLine, Product

SAMPLE = 4  # products that a sample cart is filled with
PRICE = Decimal("29.90")  # of a product that was never sold


@dataclass(frozen=True)
class SampleLine:
    """So many pieces of a product at a price in yuan."""

    sku: str
    quantity: int
    price: Decimal


@dataclass(frozen=True)
class TriedLine:
    """A line of the sample cart and what comes off it, in yuan."""

    name: str
    quantity: int
    price: Decimal
    amount: Decimal
    off: Decimal

    @property
    def to_pay(self) -> Decimal:
        """What the line then costs."""
        return self.amount - self.off


@dataclass(frozen=True)
class Trial:
    """A promotion in words and on a cart. ``tier`` is the one it was tried for, "" when it is for everybody.

    ``missing`` says what the next step needs; ``unknown`` are the products it names that are not on file.
    """

    sentence: str
    tier: str
    lines: Sequence[TriedLine]
    gifts: Sequence[Gift]
    missing: Missing | None
    unknown: Sequence[str] = ()

    @property
    def amount(self) -> Decimal:
        """The cart at list prices."""
        return sum((line.amount for line in self.lines), Decimal(0))

    @property
    def off(self) -> Decimal:
        """What comes off in all."""
        return sum((line.off for line in self.lines), Decimal(0))

    @property
    def to_pay(self) -> Decimal:
        """What it then costs."""
        return self.amount - self.off

    @property
    def short(self) -> Decimal:
        """What the next step is short of, in yuan."""
        return yuan(self.missing.cents) if self.missing else Decimal(0)

    @property
    def gain(self) -> Decimal:
        """What the next step would take off beyond this, in yuan."""
        return yuan(self.missing.gain) if self.missing else Decimal(0)


def try_on(promotion: Promotion, lines: Sequence[SampleLine]) -> Trial:
    """What a sound promotion would do to a sample cart, for the first tier it is for. Saves nothing."""
    categories = dict(Product.objects.filter(sku__in=[line.sku for line in lines]).values_list("sku", "category_id"))
    bill = Bill.of(_item(str(nth), line, categories.get(line.sku)) for nth, line in enumerate(lines))
    names = names_for([promotion], skus=[line.sku for line in lines])
    kind = REGISTRY[promotion.kind]
    tiers = [*kind.tiers(kind.read(promotion.params)), *promotion.tier_ids]
    room = min((limit for limit in (promotion.stock, promotion.member_limit) if limit is not None), default=None)
    deal = deal_of(promotion, bill, tier_id=tiers[0] if tiers else None, room=room)
    taken = asked_for(bill, [deal] if deal else [])[0].taken
    off = {line: part for one in taken for line, part in one.effect.off.items()}
    return Trial(
        sentence(promotion, names),
        names.tier(tiers[0]) if tiers else "",
        _tried(bill, off, names),
        [gift for one in taken for gift in one.effect.gifts],
        deal.missing(bill) if deal else None,
        [sku for sku in _named(promotion) if sku not in names.skus],
    )


def _item(name: str, line: SampleLine, category_id: int | None) -> Item:
    price = cents(line.price)
    return Item(name, line.sku, category_id, line.quantity, price, price * line.quantity)


def _tried(bill: Bill, off: dict[int, int], names: Names) -> list[TriedLine]:
    return [
        TriedLine(names.sku(item.sku), item.pieces, yuan(item.price), yuan(item.amount), yuan(off.get(place, 0)))
        for place, item in enumerate(bill.items)
    ]


def sample_cart(promotion: Promotion | None = None) -> list[SampleLine]:
    """Two of each of some products that the promotion is about, at the price they were last sold for."""
    named = list(_named(promotion)) if promotion else []
    products = Product.objects.order_by("sku")
    if named:
        products = products.filter(sku__in=named)
    elif promotion and promotion.category_ids:
        products = products.filter(category__in=promotion.category_ids)
    return [SampleLine(product.sku, 2, _last_price(product)) for product in products[:SAMPLE]]


def _named(promotion: Promotion) -> Sequence[str]:
    kind = REGISTRY[promotion.kind]
    return [*promotion.skus, *(kind.skus(kind.read(promotion.params)) if promotion.params else ())]


def _last_price(product: Product) -> Decimal:
    last = OrderLine.objects.filter(product=product).order_by("-pk").values_list("unit_price", flat=True).first()
    return last.quantize(Decimal("0.01")) if last else PRICE
