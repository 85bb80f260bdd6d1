"""Promotions in the admin: entered by kind, tried out while typing, published by somebody else, ended, copied."""

from decimal import Decimal

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Promotion, PromotionKind, PromotionState
from stores.models import Staff
from tests.campaigns.promoting import make_promotion, stock_shelves
from tests.makers import make_admin, make_guide, make_marketer, make_store, make_tiers

pytestmark = pytest.mark.django_db


def signed_in(person: Staff) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


@pytest.fixture
def su_wan():
    return make_marketer("苏婉")


@pytest.fixture(autouse=True)
def _goods():
    stock_shelves()


def form(**given) -> dict:
    """What Su Wan enters beside what the kind asks for."""
    now = timezone.localtime()
    return {
        "name": "周末促销", "starts_at_0": f"{now:%Y-%m-%d}", "starts_at_1": "00:00:00",
        "ends_at_0": f"{now.year + 1}-01-31", "ends_at_1": "00:00:00",
    } | given  # fmt: skip


def gold() -> int:
    return make_tiers()["gold"].pk


KINDS = {
    "full_reduction": {"steps-from": ["200", "300", ""], "steps-off": ["30", "60", ""], "excludes": ["coupon"]},
    "nth_item": {"nth": "2", "paid": "50", "same_item": "on"},
    "bundle": {"parts-count": ["1", "1"], "parts-skus": ["F001, F002", "F041"], "parts-category": ["", ""],
               "price": "39.9"},
    "flash_price": {"prices-sku": ["F011"], "prices-price": ["29.9"], "stock": "100", "member_limit": "2"},
    "gift": {"gifts-name": ["酸奶"], "gifts-sku": ["F071"], "gifts-value": ["8.8"], "gifts-quantity": ["1"],
             "from": "99"},
}  # fmt: skip
WORDS = {
    "full_reduction": "满200减30，满300减60",
    "nth_item": "第2件",
    "bundle": "阳光玫瑰",
    "flash_price": "智利车厘子",
    "gift": "酸奶",
}


def entered(browser: Client, kind: str, **given):
    return browser.post(f"{reverse('admin:campaigns_promotion_add')}?kind={kind}", form(**given))


def test_a_new_promotion_begins_with_its_kind(su_wan):
    page = signed_in(su_wan).get(reverse("admin:campaigns_promotion_add")).content.decode()
    for kind in PromotionKind:
        assert f"?kind={kind}" in page


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_an_editor_that_saves_a_draft_and_shows_it_again(su_wan, kind):
    browser = signed_in(su_wan)
    answer = entered(browser, kind, **KINDS[kind])
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    promotion = Promotion.objects.get()
    assert (promotion.kind, promotion.state, promotion.created_by) == (kind, PromotionState.DRAFT, su_wan)
    address = reverse("admin:campaigns_promotion_change", args=[promotion.pk])
    page = browser.get(address)
    assert page.status_code == 200
    before = promotion.params
    again = browser.post(address, form(**KINDS[kind], name="改了名"))
    assert again.status_code == 302, again.context["adminform"].form.errors
    promotion.refresh_from_db()
    assert (promotion.name, promotion.params) == ("改了名", before)
    assert WORDS[kind] in browser.get(reverse("admin:campaigns_promotion_changelist")).content.decode()


def test_a_percentage_by_tier_is_entered_with_the_tiers_of_the_house(su_wan):
    given = {"percents-tier": [gold(), ""], "percents-paid": ["90", ""], "from": "100"}
    assert entered(signed_in(su_wan), "tier_percent", **given).status_code == 302
    promotion = Promotion.objects.get()
    assert promotion.params == {"percents": [{"tier": gold(), "paid": "90"}], "from": "100", "most": None}


def test_everything_of_the_form_reaches_the_promotion(su_wan):
    store, other = make_store("静安寺店"), make_store("徐家汇店")
    entered(
        signed_in(su_wan), "full_reduction", **KINDS["full_reduction"], stores=[store.pk], excluded_stores=[other.pk],
        channels="web, pos", weekdays=["6", "7"], hour_from="10:00", hour_until="20:00", tiers=[gold()],
        skus="F001\n F011、F001", stack_group="满减", members_only="on", cost_owner="总部",
    )  # fmt: skip
    made = Promotion.objects.get()
    assert (made.store_ids, made.excluded_store_ids, made.channels) == ([store.pk], [other.pk], ["pos", "web"])
    assert (made.weekdays, made.hour_from.hour, made.hour_until.hour, made.tier_ids) == ([6, 7], 10, 20, [gold()])
    assert (made.skus, made.stack_group, made.members_only, made.excludes) == (
        ["F001", "F011"],
        "满减",
        True,
        ["coupon"],
    )


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"steps-from": ["20"], "steps-off": ["30"]}, "steps"),
        ({"steps-from": ["200", "300"], "steps-off": ["30", "20"]}, "steps"),
        ({"steps-from": ["许多"], "steps-off": ["30"]}, "steps"),
        ({"ends_at_0": "2020-01-01"}, "ends_at"),
        ({"hour_from": "20:00", "hour_until": "10:00"}, "hour_until"),
    ],
)
def test_contradictions_stand_beside_their_field_and_nothing_is_saved(su_wan, given, field):
    answer = entered(signed_in(su_wan), "full_reduction", **(KINDS["full_reduction"] | given))
    assert answer.status_code == 200
    assert field in answer.context["adminform"].form.errors
    assert not Promotion.objects.exists()


def live(browser: Client, kind: str, **given):
    return browser.post(f"{reverse('admin:campaigns_promotion_live')}?kind={kind}", form(**given))


def test_the_editor_says_what_it_gives_and_tries_it_on_a_sample_cart_without_saving(su_wan):
    sample = {"sample-sku": ["F001", "F011"], "sample-quantity": ["5", "3"], "sample-price": ["29.90", "39.90"]}
    answer = live(signed_in(su_wan), "full_reduction", **KINDS["full_reduction"], **sample)
    page, trial = answer.content.decode(), answer.context["trial"]
    assert "满200减30，满300减60，不与券同享" in page
    assert (trial.amount, trial.off, trial.to_pay) == (Decimal("269.20"), Decimal("30.00"), Decimal("239.20"))
    assert (trial.short, trial.gain) == (Decimal("30.80"), Decimal("30.00"))
    assert [line.off for line in trial.lines] == [Decimal("16.66"), Decimal("13.34")]
    assert not Promotion.objects.exists()


def test_while_it_contradicts_itself_the_editor_says_so_instead(su_wan):
    page = live(signed_in(su_wan), "full_reduction", **{"steps-from": ["20"], "steps-off": ["30"]}).content.decode()
    assert "¥30" in page
    assert "<table" not in page


def test_a_promotion_without_a_name_is_tried_out_and_a_product_that_is_not_on_file_is_pointed_at(su_wan):
    given = KINDS["full_reduction"] | {"name": "", "skus": "F001 F999"}
    page = live(signed_in(su_wan), "full_reduction", **given).content.decode()
    assert "满200减30" in page
    assert page.count("F999") == 2  # in the sentence, which has no name for it, and pointed at
    assert "F001" not in page
    assert not Promotion.objects.exists()


def test_guides_get_nothing_from_the_editor():
    assert live(signed_in(make_guide()), "full_reduction", **KINDS["full_reduction"]).status_code in (302, 403)


def run_action(browser: Client, action: str, promotion: Promotion) -> list[str]:
    url = reverse("admin:campaigns_promotion_changelist")
    answer = browser.post(url, {"action": action, "_selected_action": [promotion.pk]}, follow=True)
    promotion.refresh_from_db()
    return [str(message) for message in get_messages(answer.wsgi_request)] or [
        str(message) for message in answer.context["messages"]
    ]


def test_somebody_else_publishes_what_one_has_entered(su_wan):
    entered(signed_in(su_wan), "full_reduction", **KINDS["full_reduction"])
    promotion = Promotion.objects.get()
    run_action(signed_in(su_wan), "publish", promotion)
    assert promotion.state == PromotionState.DRAFT
    he = make_admin("何建国")
    run_action(signed_in(he), "publish", promotion)
    assert (promotion.state, promotion.published_by) == (PromotionState.PUBLISHED, he)
    run_action(signed_in(su_wan), "end", promotion)
    assert promotion.state == PromotionState.ENDED


def test_whoever_changes_a_draft_becomes_its_maker(su_wan):
    entered(signed_in(make_admin("何建国")), "full_reduction", **KINDS["full_reduction"])
    promotion = Promotion.objects.get()
    address = reverse("admin:campaigns_promotion_change", args=[promotion.pk])
    signed_in(su_wan).post(address, form(**KINDS["full_reduction"] | {"steps-off": ["50", "90", ""]}))
    run_action(signed_in(su_wan), "publish", promotion)
    assert (promotion.state, promotion.created_by) == (PromotionState.DRAFT, su_wan)


def test_what_was_published_is_shown_with_its_results_and_cannot_be_changed(su_wan):
    promotion = make_promotion()
    browser = signed_in(su_wan)
    address = reverse("admin:campaigns_promotion_change", args=[promotion.pk])
    page = browser.get(address)
    assert page.status_code == 200
    assert "满200减30" in page.content.decode()
    assert browser.post(address, form(**KINDS["full_reduction"], name="改了名")).status_code == 403
    assert browser.post(reverse("admin:campaigns_promotion_delete", args=[promotion.pk])).status_code == 403
    promotion.refresh_from_db()
    assert promotion.name == "满200减30"


def test_a_copy_is_a_draft_with_the_same_content(su_wan):
    promotion = make_promotion(excludes=["coupon"], weekdays=[6, 7])
    run_action(signed_in(su_wan), "copy", promotion)
    made = Promotion.objects.exclude(pk=promotion.pk).get()
    assert (made.state, made.params, made.excludes) == (PromotionState.DRAFT, promotion.params, ["coupon"])
    assert (made.created_by, made.weekdays) == (su_wan, [6, 7])
