"""Playbooks for those who come: the pack after an order, the birthday, the coupon and the tier about to be lost."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from campaigns.playbooks.base import BUY, Kit, Playbook, coupon, message, task, until, wait


class AfterOrder(Playbook):
    """Coupons for the next visits."""

    key = "after_order"
    title = _("Coupon pack after an order")
    explains = _(
        "After an order three coupons follow in steps: at once, after a week and after two weeks, each with an "
        "end of its own, so that there is always a reason for the next visit. At most once a month for each "
        "member."
    )
    icon = "gift"
    name = "下单后券包"
    reentry, reentry_days = "after", 30

    def flow(self, kit: Kit) -> dict[str, Any]:
        """Given on the evening of the order."""
        first, second, third = (
            kit.off("复购券满49减6", 49, 6, days=7),
            kit.off("复购券满59减9", 59, 9, days=7),
            kit.off("复购券满69减12", 69, 12, days=10),
        )
        pack = kit.pack("下单后复购券包", (first, 0), (second, 7), (third, 14))
        told = kit.message(
            "复购券包到账",
            "{name}您好，谢谢惠顾。复购券包已放到您的券包，一周一张，下次来{store}直接用。",
            purpose="service",
        )
        return {
            "trigger": {"on": "event", "event": BUY},
            "goal": None,
            "steps": [
                {"key": "w1", "kind": "wait", "days": 0, "hours": 2},
                {"key": "p1", "kind": "pack", "pack": pack},
                message("m1", told),
            ],
        }


class BirthdayGift(Playbook):
    """The week of the birthday."""

    key = "birthday"
    title = _("Birthday")
    explains = _(
        "A gift some days before the birthday, by the solar or the lunar calendar, and the guide's own good "
        "wishes. Good members are called; the manager is shown what was forgotten."
    )
    icon = "cake"
    name = "生日关怀"
    reentry, reentry_days = "after", 300

    def flow(self, kit: Kit) -> dict[str, Any]:
        """Once a year."""
        gift = kit.tasting("生日礼·鲜果礼盒", "生日鲜果礼盒一份", 30, days=14)
        told = kit.message(
            "生日礼到账",
            "{name}生日快乐。{coupon}已放到您的券包，{until}前到{store}领取。",
        )
        words = kit.script(
            "生日祝福", "{name}您好，我是{store}的{guide}，祝您生日快乐。生日礼{coupon}给您备好了，{until}前来领。"
        )
        return {
            "trigger": {"on": "event", "event": "member.birthday_near"},
            "goal": {"event": BUY, "within_days": 21},
            "steps": [
                coupon("c1", gift),
                message("m1", told, 10),
                task("t1", "送上生日祝福，邀请领生日礼", days=5, escalate=3, script=words),
                until("u1", 14, [], []),
            ],
        }


class CouponEnding(Playbook):
    """A coupon in the wallet is about to expire."""

    key = "coupon_ending"
    title = _("Coupon about to expire")
    explains = _(
        "A coupon that expires unused is money thrown away twice. A reminder in the app at once, and the guide's "
        "word on the last day for whoever has not used it."
    )
    icon = "ticket"
    name = "券到期提醒"
    reentry = "always"

    def flow(self, kit: Kit) -> dict[str, Any]:
        """For each such coupon."""
        told = kit.message(
            "您有券快到期了", "{name}您好，您券包里有券这几天就到期，顺路到{store}用掉正好。", purpose="service"
        )
        words = kit.script(
            "到期提醒", "{name}您好，我是{store}的{guide}。您有一张券快到期了，想要什么我先给您留着，顺路来用掉。"
        )
        late = [task("t1", "提醒用掉快到期的券", days=2, script=words)]
        return {
            "trigger": {"on": "event", "event": "coupon.expiring"},
            "goal": {"event": "coupon.redeemed", "within_days": 7},
            "steps": [message("m1", told), until("u1", 2, [], late, event="coupon.redeemed")],
        }


class TierEnding(Playbook):
    """The tier is about to be lost."""

    key = "tier_ending"
    title = _("Tier about to be lost")
    explains = _(
        "Whoever was told that the tier ends is told what it gives and gets one coupon large enough for the "
        "missing order. The guide calls; after five days the manager is shown whom nobody has called."
    )
    icon = "shield"
    name = "保级提醒"
    reentry, reentry_days = "after", 180

    def flow(self, kit: Kit) -> dict[str, Any]:
        """From the notice to the review."""
        keep = kit.off("保级加油券满128减20", 128, 20, days=21)
        told = kit.message(
            "等级快到期了",
            "{name}您好，您的{tier}快到评定日了。{coupon}已放到您的券包，{until}前来{store}一趟就能保住。",
        )
        words = kit.script(
            "保级邀请",
            "{name}您好，我是{store}的{guide}。您的等级快到期了，差的不多，{coupon}给您放好了，{until}前都能用。",
        )
        return {
            "trigger": {"on": "event", "event": "member.tier_notice"},
            "goal": {"event": BUY, "within_days": 30},
            "steps": [
                coupon("c1", keep),
                message("m1", told, 8),
                wait("w1", 3),
                task("t1", "电话提醒保级，说说差多少", days=7, escalate=5, script=words),
                until("u1", 19, [], []),
            ],
        }
