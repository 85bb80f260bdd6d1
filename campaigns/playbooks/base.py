"""What a playbook is: a journey that is known to work, with everything it needs, installed as drafts for a house to
make its own.

The names and words it brings are data in the house's own language, as all defaults are; what it explains about itself
is told in the reader's.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar

from campaigns.messages import checking
from campaigns.models import Channel, MessageTemplate, Purpose, Reason, Script
from coupons import catalogue, packcatalogue
from coupons.drafts import TermsDraft
from coupons.models import CouponKind, CouponPack, CouponTemplate
from members.models import Segment, SegmentKind
from members.segments import catalogue as segments
from stores.models import Staff

Step = dict[str, Any]
BUY = "order.recorded"


@dataclass
class Kit:
    """What a playbook installs with: each part is made once; one of the same name that is there is used as it is."""

    by: Staff | None
    coupons: list[CouponTemplate] = field(default_factory=list)
    packs: list[CouponPack] = field(default_factory=list)
    messages: list[MessageTemplate] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)

    def tasting(self, name: str, gift: str, value: int, *, days: int = 14) -> int:
        """A draft of a coupon for something to taste, worth so many yuan; its key."""
        terms = TermsDraft(CouponKind.GIFT, gift_name=gift, gift_value=Decimal(value), valid_days=days)
        return self._coupon(name, terms)

    def off(self, name: str, threshold: int, off: int, *, days: int = 14) -> int:
        """A draft of a coupon of so many yuan off; its key."""
        amounts = (Decimal(threshold), Decimal(off))
        return self._coupon(name, TermsDraft(CouponKind.AMOUNT_OFF, *amounts, valid_days=days))

    def pack(self, name: str, *items: tuple[int, int]) -> int:
        """A draft of a pack of (key of a coupon, days later); its key."""
        found = CouponPack.objects.filter(name=name).order_by("pk").first()
        if found is None:
            templates = CouponTemplate.objects.in_bulk([coupon for coupon, _days in items])
            drafts = [packcatalogue.ItemDraft(templates[coupon], 1, days) for coupon, days in items]
            found = packcatalogue.create_pack(name=name, items=drafts, by=self.by)
        self.packs.append(found)
        return found.pk

    def message(self, name: str, text: str, *, channel: str = Channel.INBOX, purpose: str = Purpose.MARKETING) -> int:
        """A message of which the name is the subject; its key."""
        found = MessageTemplate.objects.filter(name=name).first()
        if found is None:
            made = MessageTemplate(name=name, channel=channel, purpose=purpose, subject=name, text=text)
            found = checking.keep(made, by=self.by)
        self.messages.append(found)
        return found.pk

    def script(self, style: str, text: str) -> int:
        """Words for the guide's task; their key."""
        found, _new = Script.objects.get_or_create(
            reason=Reason.JOURNEY, style=style[:20], defaults={"text": text, "position": 100}
        )
        return found.pk

    def segment(self, name: str, rule: Mapping[str, Any]) -> int:
        """A segment that follows its rule; its key."""
        found = Segment.objects.filter(name=name).first()
        if found is None:
            found = segments.keep(None, name=name, rule=rule, kind=SegmentKind.DYNAMIC, by=self.by)
        self.segments.append(found)
        return found.pk

    def _coupon(self, name: str, terms: TermsDraft) -> int:
        found = CouponTemplate.objects.filter(name=name).order_by("pk").first()
        if found is None:
            found = catalogue.create_template(
                name=name, terms=terms, member_limit=None, open_to_guides=True, by=self.by
            )
        self.coupons.append(found)
        return found.pk


class Playbook(ABC):
    """One playbook. ``title`` and ``explains`` are for the reader, ``name`` is what the journey is called."""

    key: ClassVar[str]
    title: ClassVar[Any]
    explains: ClassVar[Any]
    icon: ClassVar[str]
    name: ClassVar[str]
    reentry: ClassVar[str] = "once"
    reentry_days: ClassVar[int] = 90
    holdout_percent: ClassVar[int] = 10
    least_gain: ClassVar[Decimal | None] = None
    """With it the journey has a stop rule: it pauses once it certainly brings less than so many yuan per head."""

    @abstractmethod
    def flow(self, kit: Kit) -> dict[str, Any]:
        """The steps, and on the way everything they name."""


def number(fact: str, op: str, value: int) -> dict[str, Any]:
    """A condition on a number."""
    return {"fact": fact, "op": op, "value": str(value)}


def days(fact: str, op: str, value: int) -> dict[str, Any]:
    """A condition on how long ago something was: within, or before."""
    return {"fact": fact, "op": op, "value": value}


def every(*parts: dict[str, Any]) -> dict[str, Any]:
    """All of these."""
    return {"all": list(parts)}


def bought(orders: int, within: int) -> dict[str, Any]:
    """The goal to have bought so many times."""
    return {"event": BUY, "within_days": within, "rule": every(number("orders", "gte", orders))}


def wait(key: str, days: int, clock: str = "10:00") -> Step:
    """Some days, until an hour at which people read."""
    return {"key": key, "kind": "wait", "days": days, "hours": 0, "clock": clock}


def until(key: str, days: int, came: list[Step], late: list[Step], event: str = BUY) -> Step:
    """An event, or the time that it may take."""
    return {"key": key, "kind": "wait_until", "event": event, "days": days, "lanes": [came, late]}


def coupon(key: str, template: int) -> Step:
    """Give a coupon."""
    return {"key": key, "kind": "coupon", "template": template}


def message(key: str, template: int, uplift: int = 5) -> Step:
    """Send a message."""
    return {"key": key, "kind": "message", "message": template, "keep": 3, "uplift": uplift}


def leave(key: str) -> Step:
    """Leave the journey."""
    return {"key": key, "kind": "leave"}


def task(key: str, asks: str, *, days: int = 7, escalate: int | None = None, lanes: Any = None, **more: int) -> Step:
    """Ask the guide. Lanes: reached, refused, bought, no answer; without any all go straight on."""
    step = {"key": key, "kind": "task", "asks": asks, "days": days, **more}
    return step | ({"escalate": escalate} if escalate else {}) | {"lanes": lanes or [[], [], [], []]}
