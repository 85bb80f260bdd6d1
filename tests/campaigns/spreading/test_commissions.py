"""What a share link earns: which order, by which rule, and what goods that come back take away again."""

from decimal import Decimal

import pytest

from campaigns.models import CommissionEntry
from campaigns.spreading import commissions, links
from coupons import redemption
from members.models import OrderShareCode, Product
from members.orders.drafts import LineDraft
from members.orders.intake import record_order
from stores.errors import Refusal
from stores.staff import leave
from tests.campaigns.scenery import deliver_again, deliver_all, last_batch
from tests.campaigns.spreading.scenery import broken, earned, line, link, product, rule, shared_coupon
from tests.makers import days_ago, make_draft, make_guide, make_member, make_order, make_return

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def lin():
    """Lin Xiaoman, a guide who shares."""
    return make_guide("林小满", phone="13811112222")


@pytest.fixture
def zihan():
    """Zhou Zihan, a member of nobody."""
    return make_member("周子涵")


def test_an_order_with_the_code_earns_ten_per_cent_until_it_is_settled(lin, zihan):
    rule()
    make_order("88.80", member=zihan, share_code=link(lin).code.lower())
    deliver_all()
    assert earned() == [("pending", "", D("8.88"), D(0))]
    deliver_again(last_batch())
    assert CommissionEntry.objects.count() == 1
    assert broken() == []


def test_an_order_without_a_link_earns_nothing_and_leaves_nothing(lin, zihan):
    rule()
    make_order(member=zihan)
    make_order(member=zihan, share_code="NOSUCHCO")
    deliver_all()
    assert earned() == []
    assert OrderShareCode.objects.count() == 1


def test_an_order_of_nobody_earns_nothing_since_it_may_be_the_sharers_own(lin):
    rule()
    make_order(share_code=link(lin).code)
    deliver_all()
    assert earned() == []


def test_the_rule_of_the_product_goes_before_that_of_its_category_and_the_ceiling_holds(lin, zihan):
    rule("5")
    rule("20", category=product().category, ceiling=D("9"))
    rule(product=product("F009", "苹果"), fixed=D("3.50"))
    lines = [line("F001"), line("F009", "20.00", "苹果"), line("F100", "40.00", "梨")]
    make_order(member=zihan, lines=lines, share_code=link(lin).code)
    deliver_all()
    assert [row[2] for row in earned()] == [D("9.00"), D("3.50"), D("2.00")]
    assert broken() == []


def test_a_rule_that_is_over_counts_no_more_and_a_changed_one_changes_nothing_that_is_there(lin, zihan):
    rule("50", ends_on=days_ago(3).date())
    known = rule("10")
    make_order(member=zihan, share_code=link(lin).code)
    deliver_all()
    known.percent = D("1")
    known.save()
    deliver_again(last_batch())
    assert earned() == [("pending", "", D("10.00"), D(0))]


def test_goods_that_come_back_take_their_part_and_then_all_of_it(lin, zihan):
    rule()
    sale = make_order("100.00", member=zihan, share_code=link(lin).code)
    deliver_all()
    make_return("30.00", sale=sale, member=zihan)
    deliver_all()
    assert earned() == [("pending", "", D("7.00"), D(0))]
    make_return("70.00", sale=sale, member=zihan)
    deliver_all()
    assert earned() == [("void", "refunded", D(0), D(0))]
    assert [(one.kind, one.pending) for one in CommissionEntry.objects.order_by("pk")] == [
        ("earned", D("10.00")), ("refunded", D("-3.00")), ("refunded", D("-7.00"))]  # fmt: skip
    assert broken() == []


def test_a_line_that_comes_back_takes_only_its_own(lin, zihan):
    rule()
    sale = make_order(member=zihan, lines=[line("F001"), line("F002", "50.00")], share_code=link(lin).code)
    deliver_all()
    make_return("50.00", sale=sale, member=zihan, lines=[LineDraft("F002", D(1), D(50), D(50))])
    deliver_all()
    assert earned() == [("pending", "", D("10.00"), D(0)), ("void", "refunded", D(0), D(0))]


def test_a_return_before_its_order_leaves_only_what_was_kept(lin, zihan):
    rule()
    make_return("40.00", sale_no="O-LATE", member=zihan)
    make_order("100.00", member=zihan, order_no="O-LATE", share_code=link(lin).code)
    deliver_all()
    assert earned() == [("pending", "", D("6.00"), D(0))]


def test_ones_own_purchase_earns_nothing_and_says_why(lin):
    rule()
    herself = make_member("林小满", phone="13811112222")
    make_order(member=herself, share_code=link(lin).code)
    deliver_all()
    assert earned() == [("void", "self", D(0), D(0))]
    assert not CommissionEntry.objects.exists()
    other = make_order(member=make_member("周子涵", phone="13899990000"), share_code=link(lin).code)
    deliver_all()  # control: somebody else's purchase does
    assert earned()[-1] == ("pending", "", D("10.00"), D(0))
    assert other.share.code == link(lin).code


def test_a_link_followed_within_a_week_counts_and_an_order_before_the_click_does_not(lin, zihan):
    rule()
    links.clicked(link(lin), zihan, at=days_ago(12))
    make_order(member=zihan, paid_at=days_ago(1))
    deliver_all()
    assert earned() == []
    links.clicked(link(lin), zihan, at=days_ago(3))
    make_order(member=zihan, paid_at=days_ago(4))
    make_order("60.00", member=zihan, paid_at=days_ago(2))
    deliver_all()
    assert earned() == [("pending", "", D("6.00"), D(0))]


def test_the_last_link_followed_wins_but_the_code_of_the_order_goes_before_it(lin, zihan):
    rule()
    he = make_guide("何俊")
    links.clicked(link(lin), zihan, at=days_ago(3))
    links.clicked(link(he), zihan, at=days_ago(2))
    make_order(member=zihan, paid_at=days_ago(1))
    make_order(member=zihan, paid_at=days_ago(1), share_code=link(lin).code)
    deliver_all()
    assert list(CommissionEntry.objects.order_by("commission__order_id").values_list("staff", flat=True)) == [
        he.pk, lin.pk]  # fmt: skip


def test_the_coupon_of_a_link_is_taken_once_and_its_order_counts(lin, zihan):
    rule()
    shared = link(lin, template=shared_coupon())
    coupon, is_new = links.take_coupon(shared, zihan)
    assert (links.take_coupon(shared, zihan), is_new) == ((coupon, False), True)
    redemption.redeem(coupon.code, channel="pos", order_no="O-77", amount=D("100"), store=lin.store)
    make_order("90.00", member=zihan, order_no="O-77", store=lin.store)
    deliver_all()
    assert earned() == [("pending", "", D("9.00"), D(0))]


def test_ones_own_coupon_is_refused(lin):
    shared = link(lin, template=shared_coupon())
    herself = make_member("林小满", phone="13811112222")
    with pytest.raises(Refusal) as refusal:
        links.take_coupon(shared, herself)
    assert refusal.value.code == "own_link"
    assert not herself.coupons.exists()


def test_who_left_keeps_what_was_bought_before_and_earns_nothing_more(lin, zihan):
    rule()
    code = link(lin).code
    make_order("50.00", member=zihan, share_code=code, paid_at=days_ago(1))
    leave(lin)
    deliver_all()
    assert earned() == [("pending", "", D("5.00"), D(0))]
    with pytest.raises(Refusal):
        links.link_of(code)
    lin.refresh_from_db()
    lin.left_on = days_ago(3).date()
    lin.save()
    make_order("60.00", member=zihan, share_code=code)
    deliver_all()
    assert earned()[-1] == ("void", "left", D(0), D(0))


def test_a_revision_may_change_the_amount_and_whose_link_it_was(lin, zihan):
    rule()
    he = make_guide("何俊")
    draft = {"member": zihan, "store": lin.store, "order_no": "O-5", "paid_at": days_ago(1)}
    record_order(make_draft("100.00", share_code=link(lin).code, **draft))
    deliver_all()
    record_order(make_draft("80.00", share_code=link(he).code, revision=1, **draft))
    deliver_all()
    assert earned() == [("pending", "", D("8.00"), D(0))]
    sums = {}
    for one in CommissionEntry.objects.all():
        sums[one.staff_id] = sums.get(one.staff_id, 0) + one.pending
    assert sums == {lin.pk: 0, he.pk: D("8.00")}
    assert broken() == []


def test_the_same_order_with_another_code_is_a_conflict(lin, zihan):
    draft = {"member": zihan, "store": lin.store, "order_no": "O-6", "paid_at": days_ago(1)}
    record_order(make_draft("100.00", share_code=link(lin).code, **draft))
    with pytest.raises(Refusal) as refusal:
        record_order(make_draft("100.00", **draft))
    assert refusal.value.code == "order_conflict"
    assert OrderShareCode.objects.count() == 1
    assert record_order(make_draft("100.00", share_code=link(lin).code, **draft)).status == "unchanged"


def test_orders_without_links_cost_one_query(zihan, django_assert_num_queries):
    orders = [make_order(member=zihan).pk for _nth in range(3)]
    with django_assert_num_queries(1):
        assert commissions.work_out(orders) == 0
    assert Product.objects.count() == 1
