"""Tags and names reach WeCom: once it is switched on, together, at a pace, and however often WeCom is away."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.channels.wecom import client, telling
from campaigns.models import WecomCustomer
from members import assignments, tags
from members.models import IdentityKind, MemberTag, Tag, TagGroup
from members.oneid import identities
from stores import policy
from tests.campaigns.channels.provider import Reply, provider
from tests.campaigns.channels.test_wecom import WeCom
from tests.campaigns.scenery import deliver_all, new_batch
from tests.makers import make_guide, make_member, make_store, number

pytestmark = pytest.mark.django_db
PLACE = "/cgi-bin/externalcontact/"
MARK, REMARK, LIST, MAKE = (PLACE + verb for verb in ("mark_tag", "remark", "get_corp_tag_list", "add_corp_tag"))
KNOWN = Reply({"errcode": 0, "tag_group": [{"group_name": "微信打标", "tag": [{"id": "et-1", "name": "爱吃沃柑"}]}]})


@pytest.fixture(autouse=True)
def house(settings, time_machine):
    """A house known to WeCom, with everything switched on, at noon."""
    settings.PROVIDERS_MAY_BE_PRIVATE = True
    settings.WECOM_CORP_ID, settings.WECOM_SECRET = "corp", "secret"
    time_machine.move_to("2026-11-18T12:00:00+08:00", tick=False)
    for name in ("wecom.push_tags", "wecom.push_remarks"):
        policy.change(name, True, by=None)
    policy.forget()
    client.forget()
    yield settings
    client.forget()
    policy.forget()


@pytest.fixture
def likes():
    """The tag 爱吃沃柑, which guides see."""
    group = TagGroup.objects.create(name="微信打标", guides_see=True)
    return Tag.objects.create(group=group, name="爱吃沃柑")


@pytest.fixture
def zihan():
    """Zhou Zihan, a customer of Lin Xiaoman in WeCom, too."""
    return customer(make_guide("林小满", store=make_store("滨河路店"), employee_no="E1"))


def customer(guide, name: str = "周子涵"):
    member = make_member(name, guide=guide)
    identities.attach(member, IdentityKind.WECOM_EXTERNAL_ID, f"wm-{number()}")
    return member


def tag(*members, with_tag) -> None:
    """As the tag step of a journey does it."""
    new_batch()
    tags.tag_many([one.pk for one in members], with_tag, by=None, source=MemberTag.Source.RULE)
    deliver_all()


def tell(house, time_machine, *, after=telling.GATHER, **replies) -> list[tuple[str, dict]]:
    """Some time later WeCom is told; what it was asked but for the token and the list of tags."""
    time_machine.shift(after)
    with provider(WeCom(**{LIST: KNOWN, **replies})) as wecom:
        house.WECOM_URL = wecom.url
        client.forget()
        telling.tell_due()
    return [(call.path, call.body) for call in wecom.calls if call.path in (MARK, REMARK, MAKE)]


def row_of(member) -> WecomCustomer:
    return WecomCustomer.objects.get(member=member)


def test_a_tag_put_on_by_a_journey_is_put_on_in_wecom_and_taken_off_again(house, zihan, likes, time_machine):
    tag(zihan, with_tag=likes)
    ((path, body),) = tell(house, time_machine)
    assert (path, body["userid"], body["add_tag"]) == (MARK, "E1", ["et-1"])
    assert body["external_userid"].startswith("wm-")
    assert (row_of(zihan).tags, row_of(zihan).due_at) == (["et-1"], None)
    new_batch()
    tags.remove_tag(zihan, likes, by=None)
    deliver_all()
    ((_path, body),) = tell(house, time_machine)
    assert (body["remove_tag"], "add_tag" in body) == (["et-1"], False)
    assert tell(house, time_machine) == []


def test_a_tag_that_wecom_does_not_know_is_made_there(house, zihan, likes, time_machine):
    made = Reply({"errcode": 0, "tag_group": {"group_name": "微信打标", "tag": [{"id": "et-9", "name": "爱吃沃柑"}]}})
    tag(zihan, with_tag=likes)
    calls = tell(house, time_machine, **{LIST: Reply({"errcode": 0, "tag_group": []}), MAKE: made})
    assert [path for path, _body in calls] == [MAKE, MARK]
    assert calls[0][1] == {"group_name": "微信打标", "tag": [{"name": "爱吃沃柑"}]}
    assert row_of(zihan).tags == ["et-9"]


def test_several_changes_of_a_member_are_told_in_one_call_a_minute_later(house, zihan, likes, time_machine):
    fresh = Tag.objects.create(group=likes.group, name="爱吃樱桃")
    tag(zihan, with_tag=likes)
    tag(zihan, with_tag=fresh)
    assert tell(house, time_machine, after=timedelta(seconds=30)) == []
    made = Reply({"errcode": 0, "tag_group": {"group_name": "微信打标", "tag": [{"id": "et-2", "name": "爱吃樱桃"}]}})
    calls = tell(house, time_machine, **{MAKE: made})
    assert [body.get("add_tag") for path, body in calls if path == MARK] == [["et-1", "et-2"]]


@pytest.mark.parametrize(
    "reply",
    [Reply({"errcode": 45033}), Reply({}, status=500), Reply(cut=True), Reply({}, status=429), Reply(text="<p>")],
)
def test_a_wecom_that_is_busy_away_or_talks_nonsense_is_told_again_later(house, zihan, likes, time_machine, reply):
    tag(zihan, with_tag=likes)
    assert len(tell(house, time_machine, **{MARK: reply})) == 1
    waiting = row_of(zihan)
    assert (waiting.tags, waiting.attempt) == ([], 1)
    assert waiting.reason
    assert tell(house, time_machine, after=timedelta(seconds=30)) == []  # not before its time
    assert len(tell(house, time_machine, after=timedelta(hours=1))) == 1
    assert (row_of(zihan).tags, row_of(zihan).due_at, row_of(zihan).reason) == (["et-1"], None, "")


def test_a_wecom_that_is_away_is_not_asked_for_each_customer(house, zihan, likes, time_machine):
    others = [customer(zihan.guide, f"沈{nth}") for nth in range(4)]
    tag(zihan, *others, with_tag=likes)
    assert len(tell(house, time_machine, **{MARK: Reply({"errcode": 45009})})) == 1
    assert len(tell(house, time_machine, after=timedelta(hours=1))) == 5


def test_for_three_days_it_is_tried_and_then_given_up_until_the_next_change(house, zihan, likes, time_machine):
    tag(zihan, with_tag=likes)
    for _ in range(2):
        tell(house, time_machine, after=timedelta(days=2), **{MARK: Reply({"errcode": 45009})})
    assert (row_of(zihan).due_at, row_of(zihan).tags) == (None, [])
    tag(customer(zihan.guide, "许静雯"), with_tag=likes)  # nothing of hers, so nothing changes for Zihan
    assert len(tell(house, time_machine)) == 1
    fresh = Tag.objects.create(group=likes.group, name="爱吃樱桃")
    tag(zihan, with_tag=fresh)
    assert [body["add_tag"] for path, body in tell(house, time_machine) if path == MARK] == [["et-1"]]


def test_no_more_than_so_many_are_told_at_once(house, zihan, likes, time_machine):
    policy.change("wecom.changes_per_minute", 4, by=None)
    policy.forget()
    tag(zihan, *[customer(zihan.guide, f"沈{nth}") for nth in range(4)], with_tag=likes)
    assert [len(tell(house, time_machine)) for _ in range(4)] == [2, 2, 1, 0]


def test_what_changes_while_wecom_is_told_is_told_next(house, zihan, likes, time_machine):
    tag(zihan, with_tag=likes)
    time_machine.shift(telling.GATHER)
    with provider(WeCom(**{LIST: KNOWN})) as wecom:
        house.WECOM_URL = wecom.url
        (wanted,) = telling._wanted(telling._taken(5))
        telling._tell(wanted)
        tag(zihan, with_tag=Tag.objects.create(group=likes.group, name="爱吃樱桃"))
        telling._settle(wanted)
    assert (row_of(zihan).tags, row_of(zihan).due_at) == (["et-1"], timezone.now())


def test_a_new_guide_gets_the_name_and_the_tags_once_wecom_knows_them(house, zihan, likes, time_machine):
    tag(zihan, with_tag=likes)
    tell(house, time_machine)
    song = make_guide("宋雨", store=zihan.guide.store, employee_no="E2")
    new_batch()
    assignments.assign(zihan, song)
    deliver_all()
    early = tell(house, time_machine, **{REMARK: Reply({"errcode": 84061})})
    assert [path for path, _body in early] == [REMARK]
    assert row_of(zihan).reason == "not_customer"
    calls = tell(house, time_machine, after=timedelta(hours=6))
    assert [(path, body["userid"]) for path, body in calls] == [(REMARK, "E2"), (MARK, "E2")]
    assert (calls[0][1]["remark"], calls[1][1]["add_tag"]) == ("周子涵", ["et-1"])
    assert (row_of(zihan).guide, row_of(zihan).wants_remark) == (song, False)


def test_switched_off_without_wecom_or_of_a_hidden_group_nothing_is_written_down(house, zihan, likes):
    hidden = Tag.objects.create(group=TagGroup.objects.create(name="内部", guides_see=False), name="黄牛")
    tag(zihan, make_member("李娜", guide=zihan.guide), with_tag=hidden)
    policy.change("wecom.push_tags", False, by=None)
    policy.forget()
    tag(zihan, with_tag=likes)
    policy.change("wecom.push_tags", True, by=None)
    policy.forget()
    house.WECOM_SECRET = ""
    tag(zihan, with_tag=Tag.objects.create(group=likes.group, name="爱吃樱桃"))
    assert not WecomCustomer.objects.exists()
    house.WECOM_SECRET = "secret"  # the control
    tag(zihan, with_tag=Tag.objects.create(group=likes.group, name="爱吃桃"))
    assert timezone.now() < row_of(zihan).due_at
