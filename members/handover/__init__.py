"""Hand-over of a leaver's members, and sharing out those without a guide.

Seen first (``choosing``), decided (``deciding``) for now or for later, carried out by a job when its time has come
(``carrying``), taken back as a whole or member by member before that, and as a whole for some hours after
(``takingback``). Every hand-over is kept with each of its members and what became of them.
"""

from members.handover.carrying import JOB, carry_chunk
from members.handover.choosing import members_of, split_preview
from members.handover.deciding import Done, hand_over, share_out
from members.handover.takingback import UNDO_HOURS, leave_out, take_in_again, undo_hand_over
from members.models import SplitRule
from members.splitting import How, SplitRow

__all__ = [
    "JOB",
    "UNDO_HOURS",
    "Done",
    "How",
    "SplitRow",
    "SplitRule",
    "carry_chunk",
    "hand_over",
    "leave_out",
    "members_of",
    "share_out",
    "split_preview",
    "take_in_again",
    "undo_hand_over",
]
