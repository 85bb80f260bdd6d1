"""A tap on a tag tells where it comes from; two more say that a system tag does not fit, or end one set by hand."""

from datetime import timedelta

import pytest
from django.utils import timezone

from members.models import MemberTag, TagDispute
from members.windows import local_day
from tests.makers import make_member
from tests.workbench.scenery import a_tag, part, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def valued(chain):
    """A system tag with a rule that 周子涵 carries."""
    tag = a_tag("超高价值", group="规则", kind="system", guides_set=False)
    tag.rule = {"all": [{"fact": "orders", "op": "gte", "value": "1"}]}
    tag.save()
    chain.zihan.member_tags.create(tag=tag, source="rule")
    return tag


def about(chain, tag) -> str:
    return f"/m/{chain.zihan.pk}/tag/{tag.pk}/"


def test_the_sheet_says_which_rule_set_it_and_since_when(chain, valued):
    page = signed_in(chain.lin).get(about(chain, valued), headers=part()).content.decode()
    assert "累计单数 至少 1" in page
    assert f"{timezone.localtime():%Y-%m-%d}" in page
    by_hand = a_tag("住附近")
    chain.zihan.member_tags.create(tag=by_hand, set_by=chain.lin)
    assert chain.lin.name in signed_in(chain.lin).get(about(chain, by_hand), headers=part()).content.decode()


def test_two_taps_and_a_reason_dispute_it(chain, valued):
    client = signed_in(chain.lin)
    panel = client.post(about(chain, valued), {"reason": "for_others", "text": "给公司买"}, headers=part("tags"))
    assert panel.status_code == 200
    dispute = TagDispute.objects.get()
    assert (dispute.raised_by, dispute.member, dispute.state) == (chain.lin, chain.zihan, "open")
    assert dispute.reason.endswith("给公司买")
    (shown,) = [one for one in panel.context["tags"]["system"] if one.pk == valued.pk]
    assert shown.is_disputed
    again = client.post(about(chain, valued), {"reason": "known"}, headers=part("tags"))
    assert again.status_code == 422
    assert TagDispute.objects.count() == 1


def test_without_a_reason_nothing_is_disputed(chain, valued):
    answer = signed_in(chain.lin).post(about(chain, valued), {"reason": ""}, headers=part("tags"))
    assert answer.status_code == 422
    assert not TagDispute.objects.exists()


def test_an_end_is_chosen_for_what_was_set_by_hand(chain):
    tag, today = a_tag("在减糖"), local_day(timezone.now())
    chain.zihan.member_tags.create(tag=tag, set_by=chain.lin)
    client = signed_in(chain.lin)
    wrong = client.post(about(chain, tag), {"until": f"{today - timedelta(days=1)}"}, headers=part("tags"))
    assert wrong.status_code == 422
    client.post(about(chain, tag), {"until": f"{today + timedelta(days=3)}"}, headers=part("tags"))
    assert MemberTag.objects.get(tag=tag).expires_at is not None


def test_the_tags_of_others_and_hidden_ones_are_not_told(chain, valued):
    chain.anna.member_tags.create(tag=valued, source="rule")
    client = signed_in(chain.lin)
    assert client.get(f"/m/{chain.anna.pk}/tag/{valued.pk}/").status_code == 404
    hidden = a_tag("投诉过", group="内部", guides_see=False, guides_set=False)
    chain.zihan.member_tags.create(tag=hidden)
    assert client.get(about(chain, hidden)).status_code == 404
    assert client.post(about(chain, hidden), {"reason": "known"}).status_code == 404
    assert not TagDispute.objects.exists()


def test_before_tagging_several_one_sees_how_many_have_it(chain):
    other, tag = make_member("许静雯", guide=chain.lin), a_tag()
    chain.zihan.member_tags.create(tag=tag)
    chain.anna.member_tags.create(tag=tag)
    chosen = {"member": [chain.zihan.pk, other.pk, chain.anna.pk]}
    answer = signed_in(chain.lin).get("/m/tag/", chosen, headers=part())
    (offered,) = [one for one in answer.context["suggestions"] if one["pk"] == tag.pk]
    assert (offered["has"], offered["comes"]) == (1, 1), "what others' members carry is not counted"
