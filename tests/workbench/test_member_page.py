"""The member page: standing, tags, notes of the store, the phone with a reason, another guide."""

import pytest

from members.models import Note, TimelineFact
from members.tags import set_tag
from tests.makers import days_ago, make_coupon, make_manager, make_order, make_task
from tests.workbench.scenery import a_tag, part, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def lins_phone(chain):
    """Lin Xiaoman's browser."""
    return signed_in(chain.lin)


def path_of(member, rest: str = "") -> str:
    return f"/m/{member.pk}/{rest}"


def test_the_page_says_who_and_what_is_missing_for_the_next_tier(chain, lins_phone):
    make_order("300.00", member=chain.zihan, store=chain.store)
    page = lins_phone.get(path_of(chain.zihan))
    assert page.context["tier_path"].goal == 1000
    assert "700" in page.context["tier_path"].missing
    assert [row.letter for row in page.context["rfm"]["rows"]] == ["R", "F", "M"]


def test_without_scripts_everything_stands_on_one_page(chain, lins_phone):
    make_coupon(chain.zihan)
    make_order("58.00", member=chain.zihan, store=chain.store)
    text = lins_phone.get(path_of(chain.zihan, "?full=1")).content.decode()
    for words in ("满60减10", "¥58", 'id="tags"', 'id="notes"'):
        assert words in text
    assert (
        lins_phone.get(path_of(chain.zihan, "feed/?kind=order")).headers["Location"].endswith("kind=order&full=1#feed")
    )


def test_the_news_can_be_narrowed_and_say_where_it_was_silent(chain, lins_phone):
    for days in (100, 93, 86, 20):
        make_order("40.00", member=chain.zihan, store=chain.store, paid_at=days_ago(days))
    feed = lins_phone.get(path_of(chain.zihan, "feed/"), headers=part())
    assert any(entry.gap for entry in feed.context["timeline"])
    orders = lins_phone.get(path_of(chain.zihan, "feed/?kind=order"), headers=part()).context["timeline"]
    assert {entry.kind for entry in orders} == {"order.recorded"}
    assert len(feed.context["rhythm"].orders) == 4


def test_the_list_opens_a_member_beside_itself(chain, lins_phone):
    make_task(chain.zihan, template=chain.second)
    pane = lins_phone.get(path_of(chain.zihan), headers=part("detail")).content.decode()
    assert pane.lstrip().startswith("<aside")
    assert "第 2 单专属券" in pane


def test_a_tag_is_found_set_and_taken_off(chain, lins_phone):
    tag = a_tag("住附近")
    options = lins_phone.get(path_of(chain.zihan, "tags/?q=zfj"), headers=part()).content.decode()
    assert "住附近" in options
    panel = lins_phone.post(path_of(chain.zihan, "tags/"), {"tag": tag.pk}, headers=part("tags"))
    assert [one.name for one in panel.context["tags"]["manual"]] == ["住附近"]
    lins_phone.post(path_of(chain.zihan, f"tags/{tag.pk}/"), headers=part("tags"))
    assert not chain.zihan.member_tags.exists()


def test_a_system_tag_can_be_neither_set_nor_removed(chain, lins_phone):
    tag = a_tag("超高价值", group="规则", kind="system", guides_set=False)
    answer = lins_phone.post(path_of(chain.zihan, "tags/"), {"tag": tag.pk}, headers=part("tags"))
    assert answer.status_code == 422
    assert not chain.zihan.member_tags.exists()
    chain.zihan.member_tags.create(tag=tag, source="rule")
    assert lins_phone.post(path_of(chain.zihan, f"tags/{tag.pk}/"), headers=part("tags")).status_code == 422
    assert chain.zihan.member_tags.count() == 1


def test_a_group_hidden_from_guides_is_unknown_to_them(chain, lins_phone):
    tag = a_tag("投诉过", group="内部", guides_see=False, guides_set=False)
    set_tag(chain.zihan, tag, by=None)
    text = lins_phone.get(path_of(chain.zihan, "?full=1")).content.decode()
    assert "投诉过" not in text
    assert lins_phone.post(path_of(chain.zihan, "tags/"), {"tag": tag.pk}).status_code == 404


def test_notes_stay_in_the_store(chain, lins_phone):
    panel = lins_phone.post(path_of(chain.zihan, "notes/"), {"text": "周末才有空来"}, headers=part("notes"))
    assert panel.context["notes"][0]["text"] == "周末才有空来"
    chain.zihan.guide, chain.zihan.home_store = chain.gu, chain.elsewhere
    chain.zihan.save()
    assert "周末才有空来" not in signed_in(chain.gu).get(path_of(chain.zihan, "?full=1")).content.decode()


@pytest.mark.parametrize("text", ["", "   ", "好" * 501, "a\x00b"])
def test_a_note_that_says_nothing_or_too_much_is_refused_and_kept_in_the_field(chain, lins_phone, text):
    answer = lins_phone.post(path_of(chain.zihan, "notes/"), {"text": text}, headers=part("notes"))
    assert answer.status_code == 422
    assert answer.context["note_text"] == text
    assert not Note.objects.exists()


def test_the_phone_is_shown_with_a_reason_that_is_recorded(chain, lins_phone):
    assert "<dialog" in lins_phone.get(path_of(chain.zihan, "reveal/"), headers=part()).content.decode()
    shown = lins_phone.post(path_of(chain.zihan, "reveal/"), {"reason": "after_sales"}, headers=part("phone"))
    assert "138 0000 1234" in shown.content.decode()
    fact = TimelineFact.objects.get(kind="member.revealed")
    assert fact.data == {"reason": "after_sales", "by": chain.lin.pk}
    assert "138****1234" in lins_phone.get(path_of(chain.zihan, "phone/"), headers=part()).content.decode()


@pytest.mark.parametrize("reason", ["", "curious"])
def test_without_a_reason_the_phone_stays_hidden(chain, lins_phone, reason):
    answer = lins_phone.post(path_of(chain.zihan, "reveal/"), {"reason": reason}, headers=part("phone"))
    assert answer.status_code == 422
    assert answer.headers["HX-Retarget"] == "#modal"
    assert "1234" not in answer.content.decode().replace("138****1234", "")
    assert not TimelineFact.objects.filter(kind="member.revealed").exists()


def test_the_manager_gives_a_member_to_another_guide(chain):
    client = signed_in(chain.zhou)
    dialog = client.get(path_of(chain.zihan, "guide/"), headers=part())
    assert {row["name"] for row in dialog.context["guides"]} == {"林小满", "何俊"}
    client.post(path_of(chain.zihan, "guide/"), {"guide": chain.he.pk, "reason": "换班"})
    chain.zihan.refresh_from_db()
    assert chain.zihan.guide == chain.he


@pytest.mark.parametrize("who", ["lin", "gu"])
def test_guides_reassign_nobody(chain, who):
    answer = signed_in(getattr(chain, who)).post(path_of(chain.zihan, "guide/"), {"guide": chain.he.pk, "reason": "x"})
    chain.zihan.refresh_from_db()
    assert answer.status_code == 403
    assert chain.zihan.guide == chain.lin


def test_a_member_does_not_go_to_a_guide_of_another_store(chain):
    client = signed_in(chain.zhou)
    assert client.post(path_of(chain.zihan, "guide/"), {"guide": chain.gu.pk, "reason": "x"}).status_code == 404
    stranger = make_manager("王店长", store=chain.elsewhere)
    answer = signed_in(stranger).post(path_of(chain.zihan, "guide/"), {"guide": chain.gu.pk, "reason": "x"})
    chain.zihan.refresh_from_db()
    assert answer.status_code == 404
    assert chain.zihan.guide == chain.lin


def test_words_of_people_are_never_markup(chain, lins_phone):
    lins_phone.post(path_of(chain.zihan, "notes/"), {"text": "<script>alert(1)</script>"})
    assert "<script>alert(1)" not in lins_phone.get(path_of(chain.zihan, "?full=1")).content.decode()
