"""A member's timeline reads like news: in words, newest first, in both languages, and only what the viewer may read."""

from decimal import Decimal

import pytest
from django.utils import translation

from members import chronicle
from members.assignments import assign
from members.chronicle import Category, Words, counts_of, timeline_of
from members.cursors import encode
from members.happenings import yuan
from members.models import Tag, TagGroup
from members.notes import add_note
from members.profiles import register, reveal_phone
from members.tags import set_tag
from members.timeline import NewFact, record
from stores.errors import Refusal
from tests.consenting import agree
from tests.makers import days_ago, make_order, make_tiers
from tests.members.shop import open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    make_tiers()
    return open_shop()


@pytest.fixture
def meimei(shop):
    return register([("phone", "13812345678")], name="张晓梅", guide=shop.xiaoman, joined_at=days_ago(30))


def lines(member, viewer, **options) -> list[tuple[str, str]]:
    return [(entry.title, entry.note) for entry in timeline_of(member, viewer, **options)]


def test_what_happened_is_told_in_words(shop, meimei):
    with translation.override("en"):
        order = make_order("40.00", member=meimei, store=shop.store, paid_at=days_ago(2))
        sweet = Tag.objects.create(group=TagGroup.objects.create(name="爱好"), name="爱吃甜")
        set_tag(meimei, sweet, by=shop.xiaoman)
        add_note(meimei, "周末才有空来", by=shop.xiaoman)
        agree(meimei, "sms")
        told = lines(meimei, shop.xiaoman)
        assert (f"¥{order.net_amount:.0f}", "阳光玫瑰 · 滨河路店") in told
        assert ("Tag “爱吃甜” set", "林小满") in told
        assert ("Note", "“周末才有空来”") in told
        assert ("Agreed to SMS", "") in told
        assert told[-2:] == [("Looked after by 林小满", ""), ("Became a member", "")]


def test_entries_come_newest_first_and_page_by_cursor(shop, meimei):
    orders = [make_order("10.00", member=meimei, store=shop.store, paid_at=days_ago(n)) for n in range(7)]
    assert len(orders) == 7
    everything = timeline_of(meimei, shop.xiaoman, limit=50)
    assert [entry.at for entry in everything] == sorted((entry.at for entry in everything), reverse=True)
    paged, before = [], None
    while page := timeline_of(meimei, shop.xiaoman, before=before, limit=3):
        paged += page
        before = page[-1].cursor
    assert [entry.pk for entry in paged] == [entry.pk for entry in everything]


def test_a_chip_shows_only_its_entries_and_counts_them(shop, meimei):
    make_order("10.00", member=meimei, store=shop.store, paid_at=days_ago(1))
    add_note(meimei, "爱吃甜", by=shop.xiaoman)
    assert [entry.kind for entry in timeline_of(meimei, shop.xiaoman, kinds=[Category.ORDER])] == ["order.recorded"]
    assert timeline_of(meimei, shop.xiaoman, kinds=[Category.ORDER])[0].is_order
    assert [entry.kind for entry in timeline_of(meimei, shop.xiaoman, kinds=["member.noted"])] == ["member.noted"]
    counts = counts_of(meimei, shop.xiaoman)
    assert (counts[Category.ORDER], counts[Category.NOTE]) == (1, 1)


def test_each_viewer_reads_only_what_is_theirs(shop, meimei):
    add_note(meimei, "只给本店看", by=shop.xiaoman)
    reveal_phone(meimei, reason="call_back", by=shop.xiaoman)
    kinds = {person: {entry.kind for entry in timeline_of(meimei, person)} for person in (shop.xiaoman, shop.zhoumin)}
    assert "member.revealed" not in kinds[shop.xiaoman]
    assert {"member.revealed", "member.noted"} <= kinds[shop.zhoumin]
    for stranger in (shop.hejun, shop.tangwei):
        assert timeline_of(meimei, stranger) == []
        assert counts_of(meimei, stranger) == {}
    partner = {entry.kind for entry in timeline_of(meimei, None)}
    assert not {"member.revealed", "member.noted"} & partner
    assert "member.created" in partner
    assign(meimei, shop.tangwei, by=shop.suwan)
    assert "member.noted" not in {entry.kind for entry in timeline_of(meimei, shop.tangwei)}


def test_a_page_costs_a_fixed_number_of_queries(shop, meimei, django_assert_num_queries):
    def ten_orders():
        for n in range(10):
            make_order("10.00", member=meimei, store=shop.store, paid_at=days_ago(n))

    ten_orders()
    with django_assert_num_queries(12, exact=False) as few:
        timeline_of(meimei, shop.xiaoman, limit=50)
    ten_orders()
    with django_assert_num_queries(len(few)):
        timeline_of(meimei, shop.xiaoman, limit=50)


def test_an_app_above_adds_its_own_words_and_a_kind_without_words_is_silent(shop, meimei, monkeypatch):
    monkeypatch.setattr(chronicle, "TELLINGS", dict(chronicle.TELLINGS))
    record(NewFact("balloon.sent", meimei.pk, data={"colour": "red"}))
    before = lines(meimei, shop.xiaoman)

    @chronicle.tells("balloon.sent", category=Category.TOUCH, icon="gift")
    def balloons(facts):
        return {fact.pk: Words("Balloon", fact.data["colour"]) for fact in facts}

    assert lines(meimei, shop.xiaoman) == [("Balloon", "red"), *before]


def test_a_fact_about_something_that_is_gone_is_left_out(shop, meimei):
    record(
        NewFact("order.recorded", meimei.pk, subject=987654321, data={"amount": "1.00"}),
        NewFact("member.tagged", meimei.pk, data={"tag": 987654321}),
        NewFact("member.tier_changed", meimei.pk, data={"to": 987654321}),
        NewFact("member.stage_changed", meimei.pk, data={"from": "growing", "to": "mature"}),
    )
    kinds = [entry.kind for entry in timeline_of(meimei, shop.xiaoman)]
    assert kinds == ["member.stage_changed", "member.assigned", "member.created"]


@pytest.mark.parametrize("before", ["x", encode(["now", 1]), encode(["2026-01-01", 1]), encode([1, 1])])
def test_a_cursor_that_leads_nowhere_is_refused(shop, meimei, before):
    with pytest.raises(Refusal) as refusal:
        timeline_of(meimei, shop.xiaoman, before=before)
    assert refusal.value.code == "bad_cursor"


def test_money_is_written_without_empty_cents():
    assert [yuan(Decimal(text)) for text in ("1386.00", "9.90", "0")] == ["¥1,386", "¥9.90", "¥0"]
