"""At most twelve queries per page, and never more because there is more to show."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns.models import GroupPost, GuideTask, StoreGroup
from campaigns.spreading import claims, commissions, groups
from coupons import topups
from coupons.models import CouponTemplate
from members.handover import hand_over
from members.models import HandOver, Member
from stores.models import Role, Staff
from tests.campaigns.spreading.scenery import group, link, post, product, rule, shared_coupon
from tests.makers import make_area_manager, make_coupon, make_guide, make_member, make_order, make_task
from tests.workbench.scenery import Chain, a_tag, agree, busy, part, signed_in

pytestmark = pytest.mark.django_db
MOST = 12
SETTINGS = '"stores_setting"'

PAGES = {
    "today": ("lin", "/", {}),
    "today, one reason": ("lin", "/?reason=declining", {}),
    "today of the store": ("zhou", "/", {}),
    "task": ("lin", "/t/{task}/", {}),
    "later": ("lin", "/t/{task}/later/", part()),
    "members": ("lin", "/m/", {}),
    "members of the store": ("zhou", "/m/", {}),
    "members, filtered": ("lin", "/m/?tier={tier}&stage=growing&last=90", {}),
    "members, searched": ("lin", "/m/?q=hy", part("results")),
    "members, counted": ("lin", "/m/?stage=growing", part("match")),
    "members, choosing": ("lin", "/m/?select=1", {}),
    "today, by value": ("lin", "/?order=value", {}),
    "today, anew": ("lin", "/fresh/?stamp=0.0.0", part("asks")),
    "an offer to several": ("lin", "/m/offer/?member={member}&member={other}", {}),
    "tasks for several": ("lin", "/m/tasks/?member={member}&member={other}", part("modal")),
    "scanning": ("lin", "/m/scan/", {}),
    "member": ("lin", "/m/{member}/", {}),
    "member, for the manager": ("zhou", "/m/{member}/", {}),
    "member, beside the list": ("lin", "/m/{member}/", part("detail")),
    "news": ("lin", "/m/{member}/feed/", part()),
    "benefits, wallet, tags, notes": ("lin", "/m/{member}/panels/", part()),
    "coupons for points": ("lin", "/m/{member}/exchange/", part()),
    "birthday": ("lin", "/m/{member}/birthday/", part()),
    "tag options": ("lin", "/m/{member}/tags/?q=z", part()),
    "phone": ("lin", "/m/{member}/reveal/", part()),
    "tier": ("lin", "/m/{member}/tier/", part()),
    "change the guide": ("zhou", "/m/{member}/guide/", part()),
    "offer": ("lin", "/offer/?m={member}", {}),
    "offer from a task": ("lin", "/offer/?m={member}&task={task}", {}),
    "message": ("lin", "/offer/?m={member}&only=message", {}),
    "offers": ("lin", "/offers/", {}),
    "asking for more": ("lin", "/offers/more/?template={template}&m={member}", part()),
    "requests and budgets": ("zhou", "/team/offers/", {}),
    "requests and budgets of a region": ("chen", "/team/offers/", {}),
    "team of a region": ("chen", "/team/?period=month", {}),
    "results": ("lin", "/results/?period=month", {}),
    "team": ("zhou", "/team/?period=month", {}),
    "insight": ("zhou", "/insight/", {}),
    "insight of a region": ("chen", "/insight/", {}),
    "sharing out": ("zhou", "/team/?give=none", {}),
    "hand-over list": ("zhou", "/team/give/none/", {}),
    "a leaver's members": ("zhou", "/team/?give={guide}&rule=tier", {}),
    "hand-overs": ("zhou", "/team/handovers/", {}),
    "a hand-over": ("zhou", "/team/handovers/{hand}/", {}),
    "stores side by side": ("chen", "/team/region/", {}),
    "figures as a file": ("zhou", "/team/export/", {}),
    "came to me": ("he", "/received/", {}),
    "me": ("lin", "/me/", {}),
    "groups": ("lin", "/groups/", {}),
    "group": ("lin", "/groups/{group}/", {}),
    "group for the manager": ("zhou", "/groups/{group}/", {}),
    "post": ("lin", "/groups/posts/{post}/", {}),
    "new post": ("lin", "/groups/{group}/write/", {}),
    "share links": ("lin", "/me/links/", {}),
    "commission": ("lin", "/me/commission/", {}),
    "commission for the manager": ("zhou", "/me/commission/", {}),
    "recruiting": ("lin", "/me/recruiting/", {}),
    "recruiting of the store": ("zhou", "/me/recruiting/", {}),
    "recruiting of a region": ("chen", "/me/recruiting/", {}),
}


@pytest.fixture
def shop(chain) -> Chain:
    """Binhe Road in full swing."""
    busy(chain)
    make_member("没人管", home_store=chain.store)
    make_area_manager("陈国栋", region=chain.store.region)
    for guide in (chain.lin, chain.he):
        topups.ask(guide, template=chain.second, count=2)
    for member in (chain.zihan, chain.jianguo):
        make_coupon(member)
    hand_some_over(chain)
    spread(chain)
    return chain


def spread(chain: Chain) -> None:
    """A group with two members and posts that were claimed; links that were followed and earned something."""
    rule()
    made = group(chain.lin)
    for member in (chain.zihan, chain.jianguo):
        groups.join(made, member)
    for _nth in range(3):
        claims.claim(post(made), chain.zihan)
    for what in ({"product": product()}, {"template": shared_coupon()}):
        link(chain.lin, **what)
    sale = make_order(member=chain.jianguo, store=chain.store, share_code=link(chain.lin).code)
    commissions.work_out([sale.pk])


def hand_some_over(chain: Chain) -> None:
    """Wu Lei's members went to He Jun and Lin Xiaoman; three more go tomorrow."""
    leaver, tag = make_guide("吴磊", store=chain.store), a_tag("早市")
    for nth in range(8):
        member = make_member(f"老客{nth}", guide=leaver)
        member.member_tags.create(tag=tag, set_by=leaver)
        make_coupon(member)
    hand_over(leaver, rule="even", by=chain.zhou)
    for nth in range(3):
        make_member(f"后来{nth}", guide=leaver)
    hand_over(leaver, rule="even", by=chain.zhou, at=timezone.now() + timedelta(days=1))


def queries(shop: Chain, name: str, task: GuideTask) -> list[str]:
    """The statements of one page. The settings are read once per process and every few seconds, by any page."""
    who, path, headers = PAGES[name]
    known = {"member": shop.zihan.pk, "other": shop.jianguo.pk, "tier": shop.zihan.tier_id, "template": shop.second.pk}
    known |= {"group": StoreGroup.objects.get().pk, "post": GroupPost.objects.latest("pk").pk}
    known |= {"guide": shop.he.pk, "hand": HandOver.objects.latest("pk").pk}
    path = path.format(task=task.pk, **known)
    person = Staff.objects.get(role=Role.AREA_MANAGER) if who == "chen" else getattr(shop, who)
    client = signed_in(person)
    client.get(path, headers=headers)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path, headers=headers).status_code == 200
    return [query["sql"][:160] for query in captured if SETTINGS not in query["sql"]]


def test_a_page_asks_at_most_twelve_times_and_more_to_show_asks_no_more(shop):
    task = make_task(shop.zihan, template=shop.second)
    CouponTemplate.objects.filter(pk=shop.second.pk).update(member_limit=3)  # costs the offer page no query of its own
    asked = {name: queries(shop, name, task) for name in PAGES}
    assert {name: found for name, found in asked.items() if len(found) > MOST} == {}
    for nth in range(12):
        member = make_member(f"新来{nth}", guide=shop.lin)
        agree(member)
        make_task(member, template=shop.second)
        topups.ask(make_guide(f"导购{nth}", store=shop.store), template=shop.second, count=1)
    grown = {name for name in PAGES if len(queries(shop, name, task)) > len(asked[name])}
    assert grown == set()


def test_the_measure_sees_one_query_too_many(shop):
    with CaptureQueriesContext(connection) as captured:
        for member in Member.objects.all()[:MOST]:
            assert member.tier.name
    assert len(captured) > MOST
