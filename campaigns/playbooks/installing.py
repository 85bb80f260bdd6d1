"""Installing a playbook: everything it needs as drafts, and the journey that names them."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from campaigns.journeys import setup, versions
from campaigns.lift import stoprules
from campaigns.models import Journey, MessageTemplate
from campaigns.playbooks.base import Kit, Playbook
from coupons.models import CouponPack, CouponTemplate
from members.models import Segment
from stores.models import Staff


@dataclass(frozen=True)
class Installed:
    """What an installation brought: the journey in draft, and what it rests on. Coupons and packs are drafts, too, and
    are published apart, after somebody has looked at them."""

    journey: Journey
    coupons: list[CouponTemplate]
    packs: list[CouponPack]
    messages: list[MessageTemplate]
    segments: list[Segment]


def install(playbook: Playbook, *, by: Staff | None) -> Installed:
    """Make the journey of a playbook with everything it names, all or nothing; a second one gets a number.

    Coupons, packs, messages and segments of the same names that are there already are used as they are. Raises
    Refusal when one of them cannot be used.
    """
    kit = Kit(by)
    with transaction.atomic():
        flow = playbook.flow(kit)
        journey = setup.begin(
            name=_free_name(playbook.name),
            note=str(playbook.title),
            reentry=playbook.reentry,
            reentry_days=playbook.reentry_days,
            holdout_percent=playbook.holdout_percent,
            by=by,
        )
        versions.save_draft(journey, flow)
        if playbook.least_gain is not None:
            stoprules.set_rule(journey, least_gain=playbook.least_gain)
    return Installed(journey, kit.coupons, kit.packs, kit.messages, kit.segments)


def journeys_of(playbook: Playbook) -> Iterable[Journey]:
    """The journeys that were made from a playbook, by their names."""
    named = Q(name=playbook.name) | Q(name__startswith=f"{playbook.name} ")
    return Journey.objects.filter(named).order_by("pk")


def _free_name(name: str) -> str:
    taken = set(Journey.objects.filter(name__startswith=name).values_list("name", flat=True))
    names = (name if nth == 1 else f"{name} {nth}" for nth in range(1, len(taken) + 2))
    return next(one for one in names if one not in taken)
