"""The manager's pages of hand-overs, and the brief that a successor reads."""

from datetime import timedelta

import pytest
from django.utils import timezone

from coupons.models import CouponState
from members import notes
from members.models import HandedMember, HandOver, Member
from members.tags import set_tag
from stores import staff
from tests.makers import days_ago, make_area_manager, make_coupon, make_guide, make_member, make_order, make_task
from tests.workbench.scenery import a_tag, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(chain):
    """Zhou Min's browser."""
    return signed_in(chain.zhou)


@pytest.fixture
def gone(chain):
    """Lin Xiaoman left; Zhou Zihan had a note, a tag, a coupon and a task."""
    tag = a_tag()
    set_tag(chain.zihan, tag, by=chain.lin)
    notes.add_note(chain.zihan, "喜欢熟一点的芒果", by=chain.lin)
    make_coupon(chain.zihan, template=chain.second)
    used = make_coupon(chain.zihan)
    type(used).objects.filter(pk=used.pk).update(state=CouponState.VOIDED)
    make_task(chain.zihan)
    make_order(member=chain.zihan, store=chain.store, paid_at=days_ago(4))
    staff.leave(chain.lin)
    return chain


def test_a_leavers_members_are_handed_over_for_tomorrow_seen_and_let_be(gone, desk):
    url = f"/team/give/{gone.lin.pk}/"
    desk.post(url, {"strategy": "even", "when": "morning", "request_key": "a"})
    gone.zihan.refresh_from_db()
    assert gone.zihan.guide == gone.lin
    made = HandOver.objects.get()
    assert made.due_at > timezone.now()
    assert [row.url for row in desk.get("/team/handovers/").context["hand_overs"]] == [f"/team/handovers/{made.pk}/"]
    page = desk.get(f"/team/handovers/{made.pk}/")
    assert [(row["member"], row["switch"]) for row in page.context["rows"]] == [(gone.zihan, "out")]
    desk.post(f"/team/handovers/{made.pk}/member/", {"member": gone.zihan.pk, "switch": "out"})
    assert HandedMember.objects.get().state == "left_out"
    desk.post(f"/team/handovers/{made.pk}/member/", {"member": gone.zihan.pk, "switch": "in"})
    desk.post(page.context["undo_url"])
    assert HandedMember.objects.get().state == "back"


def test_the_page_says_who_has_another_guide_meanwhile_before_the_job_finds_out(gone, desk):
    desk.post(f"/team/give/{gone.lin.pk}/", {"strategy": "even", "when": "morning"})
    other = make_guide("郑好", store=gone.store)
    Member.objects.filter(pk=gone.zihan.pk).update(guide=other)
    row = desk.get(f"/team/handovers/{HandOver.objects.get().pk}/").context["rows"][0]
    assert (row["tone"], "郑好" in row["note"]) == ("warn", True)


def test_somebody_who_leaves_on_a_day_is_handed_over_after_it(gone, desk):
    last = timezone.localdate() + timedelta(days=8)
    type(gone.he).objects.filter(pk=gone.he.pk).update(left_on=last)
    make_guide("郑好", store=gone.store)
    plan = desk.get(f"/team/?give={gone.he.pk}").context["handover"]
    assert [(one.key, one.is_usual) for one in plan.moments] == [("now", False), ("morning", False), ("leaving", True)]
    desk.post(f"/team/give/{gone.he.pk}/", {"strategy": "even", "when": "leaving"})
    assert timezone.localtime(HandOver.objects.get().due_at).date() == last + timedelta(days=1)


def test_the_same_form_sent_twice_hands_over_once(gone, desk):
    for _tap in range(2):
        answer = desk.post(f"/team/give/{gone.lin.pk}/", {"strategy": "even", "request_key": "tap"}, follow=True)
    assert HandOver.objects.count() == 1
    assert "1" in str(next(iter(answer.context["messages"])))


def test_members_without_a_guide_are_given_one_by_one(chain, desk):
    first, second = (make_member(name, home_store=chain.store) for name in ("新一", "新二"))
    page = desk.get("/team/give/none/")
    assert [one.name for one in page.context["takers"]] == ["何俊", "林小满"]
    desk.post("/team/give/none/", {"strategy": "by_hand", "member": [first.pk], "guide": chain.he.pk})
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.guide, second.guide) == (chain.he, None)


def test_nobody_can_be_given_to_a_guide_of_another_store(chain, desk):
    newcomer = make_member("新一", home_store=chain.store)
    desk.post("/team/give/none/", {"strategy": "by_hand", "member": [newcomer.pk], "guide": chain.gu.pk})
    desk.post("/team/give/none/", {"strategy": "by_hand", "member": [chain.anna.pk], "guide": chain.he.pk})
    for member in (newcomer, chain.anna):
        before = member.guide
        member.refresh_from_db()
        assert member.guide == before
    assert not HandOver.objects.exists()


def test_by_number_the_form_says_how_many_each_takes(chain, desk):
    for nth in range(4):
        make_member(f"新{nth}", home_store=chain.store)
    plan = desk.get("/team/?give=none&rule=manual").context["handover"]
    assert (plan.is_manual, plan.total) == (True, 4)
    desk.post("/team/give/none/", {"strategy": "manual", f"gets-{chain.he.pk}": "3", f"gets-{chain.lin.pk}": "0"})
    assert Member.objects.filter(name__startswith="新", guide=chain.he).count() == 3


def test_only_area_managers_are_offered_the_rule_by_store(chain, desk):
    area = signed_in(make_area_manager("沈立新", region=chain.store.region))
    keys = {choice.url.partition("rule=")[2] for choice in area.get("/team/?give=none").context["handover"].strategies}
    assert "store" in keys
    assert not any("rule=store" in one.url for one in desk.get("/team/?give=none").context["handover"].strategies)


def test_the_successor_reads_what_the_predecessor_knew(gone, desk):
    desk.post(f"/team/give/{gone.lin.pk}/", {"strategy": "even"})
    page = signed_in(gone.he).get("/received/")
    (brief,) = page.context["briefs"]
    assert (brief.member.member, brief.before) == (gone.zihan, "林小满")
    assert [one.text for one in brief.notes] == ["喜欢熟一点的芒果"]
    assert [(one.row.tag.name, "林小满" in one.words) for one in brief.tags] == [("住附近", True)]
    assert len(brief.coupons) == 1, "the voided coupon is not told"
    text = page.content.decode()
    assert "喜欢熟一点的芒果" in text
    assert "13800001234" not in text


def test_a_brief_ends_with_the_care_and_is_nobody_elses(gone, desk):
    desk.post(f"/team/give/{gone.lin.pk}/", {"strategy": "even"})
    assert signed_in(gone.gu).get("/received/").context["briefs"] == []
    assert signed_in(gone.zhou).get("/received/").context["briefs"] == []
    other = make_guide("郑好", store=gone.store)
    Member.objects.filter(pk=gone.zihan.pk).update(guide=other)
    assert signed_in(gone.he).get("/received/").context["briefs"] == []


def test_hand_overs_of_another_store_do_not_exist(gone, desk):
    desk.post(f"/team/give/{gone.lin.pk}/", {"strategy": "even", "when": "morning"})
    made = HandOver.objects.get()
    from_next_door = signed_in(staff.transfer(gone.gu, role="store_manager", store=gone.elsewhere))
    assert from_next_door.get(f"/team/handovers/{made.pk}/").status_code == 404
    answer = from_next_door.post(f"/team/handovers/{made.pk}/member/", {"member": gone.zihan.pk, "switch": "out"})
    assert answer.status_code == 404
    assert HandedMember.objects.get().state == "waiting"
