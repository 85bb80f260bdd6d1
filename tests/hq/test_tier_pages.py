"""Tiers in the admin: rules drafted, simulated and put into force; tiers given by hand; a member's tier explained."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from members.models import Member, Tier, TierChange, TierGrant, TierRules
from members.windows import windows
from stores import jobs
from tests.makers import days_ago, make_admin, make_guide, make_marketer, make_member, make_order, make_tiers

pytestmark = pytest.mark.django_db
ADD = reverse("admin:members_tierrules_add")


def signed_in(staff) -> Client:
    """A browser of somebody."""
    browser = Client()
    browser.force_login(staff)
    return browser


@pytest.fixture
def mei() -> Member:
    """Zhang Xiaomei, silver by an order of 1,200."""
    mei = make_member("张晓梅", joined_at=days_ago(200))
    make_order("1200.00", member=mei, paid_at=days_ago(100))
    return Member.objects.get(pk=mei.pk)


def entered(needs: dict[str, int] | None = None, **changed) -> dict:
    """What somebody types: the rules as they are, but for what is said."""
    wanted = {"plain": 0, "silver": 1000, "gold": 5000} | (needs or {})
    form = {f"need_{Tier.objects.get(code=code).pk}": need for code, need in wanted.items()}
    form |= {"window_days": 365, "review_days": 365, "notice_days": 30, "grace_days": 30, "downgrades": "at_review"}
    return form | changed


def drafted(browser: Client, **fields) -> TierRules:
    """A draft entered on the page and simulated."""
    assert browser.post(ADD, entered(**fields) | {"simulate": "1"}).status_code == 302
    rules = TierRules.objects.latest("pk")
    assert jobs.run_to_end(rules.job_id).state == "done"
    return rules


def page(browser: Client, name: str, *args) -> str:
    """A page of the admin as text."""
    answer = browser.get(reverse(f"admin:members_{name}", args=args))
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_draft_begins_with_the_rules_in_force():
    make_tiers()
    text = page(signed_in(make_marketer()), "tierrules_add")
    assert 'value="1000"' in text
    assert 'value="5000"' in text
    assert not TierRules.objects.exists()


def test_rules_are_simulated_with_a_matrix_and_put_into_force_with_progress(mei):
    browser = signed_in(make_admin())
    rules = drafted(browser, needs={"gold": 1200})
    text = page(browser, "tierrules_change", rules.pk)
    assert "1 位会员" in text or "1 member" in text
    assert "↑ 1" in text
    assert mei.tier.code == "silver"
    assert browser.post(reverse("admin:members_tierrules_apply", args=[rules.pk])).status_code == 302
    rules.refresh_from_db()
    assert "hx-get" in page(browser, "tierrules_outcome", rules.pk)
    assert jobs.run_to_end(rules.job_id).state == "done"
    mei.refresh_from_db()
    assert (mei.tier.code, Tier.objects.get(code="gold").threshold) == ("gold", 1200)
    text = page(browser, "tierrules_change", rules.pk)
    assert "↑ 1" in text
    assert "<form" not in text.split('class="ti"')[1]
    assert "100" in page(browser, "tierrules_outcome", rules.pk)


def test_a_draft_that_cannot_hold_is_refused_beside_its_number_and_not_written():
    make_tiers()
    browser = signed_in(make_marketer())
    for fields, name in (
        ({"needs": {"silver": 6000}}, f"need_{Tier.objects.get(code='gold').pk}"),
        ({"needs": {"plain": 5}}, f"need_{Tier.objects.get(code='plain').pk}"),
        ({"notice_days": 400}, "notice_days"),
        ({"window_days": "viel"}, "window_days"),
        ({"needs": {"silver": ""}}, f"need_{Tier.objects.get(code='silver').pk}"),
    ):
        answer = browser.post(ADD, entered(**fields))
        assert answer.status_code == 200
        assert list(answer.context["form"].errors) == [name]
    assert not TierRules.objects.exists()


def test_a_draft_is_changed_and_has_to_be_simulated_anew(mei):
    browser = signed_in(make_marketer())
    rules = drafted(browser)
    url = reverse("admin:members_tierrules_change", args=[rules.pk])
    assert browser.post(url, entered(needs={"silver": 900}, note="降低门槛")).status_code == 302
    rules.refresh_from_db()
    assert (rules.note, rules.simulation) == ("降低门槛", None)


def test_a_new_tier_waits_for_its_number():
    make_tiers()
    browser = signed_in(make_admin())
    form = {"name": "黑卡", "code": "black", "look": "gold", "purpose": "", "benefits-TOTAL_FORMS": "0",
            "benefits-INITIAL_FORMS": "0"}  # fmt: skip
    assert browser.post(reverse("admin:members_tier_add"), form).status_code == 302
    black = Tier.objects.get(code="black")
    assert black.threshold is None
    assert f"need_{black.pk}" in page(browser, "tierrules_add")
    rules = drafted(browser, needs={"black": 20_000})
    browser.post(reverse("admin:members_tierrules_apply", args=[rules.pk]))
    black.refresh_from_db()
    assert black.threshold == 20_000


def test_a_threshold_is_not_typed_in_on_the_page_of_the_tier():
    silver = make_tiers()["silver"]
    browser = signed_in(make_admin())
    form = {"name": "银卡", "code": "silver", "look": "silver", "purpose": "常来", "threshold": "7", "needs": "7",
            "benefits-TOTAL_FORMS": "0", "benefits-INITIAL_FORMS": "0"}  # fmt: skip
    assert browser.post(reverse("admin:members_tier_change", args=[silver.pk]), form).status_code == 302
    silver.refresh_from_db()
    assert (silver.threshold, silver.purpose) == (1000, "常来")


def test_a_marketer_drafts_and_simulates_but_an_administrator_puts_into_force(mei):
    marketer = signed_in(make_marketer())
    rules = drafted(marketer, needs={"gold": 1200})
    assert marketer.post(reverse("admin:members_tierrules_apply", args=[rules.pk])).status_code == 403
    guide = signed_in(make_guide())
    for name in ("simulate", "apply", "outcome"):
        assert guide.post(reverse(f"admin:members_tierrules_{name}", args=[rules.pk])).status_code == 302
    rules.refresh_from_db()
    assert rules.state == "draft"
    assert Tier.objects.get(code="gold").threshold == 5000


def test_looking_at_an_address_puts_nothing_into_force(mei):
    browser = signed_in(make_admin())
    rules = drafted(browser)
    for name in ("simulate", "apply"):
        assert browser.get(reverse(f"admin:members_tierrules_{name}", args=[rules.pk])).status_code == 405
    rules.refresh_from_db()
    assert rules.state == "draft"


def test_a_draft_may_be_thrown_away_and_history_not(mei):
    browser = signed_in(make_admin())
    rules = drafted(browser)
    browser.post(reverse("admin:members_tierrules_apply", args=[rules.pk]))
    other = drafted(browser)
    for one, status in ((rules, 403), (other, 302)):
        url = reverse("admin:members_tierrules_delete", args=[one.pk])
        assert browser.post(url, {"post": "yes"}).status_code == status
    assert not TierRules.objects.filter(pk=other.pk).exists()


def test_a_tier_is_given_by_hand_and_taken_back(mei):
    browser = signed_in(make_marketer("苏婉"))
    ends_on = windows().today + timedelta(days=30)
    form = {"member": mei.code, "tier": make_tiers()["gold"].pk, "ends_on": f"{ends_on}", "reason": "媒体合作"}
    assert browser.post(reverse("admin:members_tiergrant_add"), form).status_code == 302
    mei.refresh_from_db()
    assert mei.tier.code == "gold"
    story = page(browser, "member_change", mei.pk)
    assert "媒体合作" in story
    assert "苏婉" in story
    grant = TierGrant.objects.get()
    browser.post(
        reverse("admin:members_tiergrant_changelist"), {"action": "revoke", "_selected_action": [grant.pk]}, follow=True
    )
    mei.refresh_from_db()
    assert mei.tier.code == "silver"


def test_a_grant_that_makes_no_sense_says_so_and_gives_nothing(mei):
    browser = signed_in(make_marketer())
    gold, today = make_tiers()["gold"].pk, windows().today
    for changed in ({"member": "123"}, {"ends_on": f"{today - timedelta(days=1)}"}, {"reason": " "}, {"tier": 0}):
        form = {"member": mei.code, "tier": gold, "ends_on": f"{today}", "reason": "x"} | changed
        answer = browser.post(reverse("admin:members_tiergrant_add"), form)
        assert answer.status_code == 200
        assert answer.context["form"].errors
    assert not TierGrant.objects.exists()


def test_the_page_of_a_member_tells_the_story_of_their_tier(mei):
    story = page(signed_in(make_marketer()), "member_change", mei.pk)
    assert f"{windows().today + timedelta(days=265)}" in story
    assert "普卡 → 银卡" in story
    assert f"{reverse('admin:members_tiergrant_add')}?member={mei.code}" in story


def test_the_history_of_tiers_is_a_list_to_look_at(mei):
    assert TierChange.objects.count() == 1
    assert "张晓梅" in page(signed_in(make_marketer()), "tierchange_changelist")
