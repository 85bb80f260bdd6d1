"""Erasing a member: nothing is left that leads to the person, the books still add up, and a proof remains."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from campaigns import reactions as campaign_reactions
from campaigns.models import GuideTask
from coupons import reactions as coupon_reactions
from coupons.models import Coupon, CouponState, Offer
from members import profiles, tags
from members.audit import audit
from members.ledgers import points
from members.models import (
    Erasure,
    Member,
    MemberHistory,
    MemberMerge,
    MemberState,
    Note,
    Order,
    Tag,
    TagGroup,
    TimelineFact,
)
from members.notes import add_note
from members.oneid import merging
from members.oneid.identities import attach, find
from members.orders.intake import record_order
from members.privacy import consents, erasure
from members.search import search_members
from members.tiering import tiergrants
from stores.errors import Conflict, NotAllowed, NotFound, Refusal
from tests.campaigns.scenery import deliver_all, sent_offer
from tests.consenting import agree
from tests.everywhere import places_with
from tests.makers import make_coupon, make_draft, make_member, make_order, make_return, make_task, make_tiers
from tests.members.shop import open_shop, told

pytestmark = pytest.mark.django_db

PHONE, SECOND, EMAIL, UNION = "13812345678", "13998765432", "meimei.zhang@example.com", "oUnion-of-meimei-77"
NAME, BEFORE, BIRTHDAY = "张晓梅霞", "章小眉", date(1987, 3, 19)


@pytest.fixture
def shop():
    make_tiers()
    return open_shop()


@pytest.fixture
def meimei(shop):
    """A member of many years: everything that the house can know about somebody."""
    first = profiles.register(
        [("phone", PHONE), ("email", EMAIL)], name=BEFORE, birthday=BIRTHDAY, guide=shop.xiaoman, source=f"介绍人{NAME}"
    )
    other = profiles.register([("phone", SECOND), ("wechat_unionid", UNION)], name=NAME, home_store=shop.store)
    make_order("300.00", member=first, store=shop.store)
    make_order("80.00", identity=("phone", SECOND), store=shop.store)
    merging.merge(first, other, why=MemberMerge.Why.HAND, by=shop.jianguo, note=f"{NAME}是同一个人")
    meimei = profiles.update(first, name=NAME, by=shop.jianguo)
    tags.set_tag(meimei, Tag.objects.create(group=TagGroup.objects.create(name="往来"), name="老街坊"), by=shop.xiaoman)
    add_note(meimei, f"{NAME}喜欢甜的", by=shop.xiaoman)
    agree(meimei, by=shop.xiaoman)
    points.adjust(meimei, 50, note=f"补给{NAME}", by=shop.jianguo)
    ends_on = timezone.localdate() + timedelta(days=30)
    gold = make_tiers()["gold"]
    tiergrants.grant(meimei, gold, ends_on=ends_on, reason=f"{NAME}是老顾客", by=shop.jianguo)
    profiles.reveal_phone(meimei, reason="call_back", by=shop.xiaoman)
    Offer.objects.filter(pk=sent_offer(shop.xiaoman, meimei).pk).update(text=f"{NAME}，您好")
    make_coupon(meimei)
    make_task(meimei, guide=shop.xiaoman)
    deliver_all()
    return Member.objects.get(pk=meimei.pk)


def erased(member, shop, **fields) -> Erasure:
    """The member erased as they asked for it, and everything that follows done."""
    proof = erasure.erase(
        member, **{"asked_by": "member", "reason": "asked in the store", "by": shop.jianguo, **fields}
    )
    deliver_all()
    proof.refresh_from_db()
    return proof


def test_no_column_of_any_table_holds_anything_of_the_person_any_more(shop, meimei):
    traces = [PHONE, SECOND, EMAIL, UNION, NAME, BEFORE, meimei.code, meimei.phone_masked, f"{BIRTHDAY}"]
    assert places_with(NAME) > {"members_member.name", "members_note.text", "coupons_offer.text"}  # control
    assert places_with(f"{BIRTHDAY}") >= {"members_member.birthday"}
    for whole in (PHONE, SECOND, EMAIL, UNION):
        assert places_with(whole) == set()  # sealed from the first day
    erased(meimei, shop)
    assert {trace: places for trace in traces if (places := places_with(trace))} == {}


def test_the_books_add_up_as_before_without_a_name(shop, meimei):
    kept = (meimei.growth, meimei.points, meimei.orders.count())
    erased(meimei, shop)
    now = Member.objects.get(pk=meimei.pk)
    assert (now.growth, now.points, now.orders.count()) == kept
    assert (now.state, now.name, now.phone_masked, now.birthday, now.guide) == (MemberState.ERASED, "", "", None, None)
    assert audit() == []
    assert consents.current(now)["wecom"].granted  # the ledger of consent stays


def test_the_proof_says_who_asked_who_did_it_and_how_much_went(shop, meimei):
    proof = erased(meimei, shop)
    assert (proof.asked_by, proof.made_by, proof.member_id) == ("member", shop.jianguo, meimei.pk)
    assert proof.removed["identity:phone"] == 2
    assert proof.removed["identity:email"] == proof.removed["identity:wechat_unionid"] == 1
    assert proof.removed["records"] == 2
    assert {"tags", "notes", "coupons", "offer_texts", "task_figures"} <= set(proof.removed)
    assert erasure.found("phone", "+86 138-1234-5678") == [proof]
    assert erasure.found("email", EMAIL) == [proof]
    assert erasure.found("phone", "13700000001") == []
    assert told(meimei, "member.erased") == [{"by": shop.jianguo.pk}]


def test_coupons_are_withdrawn_offers_lose_their_words_and_tasks_end(shop, meimei):
    coupon = make_coupon(meimei)
    erased(meimei, shop)
    assert Coupon.objects.get(pk=coupon.pk).state == CouponState.VOIDED
    assert not Coupon.objects.filter(member=meimei, state=CouponState.ISSUED).exists()
    assert set(Offer.objects.filter(member=meimei).values_list("text", flat=True)) == {""}
    assert set(GuideTask.objects.filter(member=meimei).values_list("state", flat=True)) == {"lapsed"}


def test_the_same_news_twice_changes_nothing(shop, meimei):
    proof = erased(meimei, shop)
    before = (proof.removed, list(Coupon.objects.order_by("pk").values()), list(GuideTask.objects.values()))
    facts = list(TimelineFact.objects.filter(kind="member.erased"))
    for reactions in (coupon_reactions, campaign_reactions):
        reactions.forget_erased(facts)
    proof.refresh_from_db()
    after = (proof.removed, list(Coupon.objects.order_by("pk").values()), list(GuideTask.objects.values()))
    assert after == before


def test_whoever_signs_up_again_with_the_phone_is_somebody_new(shop, meimei):
    erased(meimei, shop)
    assert find("phone", PHONE) is None
    again = profiles.register([("phone", PHONE)], name="张晓梅霞")
    assert again.pk not in (meimei.pk, *Member.objects.filter(merged_into=meimei).values_list("pk", flat=True))
    assert (again.points, again.orders.count()) == (0, 0)


def test_late_orders_and_returns_find_the_books_not_the_person(shop, meimei):
    sale = meimei.orders.get(net_amount="300.00")
    erased(meimei, shop)
    make_return("100.00", sale=sale)
    assert Order.objects.get(pk=sale.pk).returned_amount == 100
    newcomer = make_order("20.00", identity=("phone", PHONE), store=shop.store).member
    assert newcomer.pk != meimei.pk
    with pytest.raises(NotFound):
        record_order(make_draft("20.00", member=meimei, store=shop.store))
    deliver_all()
    assert audit() == []
    assert Member.objects.get(pk=meimei.pk).name == ""


def test_an_erased_member_is_in_no_list_and_under_no_count(shop, meimei):
    assert search_members(shop.zhoumin, NAME).rows == [meimei]
    old = (meimei.code, PHONE, PHONE[-4:], NAME, "zxmx")
    erased(meimei, shop)
    for query in ("", *old):
        assert search_members(shop.zhoumin, query).rows == search_members(shop.jianguo, query).rows == []


def test_a_record_that_was_merged_away_is_erased_with_the_one_that_lives(shop, meimei):
    (absorbed,) = Member.objects.filter(merged_into=meimei)
    proof = erased(absorbed, shop)
    assert proof.member_id == meimei.pk
    absorbed.refresh_from_db()
    assert (absorbed.name, absorbed.state) == ("", MemberState.MERGED)
    with pytest.raises(Refusal) as refused:
        merging.unmerge(MemberMerge.objects.get(), by=shop.jianguo)
    assert refused.value.code == "member_erased"


def test_twice_is_refused_and_so_is_without_right_or_without_anybody_who_asked(shop, meimei):
    for person in (shop.xiaoman, shop.zhoumin, shop.guodong, shop.suwan):
        with pytest.raises(NotAllowed):
            erasure.erase(meimei, asked_by="member", by=person)
    with pytest.raises(Refusal) as refused:
        erasure.erase(meimei, asked_by=" ", by=shop.jianguo)
    assert refused.value.code == "erasure_unasked"
    assert Member.objects.get(pk=meimei.pk).name == NAME
    assert MemberHistory.objects.exists()
    erased(meimei, shop)
    with pytest.raises(Conflict):
        erasure.erase(meimei, asked_by="member", by=shop.jianguo)
    assert Erasure.objects.count() == 1


def test_a_phone_in_the_reason_does_not_come_back_by_the_proof(shop, meimei):
    proof = erased(meimei, shop, reason=f"来电 {PHONE} 要求删除")
    assert PHONE not in proof.reason
    assert places_with(PHONE) == set()


def test_another_members_history_and_texts_are_untouched(shop, meimei):
    feng = make_member("吴晓峰", guide=shop.xiaoman)
    profiles.update(feng, name="吴小峰")
    add_note(feng, "等孩子放学", by=shop.xiaoman)
    attach(feng, "card_no", "C-9")
    erased(meimei, shop)
    feng.refresh_from_db()
    assert (feng.name, Note.objects.filter(member=feng).count()) == ("吴小峰", 1)
    assert find("card_no", "C-9") == feng
    assert MemberHistory.objects.filter(pgh_obj=feng.pk).exists()
