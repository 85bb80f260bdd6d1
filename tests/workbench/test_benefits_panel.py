"""The benefits of a member: what is left, one tap to record a use, the way back, and what is not recorded by hand."""

from datetime import date, timedelta

import pytest
from django.db.models import F

from coupons.models import TierGift
from members import benefits
from members.defaults import ensure_defaults
from members.models import Benefit, BenefitUse, Birthday, Member
from tests.makers import make_member, make_template
from tests.workbench.scenery import part, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def mei(chain):
    """Zhang Xiaomei, gold, looked after by Lin Xiaoman."""
    ensure_defaults()
    return make_member("张晓梅", tier="gold", guide=chain.lin)


@pytest.fixture
def lins_phone(chain):
    return signed_in(chain.lin)


def panel(browser, member) -> dict:
    """The rows of the panel by kind of benefit."""
    shown = browser.get(f"/m/{member.pk}/panels/", headers=part("panels")).context["benefits"]["rows"]
    kinds = dict(Benefit.objects.values_list("pk", "kind"))
    return {kinds[row.pk]: row for row in shown}


def tap(browser, member, row, key: str | None = None, **headers):
    """One tap on 记一次."""
    form = {"key": row.key if key is None else key}
    return browser.post(f"/m/{member.pk}/benefits/{row.pk}/", form, headers=headers or part("benefits"))


def test_the_panel_says_what_the_tier_gives_and_what_is_left(mei, lins_phone, time_machine):
    time_machine.move_to("2026-11-22T02:00:00Z")
    rows = panel(lins_phone, mei)
    assert (rows["tasting"].state, rows["tasting"].can_use) == ("还剩 4 次，到 11-30", True)
    assert (rows["percent_off"].note, rows["percent_off"].can_use) == ("收银时 9.5折", False)
    assert (rows["points_factor"].title, rows["points_factor"].note) == ("积分 1.5 倍", "")
    assert rows["dedicated_guide"].note == "林小满"


def test_a_tap_records_a_use_here_and_now_and_the_toast_leads_back(chain, mei, lins_phone):
    answer = tap(lins_phone, mei, panel(lins_phone, mei)["tasting"])
    used = BenefitUse.objects.get()
    assert (used.store, used.made_by) == (chain.store, chain.lin)
    text = answer.content.decode()
    assert f"/m/{mei.pk}/benefits/undo/{used.pk}/" in text
    assert 'id="toasts"' in text
    assert panel(lins_phone, mei)["tasting"].recent[0].pk == used.pk
    back = lins_phone.post(f"/m/{mei.pk}/benefits/undo/{used.pk}/", headers=part("benefits"))
    assert back.status_code == 200
    assert BenefitUse.objects.filter(taken_back_at=None).count() == 0


def test_a_tap_that_is_sent_twice_counts_once(mei, lins_phone):
    row = panel(lins_phone, mei)["tasting"]
    tap(lins_phone, mei, row)
    tap(lins_phone, mei, row)
    assert BenefitUse.objects.count() == 1


def test_without_scripts_a_tap_works_as_well(mei, lins_phone):
    row = panel(lins_phone, mei)["tasting"]
    answer = lins_phone.post(f"/m/{mei.pk}/benefits/{row.pk}/", {"key": row.key}, follow=True)
    assert "已记录：新品优先试吃" in answer.content.decode()
    assert BenefitUse.objects.count() == 1


def test_what_is_used_up_has_no_button_and_an_old_page_is_refused(mei, lins_phone, time_machine):
    time_machine.move_to("2026-11-22T02:00:00Z")
    row = panel(lins_phone, mei)["upgrade_gift"]
    tap(lins_phone, mei, row)
    after = panel(lins_phone, mei)["upgrade_gift"]
    assert (after.can_use, after.is_spent, after.state) == (False, True, "已用")
    answer = tap(lins_phone, mei, row, key="another")
    assert answer.status_code == 422
    assert "已经用过" in answer.content.decode()
    assert BenefitUse.objects.count() == 1


@pytest.mark.parametrize("kind", ["percent_off", "points_factor", "dedicated_guide"])
def test_what_works_by_itself_or_at_the_till_is_not_recorded_by_hand(mei, lins_phone, kind):
    answer = tap(lins_phone, mei, panel(lins_phone, mei)[kind])
    assert answer.status_code == 422
    assert not BenefitUse.objects.exists()


def test_a_gift_that_comes_as_a_coupon_is_not_handed_over(mei, lins_phone):
    birthday = Benefit.objects.get(tier__code="gold", kind="birthday_gift")
    TierGift.objects.create(benefit=birthday, template=make_template(amount_off=15))
    row = panel(lins_phone, mei)["birthday_gift"]
    assert (row.note, row.can_use) == ("自动发券：满60减15 · 每年 1 次", False)


def test_a_birthday_gift_names_the_coming_birthday(mei, lins_phone, time_machine):
    time_machine.move_to("2026-11-22T02:00:00Z")
    Member.objects.filter(pk=mei.pk).update(
        birthday=date(1990, 10, 3), birthday_calendar=Birthday.LUNAR, feast_month=8, feast_day=15
    )
    assert panel(lins_phone, mei)["birthday_gift"].note.endswith("生日 09-15")


def test_what_is_older_than_a_day_is_for_headquarters_to_take_back(chain, mei, lins_phone):
    used = benefits.use(mei, Benefit.objects.get(tier__code="gold", kind="tasting"), reference="a", by=chain.lin)
    BenefitUse.objects.update(recorded_at=F("recorded_at") - timedelta(days=2))
    assert panel(lins_phone, mei)["tasting"].recent == []
    answer = lins_phone.post(f"/m/{mei.pk}/benefits/undo/{used.pk}/", headers=part("benefits"))
    assert answer.status_code == 422
    assert BenefitUse.objects.get().taken_back_at is None


@pytest.mark.parametrize("who", ["he", "gu"])
def test_members_of_others_are_not_there(chain, mei, who):
    stranger = signed_in(getattr(chain, who))
    tasting = Benefit.objects.get(tier__code="gold", kind="tasting")
    used = benefits.use(mei, tasting, reference="a", by=chain.lin)
    assert stranger.post(f"/m/{mei.pk}/benefits/{tasting.pk}/", {"key": "x"}).status_code == 404
    assert stranger.post(f"/m/{mei.pk}/benefits/undo/{used.pk}/").status_code == 404
    assert BenefitUse.objects.filter(taken_back_at=None).count() == 1


def test_a_use_of_one_member_is_not_taken_back_on_the_page_of_another(chain, mei, lins_phone):
    used = benefits.use(mei, Benefit.objects.get(tier__code="gold", kind="tasting"), reference="a", by=chain.lin)
    assert lins_phone.post(f"/m/{chain.zihan.pk}/benefits/undo/{used.pk}/").status_code == 404
    assert BenefitUse.objects.get().taken_back_at is None
