"""Touches: who contacted a member, when and how; and the messages of machines, from plan to receipt."""

from campaigns.touches.ledger import (
    UNDONE,
    LastContact,
    accepted_touches,
    last_contact,
    record_call,
    record_dial,
    record_offers,
    touches_in_week,
    withdraw_call,
)

__all__ = [
    "UNDONE",
    "LastContact",
    "accepted_touches",
    "last_contact",
    "record_call",
    "record_dial",
    "record_offers",
    "touches_in_week",
    "withdraw_call",
]
