"""Text messages as they leave: signature, text, link and the way out; their length, parts and price.

Carriers in China bill 70 characters as one message; a longer one goes in parts of 67 characters each.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from campaigns.models import Purpose
from stores.policy import define

ONE, PART = 70, 67  # characters: of a message in one part, of each part of a longer one

SIGNATURE = define("sms.signature", "常客", _("Text messages: signature in front; empty when the gateway adds it"))
WAY_OUT = define("sms.unsubscribe", "拒收请回复R", _("Text messages: how to say no more, at the end of advertising"))
PRICE = define("sms.price", 0.05, _("Text messages: yuan for each part"), minimum=0, maximum=10)
MOST_PARTS = define("sms.most_parts", 3, _("Text messages: parts at most"), minimum=1, maximum=10)


@dataclass(frozen=True)
class Measure:
    """How long a text message is in characters, how many parts it takes, and what one costs in yuan."""

    length: int
    parts: int
    cost: Decimal

    @property
    def left(self) -> int:
        """How many more characters fit into the same number of parts."""
        return (ONE if self.parts == 1 else self.parts * PART) - self.length

    @property
    def thousand(self) -> Decimal:
        """What a thousand cost, in yuan."""
        return self.cost * 1000


def whole(text: str, link: str, purpose: str) -> str:
    """The message as it leaves. Advertising always ends with the way out."""
    signature = f"【{SIGNATURE.value}】" if SIGNATURE.value else ""
    linked = f"{text} {link} " if link else text
    return f"{signature}{linked}{WAY_OUT.value if purpose == Purpose.MARKETING else ''}".strip()


def measure(message: str) -> Measure:
    """The length, parts and cost of a message as it leaves; an emoji counts as the two characters it is sent as."""
    length = len(message.encode("utf-16-le")) // 2
    parts = 1 if length <= ONE else -(-length // PART)
    return Measure(length, parts, (Decimal(str(PRICE.value)) * parts).quantize(Decimal("0.001")))
