"""The playbook for those who were lost: waves of rising value, the best former members first, with a stop rule."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from campaigns.playbooks.base import Kit, Playbook, bought, coupon, days, every, message, number, task, until


class WinBack(Playbook):
    """Former regulars who have stayed away."""

    key = "win_back"
    title = _("Win-back in waves")
    explains = _(
        "Former regulars who spent much come first. Three waves of rising value, two weeks apart; whoever buys is "
        "out. A tenth is left alone, and as soon as it is certain that the waves bring less than they cost, the "
        "journey pauses."
    )
    icon = "undo"
    name = "老客召回三波"
    reentry, reentry_days = "after", 365
    least_gain = Decimal("3.00")

    def flow(self, kit: Kit) -> dict[str, Any]:
        """Every first Tuesday of a month."""
        gone = every(
            days("last_order", "before", 90), days("last_order", "within", 730), number("orders", "gte", 4),
            number("spend", "gte", 500),
        )  # fmt: skip
        kit.segment("流失老客", gone)
        small, middle, large = (
            kit.off("召回券满59减10", 59, 10),
            kit.off("召回券满59减18", 59, 18),
            kit.off("召回券满69减28", 69, 28, days=21),
        )
        told = kit.message(
            "好久不见",
            "{name}您好，好一阵没见您了。{coupon}已放到您的券包，{until}前来{store}看看。",
        )
        words = kit.script(
            "老客召回",
            "{name}您好，我是{store}的{guide}。好久没见您来，是不是哪里没做好？{coupon}给您留着，{until}前都能用。",
        )
        third = [
            coupon("c3", large),
            task("t1", "电话请老客回来，听听为什么没来", days=10, escalate=7, script=words),
            until("u3", 21, [], []),
        ]
        second = [coupon("c2", middle), message("m2", told, 8), until("u2", 14, [], third)]
        return {
            "trigger": {"on": "schedule", "recurrence": "FREQ=MONTHLY;BYDAY=+1TU", "rule": gone},
            "goal": {"event": bought(1, 60)["event"], "within_days": 60},
            "steps": [coupon("c1", small), message("m1", told), until("u1", 14, [], second)],
        }
