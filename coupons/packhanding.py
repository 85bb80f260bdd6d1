"""Handing a pack to each of some locked members, as journeys do: what can be given is given, the rest has a reason."""

from collections.abc import Mapping
from datetime import datetime

from coupons import packsteps, packwriting
from coupons.handing import Handed
from coupons.models import TemplateState

GIVEN_BEFORE = "given_before"


def hand_packs(pack_id: int, keys: Mapping[int, str], *, origin: str, origin_id: int | None, at: datetime) -> Handed:
    """A pack each, once per request key, in the caller's transaction; the caller has locked the members (all living).

    Returns the given packs by member. Refusals: pack_not_active, given_before, or the reason of the first coupon where
    nothing of the pack can be given.
    """
    if not keys:
        return Handed()
    members = sorted(keys)
    if packwriting.hold(pack_id) != TemplateState.ACTIVE:
        return Handed(refused={"pack_not_active": members})
    made = packwriting.write(pack_id, keys, origin=origin, origin_id=origin_id, at=at)
    refused: dict[str, list[int]] = {}
    given = {member: pack for pack, member in made.items()}
    if before := sorted(set(members) - set(given)):
        refused[GIVEN_BEFORE] = before
    if packsteps.give_due_of(list(made), members, at).refused:
        for pack, why in packwriting.take_back_empty(list(made)).items():
            refused.setdefault(why, []).append(made[pack])
            del given[made[pack]]
    packwriting.tell(list(given.values()))
    return Handed(given, refused)
