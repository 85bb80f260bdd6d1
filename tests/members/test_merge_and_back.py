"""Whatever members have, merging and parting them, in chains and in any order, leaves everything as it was."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from campaigns.models import Reason
from coupons.models import IssueRun
from members.audit import audit
from members.ledgers import points
from members.ledgers.growth import adjust as adjust_growth
from members.models import Member, MemberState, Order, Tag, TagGroup, Tier
from members.privacy import consents
from members.tags import set_tag
from members.tiering import tiergrants
from stores.errors import Refusal
from stores.jobs import plan
from tests.campaigns.scenery import deliver_all, new_batch
from tests.consenting import agree
from tests.makers import (
    days_ago,
    make_coupon,
    make_member,
    make_order,
    make_return,
    make_task,
    make_template,
    make_tiers,
    make_touch,
)
from tests.members.merges import differences, fresh, merged, parted, snapshot
from tests.members.shop import Shop, open_shop

FAST = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
WHO, DAYS, CENTS = st.integers(0, 2), st.integers(1, 500), st.integers(100, 400_000)
ONE, TWO = st.integers(0, 1), st.integers(0, 2)
HAPPENINGS = st.one_of(
    st.tuples(st.just("order"), WHO, CENTS, DAYS),
    st.tuples(st.just("order"), WHO, CENTS, DAYS),
    st.tuples(st.just("back"), WHO, st.integers(1, 100), DAYS),
    st.tuples(st.just("loose"), WHO, CENTS, DAYS),
    st.tuples(st.just("tag"), WHO, TWO, DAYS),
    st.tuples(st.just("consent"), WHO, TWO, DAYS),
    st.tuples(st.just("spend"), WHO, st.integers(1, 100), DAYS),
    st.tuples(st.just("points"), WHO, st.integers(1, 3000), DAYS),
    st.tuples(st.just("growth"), WHO, st.integers(1, 6000), DAYS),
    st.tuples(st.just("grant"), WHO, st.integers(1, 2), DAYS),
    st.tuples(st.just("coupon"), WHO, ONE, DAYS),
    st.tuples(st.just("task"), WHO, TWO, DAYS),
    st.tuples(st.just("touch"), WHO, ONE, DAYS),
)


@dataclass(frozen=True)
class Setting:
    """What the happenings refer to."""

    shop: Shop
    tags: list[Tag]
    tiers: list[Tier]
    runs: list[IssueRun]


@dataclass(frozen=True)
class Story:
    """Three members, what each brings along, what happened, who is merged into whom, and the order of undoing."""

    named: tuple[bool, ...]
    guided: tuple[bool, ...]
    born: tuple[bool, ...]
    happenings: list[tuple[str, int, int, int]]
    merges: list[tuple[int, int]]
    undone_backwards: bool


GUIDED_CHAIN = Story(
    named=(False,) * 3, guided=(False, True, False), born=(False,) * 3, happenings=[("order", 0, 100, 1)],
    merges=[(0, 1), (2, 0)], undone_backwards=False,
)  # fmt: skip


@st.composite
def stories(draw: Any) -> Story:
    """Any story of three members; the second merge, if any, makes a chain or takes in a third one."""
    flags = st.tuples(st.booleans(), st.booleans(), st.booleans())
    merges = draw(st.sampled_from([[(0, 1)], [(0, 1), (2, 0)], [(0, 1), (0, 2)], [(1, 0), (2, 1)]]))
    happenings = draw(st.lists(HAPPENINGS, min_size=1, max_size=14))
    return Story(draw(flags), draw(flags), draw(flags), happenings, merges, draw(st.booleans()))


def set_up() -> Setting:
    """Two kinds of tags, three tiers, two bulk issues."""
    shop, tiers = open_shop(), make_tiers()
    one, many = TagGroup.objects.create(name="住", single_choice=True), TagGroup.objects.create(name="爱好")
    tags = [Tag.objects.create(group=group, name=name) for group, name in ((one, "近"), (one, "远"), (many, "甜"))]
    template = make_template(valid_days=900)
    runs = [
        IssueRun.objects.create(template=template, terms=template.terms, job=plan("coupons.issue", params={"n": n}))
        for n in range(2)
    ]
    return Setting(shop, tags, [tiers["plain"], tiers["silver"], tiers["gold"]], runs)


def happen(what: str, member: Member, number: int, days: int, at: Setting) -> None:
    """One thing that happens to a member so many days ago; what the rules refuse does not."""
    moment, store = days_ago(days), at.shop.store
    match what:
        case "order":
            make_order(f"{Decimal(number) / 100:.2f}", member=member, store=store, paid_at=moment)
        case "back":
            sale = Order.objects.filter(member=member).order_by("-paid_at").first()
            amount = ((sale.net_amount - sale.returned_amount) * number / 100 if sale else Decimal(0)).quantize(
                Decimal("0.01")
            )
            if sale and amount:
                make_return(str(amount), sale=sale)
        case "loose":
            make_return(f"{Decimal(number) / 100:.2f}", member=member, store=store, returned_at=moment)
        case "tag":
            set_tag(member, at.tags[number], by=None)
        case "consent":
            agree(member, "sms", at=moment)
            if number:
                consents.withdraw(member, "sms", at=moment + timedelta(hours=number))
        case "spend":
            points.spend(member, max(1, member.points * number // 100), reference=f"s{member.pk}-{days}-{number}")
        case "points":
            points.adjust(member, number, note="补", by=None, at=moment)
        case "growth":
            adjust_growth(member, number, note="补", by=None, at=moment)
        case "grant":
            start = timezone.localdate()
            ends = start + timedelta(days=days)
            tiergrants.grant(member, at.tiers[number], starts_on=start, ends_on=ends, reason="老", by=at.shop.jianguo)
        case "coupon":
            coupon = make_coupon(member, template=at.runs[0].template)
            if not member.coupons.filter(run=at.runs[number]).exists():
                member.coupons.filter(pk=coupon.pk).update(run=at.runs[number])
                IssueRun.objects.filter(pk=at.runs[number].pk).update(issued=F("issued") + 1)
        case "task" if member.guide_id:
            reason = list(Reason)[number]
            make_task(member, reason=reason, occurrence=f"{days % 3}")
        case "touch":
            make_touch(
                member, guide=at.shop.xiaoman, at=moment, source="campaign", source_id=number, step=f"{days % 3}"
            )


def people(story: Story, shop: Shop) -> list[Member]:
    """The three members."""
    return [
        make_member(
            f"会员{nth}" if story.named[nth] else "",
            phone=f"1380000000{nth}",
            guide=(shop.xiaoman, shop.hejun, shop.tangwei)[nth] if story.guided[nth] else None,
            birthday=date(1990, 5, 20 + nth) if story.born[nth] else None,
            joined_at=days_ago(600),
        )
        for nth in range(3)
    ]


def live(story: Story) -> None:
    """Let it all happen, merge, part, and look at the result."""
    at = set_up()
    members = people(story, at.shop)
    for what, who, number, days in story.happenings:
        new_batch()
        with suppress(Refusal, IntegrityError), transaction.atomic():
            happen(what, fresh(members[who])[0], number, days, at)
    deliver_all()
    before = snapshot(*members)
    merges = [merged(members[kept], members[absorbed], at.shop.jianguo) for kept, absorbed in story.merges]
    assert audit() == []
    for made in reversed(merges) if story.undone_backwards else merges:
        parted(made, at.shop.jianguo)
        assert audit() == []
    assert differences(before, snapshot(*members)) == {}
    assert not Member.objects.filter(state=MemberState.MERGED).exists()


@pytest.mark.django_db
@FAST
@example(story=GUIDED_CHAIN)
@given(story=stories())
def test_merging_and_parting_leaves_everything_as_it_was(story):
    with transaction.atomic():
        live(story)
        transaction.set_rollback(True)
