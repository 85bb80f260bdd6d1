"""Two members that are one person become one: everything moves, nothing is added up."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from coupons.models import Coupon
from members.audit import audit
from members.ledgers.growth import adjust as adjust_growth
from members.models import (
    Assignment,
    Consent,
    GrowthEntry,
    Identity,
    MemberFacts,
    MemberMerge,
    MemberState,
    MemberTag,
    Note,
    Order,
    Tag,
    TagGroup,
    TierChange,
    TimelineFact,
)
from members.notes import add_note
from members.oneid import lineage, merging, strays
from members.privacy import consents
from members.tags import set_tag
from stores.errors import Refusal
from stores.jobs import plan
from tests.consenting import agree
from tests.makers import days_ago, make_coupon, make_member, make_order, make_return
from tests.members.merges import deliver_all, fresh, merged, owners, parted
from tests.members.shop import open_shop, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return open_shop()


@pytest.fixture
def meimei(shop):
    """The kept one: Zhang Xiaomei, looked after by Lin Xiaoman."""
    return make_member("张晓梅", phone="13812345678", guide=shop.xiaoman)


@pytest.fixture
def app(shop):
    """What the same woman became when she opened the mini-program."""
    return make_member("", phone="13987654321", home_store=shop.next_door)


def test_orders_ledgers_identities_and_the_timeline_move(shop, meimei, app):
    make_order("900.00", member=meimei, store=shop.store, paid_at=days_ago(3))
    sale = make_order("300.00", member=app, store=shop.next_door, paid_at=days_ago(2))
    make_return("100.00", sale=sale)
    merged(meimei, app, shop.jianguo)
    meimei, app = fresh(meimei, app)
    assert (meimei.growth, meimei.points, meimei.tier.code) == (1100, 1100, "silver")
    assert (app.state, app.merged_into, app.growth, app.points) == (MemberState.MERGED, meimei, 0, 0)
    assert Order.objects.filter(member=meimei).count() == 2
    assert not Identity.objects.filter(member=app).exists()
    assert not TimelineFact.objects.filter(member=app).exists()
    assert not GrowthEntry.objects.filter(member=app).exists()
    assert not MemberFacts.objects.filter(member=app).exists()
    assert meimei.facts.orders == 2
    assert audit() == []


def test_the_merge_is_told_and_the_tier_says_why(shop, meimei, app):
    make_order("900.00", member=meimei, store=shop.store)
    make_order("300.00", member=app, store=shop.store)
    made = merged(meimei, app, shop.jianguo, note="同一个人")
    assert told(meimei, "member.merged") == [{"kept": meimei.pk, "absorbed": app.pk, "by": shop.jianguo.pk}]
    assert TimelineFact.objects.get(kind="member.merged").subject == made.pk
    assert TierChange.objects.get(member=meimei).why == TierChange.Why.MERGE
    assert (made.why, made.note, made.made_by) == ("hand", "同一个人", shop.jianguo)


def test_an_empty_name_and_birthday_are_filled_and_nothing_else(shop):
    kept = make_member("", guide=shop.xiaoman)
    absorbed = make_member("张晓梅", birthday=date(1990, 5, 20), source="mini")
    merged(kept, absorbed, shop.jianguo)
    (kept,) = fresh(kept)
    assert (kept.name, kept.initials, kept.birthday, kept.feast_month) == ("张晓梅", "zxm", date(1990, 5, 20), 5)
    assert kept.source == ""


def test_what_is_on_file_stays(shop):
    kept = make_member("张晓梅", birthday=date(1990, 5, 20))
    absorbed = make_member("张小美", birthday=date(1991, 1, 1))
    merged(kept, absorbed, shop.jianguo)
    (kept,) = fresh(kept)
    assert (kept.name, kept.birthday) == ("张晓梅", date(1990, 5, 20))


def test_the_own_phone_stays_on_the_page(shop):
    absorbed = make_member("张晓梅", phone="13987654321")
    kept = make_member("张晓梅", phone="13812345678")
    merged(kept, absorbed, shop.jianguo)
    assert fresh(kept)[0].phone_masked == "138****5678"
    without = make_member("张晓梅")
    merged(without, kept, shop.jianguo)
    assert fresh(without)[0].phone_masked == "139****4321"


def test_a_member_without_guide_takes_over_the_guide(shop, meimei, app):
    merged(app, meimei, shop.jianguo)
    (kept,) = fresh(app)
    assert (kept.guide, kept.home_store) == (shop.xiaoman, shop.store)
    assert Assignment.objects.get(member=kept, ended_at=None).guide == shop.xiaoman
    assert told(kept, "member.assigned") == [{"guide": shop.xiaoman.pk, "from": None}]
    assert Assignment.objects.filter(member=meimei, ended_at=None).exists()
    assert audit(names=["guide_mirrors_assignment"]) == []


def test_both_have_a_guide_and_the_kept_one_keeps_theirs(shop, meimei):
    other = make_member("张小梅", guide=shop.tangwei)
    merged(meimei, other, shop.jianguo)
    assert fresh(meimei)[0].guide == shop.xiaoman
    assert not told(meimei, "member.assigned")


def test_a_guide_who_has_left_is_not_taken_over(shop, app):
    gone = make_member("张晓梅", guide=shop.hejun)
    shop.hejun.is_active = False
    shop.hejun.save()
    merged(app, gone, shop.jianguo)
    assert (fresh(app)[0].guide, fresh(app)[0].home_store) == (None, shop.next_door)


def test_tags_move_unless_the_kept_member_has_one_of_the_kind(shop, meimei, app):
    many, one = TagGroup.objects.create(name="爱好"), TagGroup.objects.create(name="住", single_choice=True)
    sweet, sour = (Tag.objects.create(group=many, name=name) for name in ("爱甜", "爱酸"))
    near, far = (Tag.objects.create(group=one, name=name) for name in ("近", "远"))
    for member, tags in ((meimei, [sweet, near]), (app, [sweet, sour, far])):
        for tag in tags:
            set_tag(member, tag, by=None)
    merged(meimei, app, shop.jianguo)
    assert set(MemberTag.objects.filter(member=meimei).values_list("tag__name", flat=True)) == {"爱甜", "近", "爱酸"}
    assert set(MemberTag.objects.filter(member=app).values_list("tag__name", flat=True)) == {"爱甜", "远"}


def test_a_single_choice_that_has_run_out_stands_in_nobodys_way(shop, meimei, app):
    group = TagGroup.objects.create(name="住", single_choice=True)
    near, far = (Tag.objects.create(group=group, name=name) for name in ("近", "远"))
    MemberTag.objects.create(member=meimei, tag=near, expires_at=timezone.now() - timedelta(hours=1))
    set_tag(app, far, by=None)
    merged(meimei, app, shop.jianguo)
    assert MemberTag.objects.get(tag=far).member == meimei


def test_notes_move_and_stay_with_their_store(shop, meimei):
    other = make_member("张小梅", guide=shop.tangwei)
    add_note(other, "喜欢车厘子", by=shop.tangwei)
    merged(meimei, other, shop.jianguo)
    assert owners(Note) == ["张晓梅"]
    assert Note.objects.get().store == shop.next_door


@pytest.mark.parametrize(
    ("kept_says", "absorbed_says", "result"),
    [(True, True, True), (True, False, False), (False, True, False), (True, None, False), (None, True, False)],
)
def test_consent_is_the_most_restrictive(shop, meimei, app, kept_says, absorbed_says, result):
    for member, word in ((meimei, kept_says), (app, absorbed_says)):
        if word is not None:
            agree(member, "sms", at=days_ago(5))
        if word is False:
            consents.withdraw(member, "sms", at=days_ago(4))
    before = len(told(meimei, "consent.changed")) + len(told(app, "consent.changed"))
    merged(meimei, app, shop.jianguo)
    assert consents.may_contact(meimei, "sms") is result
    assert not Consent.objects.filter(member=app).exists()
    news = told(meimei, "consent.changed")[before:]
    assert news == ([{"channel": "sms", "granted": False}] if kept_says and not result else [])


def test_a_correction_by_hand_moves_as_well(shop, meimei, app):
    adjust_growth(app, 700, note="补录", by=shop.jianguo)
    merged(meimei, app, shop.jianguo)
    assert fresh(meimei)[0].growth == 700


def refused(code: str, *args, **kwargs) -> None:
    with pytest.raises(Refusal) as refusal:
        merging.merge(*args, **kwargs)
    assert refusal.value.code == code


def test_what_cannot_be_merged_is_refused_and_changes_nothing(shop, meimei, app):
    by = {"why": "hand", "by": shop.jianguo}
    refused("merge_with_itself", meimei, meimei, **by)
    refused("merge_not_allowed", meimei, app, why="hand", by=shop.zhoumin)
    refused("member_not_found", meimei, 999_999_999, **by)
    erased = make_member("", state="erased")
    refused("member_erased", meimei, erased, **by)
    refused("member_erased", erased, meimei, **by)
    assert not MemberMerge.objects.exists()
    merged(meimei, app, shop.jianguo)
    refused("member_merged", meimei, app, **by)
    refused("member_merged", app, make_member("王五"), **by)
    assert MemberMerge.objects.count() == 1


def test_everybody_leads_to_the_living_one(shop, meimei, app):
    third = make_member("张晓梅")
    merged(meimei, app, shop.jianguo)
    merged(third, meimei, shop.jianguo)
    assert lineage.living_ids([app.pk, meimei.pk, third.pk, 10**12]) == {
        app.pk: third.pk, meimei.pk: third.pk, third.pk: third.pk, 10**12: 10**12,
    }  # fmt: skip
    assert lineage.beneath(third.pk) == sorted([app.pk, meimei.pk, third.pk])
    assert lineage.path_of(app.pk) == [app.pk, meimei.pk, third.pk]


def test_rows_written_in_the_moment_of_a_merge_follow_by_night(shop, meimei, app):
    """A bulk issue does not lock its members: its coupon and its news may land on a member merged just then."""
    made = merged(meimei, app, shop.jianguo)
    coupon = make_coupon(meimei)
    Coupon.objects.filter(pk=coupon.pk).update(member=app)
    TimelineFact.objects.filter(subject=coupon.pk).update(member=app)
    assert [one.subject for one in audit(names=["nothing_stays_with_the_absorbed"])], "control: the audit notices"
    job = plan("members.gather_strays", params={})
    assert strays.gather_chunk(job)
    deliver_all()
    assert audit() == []
    coupon.refresh_from_db()
    assert coupon.member == meimei
    parted(made, shop.jianguo)
    coupon.refresh_from_db()
    assert coupon.member == app
