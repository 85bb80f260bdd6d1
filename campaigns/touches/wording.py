"""From claimed touches to letters: the words, kept as they leave, and the address. Set-based, before any call."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from campaigns.channels import CHANNELS
from campaigns.channels.base import Outgoing
from campaigns.messages import rendering
from campaigns.messages.rendering import Words
from campaigns.models import MessageTemplate
from campaigns.touches.outcomes import key_of
from stores import sealing

CLAIMED = """
    SELECT id, member_id, guide_id, store_id, message_id, coupon_id, attempt
      FROM campaigns_touch WHERE id = ANY(%(ids)s) AND channel = %(channel)s AND state = 'claimed' ORDER BY id
"""
# The oldest of the member's own, before any that a merge brought (members.oneid.phones).
ADDRESSES = """
    SELECT DISTINCT ON (i.member_id) i.member_id, i.sealed FROM members_identity i
     WHERE i.member_id = ANY(%(members)s) AND i.kind = %(kind)s
     ORDER BY i.member_id, i.origin <> i.member_id, i.id
"""
KEEP = """
    INSERT INTO campaigns_touchtext (touch_id, subject, text, link)
    SELECT * FROM unnest(%(ids)s::bigint[], %(subjects)s::text[], %(texts)s::text[], %(links)s::text[])
    ON CONFLICT (touch_id) DO UPDATE SET subject = excluded.subject, text = excluded.text, link = excluded.link
"""
NO_WORDS, NO_ADDRESS = "no_words", "no_address"


@dataclass(frozen=True)
class Letter:
    """A touch on its way: what leaves, or the ``reason`` why nothing can."""

    touch: int
    member: int
    attempt: int
    purpose: str
    outgoing: Outgoing
    reason: str = ""


def letters_of(channel: str, ids: Sequence[int]) -> tuple[list[Letter], list[Letter]]:
    """The claimed touches of one channel as letters, and those that have no words or address. The words are kept."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIMED, {"ids": list(ids), "channel": channel})
        rows = cursor.fetchall()
    kind = CHANNELS[channel].address_kind
    addresses = addresses_of([row[1] for row in rows], kind) if kind else {}
    by_message: dict[int, list[tuple]] = defaultdict(list)
    for row in rows:
        by_message[row[4]].append(row)
    letters = [
        letter
        for template in MessageTemplate.objects.filter(pk__in=by_message).order_by("pk")
        for letter in _letters(template, by_message[template.pk], addresses, has_address=kind is not None)
    ]
    ready = [one for one in letters if not one.reason]
    _keep([one.outgoing for one in ready])
    return ready, [one for one in letters if one.reason]


def addresses_of(members: Sequence[int], kind: str) -> Mapping[int, str]:
    """Member -> address of this kind, opened; those without one that can be read are missing."""
    with connection.cursor() as cursor:
        cursor.execute(ADDRESSES, {"members": list(members), "kind": kind})
        rows = cursor.fetchall()
    found: dict[int, str] = {}
    for member, sealed in rows:
        with suppress(sealing.Unreadable):
            found[member] = sealing.unseal(bytes(sealed))
    return found


def _letters(
    template: MessageTemplate, rows: Sequence[tuple], addresses: Mapping[int, str], *, has_address: bool
) -> list[Letter]:
    """A member may have several touches with the same words, each told of a coupon of its own."""
    made: list[Letter] = []
    left = list(rows)
    while left:
        turn = {row[1]: row for row in left}
        coupons = {member: row[5] for member, row in turn.items() if row[5]}
        words = rendering.render(template, list(turn), coupons=coupons)
        for member, row in turn.items():
            said, address = words.get(member), addresses.get(member, "")
            reason = NO_WORDS if said is None or said.is_empty else NO_ADDRESS if has_address and not address else ""
            outgoing = _outgoing(row, address, said or Words("", ""))
            made.append(Letter(row[0], member, row[6], template.purpose, outgoing, reason))
        taken = {row[0] for row in turn.values()}
        left = [row for row in left if row[0] not in taken]
    return made


def _outgoing(row: tuple, address: str, words: Words) -> Outgoing:
    touch, member, guide, store, message, _coupon, attempt = row
    said = {"subject": words.subject, "text": words.text, "link": words.link}
    return Outgoing(
        touch, key_of(touch), member, address, **said, guide_id=guide, store_id=store, message_id=message,
        attempt=attempt,
    )  # fmt: skip


def _keep(letters: Sequence[Outgoing]) -> None:
    params: dict[str, Any] = {
        "ids": [one.touch_id for one in letters],
        "subjects": [one.subject for one in letters],
        "texts": [one.text for one in letters],
        "links": [one.link for one in letters],
    }
    if letters:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(KEEP, params)
