"""Playbooks for those who are new: the first four purchases, the golden two weeks, the sleeping new member."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from campaigns.playbooks.base import (
    BUY,
    Kit,
    Playbook,
    bought,
    coupon,
    days,
    every,
    leave,
    message,
    number,
    task,
    until,
    wait,
)


class FirstFour(Playbook):
    """A different tasting for each of the first four orders."""

    key = "first_four"
    title = _("First four purchases")
    explains = _(
        "Whoever buys four times comes back by habit. Each of the first four orders has a tasting of its own, so "
        "that a new member gets to know four parts of the shop; where the next order does not come, the guide "
        "asks."
    )
    icon = "steps"
    name = "前四单养成"

    def flow(self, kit: Kit) -> dict[str, Any]:
        """From joining to the fourth order."""
        tastes = [
            kit.tasting("首单试吃·当季水果", "当季水果试吃一份", 9),
            kit.tasting("二单试吃·鲜切果盒", "鲜切果盒试吃一份", 12),
            kit.tasting("三单试吃·进口精选", "进口水果试吃一份", 15),
            kit.tasting("四单试吃·礼盒尝鲜", "礼盒尝鲜装一份", 18),
        ]
        told = kit.message(
            "试吃券到账", "{name}您好，{coupon}已放到您的券包，{until}前到{store}领取。", purpose="service"
        )
        words = kit.script(
            "前四单·邀请", "{name}您好，我是{store}的{guide}。给您留了{coupon}，{until}前路过来尝尝，喜欢再带。"
        )
        steps: list[dict[str, Any]] = []
        for nth, taste in enumerate(tastes, start=1):
            steps += [coupon(f"c{nth}", taste), message(f"m{nth}", told)]
            late = self._asked(nth, words) if nth < len(tastes) else []
            steps.append(until(f"u{nth}", 21, [], late))
        return {"trigger": {"on": "event", "event": "member.created"}, "goal": bought(4, 90), "steps": steps}

    @staticmethod
    def _asked(nth: int, words: int) -> list[dict[str, Any]]:
        """The next order did not come: the guide asks; who is not won leaves."""
        once_more = [until(f"v{nth}", 14, [], [leave(f"x{nth}")])]
        lanes = [once_more, [leave(f"y{nth}")], [], [leave(f"z{nth}")]]
        return [task(f"t{nth}", f"邀请回店完成第 {nth} 单试吃", escalate=5, script=words, lanes=lanes)]


class GoldenTwoWeeks(Playbook):
    """The first two weeks after the first order."""

    key = "golden_two_weeks"
    title = _("Golden two weeks")
    explains = _(
        "Most second orders come within two weeks of the first, most of all in the first week. Thanks on the next "
        "day, a question by the guide on the third, a coupon on the seventh that ends with the fourteenth."
    )
    icon = "sprout"
    name = "黄金两周"

    def flow(self, kit: Kit) -> dict[str, Any]:
        """From the first order to the fourteenth day."""
        back = kit.off("回店券满39减8", 39, 8, days=7)
        thanks = kit.message(
            "感谢首单",
            "{name}您好，谢谢您第一次光临{store}。吃着有哪样不满意，直接告诉{guide}，包退包换。",
            purpose="service",
        )
        gift = kit.message(
            "回店券到账",
            "{name}您好，{coupon}已放到您的券包，{until}前有效，{store}等您。",
        )
        words = kit.script(
            "首购回访",
            "{name}您好，我是{store}的{guide}。上次买的还合口味吗，想吃什么我先给您留着。",
        )
        late = [
            task("t1", "问问首单吃得怎么样", days=3, script=words),
            coupon("c1", back),
            message("m2", gift, 8),
            until("u1", 8, [], []),
        ]
        return {
            "trigger": {"on": "event", "event": BUY, "rule": every(number("orders", "eq", 1))},
            "goal": bought(2, 14),
            "steps": [wait("w1", 1), message("m1", thanks), wait("w2", 2), *late],
        }


class SleepingNewcomer(Playbook):
    """Joined and never bought."""

    key = "sleeping_newcomer"
    title = _("Sleeping new member")
    explains = _(
        "Whoever joined over a month ago and has not bought yet gets one good reason to come, and a week later a "
        "call by the guide. After that they are left in peace."
    )
    icon = "hourglass"
    name = "沉睡新会员唤醒"

    def flow(self, kit: Kit) -> dict[str, Any]:
        """Once in a member's life."""
        asleep = every(number("orders", "eq", 0), days("joined", "before", 30), days("joined", "within", 180))
        kit.segment("沉睡新会员", asleep)
        first = kit.tasting("首次到店试吃券", "当季水果试吃一份", 9, days=21)
        told = kit.message(
            "首次到店有礼", "{name}您好，入会后还没见您来过{store}。{coupon}已放到您的券包，{until}前来尝尝。"
        )
        return {
            "trigger": {"on": "schedule", "recurrence": "FREQ=WEEKLY;BYDAY=TU", "rule": asleep},
            "goal": bought(1, 30),
            "steps": [
                coupon("c1", first),
                message("m1", told),
                until("u1", 7, [], [task("t1", "电话邀请首次到店", days=7)]),
                until("u2", 14, [], []),
            ],
        }
