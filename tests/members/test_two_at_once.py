"""What two people do at the same moment comes out as if one had been first."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from members.assignments import assign, reassign
from members.models import Assignment, Identity, Member, MemberTag, Tag, TagGroup
from members.oneid import identities
from members.oneid.identities import resolve
from members.profiles import reveal_phone
from members.tags import set_tag
from stores import policy
from stores.errors import Refusal
from tests.concurrency.crowd import after_looking
from tests.makers import make_member, make_tiers
from tests.members.shop import open_shop, told

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls: Callable[[], object]) -> list[object]:
    """Run all calls in threads that start together; what each returned or raised."""
    results: list[object] = [None] * len(calls)
    start = threading.Barrier(len(calls))

    def run(place: int, call: Callable[[], object]) -> None:
        try:
            start.wait()
            results[place] = call()
        except Exception as error:  # the test looks at it
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_the_same_new_phone_at_eight_tills_makes_one_member():
    make_tiers()
    pairs = [("phone", "13812345678"), ("wechat_openid", "oXyz")]
    results = at_once(*[lambda n=n: resolve(pairs if n % 2 else pairs[::-1]) for n in range(8)])
    assert [result for result in results if isinstance(result, Exception)] == []
    assert Member.objects.count() == 1
    assert Identity.objects.count() == 2
    assert sum(result.created for result in results) == 1


def test_without_the_unique_key_the_race_would_make_several(monkeypatch):
    """The control: the same race with the guard taken away, and everybody looks before anybody writes."""
    monkeypatch.setattr(identities, "_known", after_looking(identities._known, 8))
    make_tiers()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE members_identity DROP CONSTRAINT identity_leads_to_one_member")
    try:
        at_once(*[lambda: resolve([("phone", "13812345601")])] * 8)
        assert Member.objects.count() == 8
    finally:
        Identity.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE members_identity ADD CONSTRAINT identity_leads_to_one_member UNIQUE (kind, digest)"
            )


def test_two_taps_at_the_last_reveal_of_the_day_show_one_number():
    shop = open_shop()
    policy.change("identities.reveals_per_day", 1, by=None)
    members = [make_member(f"会员{n}", guide=shop.xiaoman, phone=f"1381234567{n}") for n in range(6)]
    results = at_once(*[lambda m=m: reveal_phone(m, reason="call_back", by=shop.xiaoman) for m in members])
    assert sum(isinstance(result, str) for result in results) == 1
    assert {result.code for result in results if isinstance(result, Refusal)} == {"reveal_cap"}
    assert sum(len(told(member, "member.revealed")) for member in members) == 1


def test_members_moved_by_two_leaders_have_one_guide_each_and_nobody_waits_for_ever():
    shop = open_shop()
    members = [make_member(f"会员{n}", guide=shop.xiaoman).pk for n in range(20)]
    results = at_once(
        lambda: reassign(members, shop.hejun, by=shop.zhoumin),
        lambda: reassign(reversed(members), None, by=shop.guodong),
        lambda: assign(Member.objects.get(pk=members[7]), shop.hejun, by=shop.zhoumin),
        lambda: reassign(members[::3], shop.xiaoman, by=shop.suwan),
    )
    assert [result for result in results if isinstance(result, Exception)] == []
    open_now = dict(Assignment.objects.filter(ended_at=None).values_list("member_id", "guide_id"))
    assert open_now == dict(Member.objects.values_list("pk", "guide_id"))


def test_two_choices_in_a_single_choice_group_leave_one():
    shop = open_shop()
    group = TagGroup.objects.create(name="住", single_choice=True)
    tags = [Tag.objects.create(group=group, name=f"选择{n}") for n in range(6)]
    meimei = make_member("张晓梅", guide=shop.xiaoman)
    results = at_once(*[lambda t=t: set_tag(meimei, t, by=shop.xiaoman) for t in tags])
    assert results == [True] * 6
    assert MemberTag.objects.filter(member=meimei).count() == 1
