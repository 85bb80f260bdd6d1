"""A merge can be undone: everything returns to where it came from, and what arrived since by its identities too."""

from datetime import date

import pytest
from django.db.models import F

from members.assignments import assign
from members.audit import audit
from members.ledgers import points
from members.models import (
    Assignment,
    GrowthEntry,
    Identity,
    IdentityConflict,
    MemberState,
    MemberTag,
    Order,
    PointsEntry,
    Return,
    Tag,
    TagGroup,
    TierStanding,
    TimelineFact,
)
from members.notes import add_note
from members.oneid import merging
from members.oneid.identities import attach, find
from members.orders.settlement import settle
from members.privacy import consents
from members.privacy.erasure import erase
from members.profiles import update
from members.tags import set_tag
from stores.errors import Refusal
from tests.consenting import agree
from tests.makers import days_ago, make_member, make_order, make_return
from tests.members.merges import differences, fresh, merged, parted, snapshot
from tests.members.shop import open_shop, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return open_shop()


@pytest.fixture
def pair(shop):
    """Zhang Xiaomei, and what she became in the mini-program: without name and guide, with orders, tags, consents."""
    meimei = make_member("张晓梅", phone="13812345678", guide=shop.xiaoman)
    app = make_member("", phone="13987654321", birthday=date(1990, 5, 20))
    group = TagGroup.objects.create(name="住", single_choice=True)
    near, far = (Tag.objects.create(group=group, name=name) for name in ("近", "远"))
    set_tag(meimei, near, by=None)
    set_tag(app, far, by=None)
    agree(meimei, "sms", at=days_ago(5))
    agree(app, "wecom", at=days_ago(5))
    add_note(meimei, "喜欢车厘子", by=shop.xiaoman)
    make_order("900.00", member=meimei, store=shop.store, paid_at=days_ago(40))
    sale = make_order("300.00", member=app, store=shop.next_door, paid_at=days_ago(20))
    make_return("100.00", sale=sale)
    make_return("50.00", member=app, store=shop.store)
    return meimei, app


def test_merge_and_part_leaves_everything_as_it_was(shop, pair):
    before = snapshot(*pair)
    made = merged(*pair, shop.jianguo)
    assert differences(before, snapshot(*pair))
    parted(made, shop.jianguo)
    assert differences(before, snapshot(*pair)) == {}
    assert audit() == []


def test_the_other_way_round_as_well(shop, pair):
    before = snapshot(*pair)
    parted(merged(*pair[::-1], shop.jianguo), shop.jianguo)
    assert differences(before, snapshot(*pair)) == {}


def test_members_who_never_ordered_have_no_facts_again(shop):
    two = make_member("张晓梅", guide=shop.xiaoman), make_member("", phone="13987654321")
    before = snapshot(*two)
    parted(merged(*two, shop.jianguo), shop.jianguo)
    assert differences(before, snapshot(*two)) == {}


def test_what_arrived_since_goes_with_the_identity_it_named(shop, pair):
    meimei, app = pair
    made = merged(meimei, app, shop.jianguo)
    by_phone = make_order("80.00", identity=("phone", "13987654321"), store=shop.store)
    by_id = make_order("70.00", member=app, store=shop.store)
    own = make_order("60.00", identity=("phone", "13812345678"), store=shop.store)
    loose = make_return("5.00", identity=("phone", "13987654321"), store=shop.store)
    assert {order.member for order in (by_phone, by_id, own)} == {meimei}
    assert loose.member == meimei
    parted(made, shop.jianguo)
    homes = dict(Order.objects.values_list("pk", "member_id"))
    assert [homes[order.pk] for order in (by_phone, by_id, own)] == [app.pk, app.pk, meimei.pk]
    assert Return.objects.get(pk=loose.pk).member == app
    for ledger in (GrowthEntry, PointsEntry):
        assert set(ledger.objects.filter(order=by_id).values_list("member_id", flat=True)) == {app.pk}
    news = TimelineFact.objects.filter(kind="order.recorded")
    assert set(news.filter(subject__in=[by_phone.pk, by_id.pk]).values_list("member_id", flat=True)) == {app.pk}
    assert TimelineFact.objects.get(kind="order.returned", subject=loose.pk).member == app
    assert audit() == []


def test_a_late_return_follows_the_order_that_had_moved(shop, pair):
    meimei, app = pair
    sale = Order.objects.get(member=app)
    made = merged(meimei, app, shop.jianguo)
    late = make_return("40.00", sale=sale)
    assert late.member == meimei
    parted(made, shop.jianguo)
    late.refresh_from_db()
    assert late.member == app
    assert audit() == []


def test_identities_go_home_and_new_ones_stay_with_whom_they_were_given_to(shop, pair):
    meimei, app = pair
    made = merged(meimei, app, shop.jianguo)
    attach(meimei, "email", "meimei@example.com")
    parted(made, shop.jianguo)
    assert find("phone", "13987654321") == app
    assert find("email", "meimei@example.com") == meimei
    assert Identity.objects.filter(member=app).count() == 1


def test_points_spent_while_merged_are_owed_by_the_one_who_stayed(shop, pair):
    meimei, app = pair
    make_order("500.00", member=app, store=shop.store, paid_at=days_ago(30))
    made = merged(meimei, app, shop.jianguo)
    points.spend(meimei, 1300, reference="till-1")
    parted(made, shop.jianguo)
    meimei, app = fresh(meimei, app)
    assert (meimei.points, meimei.points_owed) == (0, 400)
    assert app.points == 650
    assert audit() == []


def test_a_name_that_somebody_corrected_meanwhile_stays(shop, pair):
    meimei, app = pair
    made = merged(app, meimei, shop.jianguo)
    assert fresh(app)[0].name == "张晓梅"
    update(fresh(app)[0], name="张小美")
    parted(made, shop.jianguo)
    app, meimei = fresh(app, meimei)
    assert (app.name, meimei.name) == ("张小美", "张晓梅")


def test_a_guide_whom_the_manager_gave_meanwhile_stays(shop, pair):
    meimei, app = pair
    made = merged(app, meimei, shop.jianguo)
    assert fresh(app)[0].guide == shop.xiaoman
    assign(fresh(app)[0], shop.hejun, by=shop.zhoumin)
    parted(made, shop.jianguo)
    assert fresh(app)[0].guide == shop.hejun
    assert list(Assignment.objects.filter(member=app).values_list("guide__name", flat=True)) == ["何俊", "林小满"]
    assert audit(names=["guide_mirrors_assignment"]) == []


def test_consent_given_while_merged_counts_for_the_one_who_stayed(shop, pair):
    meimei, app = pair
    made = merged(meimei, app, shop.jianguo)
    agree(meimei, "email")
    parted(made, shop.jianguo)
    assert consents.may_contact(meimei, "email")
    assert consents.may_contact(meimei, "sms")
    assert not consents.may_contact(app, "email")
    assert consents.may_contact(app, "wecom")


def test_a_tag_taken_off_while_merged_does_not_come_back_to_the_kept_one(shop, pair):
    meimei, app = pair
    made = merged(meimei, app, shop.jianguo)
    MemberTag.objects.filter(member=meimei).delete()
    parted(made, shop.jianguo)
    assert MemberTag.objects.get().member == app


def test_undoing_twice_is_refused(shop, pair):
    made = parted(merged(*pair, shop.jianguo), shop.jianguo)
    before = snapshot(*pair)
    with pytest.raises(Refusal) as refusal:
        merging.unmerge(made, by=shop.jianguo)
    assert refusal.value.code == "merge_undone"
    assert snapshot(*pair) == before


def test_only_headquarters_parts(shop, pair):
    made = merged(*pair, shop.jianguo)
    with pytest.raises(Refusal) as refusal:
        merging.unmerge(made, by=shop.zhoumin)
    assert refusal.value.code == "merge_not_allowed"
    assert fresh(pair[1])[0].state == MemberState.MERGED


def test_both_are_told_and_known_as_two_people(shop, pair):
    meimei, app = pair
    made = merged(meimei, app, shop.jianguo)
    parted(made, shop.jianguo)
    data = {"kept": meimei.pk, "absorbed": app.pk, "by": shop.jianguo.pk}
    assert told(meimei, "member.unmerged") == told(app, "member.unmerged") == [data]
    assert IdentityConflict.objects.get().state == "apart"
    made.refresh_from_db()
    assert (made.undone_by, made.undone_at is not None) == (shop.jianguo, True)


@pytest.mark.parametrize("turn", [1, -1])
def test_a_notice_that_was_given_is_not_given_again(shop, turn):
    """Silver until a review, noticed; gold while merged with a gold one; silver and noticed again."""
    two = make_member("张晓梅"), make_member("张小梅")
    for member, amount in zip(two, ("1200.00", "6000.00"), strict=True):
        make_order(amount, member=member, store=shop.store, paid_at=days_ago(340))
    TierStanding.objects.filter(member=two[0]).update(noticed_for=F("review_on"))
    settle([two[0].pk])
    before = snapshot(*two)
    assert before["TierStanding"][0]["noticed_for"]
    made = merged(*two[::turn], shop.jianguo)
    assert fresh(made.kept)[0].tier.code == "gold"
    parted(made, shop.jianguo)
    assert differences(before, snapshot(*two)) == {}


def test_who_was_erased_is_not_parted(shop, pair):
    made = merged(*pair, shop.jianguo)
    erase(fresh(pair[0])[0], asked_by="member", reason="不再来", by=shop.jianguo)
    with pytest.raises(Refusal) as refusal:
        merging.unmerge(made, by=shop.jianguo)
    assert refusal.value.code == "member_erased"
    assert fresh(pair[1])[0].state == MemberState.MERGED
    assert audit() == []


def test_they_can_be_merged_again_as_a_new_merge(shop, pair):
    parted(merged(*pair, shop.jianguo), shop.jianguo)
    before = snapshot(*pair)
    again = merged(*pair, shop.jianguo)
    assert IdentityConflict.objects.get().state == "merged"
    parted(again, shop.jianguo)
    assert differences(before, snapshot(*pair)) == {}
