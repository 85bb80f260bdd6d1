"""A member opened by the code on their phone; a number dialled is a contact."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.models import Touch
from members import shortcodes
from members.models import Member, TimelineFact
from stores.errors import NotFound, Refusal
from tests.makers import make_task
from tests.workbench.scenery import part, signed_in

pytestmark = pytest.mark.django_db


def test_the_code_on_the_phone_and_its_digits_open_the_member(chain):
    client = signed_in(chain.lin)
    digits = chain.zihan.code
    for text in (shortcodes.issue(chain.zihan).code, digits, f" {digits[:4]} {digits[4:]} "):
        assert client.post("/m/scan/", {"code": text}).headers["Location"] == f"/m/{chain.zihan.pk}/"
    answer = client.post("/m/scan/", {"code": chain.zihan.code}, headers=part("scan"))
    assert answer.headers["HX-Redirect"] == f"/m/{chain.zihan.pk}/"


def test_a_code_is_over_after_its_time_and_cannot_be_made_up(chain):
    made = shortcodes.issue(chain.zihan)
    assert shortcodes.read(made.code) == chain.zihan.pk
    with pytest.raises(Refusal) as over:
        shortcodes.read(made.code, at=made.expires_at + timedelta(seconds=1))
    assert over.value.code == "code_expired"
    head, body, ends, signature = made.code.split(".")
    other = shortcodes.issue(chain.jianguo).code.split(".")[1]
    longer = shortcodes.issue(chain.zihan, at=timezone.now() + timedelta(days=1)).code.split(".")[2]
    for forged in (f"{head}.{other}.{ends}.{signature}", f"{head}.{body}.{longer}.{signature}",
                   f"{head}.{body}.{ends}.{'A' * 16}", "CK1", ""):  # fmt: skip
        with pytest.raises(NotFound):
            shortcodes.read(forged)


def test_an_expired_code_is_said_in_words_and_opens_nothing(chain):
    old = shortcodes.issue(chain.zihan, at=timezone.now() - timedelta(minutes=10)).code
    answer = signed_in(chain.lin).post("/m/scan/", {"code": old})
    assert answer.status_code == 422
    assert answer.context["error"]
    assert old not in answer.content.decode()


def test_somebody_elses_member_answers_like_a_code_that_nobody_has(chain):
    free = str(int(Member.objects.order_by("-code").values_list("code", flat=True)[0]) // 11 * 11 - 11 * 7)
    client = signed_in(chain.lin)
    answers = [client.post("/m/scan/", {"code": code}) for code in
               (shortcodes.issue(chain.jianguo).code, chain.jianguo.code, free)]  # fmt: skip
    assert {(answer.status_code, answer.context["error"]) for answer in answers} == {(422, answers[0].context["error"])}
    manager = signed_in(chain.zhou).post("/m/scan/", {"code": chain.jianguo.code})
    assert manager.headers["Location"] == f"/m/{chain.jianguo.pk}/"  # the control


def test_dialling_is_a_contact_once_and_finishing_the_task_confirms_the_same(chain):
    client = signed_in(chain.lin)
    for _tap in range(2):
        assert client.post(f"/m/{chain.zihan.pk}/called/", headers=part()).status_code == 204
    call = Touch.objects.get()
    assert (call.source, call.channel, call.guide) == ("call", "phone_call", chain.lin)
    assert TimelineFact.objects.filter(kind="member.called").exists()
    task = make_task(chain.zihan)
    client.post(f"/m/{chain.zihan.pk}/called/")
    client.post(f"/t/{task.pk}/done/", headers=part("task"))
    assert sorted(Touch.objects.values_list("source", flat=True)) == ["call", "task"]


def test_nobody_dials_a_member_they_do_not_look_after(chain):
    assert signed_in(chain.gu).post(f"/m/{chain.zihan.pk}/called/").status_code == 404
    assert not Touch.objects.exists()


def test_before_the_number_is_shown_one_is_told_that_calls_were_not_agreed_to(chain):
    page = signed_in(chain.lin).get(f"/m/{chain.zihan.pk}/reveal/", headers=part("modal"))
    assert page.context["may_call"] is False
    shown = signed_in(chain.lin).post(f"/m/{chain.zihan.pk}/reveal/", {"reason": "call_back"}, headers=part("phone"))
    text = shown.content.decode()
    assert 'href="tel:13800001234"' in text
    assert 'data-copy="13800001234"' in text
