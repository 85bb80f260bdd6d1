"""The audit: silent when all is well, precise when something is not."""

from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F
from django.utils import timezone

from members.audit import audit, invariants
from members.models import (
    Assignment,
    GrowthEntry,
    Member,
    MemberFacts,
    Order,
    OrderLine,
    PointsEntry,
    Return,
    TimelineFact,
)
from tests.makers import make_guide, make_member, make_order, make_return

pytestmark = pytest.mark.django_db


@pytest.fixture
def mei():
    """Zhang Xiaomei, looked after by Lin Xiaoman, with two orders and a return."""
    mei = make_member("张晓梅", guide=make_guide("林小满"))
    make_order("1200.00", member=mei)
    make_return("20.00", sale=make_order("100.00", member=mei))
    return Member.objects.get(pk=mei.pk)


def spoil_growth(mei: Member) -> None:
    Member.objects.filter(pk=mei.pk).update(growth=1)


def spoil_points(mei: Member) -> None:
    Member.objects.filter(pk=mei.pk).update(points=1)


def forget_an_entry(mei: Member) -> None:
    GrowthEntry.objects.filter(kind="return").delete()


def forget_points(mei: Member) -> None:
    PointsEntry.objects.filter(kind="order").first().delete()


def give_growth_away(mei: Member) -> None:
    GrowthEntry.objects.filter(member=mei).update(member=make_member("李子涵"))


def change_a_line(mei: Member) -> None:
    OrderLine.objects.filter(order__member=mei).update(amount=Decimal("1.00"))


def date_the_lines(mei: Member) -> None:
    OrderLine.objects.filter(order__member=mei).update(paid_at=F("paid_at") - timedelta(days=1))


def unlink_the_return(mei: Member) -> None:
    Return.objects.update(order=None)


def change_the_facts(mei: Member) -> None:
    MemberFacts.objects.update(spend=Decimal("5.00"))


def change_the_window(mei: Member) -> None:
    MemberFacts.objects.update(orders_365d=7)


def lower_the_tier(mei: Member) -> None:
    Member.objects.filter(pk=mei.pk).update(tier=make_member("李子涵").tier)


def change_the_stage(mei: Member) -> None:
    Member.objects.filter(pk=mei.pk).update(stage="lost")


def end_the_assignment(mei: Member) -> None:
    Assignment.objects.filter(member=mei).delete()


def forget_what_came_back(mei: Member) -> None:
    Order.objects.update(returned_amount=0)


def let_points_expire_too_soon(mei: Member) -> None:
    order = Order.objects.filter(member=mei).first()
    PointsEntry.objects.create(member=mei, kind="expiry", delta=-5, order=order, at=timezone.now())


def give_back_what_was_never_spent(mei: Member) -> None:
    PointsEntry.objects.create(member=mei, kind="given_back", delta=5, reference="nothing:back", at=timezone.now())


def forget_whom_the_order_named(mei: Member) -> None:
    Order.objects.filter(member=mei).update(named=None)


def let_the_return_name_another(mei: Member) -> None:
    Return.objects.update(named=make_member("李子涵").pk)


def enter_growth_for_nobody(mei: Member) -> None:
    GrowthEntry.objects.create(member_id=mei.pk + 1000, kind="adjustment", delta=5, at=timezone.now())


def enter_points_of_no_order(mei: Member) -> None:
    PointsEntry.objects.create(member=mei, kind="order", delta=5, order_id=10**9, at=timezone.now())


def tell_of_nobody(mei: Member) -> None:
    TimelineFact.objects.create(kind="member.created", member_id=mei.pk + 1000, at=timezone.now(), batch=1)


SPOILED = {
    "growthentry_member_is_there": enter_growth_for_nobody,
    "pointsentry_order_is_there": enter_points_of_no_order,
    "timelinefact_member_is_there": tell_of_nobody,
    "points_expire_by_lot": let_points_expire_too_soon,
    "given_back_was_spent": give_back_what_was_never_spent,
    "order_goes_to_whom_it_named": forget_whom_the_order_named,
    "return_goes_to_whom_it_named": let_the_return_name_another,
    "growth_is_sum_of_ledger": spoil_growth,
    "points_are_sum_of_ledger": spoil_points,
    "order_earned_its_growth": forget_an_entry,
    "order_earned_its_points": forget_points,
    "growth_belongs_to_buyer": give_growth_away,
    "order_is_sum_of_lines": change_a_line,
    "lines_know_when_they_were_paid": date_the_lines,
    "return_is_linked": unlink_the_return,
    "facts_agree_with_orders": change_the_facts,
    "facts_in_window_agree": change_the_window,
    "tier_not_below_growth": lower_the_tier,
    "stage_follows_from_facts": change_the_stage,
    "guide_mirrors_assignment": end_the_assignment,
    "returned_by_receipt": forget_what_came_back,
}


@pytest.mark.parametrize("name", SPOILED)
def test_each_breach_is_named_and_nothing_is_before(name, mei):
    assert audit() == []
    SPOILED[name](mei)
    assert name in {difference.name for difference in audit()}


def test_a_difference_says_what_is_and_what_should_be(mei):
    spoil_growth(mei)
    (difference,) = audit(names=["growth_is_sum_of_ledger"])
    assert (difference.subject, difference.found, difference.expected) == (mei.pk, 1, 1280)
    assert str(difference) == f"growth_is_sum_of_ledger: {mei.pk}: 1 ≠ 1280"


def test_the_command_prints_differences_and_fails_with_status_one(mei):
    out = StringIO()
    call_command("audit", stdout=out)
    assert str(len(invariants())) in out.getvalue()
    spoil_growth(mei)
    out = StringIO()
    with pytest.raises(CommandError) as failed:
        call_command("audit", stdout=out)
    assert failed.value.returncode == 1
    assert f"{mei.pk}: 1 ≠ 1280" in out.getvalue()
    call_command("audit", "stage_follows_from_facts", stdout=StringIO())
    with pytest.raises(CommandError):
        call_command("audit", "nonsense", stdout=StringIO())


def test_the_audit_shows_no_more_than_a_hundred_of_a_kind():
    for nth in range(3):
        make_member(f"顾客{nth}")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO members_member (code, name, initials, state, phone_last4, phone_masked, birthday_calendar,"
            " joined_at, source, tier_id, tier_since, growth, points, stage)"
            " SELECT 'X' || n, '', '', 'active', '', '', 'solar', now(), '', t.id, now(), 5, 0, 'introduction'"
            " FROM generate_series(1, 150) n, (SELECT id FROM members_tier ORDER BY threshold LIMIT 1) t"
        )
    assert len(audit(names=["growth_is_sum_of_ledger"])) == 100


def test_every_invariant_has_a_name_of_its_own_and_a_sentence():
    names = [invariant.name for invariant in invariants()]
    assert len(names) == len(set(names))
    assert all(invariant.explanation.endswith(".") for invariant in invariants())
