"""Recruiting in the workbench: my code and its poster, people confirmed by the digits they show."""

import pytest

from campaigns.models import ChannelCode, JoinRequest, JoinState
from campaigns.recruiting import codes
from members.models import Member
from tests.makers import make_area_manager
from tests.recruiting.people import asked
from tests.workbench.scenery import Chain, signed_in

pytestmark = pytest.mark.django_db
PAGE = "/me/recruiting/"


def test_a_guide_sees_their_code_large_with_its_link_and_no_other(chain: Chain):
    page = signed_in(chain.lin).get(PAGE).content.decode()
    code = ChannelCode.objects.get()
    assert (code.guide, code.kind) == (chain.lin, "guide")
    assert f"/join/{code.code}/" in page
    assert 'class="segno"' in page
    assert "何俊" not in page


def test_a_manager_sees_the_stores_code_and_each_guide(chain: Chain):
    codes.of_guide(chain.he)
    page = signed_in(chain.zhou).get(PAGE).content.decode()
    ours = ChannelCode.objects.get(kind="store")
    assert ours.code in page
    for guide in ("林小满", "何俊", "周敏"):
        assert guide in page


def test_an_area_manager_looks_at_one_store_after_the_other(chain: Chain):
    browser = signed_in(make_area_manager(region=chain.store.region))
    for store in (chain.store, chain.elsewhere):
        page = browser.get(PAGE, {"store": store.pk}).content.decode()
        assert ChannelCode.objects.get(kind="store", store=store).code in page


def test_the_digits_that_somebody_shows_make_them_a_member(chain: Chain):
    asking = asked(codes.of_guide(chain.lin), phone="13900001111", name="吴晓峰")
    browser = signed_in(chain.he)
    shown = browser.get(PAGE).content.decode()
    assert "139****1111" in shown
    assert asking.spoken not in shown  # whoever confirms must have seen it
    browser.post(f"{PAGE}confirm/", {"digits": asking.spoken})
    member = Member.objects.get(name="吴晓峰")
    assert member.guide == chain.lin
    assert JoinRequest.objects.get().ended_by == chain.he


def test_wrong_digits_confirm_nobody(chain: Chain):
    asking = asked(codes.of_guide(chain.lin), phone="13900001111")
    wrong = f"{(int(asking.spoken) + 1) % 10_000:04d}"
    before = Member.objects.count()
    for digits in (wrong, "", "abcd", "1" * 400, "\0"):
        assert signed_in(chain.lin).post(f"{PAGE}confirm/", {"digits": digits}).status_code == 302
    assert (JoinRequest.objects.get().state, Member.objects.count()) == (JoinState.WAITING, before)


def test_a_guide_of_another_store_neither_confirms_nor_turns_down(chain: Chain):
    asking = asked(codes.of_guide(chain.lin), phone="13900001111")
    stranger = signed_in(chain.gu)
    stranger.post(f"{PAGE}confirm/", {"digits": asking.spoken})
    assert stranger.post(f"{PAGE}{asking.pk}/refuse/").status_code == 404
    assert JoinRequest.objects.get().state == JoinState.WAITING
    assert signed_in(chain.lin).post(f"{PAGE}{asking.pk}/refuse/").status_code == 302  # control
    assert JoinRequest.objects.get().state == JoinState.REFUSED


@pytest.mark.parametrize("size", ["a4", "a6"])
def test_a_poster_has_store_code_and_paper(chain: Chain, size):
    code = codes.of_guide(chain.lin)
    page = signed_in(chain.lin).get(f"{PAGE}{code.pk}/poster/", {"size": size}).content.decode()
    assert f"poster-{size}.css" in page
    assert "滨河路店" in page
    assert code.code in page


def test_a_colleagues_poster_and_an_unknown_paper_are_not_found(chain: Chain):
    code = codes.of_guide(chain.lin)
    assert signed_in(chain.he).get(f"{PAGE}{code.pk}/poster/").status_code == 404
    assert signed_in(chain.lin).get(f"{PAGE}{code.pk}/poster/", {"size": "a0"}).status_code == 404
    assert signed_in(chain.zhou).get(f"{PAGE}{code.pk}/poster/").status_code == 200
