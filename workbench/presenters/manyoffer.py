"""An offer to several members: which coupon, which words, who gets it, who does not and why, what it costs."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from campaigns import scripts
from campaigns.manyoffers import Dropped
from campaigns.models import Script
from coupons import kinds
from coupons.kinds.words import listed, on_goods, validity_text, when
from coupons.models import CouponTemplate, TemplateState
from coupons.offeroptions import closed, store_of
from coupons.presendmany import ManyCheck, check_many
from coupons.quotas import Room
from members.models import Consent, Member
from stores.models import Staff
from workbench.presenters import purses, tokens
from workbench.presenters.cards import dotted
from workbench.presenters.links import Choice, address
from workbench.presenters.offerpage import STYLES_SHOWN, Pick
from workbench.templatetags.formats import yuan


@dataclass(frozen=True)
class WishMany:
    """What has been chosen so far. ``message`` None means the suggested words."""

    guide: Staff
    ids: Sequence[int]
    template_id: int | None = None
    message: str | None = None
    script_id: int | None = None
    request_key: str = field(default_factory=lambda: uuid.uuid4().hex)


@dataclass(frozen=True)
class Reasoned:
    """Those who are left out for one reason, by name; ``count`` of them, also where no name may be said."""

    why: str
    names: str
    count: int


class ManyPage:
    """Everything the page shows for a wish; reads only."""

    def __init__(self, wish: WishMany) -> None:
        self.wish = wish
        store_of(wish.guide)
        opened = CouponTemplate.objects.visible_to(wish.guide).filter(
            open_to_guides=True, state=TemplateState.ACTIVE, terms__isnull=False
        )
        self.templates = list(opened.select_related("terms").order_by("-pk"))
        self.template = next((one for one in self.templates if one.pk == wish.template_id), None) or next(
            (one for one in self.templates if closed(one) is None), None
        )
        self.check: ManyCheck | None = check_many(wish.guide, wish.ids, self.template) if self.template else None
        self.styles: list[Script] = list(scripts.scripts_for("")[:STYLES_SHOWN])
        chosen = next((one for one in self.styles if one.pk == wish.script_id), None) or next(iter(self.styles), None)
        self.script = chosen
        self.message = chosen.text if wish.message is None and chosen else wish.message or ""

    @property
    def is_empty(self) -> bool:
        """Whether none of the chosen members is the guide's."""
        return self.check is not None and not self.check.recipients

    def context(self, errors: Sequence[str] = ()) -> dict[str, Any]:
        """The page."""
        room = self.check.room if self.check else None
        return {
            "ids": self.wish.ids,
            "budget": purses.left_words(room) if room else "",
            "cards": [self._pick(one, room) for one in self.templates] if room else [],
            "chosen": self.template.pk if self.template else None,
            "scripts": [self._style(one) for one in self.styles],
            "message": tokens.shown(self.message),
            "variables": [tokens.shown(f"{{{name}}}") for name in scripts.VARIABLES],
            "request_key": self.wish.request_key,
            "errors": list(errors),
            **self.preview(),
        }

    def preview(self) -> dict[str, Any]:
        """Who gets it and what it costs; whether it can be sent."""
        check = self.check
        if check is None or self.template is None:
            return {"names": "", "dropped": [], "can_send": False, "mark": "", "bubble": "", "count": 0}
        going = check.going
        first = going[0].member if going else None
        left, limit = check.room.quota(self.template)
        return {
            "names": listed([str(one.member) for one in going]),
            "count": len(going),
            "ways": _ways(check),
            "dropped": reasoned([Dropped(one.member, str(one.refusal)) for one in check.dropped], check.strangers),
            "cost": yuan(check.cost),
            "quota": _("%(left)s of %(limit)s left") % {"left": left - len(going), "limit": limit},
            "bubble": scripts.render(self.message, first, self.wish.guide, self.template.terms) if first else "",
            "first": first,
            "mark": self.mark,
            "can_send": bool(going),
        }

    @property
    def mark(self) -> str:
        """A mark of exactly these words, this coupon and these members: only what was seen is sent."""
        return mark_of(self.message, self.template.pk if self.template else None, self.wish.ids)

    def _pick(self, template: CouponTemplate, room: Room) -> Pick:
        terms = template.terms
        if terms is None:
            raise ValueError(template)
        refusal = closed(template) or room.refusal_for(template, kinds.face_value(terms))
        left, limit = room.quota(template)
        return Pick(
            id=template.pk,
            face=kinds.face_text(terms),
            condition=kinds.condition_text(terms),
            title=template.name,
            terms=dotted(validity_text(terms), on_goods(terms), when(terms)),
            left=left,
            quota=limit,
            is_recommended=False,
            is_off=refusal is not None,
            why_off=str(refusal) if refusal else "",
            ask=None,
        )

    def _style(self, script: Script) -> Choice:
        chosen = self.template.pk if self.template else None
        query = [*(("member", pk) for pk in self.wish.ids), ("template", chosen), ("script", script.pk)]
        return Choice(script.style, address("members-offer", query=query), script == self.script)


def mark_of(words: str, template_id: int | None, ids: Sequence[int]) -> str:
    """See ``ManyPage.mark``."""
    return hashlib.sha256(f"{template_id}\0{sorted(ids)}\0{words}".encode()).hexdigest()[:32]


def reasoned(dropped: Sequence[Dropped], strangers: int = 0) -> list[Reasoned]:
    """Those left out by reason, the most frequent first; of members who are not the guide's only the number."""
    by_reason: dict[str, list[Member]] = {}
    for one in dropped:
        if one.member is None:
            strangers += 1
        else:
            by_reason.setdefault(one.why, []).append(one.member)
    found = [Reasoned(why, listed([str(one) for one in ones]), len(ones)) for why, ones in by_reason.items()]
    found.sort(key=lambda one: -one.count)
    if strangers:
        found.append(Reasoned(_("Not among those you look after (any more)"), "", strangers))
    return found


def _ways(check: ManyCheck) -> str:
    """By which channels it leaves, and to how many each."""
    counts: dict[str, int] = {}
    for one in check.going:
        counts[one.channel] = counts.get(one.channel, 0) + 1
    return " · ".join(f"{Consent.Channel(key).label} {count}" for key, count in counts.items())
