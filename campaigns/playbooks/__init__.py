"""Playbooks: journeys ready to use. A new one is a class and a line here."""

from campaigns.playbooks.base import Playbook
from campaigns.playbooks.installing import Installed, install, journeys_of
from campaigns.playbooks.newcomers import FirstFour, GoldenTwoWeeks, SleepingNewcomer
from campaigns.playbooks.regulars import AfterOrder, BirthdayGift, CouponEnding, TierEnding
from campaigns.playbooks.winback import WinBack

PLAYBOOKS: dict[str, Playbook] = {
    playbook.key: playbook
    for playbook in (
        FirstFour(),
        GoldenTwoWeeks(),
        AfterOrder(),
        BirthdayGift(),
        CouponEnding(),
        WinBack(),
        TierEnding(),
        SleepingNewcomer(),
    )
}

__all__ = ["PLAYBOOKS", "Installed", "Playbook", "install", "journeys_of"]
