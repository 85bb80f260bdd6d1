"""A place in the day is kept for a message that is worth more and due later; the lesser one waits for it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.models import Journey, MessageTemplate, Touch
from campaigns.touches.claiming import claim
from members.privacy import consents
from stores.policy import change, forget
from tests.campaigns.touches.post import make_message, make_reader, notice, state

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pigeon", "_one_a_day")]


@pytest.fixture
def _one_a_day():
    """A member is contacted once a day."""
    change("contacts.per_day", 1, by=None)
    forget()
    yield
    forget()


def tonight(hours: int = 5):
    """This afternoon at five; it is noon."""
    return timezone.now() + timedelta(hours=hours)


def test_the_lesser_one_waits_until_the_better_one_is_due_and_then_for_tomorrow(time_machine):
    mei = make_reader()
    (little,), (much,) = notice(mei, value="1"), notice(mei, value="9", due_at=tonight())
    assert claim().leaving == {}
    assert (state(little), little.due_at) == (("planned", "outbid"), much.due_at)
    time_machine.move_to(much.due_at, tick=False)
    assert claim().leaving == {"sms": {much.pk: 1}}
    assert state(little) == ("planned", "outbid")
    assert timezone.localtime(little.due_at).isoformat() == "2026-11-19T09:00:00+08:00"


def test_whatever_is_worth_as_much_or_less_keeps_nothing():
    """The control."""
    mei = make_reader()
    (first,), _later = notice(mei, value="9"), notice(mei, value="9", due_at=tonight())
    assert claim().leaving == {"sms": {first.pk: 1}}


def test_a_second_place_is_free_for_the_lesser_one():
    change("contacts.per_day", 2, by=None)
    forget()
    mei = make_reader()
    (little,), _much = notice(mei, value="1"), notice(mei, value="9", due_at=tonight())
    assert claim().leaving == {"sms": {little.pk: 1}}


def test_the_better_one_of_tomorrow_keeps_no_place_of_today():
    mei = make_reader()
    (little,), _much = notice(mei, value="1"), notice(mei, value="9", due_at=tonight(13))
    assert claim().leaving == {"sms": {little.pk: 1}}


def test_a_better_one_that_could_not_leave_keeps_no_place():
    mei, jun, ke = make_reader("张晓梅"), make_reader("何俊"), make_reader("沈可")
    touches = notice(mei, jun, ke, value="1")
    notice(mei, value="9", due_at=tonight(), message=make_message(channel="wecom"))  # has not agreed to that
    off = make_message()
    notice(jun, value="9", due_at=tonight(), message=off)
    MessageTemplate.objects.filter(pk=off.pk).update(is_active=False)
    notice(ke, value="9", due_at=tonight(10))  # ten in the evening: quiet
    assert claim().leaving == {"sms": {one.pk: 1 for one in touches}}
    assert not Journey.objects.exists()


def test_when_the_better_one_falls_through_the_lesser_one_leaves_after_all(time_machine):
    mei = make_reader()
    (little,) = notice(mei, value="1", message=make_message(channel="inbox", subject="会员日"))
    (much,) = notice(mei, value="9", due_at=tonight())
    assert claim().leaving == {}
    consents.withdraw(mei, "sms")
    time_machine.move_to(little.due_at if little.due_at > timezone.now() else much.due_at, tick=False)
    assert claim().leaving == {"inbox": {little.pk: 1}}
    assert state(much) == ("suppressed", "no_consent")


def test_one_that_waits_for_the_end_of_the_quiet_hours_keeps_its_place(time_machine):
    time_machine.move_to("2026-11-18T08:00:00+08:00", tick=False)
    mei = make_reader()
    (loud,) = notice(mei, value="9")
    (still,) = notice(mei, value="1", message=make_message(channel="inbox", subject="会员日"))
    assert claim().leaving == {}
    assert (state(loud), state(still)) == (("planned", "quiet_hours"), ("planned", "outbid"))
    assert loud.due_at == still.due_at
    time_machine.move_to(loud.due_at, tick=False)
    assert claim().leaving == {"sms": {loud.pk: 1}}


def test_a_service_notice_neither_waits_nor_keeps_a_place():
    mei = make_reader()
    service = make_message("您的券明天到期", purpose="service")
    (told,), (little,) = notice(mei, message=service), notice(mei, value="1")
    notice(mei, message=service, value="9", due_at=tonight())
    claim()
    assert Touch.objects.filter(state="claimed").count() == 2
    assert (state(told)[0], state(little)[0]) == ("claimed", "claimed")


def test_as_many_questions_for_many_as_for_one(django_assert_max_num_queries):
    readers = [make_reader(f"沈{nth}") for nth in range(20)]
    notice(*readers, value="1")
    notice(*readers, value="9", due_at=tonight())
    with django_assert_max_num_queries(12):
        claim()
    assert Touch.objects.filter(suppressed_by="outbid").count() == 20
