"""The kinds of steps, each in a module of its own. A new kind is a module and a line here."""

from collections.abc import Mapping

from campaigns.journeys.steps.base import StepKind
from campaigns.journeys.steps.branch import Branch
from campaigns.journeys.steps.coupon import GiveCoupon
from campaigns.journeys.steps.leave import Leave
from campaigns.journeys.steps.message import SendMessage
from campaigns.journeys.steps.pack import GivePack
from campaigns.journeys.steps.split import Split
from campaigns.journeys.steps.tag import SetTag
from campaigns.journeys.steps.task import AskGuide
from campaigns.journeys.steps.wait import Wait
from campaigns.journeys.steps.wait_until import WaitUntil

KINDS: Mapping[str, StepKind] = {
    kind.kind: kind
    for kind in (
        Wait(),
        WaitUntil(),
        Branch(),
        Split(),
        SendMessage(),
        GiveCoupon(),
        GivePack(),
        AskGuide(),
        SetTag(),
        Leave(),
    )
}
