"""Several members chosen in the list: an offer with its preview, tasks to follow up, tags; and the way back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.models import GuideTask, Reason
from coupons.models import Offer, OfferState
from tests.makers import make_member
from tests.workbench.scenery import agree, part, signed_in
from workbench.presenters.manyoffer import mark_of

pytestmark = pytest.mark.django_db
KEY = "0123456789abcdef0123456789abcdef"
TEXT = "{name}您好，{coupon}"


@pytest.fixture
def jingwen(chain):
    """Xu Jingwen, Lin Xiaoman's too, who agreed to no channel."""
    return make_member("许静雯", guide=chain.lin)


def form(chain, *members, **given):
    """What the page sends when one presses the button."""
    ids = [member.pk for member in members]
    seen = mark_of(TEXT, chain.second.pk, ids)
    return {"member": ids, "template": chain.second.pk, "message": TEXT, "request_key": KEY, "seen": seen} | given


def test_the_preview_says_who_gets_it_who_does_not_and_what_it_costs(chain, jingwen):
    page = signed_in(chain.lin).get("/m/offer/", {"member": [chain.zihan.pk, jingwen.pk, chain.jianguo.pk]})
    assert page.context["names"] == "周子涵"
    assert [(one.names, one.count) for one in page.context["dropped"]] == [("许静雯", 1), ("", 1)]
    assert "刘建国" not in page.content.decode()  # a colleague's: counted, not named
    assert page.context["cost"] == "¥8"
    assert "满39减8" in page.context["bubble"]


def test_one_press_sends_and_the_second_one_sends_nothing_more(chain, jingwen):
    client = signed_in(chain.lin)
    answers = [client.post("/m/offer/", form(chain, chain.zihan, jingwen)) for _press in range(2)]
    assert [answer.context["count"] for answer in answers] == [1, 1]
    offer = Offer.objects.get()
    assert (offer.member, offer.state, offer.text) == (chain.zihan, OfferState.QUEUED, "子涵您好，满39减8")
    assert "许静雯" in answers[0].content.decode()
    client.post(answers[0].context["undo_url"])
    offer.refresh_from_db()
    assert offer.state == OfferState.TAKEN_BACK


def test_what_was_not_previewed_is_not_sent(chain):
    client = signed_in(chain.lin)
    for changed in ({"message": "别的话"}, {"seen": ""}, {"request_key": ""}):
        client.post("/m/offer/", form(chain, chain.zihan, **changed))
    assert not Offer.objects.exists()
    client.post("/m/offer/", form(chain, chain.zihan))  # the control
    assert Offer.objects.count() == 1


def test_when_nobody_may_get_it_the_page_stays_and_says_why(chain, jingwen):
    answer = signed_in(chain.lin).post("/m/offer/", form(chain, jingwen))
    assert answer.status_code == 422
    assert "许静雯" in answer.content.decode()
    assert not Offer.objects.exists()


def test_tasks_for_several_with_a_day_appear_on_the_list_and_can_be_taken_back(chain, jingwen):
    client = signed_in(chain.lin)
    due = timezone.localdate() + timedelta(days=5)
    given = {"member": [chain.zihan.pk, jingwen.pk], "what": "问车厘子", "due_on": due.isoformat(), "request_key": KEY}
    for _press in range(2):
        answer = client.post("/m/tasks/", given, headers=part("modal"))
    assert set(GuideTask.objects.values_list("reason", "due_on", "guide")) == {(Reason.FOLLOW_UP, due, chain.lin.pk)}
    assert GuideTask.objects.count() == 2
    assert "问车厘子" in client.get("/").content.decode()
    assert f"/m/tasks/{KEY}/undo/" in answer.content.decode()
    client.post(f"/m/tasks/{KEY}/undo/", headers=part())
    assert not GuideTask.objects.exists()


def test_a_usual_task_takes_two_taps_and_without_anything_said_there_is_none(chain):
    client = signed_in(chain.lin)
    given = {"member": chain.zihan.pk, "request_key": KEY}
    refused = client.post("/m/tasks/", given | {"days": 3})
    assert refused.status_code == 422
    assert not GuideTask.objects.exists()
    client.post("/m/tasks/", given | {"usual": "ask", "days": 3})
    assert GuideTask.objects.get().due_on == timezone.localdate() + timedelta(days=3)


def test_a_colleagues_member_alone_answers_as_if_they_did_not_exist(chain):
    client = signed_in(chain.lin)
    others = {"member": chain.jianguo.pk}
    assert client.get("/m/offer/", others).status_code == 404
    assert client.post("/m/offer/", form(chain, chain.jianguo)).status_code == 404
    assert client.get("/m/tasks/", others).status_code == 404
    assert client.post("/m/tasks/", others | {"usual": "ask", "days": 0, "request_key": KEY}).status_code == 404
    assert not Offer.objects.exists()
    assert not GuideTask.objects.exists()


def test_the_list_marks_who_agreed_to_nothing_and_offers_what_one_may_do(chain, jingwen):
    text = signed_in(chain.lin).get("/m/?select=1").content.decode()
    assert text.count("data-mute>") == 1
    for path in ("/m/tag/", "/m/tasks/", "/m/offer/"):
        assert f'"{path}"' in text


def test_after_tagging_one_is_back_on_the_list_as_it_was(chain):
    page = signed_in(chain.lin).get(
        "/m/tag/",
        {"member": chain.zihan.pk},
        headers=part("modal") | {"HX-Current-URL": "http://testserver/m/?select=1"},
    )
    assert page.context["back"] == "http://testserver/m/?select=1"
    elsewhere = part("modal") | {"HX-Current-URL": "https://evil.example/m/"}
    assert signed_in(chain.lin).get("/m/tag/", {"member": chain.zihan.pk}, headers=elsewhere).context["back"] == "/m/"


def test_agreeing_makes_the_difference(chain, jingwen):
    agree(jingwen)
    answer = signed_in(chain.lin).post("/m/offer/", form(chain, chain.zihan, jingwen))
    assert answer.context["count"] == 2
