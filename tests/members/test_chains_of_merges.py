"""Merges of merged members, undone in any order."""

import itertools
from datetime import date

import pytest

from members.assignments import assign
from members.audit import audit
from members.models import Identity, Member, Note, Order, Tag, TagGroup, TimelineFact
from members.notes import add_note
from members.oneid import lineage
from members.privacy import consents
from members.tags import set_tag
from tests.consenting import agree
from tests.makers import days_ago, make_member, make_order
from tests.members.merges import differences, fresh, merged, parted, snapshot
from tests.members.shop import open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return open_shop()


@pytest.fixture
def three(shop):
    """One woman three times: from the app, from a till, and as the guide knows her."""
    sweet = Tag.objects.create(group=TagGroup.objects.create(name="爱好"), name="爱甜")
    app = make_member("张晓梅", phone="13900000001", birthday=date(1990, 5, 20))
    till = make_member("", phone="13900000002", home_store=shop.next_door)
    known = make_member("", phone="13900000003", guide=shop.xiaoman)
    for member, amount in ((app, "400.00"), (till, "1500.00"), (known, "90.00")):
        make_order(amount, member=member, store=shop.store, paid_at=days_ago(amount.count("0") * 10))
        agree(member, "sms", at=days_ago(5))
    for member in (app, known):
        set_tag(member, sweet, by=None)
    return app, till, known


@pytest.mark.parametrize("turn", [(0, 1), (1, 0)])
def test_a_chain_is_undone_in_any_order(shop, three, turn):
    app, till, known = three
    before = snapshot(*three)
    merges = [merged(till, app, shop.jianguo), merged(known, till, shop.jianguo)]
    assert lineage.path_of(app.pk) == [app.pk, till.pk, known.pk]
    assert Order.objects.filter(member=known).count() == 3
    for nth in turn:
        parted(merges[nth], shop.jianguo)
        assert audit() == []
    assert differences(before, snapshot(*three)) == {}


@pytest.mark.parametrize("turn", list(itertools.permutations(range(3))))
def test_three_merged_into_one_come_apart_in_any_order(shop, three, turn):
    fourth = make_member("", phone="13900000004")
    before = snapshot(*three, fourth)
    merges = [merged(fourth, member, shop.jianguo) for member in three]
    for nth in turn:
        parted(merges[nth], shop.jianguo)
        assert audit() == []
    assert differences(before, snapshot(*three, fourth)) == {}


def test_in_the_middle_of_a_chain_only_what_was_theirs_goes(shop, three):
    app, till, known = three
    first = merged(till, app, shop.jianguo)
    merged(known, till, shop.jianguo)
    late = make_order("10.00", identity=("phone", "13900000001"), store=shop.store)
    parted(first, shop.jianguo)
    app, till, known = fresh(*three)
    assert (app.state, till.state, till.merged_into) == ("active", "merged", known)
    assert set(Order.objects.filter(member=app).values_list("net_amount", flat=True)) == {400, 10}
    assert Order.objects.filter(member=known).count() == 2
    assert Order.objects.get(pk=late.pk).member == app
    assert known.name == "", "the name had come from the app by way of the till"


def test_the_whole_of_a_lineage_goes_when_its_upper_merge_is_undone(shop, three):
    app, till, known = three
    merged(till, app, shop.jianguo)
    second = merged(known, till, shop.jianguo)
    make_order("10.00", identity=("phone", "13900000001"), store=shop.store)
    parted(second, shop.jianguo)
    assert Order.objects.filter(member=till).count() == 3
    assert set(Identity.objects.filter(member=till).values_list("origin", flat=True)) == {app.pk, till.pk}
    assert fresh(till)[0].name == "张晓梅"


def test_who_parted_and_came_back_another_way_stays_there(shop, three):
    """The app leaves the chain and joins its end; when the till leaves, the app's orders stay where the app is."""
    app, till, known = three
    first = merged(till, app, shop.jianguo)
    second = merged(known, till, shop.jianguo)
    parted(first, shop.jianguo)
    merged(known, app, shop.jianguo)
    parted(second, shop.jianguo)
    assert set(Order.objects.filter(member=till).values_list("net_amount", flat=True)) == {1500}
    assert Order.objects.filter(member=known).count() == 2
    assert audit() == []


def test_without_forgetting_the_rows_would_be_torn_away(shop, three, monkeypatch):
    """Control: if merges further up went on counting rows that went home, undoing them would take these along."""
    monkeypatch.setattr(lineage, "forget", lambda *_args: None)
    app, till, known = three
    add_note(fresh(known)[0], "第一次来", by=shop.xiaoman)
    Note.objects.update(member=app)
    first, second = merged(till, app, shop.jianguo), merged(known, till, shop.jianguo)
    parted(first, shop.jianguo)
    merged(known, app, shop.jianguo)
    parted(second, shop.jianguo)
    assert Note.objects.get().member == till, "the app's note was taken along by the till"


def test_a_guide_who_came_with_the_first_leaves_with_them_all_along_the_chain(shop):
    """Neither the app nor the till had a guide; whom the first one brought goes home with them, and the news says so
    to the one who lives."""
    known = make_member("张晓梅", phone="13900000001", guide=shop.xiaoman)
    till, app = make_member("", phone="13900000002"), make_member("", phone="13900000003")
    before = snapshot(known, till, app)
    merges = [merged(till, known, shop.jianguo), merged(app, till, shop.jianguo)]
    assert fresh(app)[0].guide == shop.xiaoman
    parted(merges[0], shop.jianguo)
    assert [member.guide for member in fresh(known, till, app)] == [shop.xiaoman, None, None]
    assert audit() == []
    told = TimelineFact.objects.filter(kind="member.assigned", data__guide=None)
    assert list(told.values_list("member", "data__from")) == [(app.pk, shop.xiaoman.pk)]
    parted(merges[1], shop.jianguo)
    assert differences(before, snapshot(known, till, app)) == {}


def test_a_guide_given_since_stays_when_the_first_one_leaves_the_chain(shop):
    known = make_member("张晓梅", phone="13900000001", guide=shop.xiaoman)
    till, app = make_member("", phone="13900000002"), make_member("", phone="13900000003")
    first = merged(till, known, shop.jianguo)
    merged(app, till, shop.jianguo)
    assign(fresh(app)[0], shop.hejun, by=shop.jianguo)
    parted(first, shop.jianguo)
    assert [member.guide for member in fresh(known, app)] == [shop.xiaoman, shop.hejun]
    assert audit() == []


def test_a_name_is_filled_by_the_next_when_the_first_one_leaves(shop):
    kept = make_member("", phone="13900000001")
    first = merged(kept, make_member("张晓梅"), shop.jianguo)
    second = merged(kept, make_member("张小美"), shop.jianguo)
    assert fresh(kept)[0].name == "张晓梅"
    parted(first, shop.jianguo)
    assert fresh(kept)[0].name == "张小美"
    parted(second, shop.jianguo)
    assert fresh(kept)[0].name == ""


def test_consent_is_looked_at_again_for_those_who_remain(shop):
    """She never agreed here; two absorbed records had. One leaves: the other alone does not speak for her."""
    kept = make_member("张晓梅")
    one, other = (agree(make_member("张晓梅"), "sms", at=days_ago(days)) for days in (9, 3))
    first, second = merged(kept, one, shop.jianguo), merged(kept, other, shop.jianguo)
    assert not consents.may_contact(kept, "sms")
    parted(first, shop.jianguo)
    assert not consents.may_contact(kept, "sms")
    assert consents.may_contact(one, "sms")
    parted(second, shop.jianguo)
    assert consents.may_contact(other, "sms")
    assert not Member.objects.filter(state="merged").exists()


def test_a_tier_that_left_with_an_inner_merge_is_in_the_history_of_both(shop):
    app, till, known = (make_member("", phone=f"1390000001{nth}") for nth in range(3))
    inner = merged(app, till, shop.jianguo)
    make_order("6000.00", member=fresh(till)[0], store=shop.store)
    outer = merged(known, app, shop.jianguo)
    parted(inner, shop.jianguo)
    parted(outer, shop.jianguo)
    assert [member.tier.code for member in fresh(app, till, known)] == ["plain", "gold", "plain"]
    assert [change.after.code for change in app.tier_changes.order_by("pk")] == ["gold", "plain"]
    assert audit() == []
