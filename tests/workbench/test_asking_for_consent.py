"""A guide asks a member for consent: the words on the screen, one tap for the answer, on record with name and store."""

import pytest

from members.models import Consent
from members.privacy import consents
from stores import policy
from tests.consenting import agree, make_wording
from tests.workbench.scenery import part, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _words():
    make_wording("sms", "1", text="我同意接收短信")
    make_wording("wecom", "1")


@pytest.fixture
def lins_phone(chain):
    """Lin Xiaoman's browser."""
    return signed_in(chain.lin)


def address(member, channel: str = "sms") -> str:
    return f"/m/{member.pk}/consent/{channel}/"


def asked(page) -> dict[str, str]:
    """The fields that stand on the dialog."""
    wording = page.context["wording"]
    return {"version": wording.version, "language": wording.language}


def test_two_taps_show_the_words_and_write_the_answer_down(chain, lins_phone):
    assert address(chain.zihan) in lins_phone.get(f"/m/{chain.zihan.pk}/").content.decode()
    dialog = lins_phone.get(address(chain.zihan), headers=part("modal"))
    assert dialog.context["wording"].text in dialog.content.decode()
    answer = lins_phone.post(address(chain.zihan), {"said": "yes", **asked(dialog)}, headers=part("consent"))
    assert answer.status_code == 200
    assert 'id="consent"' in answer.content.decode()
    entry = Consent.objects.get(channel="sms")
    assert (entry.granted, entry.store, entry.collected_by) == (
        True,
        chain.store,
        f"{chain.lin.name} ({chain.lin.username})",
    )
    assert entry.wording_version == asked(dialog)["version"]


def test_a_no_needs_one_tap_and_no_version(chain, lins_phone):
    agree(chain.zihan, "sms")
    assert 'value="yes"' not in lins_phone.get(address(chain.zihan)).content.decode()
    answer = lins_phone.post(address(chain.zihan), {"said": "no"})
    assert answer.status_code == 302
    assert not consents.may_contact(chain.zihan, "sms")


def test_without_an_answer_or_with_words_nobody_wrote_nothing_is_written(chain, lins_phone):
    before = Consent.objects.count()
    for form in ({}, {"said": "maybe"}, {"said": "yes"}, {"said": "yes", "version": "made-up"}):
        answer = lins_phone.post(address(chain.zihan), form, headers=part("consent"))
        assert answer.status_code == 422
    assert Consent.objects.count() == before
    for channel in ("pigeon", "x" * 500):
        assert lins_phone.get(address(chain.zihan, channel)).status_code == 404


def test_words_that_were_on_the_screen_count_even_if_new_ones_appeared_meanwhile(chain, lins_phone):
    dialog = lins_phone.get(address(chain.zihan))
    old = asked(dialog)
    make_wording("sms", "9", text="新的措辞")
    lins_phone.post(address(chain.zihan), {"said": "yes", **old})
    assert Consent.objects.get(channel="sms").wording_version == old["version"]


def test_where_hq_does_not_let_guides_ask_the_page_says_so_and_the_door_is_shut(chain, lins_phone):
    policy.change("consents.by_guides", False, by=None)
    page = lins_phone.get(f"/m/{chain.zihan.pk}/")
    assert address(chain.zihan) not in page.content.decode()
    answer = lins_phone.post(address(chain.zihan), {"said": "yes", "version": "1"}, headers=part("consent"))
    assert answer.status_code == 422
    assert not Consent.objects.filter(channel="sms").exists()


def test_the_members_of_others_are_not_there(chain, lins_phone):
    for other in (chain.jianguo, chain.anna):
        assert lins_phone.get(address(other)).status_code == 404
        assert lins_phone.post(address(other), {"said": "yes", "version": "1"}).status_code == 404
    assert signed_in(chain.zhou).get(address(chain.zihan)).status_code == 200
