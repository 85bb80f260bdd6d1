"""Binhe Road and its neighbour: who works there, whom they look after, and how to speak as one of them."""

from dataclasses import dataclass
from typing import Any

from django.test import Client

from campaigns import defaults
from coupons.models import CouponTemplate
from members.models import Member, Tag, TagGroup
from stores.models import Staff, Store
from tests import consenting
from tests.makers import (
    days_ago,
    make_guide,
    make_manager,
    make_member,
    make_order,
    make_region,
    make_store,
    make_task,
    make_template,
)

PART = {"HX-Request": "true"}


def part(target: str = "") -> dict[str, str]:
    """The headers htmx sends when it wants a part of a page for the element ``target``."""
    return PART | ({"HX-Target": target} if target else {})


@dataclass
class Chain:
    """Two stores of one region, their people, three members and a coupon that guides may send."""

    store: Store
    elsewhere: Store
    lin: Staff
    he: Staff
    zhou: Staff
    gu: Staff
    zihan: Member
    jianguo: Member
    anna: Member
    second: CouponTemplate


def make_chain() -> Chain:
    """Lin Xiaoman and He Jun serve at Binhe Road under Zhou Min; Gu Zhixia serves elsewhere."""
    defaults.ensure_defaults()
    region = make_region("杭州")
    store, elsewhere = make_store("滨河路店", region=region), make_store("西溪店", region=region)
    lin, he = make_guide("林小满", store=store), make_guide("何俊", store=store)
    zhou, gu = make_manager("周敏", store=store), make_guide("顾知夏", store=elsewhere)
    second = make_template("第 2 单专属券", threshold=39, amount_off=8, open_to_guides=True, guide_month_quota=5)
    zihan = make_member("周子涵", guide=lin, phone="13800001234")
    agree(zihan)
    return Chain(
        store, elsewhere, lin, he, zhou, gu, zihan,
        jianguo=make_member("刘建国", guide=he, phone="13900005678"),
        anna=make_member("Anna Smith", guide=gu, phone="13700009999"),
        second=second,
    )  # fmt: skip


def agree(member: Member, channel: str = "wecom") -> None:
    """The member agreed to messages by this channel."""
    consenting.agree(member, channel)


def signed_in(person: Staff) -> Client:
    """The browser of somebody who has signed in."""
    client = Client()
    client.force_login(person)
    return client


def a_tag(name: str = "住附近", *, group: str = "街坊", **fields: Any) -> Tag:
    """A tag in a group that guides may set unless told otherwise."""
    found, _new = TagGroup.objects.get_or_create(name=group, defaults=fields)
    return Tag.objects.create(group=found, name=name)


def busy(chain: Chain, members: int = 21) -> None:
    """A store in full swing: members with orders and tags, tasks of several reasons, a coupon in a wallet."""
    tag = a_tag()
    for nth in range(members):
        member = make_member(f"会员{nth:02d}", guide=chain.lin, phone=f"1500000{nth:04d}")
        agree(member)
        for days in (90, 50, 20 + nth)[: 3 if nth < 6 else 1]:
            make_order("66.00", member=member, store=chain.store, paid_at=days_ago(days))
        member.member_tags.create(tag=tag)
        if nth < 10:
            make_task(member, template=chain.second, reason=("golden_window", "declining")[nth % 2])
