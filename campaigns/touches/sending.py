"""Sending: claim, put into words, commit, call the channel outside of any transaction, write down what it said.

A message leaves only under a lease that outlives the call. Consent is asked once more right before the call, so that
whoever has withdrawn it since the claim is left alone. What a channel does not answer for is unclear, and asked for
later (campaigns.touches.asking); it is never sent again on a guess.
"""

import logging
import time
from collections.abc import Mapping, Sequence

from campaigns.channels import CHANNELS
from campaigns.channels.base import Came, ChannelSpeaker, Sent
from campaigns.models import Purpose
from campaigns.touches import asking, outcomes, wording
from campaigns.touches.claiming import LEASE, Claimed, claim
from campaigns.touches.policy import NO_CONSENT
from campaigns.touches.wording import Letter
from members.privacy import consents

logger = logging.getLogger(__name__)

SEND_TASK = "campaigns.send_touches"
SECONDS = 40.0


def send_due(*, seconds: float = SECONDS) -> int:
    """Ask for what is unclear, half the time at most, then send what is due until nothing is or time is up; returns how
    many touches were decided: sent, put off or held back."""
    until, decided = time.monotonic() + seconds, asking.ask_due(seconds=seconds / 2)
    while time.monotonic() < until:
        begun = time.monotonic()
        claimed = claim()
        if not claimed.decided:
            break
        deliver(claimed, begun)
        decided += claimed.decided
    return decided


def deliver(claimed: Claimed, begun: float) -> None:
    """Send what a claim took. ``begun`` is when it was taken, by time.monotonic."""
    for channel, attempts in claimed.leaving.items():
        speaker = CHANNELS[channel]
        until = begun + LEASE.total_seconds() - speaker.timeout
        letters = _letters(channel, attempts)
        for first in range(0, len(letters), speaker.at_once):
            batch = letters[first : first + speaker.at_once]
            outcomes.record(_send(speaker, batch, attempts, until), attempts)


def _letters(channel: str, attempts: Mapping[int, int]) -> list[Letter]:
    """The letters of a claim. Without words or address a touch is held back; when all fails, all is tried later."""
    try:
        letters, mute = wording.letters_of(channel, list(attempts))
    except Exception:
        logger.exception("no words for channel %s", channel)
        outcomes.record([Sent(pk, Came.PLANNED, reason="words_failed") for pk in attempts], attempts)
        return []
    outcomes.hold_back({one.touch: one.reason for one in mute}, attempts)
    return letters


def _send(
    speaker: ChannelSpeaker, batch: Sequence[Letter], attempts: Mapping[int, int], until: float
) -> Sequence[Sent]:
    """One call of a channel before ``until`` (on the clock that never jumps), with an answer for every letter."""
    if time.monotonic() > until:
        return [Sent(one.touch, Came.PLANNED, reason="lease_over") for one in batch]
    unwilling = _unwilling(speaker, batch)
    outcomes.hold_back(dict.fromkeys(unwilling, NO_CONSENT), attempts)
    outgoing = [one.outgoing for one in batch if one.touch not in unwilling]
    if not outgoing:
        return []
    try:
        said = {one.touch_id: one for one in speaker.send(outgoing)}
    except Exception:  # whatever surprises: nobody knows what has left
        logger.exception("channel %s broke off", speaker.key)
        said = {}
    unclear = Came.PLANNED if speaker.idempotent else Came.UNKNOWN
    return [said.get(one.touch_id, Sent(one.touch_id, unclear, reason="no_answer")) for one in outgoing]


def _unwilling(speaker: ChannelSpeaker, batch: Sequence[Letter]) -> set[int]:
    """The touches of the batch whose members have withdrawn their consent since the claim."""
    if not speaker.consent:
        return set()
    asked = [one for one in batch if one.purpose == Purpose.MARKETING]
    agreed = consents.allowed_members([one.member for one in asked], speaker.consent)
    return {one.touch for one in asked if one.member not in agreed}
