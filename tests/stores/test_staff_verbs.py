"""Hire, transfer, leave: the person's place, rights and history stay in step."""

import pytest
from django.contrib.auth import authenticate
from django.test import Client

from members.models import Member
from stores.errors import Refusal
from stores.models import Posting, Role, Staff, Store
from stores.staff import hire, leave, transfer
from tests.makers import make_guide, make_manager, make_member, make_region, make_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def zhoumin() -> Staff:
    """Zhou Min, store manager."""
    return make_manager("周敏")


def test_a_guide_is_hired_into_a_store_and_can_sign_in(zhoumin):
    xiaoman = hire(
        username="xiaoman", name="林小满", role=Role.GUIDE, store=zhoumin.store, password="a-long-word-9", by=zhoumin
    )
    assert authenticate(username="xiaoman", password="a-long-word-9") == xiaoman
    posting = Posting.objects.get(staff=xiaoman)
    assert (posting.store, posting.ended_at, posting.changed_by) == (zhoumin.store, None, zhoumin)


@pytest.mark.parametrize(
    ("role", "place"),
    [(Role.GUIDE, {}), (Role.STORE_MANAGER, {}), (Role.AREA_MANAGER, {"store": True}), (Role.GUIDE, {"region": True})],
)
def test_a_role_without_its_place_is_refused_and_nobody_is_hired(role, place):
    places = {
        "store": make_store() if "store" in place else None,
        "region": make_region() if "region" in place else None,
    }
    with pytest.raises(Refusal) as refused:
        hire(username="nobody", name="无名", role=role, **places)
    assert refused.value.code == "place_missing"
    assert not Staff.objects.filter(username="nobody").exists()


def test_a_name_or_number_that_is_taken_is_refused(zhoumin):
    hire(username="xiaoman", name="林小满", role=Role.GUIDE, store=zhoumin.store, employee_no="E1")
    for fields, code in (({"username": "xiaoman"}, "username_taken"), ({"employee_no": "E1"}, "employee_no_taken")):
        known = {"username": "other", "name": "何俊", "role": Role.GUIDE, "store": zhoumin.store, **fields}
        with pytest.raises(Refusal) as refused:
            hire(**known)
        assert refused.value.code == code
    assert Staff.objects.filter(name="何俊").count() == 0


def test_a_transfer_closes_the_old_posting_and_opens_a_new_one(zhoumin):
    xiaoman, elsewhere = make_guide("林小满", store=zhoumin.store), make_store("人民广场店")
    moved = transfer(xiaoman, role=Role.STORE_MANAGER, store=elsewhere, reason="新店开业", by=zhoumin)
    assert (moved.role, moved.store) == (Role.STORE_MANAGER, elsewhere)
    old, new = Posting.objects.filter(staff=xiaoman).order_by("pk")
    assert (old.store, old.ended_at is None) == (zhoumin.store, False)
    assert (new.store, new.ended_at, new.reason) == (elsewhere, None, "新店开业")
    with pytest.raises(Refusal):
        transfer(moved, role=Role.GUIDE)
    assert Staff.objects.get(pk=xiaoman.pk).store == elsewhere


def test_somebody_who_leaves_loses_every_session_and_sees_nobody_any_more(zhoumin):
    xiaoman = make_guide("林小满", store=zhoumin.store, password="a-long-word-9")
    make_member("张晓梅", guide=xiaoman)
    client = Client()
    client.force_login(xiaoman)
    assert client.session["_auth_user_id"] == str(xiaoman.pk)
    assert Member.objects.visible_to(xiaoman).count() == 1
    gone = leave(xiaoman, reason="辞职", by=zhoumin)
    assert authenticate(username=xiaoman.username, password="a-long-word-9") is None
    assert gone.get_session_auth_hash() != xiaoman.get_session_auth_hash()
    assert Member.objects.visible_to(gone).count() == 0
    assert Posting.objects.get(staff=gone).ended_at is not None
    assert Member.objects.get().guide == gone, "until a manager hands the members over"


def test_nobody_leaves_twice_or_moves_after_leaving(zhoumin):
    xiaoman = leave(make_guide("林小满", store=zhoumin.store))
    for verb in (lambda: leave(xiaoman), lambda: transfer(xiaoman, store=Store.objects.first())):
        with pytest.raises(Refusal) as refused:
            verb()
        assert refused.value.code == "staff_left"
    assert Posting.objects.filter(staff=xiaoman).count() == 1
