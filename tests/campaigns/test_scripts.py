"""Words a guide may use: filled in plainly, reading well when facts are missing, never a program."""

from datetime import datetime

import pytest

from campaigns import defaults, scripts
from campaigns.models import Reason, ReasonSetting, Script
from coupons import kinds
from tests.campaigns.scenery import coupon_of, facts_of, template
from tests.makers import make_guide, make_member, make_store, make_task

pytestmark = pytest.mark.django_db
GOLDEN = "{name}您好，我是{store}的{guide}。上次您买的{usual}今天新到一批。给您放了一张{coupon}，{until}前路过可以用。"
NOON = datetime.fromisoformat("2026-11-21T12:00:00+08:00")


@pytest.fixture
def lin():
    """Lin Xiaoman of Binhe Road."""
    return make_guide(store=make_store("滨河路店"))


@pytest.fixture
def zihan(lin):
    """Zhou Zihan, who usually buys ugli fruit."""
    member = make_member("周子涵", guide=lin)
    facts_of(member, orders=1, last=12, category="沃柑")
    return member


def test_everything_known_is_filled_in(lin, zihan):
    terms = template(days=7).terms
    assert scripts.render(GOLDEN, zihan, lin, terms, NOON) == (
        "子涵您好，我是滨河路店的小满。上次您买的沃柑今天新到一批。"
        f"给您放了一张{kinds.offer_text(terms)}，11-27前路过可以用。"
    )


def test_clauses_whose_facts_are_missing_are_left_out_and_the_rest_reads_well(lin):
    nobody = make_member("", guide=lin)
    assert scripts.render(GOLDEN, nobody, lin) == "您好，我是滨河路店的小满。"
    assert scripts.render("{usual}到了，过来看看。", nobody, lin) == "过来看看。"
    assert scripts.render("过来看看，{usual}到了。", nobody, lin) == "过来看看。"
    assert scripts.render("Hello {name}, try our {usual}. Bye.", make_member("Anna Smith"), lin) == "Hello Anna. Bye."
    assert scripts.render("{coupon}，{until}", nobody, lin) == ""


def test_a_reminder_speaks_of_the_coupon_the_member_holds_and_its_own_last_day(lin, zihan):
    held = coupon_of(zihan, template("老券"), until=datetime.fromisoformat("2026-11-23T00:00:00+08:00"))
    task = make_task(zihan, reason=Reason.COUPON_EXPIRING, occurrence=str(held.pk), why={"coupon": held.pk})
    assert scripts.coupon_of(task) == held
    said = scripts.render("您的{coupon}{until}到期。", zihan, lin, coupon=held)
    assert said == f"您的{kinds.offer_text(held.terms)}11-22到期。"
    held.state = "voided"
    held.save()
    assert scripts.coupon_of(task) is None


def test_text_of_people_is_never_read_as_a_variable_or_a_template(lin):
    member = make_member("{guide}", guide=lin)
    assert scripts.render("{name}您好", member, lin) == "{guide}您好"
    hostile = "{{ member.phone }} {% load x %} {member.__class__} {unknown} {name}"
    assert scripts.render(hostile, make_member("李娜"), lin) == (
        "{{ member.phone }} {% load x %} {member.__class__} {unknown} 李娜"
    )


def test_the_message_never_exceeds_what_an_offer_can_hold(lin, zihan):
    assert len(scripts.render("{name}您好，" * 90, zihan, lin)) <= 500


@pytest.mark.parametrize(
    ("name", "said"), [("周子涵", "子涵"), ("李娜", "李娜"), ("欧阳晓明", "欧阳晓明"), ("Anna Smith", "Anna"), ("", "")]
)
def test_people_are_called_as_one_calls_them(name, said):
    assert scripts.called(name) == said


def test_a_house_begins_with_three_styles_per_reason_and_keeps_what_hq_changed():
    defaults.ensure_defaults()
    assert [script.style for script in scripts.scripts_for(Reason.DECLINING)][:3] == ["到货", "关心", "简短"]
    assert Script.objects.count() == 27
    Script.objects.filter(reason=Reason.DECLINING, style="关心").update(text="想您了")
    ReasonSetting.objects.filter(reason=Reason.BIRTHDAY).update(days=5)
    defaults.ensure_defaults()
    assert Script.objects.count() == 27
    assert Script.objects.get(reason=Reason.DECLINING, style="关心").text == "想您了"
    assert ReasonSetting.objects.get(reason=Reason.BIRTHDAY).days == 5


def test_every_default_script_reads_as_sentences_with_all_facts_and_with_none(lin, zihan):
    defaults.ensure_defaults()
    terms, nobody = template().terms, make_member("", guide=lin)
    for script in Script.objects.all():
        full, bare = scripts.render(script, zihan, lin, terms), scripts.render(script, nobody, lin)
        assert "{" not in full + bare
        assert "子涵您好" in full
        assert "小满" in full
        assert bare.startswith("您好")
        assert "生日礼" not in bare
        assert "券包" not in bare
        assert "用掉" not in bare
        assert "，。" not in bare
        assert "。。" not in bare


def test_own_scripts_come_before_general_ones_and_retired_ones_not_at_all():
    general = Script.objects.create(style="关心", text="您好")
    own = Script.objects.create(reason=Reason.BIRTHDAY, style="关心", text="生日快乐", position=9)
    Script.objects.create(reason=Reason.BIRTHDAY, style="简短", text="旧", is_active=False)
    assert list(scripts.scripts_for(Reason.BIRTHDAY)) == [own, general]
    assert list(scripts.scripts_for("")) == [general]
