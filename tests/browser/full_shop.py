"""Binhe Road with enough of everything to fill each page."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from campaigns.recruiting import codes
from campaigns.spreading import groups
from coupons import topups
from coupons.models import Offer, OfferState
from members import notes
from members.insight.summaries import SUMMARIES
from members.insight.summaries.base import rebuild
from members.models import HandedMember, HandOver, Member
from members.tags import set_tag
from members.windows import windows
from stores import staff
from stores.models import Staff
from tests.browser.conftest import PASSWORD
from tests.campaigns.scenery import deliver_all
from tests.campaigns.spreading.scenery import group, link, post, rule
from tests.makers import (
    days_ago,
    make_area_manager,
    make_coupon,
    make_guide,
    make_marketer,
    make_member,
    make_member_day,
    make_order,
    make_task,
)
from tests.recruiting.people import asked
from tests.workbench.scenery import Chain, a_tag, agree


@dataclass(frozen=True)
class FullShop:
    """Who looks at it, and the keys of what they look at."""

    chain: Chain
    area: Staff
    marketer: Staff
    keys: dict[str, int | str]


def fill(chain: Chain) -> FullShop:
    """Members with orders, tags, coupons, notes and tasks; offers sent; a group, links, codes; a leaver handed over."""
    tag, last = a_tag(), chain.zihan
    for nth in range(6):
        tier = ("plain", "silver", "gold")[nth % 3]
        last = make_member(f"会员{nth}", guide=chain.lin, phone=f"1500000000{nth}", tier=tier)
        agree(last)
        make_order("66.00", member=last, store=chain.store, paid_at=days_ago(10 + nth))
        set_tag(last, tag, by=chain.lin)
    for days in (100, 93, 86, 20):
        make_order("40.00", member=chain.zihan, store=chain.store, paid_at=days_ago(days))
    set_tag(chain.zihan, tag, by=chain.lin)
    notes.add_note(chain.zihan, "喜欢熟一点的芒果", by=chain.lin)
    make_coupon(chain.zihan)
    task = make_task(chain.zihan, template=chain.second)
    make_task(last, template=chain.second, reason="declining")
    make_member("没人管", home_store=chain.store)
    make_member_day(starts_on=timezone.localdate() - timedelta(days=60))
    keys: dict[str, int | str] = {"member": chain.zihan.pk, "task": task.pk, "tag": tag.pk}
    keys["mute"] = make_member("不同意", guide=chain.lin).pk
    keys["asked"] = topups.ask(chain.lin, template=chain.second, count=5, reason="周末有试吃").pk
    sent(chain, last)
    keys |= handed_over(chain) | spread(chain)
    area = make_area_manager(region=chain.store.region, password=PASSWORD)
    marketer = make_marketer("陈默", password=PASSWORD)
    deliver_all()
    for summary in SUMMARIES.values():
        rebuild(summary, windows().today)
    return FullShop(chain, area, marketer, keys)


def sent(chain: Chain, member: Member) -> None:
    """One offer that has left, one that was refused."""
    now = timezone.now()
    for nth, (state, why) in enumerate(((OfferState.SENT, ""), (OfferState.FAILED, "本周已经联系过这位会员"))):
        Offer.objects.create(
            member=member, guide=chain.lin, store=chain.store, template=chain.second, text="您好，葡萄到了",
            channel="wecom", state=state, refusal=why, request_key=f"full-{nth}", leaves_at=now,
            sent_at=now if state == OfferState.SENT else None,
        )  # fmt: skip


def handed_over(chain: Chain) -> dict[str, int | str]:
    """Guo Yang has left: one member went to Lin Xiaoman, another is still to be given to somebody."""
    guo = make_guide("郭洋", store=chain.store)
    went, _stays = make_member("老客甲", guide=guo), make_member("老客乙", guide=guo)
    notes.add_note(went, "每周六来", by=guo)
    now = timezone.now()
    hand = HandOver.objects.create(giver=guo, store=chain.store, rule="even", due_at=now, ended_at=now, state="done")
    HandedMember.objects.create(hand_over=hand, member=went, before=guo, guide=chain.lin, state="moved")
    Member.objects.filter(pk=went.pk).update(guide=chain.lin)
    staff.leave(guo)
    return {"hand": hand.pk, "gone": guo.pk}


def spread(chain: Chain) -> dict[str, int | str]:
    """A group with two posts, a link that led to an order, codes, and somebody who waits to be confirmed."""
    street = group(chain.lin)
    groups.join(street, chain.zihan)
    rule()
    shared = link(chain.lin)
    make_order("88.80", member=chain.zihan, store=chain.store, share_code=shared.code)
    of_lin, of_store = codes.of_guide(chain.lin), codes.of_store(chain.store, by=chain.zhou)
    asked(of_lin, phone="13900001111", name="吴晓峰")
    return {
        "group": street.pk,
        "post": post(street).pk,
        "draft": post(street, published=False, text="明早的草莓").pk,
        "link": shared.pk,
        "code": of_lin.pk,
        "code_of_store": of_store.code,
    }
