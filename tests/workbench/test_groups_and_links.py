"""Store groups and share links in the workbench: who sees whose, and what may be done at the counter."""

import pytest

from campaigns.models import GroupClaim, GroupPost, ShareLink, StoreGroup
from campaigns.spreading import groups
from tests.campaigns.scenery import deliver_all
from tests.campaigns.spreading.scenery import group, link, post, product, rule, shared_coupon
from tests.makers import make_order
from tests.workbench.scenery import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def street(chain):
    """Lin's group with her Zihan and He's Jianguo in it, and a post with a coupon."""
    chain.group = group(chain.lin)
    for member in (chain.zihan, chain.jianguo):
        groups.join(chain.group, member)
    chain.post = post(chain.group, stock=1)
    return chain


def test_the_people_of_the_store_see_its_groups_and_nobody_else_does(street):
    for person, status in ((street.lin, 200), (street.he, 200), (street.zhou, 200), (street.gu, 404)):
        browser = signed_in(person)
        for path in (f"/groups/{street.group.pk}/", f"/groups/posts/{street.post.pk}/"):
            assert browser.get(path).status_code == status, (person.name, path)


def test_a_guide_reads_of_the_members_only_those_she_looks_after_and_never_a_number(street):
    page = signed_in(street.lin).get(f"/groups/{street.group.pk}/").content.decode()
    assert "周子涵" in page
    assert "刘建国" not in page
    assert "13800001234" not in page
    whole = signed_in(street.zhou).get(f"/groups/{street.group.pk}/").content.decode()
    assert "周子涵" in whole
    assert "刘建国" in whole


def test_lin_opens_a_group_writes_a_post_sees_how_it_looks_and_publishes_it(chain):
    browser, coupon = signed_in(chain.lin), shared_coupon()
    browser.post("/groups/", {"name": "滨河路尝鲜群", "most": "100"})
    made = StoreGroup.objects.get()
    assert (made.store, made.owner, made.most_members) == (chain.store, chain.lin, 100)
    given = {"text": "今晚八点，先到先得", "template": coupon.pk, "stock": "10", "each": "1",
             "opens_at": "2026-01-01T20:00", "closes_at": "2099-01-01T22:00"}  # fmt: skip
    address = f"/groups/{made.pk}/write/"
    assert "今晚八点，先到先得" in browser.post(address, given).content.decode()
    assert not GroupPost.objects.exists()
    browser.post(address, {**given, "save": "1"})
    written = GroupPost.objects.get()
    assert (written.state, written.template, written.stock) == ("draft", coupon, 10)
    browser.post(f"/groups/posts/{written.pk}/step/", {"step": "publish"})
    written.refresh_from_db()
    assert written.state == "published"


def test_a_colleague_neither_posts_nor_closes_but_the_manager_may(street):
    he, zhou = signed_in(street.he), signed_in(street.zhou)
    he.post(f"/groups/posts/{street.post.pk}/step/", {"step": "end"})
    he.post(f"/groups/{street.group.pk}/switch/", {"open": "0"})
    street.group.refresh_from_db()
    street.post.refresh_from_db()
    assert (street.group.state, street.post.state) == ("open", "published")
    zhou.post(f"/groups/{street.group.pk}/switch/", {"open": "0"})
    street.group.refresh_from_db()
    assert street.group.state == "closed"


def test_a_guide_claims_at_the_counter_for_her_own_member_alone(street):
    browser, address = signed_in(street.lin), f"/groups/posts/{street.post.pk}/claim/"
    assert browser.post(address, {"member": street.jianguo.pk}).status_code == 404
    assert not GroupClaim.objects.exists()
    browser.post(address, {"member": street.zihan.pk})
    made = GroupClaim.objects.get()
    assert (made.member, made.guide, made.coupon.member) == (street.zihan, street.lin, street.zihan)
    page = browser.post(address, {"member": street.zihan.pk}, follow=True).content.decode()
    assert "已领" in page
    assert GroupClaim.objects.count() == 1


def test_links_and_commission_are_ones_own_business(chain):
    rule()
    mine = link(chain.lin)
    make_order("88.00", member=chain.jianguo, store=chain.store, share_code=mine.code)
    deliver_all()
    page = signed_in(chain.lin).get("/me/commission/").content.decode()
    assert "8.80" in page
    for other in (chain.he, chain.zhou, chain.gu):
        browser = signed_in(other)
        assert browser.get(f"/me/links/{mine.pk}/").status_code == 404
        assert browser.post(f"/me/links/{mine.pk}/stop/").status_code == 404
        assert mine.code not in browser.get("/me/links/").content.decode()
    assert ShareLink.objects.get().is_active


def test_the_manager_reads_what_the_store_earned_together_once_there_are_three(chain):
    rule()
    make_order("88.00", member=chain.jianguo, store=chain.store, share_code=link(chain.lin).code)
    deliver_all()
    assert "8.80" in signed_in(chain.zhou).get("/me/commission/").content.decode()
    chain.he.is_active = False
    chain.he.save()
    assert "8.80" not in signed_in(chain.zhou).get("/me/commission/").content.decode()


def test_a_link_is_made_once_shown_as_a_code_and_let_go(chain):
    product()
    browser = signed_in(chain.lin)
    for _nth in range(2):
        browser.post("/me/links/", {"sku": "F001"})
    made = ShareLink.objects.get()
    shown = browser.get(f"/me/links/{made.pk}/").content.decode()
    assert "<svg" in shown
    assert made.code in shown
    browser.post("/me/links/", {"sku": "NO-SUCH"})
    assert ShareLink.objects.count() == 1
    browser.post(f"/me/links/{made.pk}/stop/")
    made.refresh_from_db()
    assert not made.is_active
