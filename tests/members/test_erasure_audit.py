"""The audit notices when something of somebody who was erased is left, or comes back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from coupons.models import Coupon
from members.audit import audit
from members.models import Erasure, Member, Note
from members.oneid.identityseals import identity_row
from members.privacy import erasure
from tests.campaigns.scenery import deliver_all
from tests.makers import make_coupon, make_guide, make_member, make_order, make_task

pytestmark = pytest.mark.django_db


@pytest.fixture
def gone():
    """A member who was erased, with orders."""
    meimei = make_member("张晓梅", phone="13812345678", guide=make_guide())
    make_order("300.00", member=meimei)
    make_coupon(meimei)
    erasure.erase(meimei, asked_by="member")
    deliver_all()
    Erasure.objects.update(made_at=timezone.now() - timedelta(days=1))
    return Member.objects.get(pk=meimei.pk)


def give_the_name_back(member: Member) -> None:
    Member.objects.filter(pk=member.pk).update(name="张晓梅")


def let_a_number_lead_there(member: Member) -> None:
    identity_row(member, "phone", "13812345678").save()


def write_a_note(member: Member) -> None:
    Note.objects.create(member=member, author=make_guide("何军"), text="老街坊")


def lose_the_proof(member: Member) -> None:
    Erasure.objects.all().delete()


def plan_a_task(member: Member) -> None:
    make_task(member, guide=make_guide("何军"))


def let_a_coupon_live(member: Member) -> None:
    Coupon.objects.filter(member=member).update(state="issued")


SPOILED = {
    give_the_name_back: "erased_is_blank",
    let_a_number_lead_there: "erased_has_nothing_left",
    write_a_note: "erased_has_nothing_left",
    lose_the_proof: "erased_with_proof",
    plan_a_task: "erased_has_no_open_task",
    let_a_coupon_live: "coupons.erased",
}


@pytest.mark.parametrize("spoil", SPOILED)
def test_what_is_left_or_comes_back_is_named(spoil, gone):
    assert audit() == []
    spoil(gone)
    assert SPOILED[spoil] in {difference.name for difference in audit()}
