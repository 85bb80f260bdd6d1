"""One coupon a month, and one decision about a template, when everybody comes at once."""

from collections import Counter
from functools import partial

import pytest
from django.utils import timezone

from coupons import approvals, bulk, catalogue, issuing, limits
from coupons.codes import new_code
from coupons.drafts import TermsDraft
from coupons.models import Coupon, CouponTemplate, TemplateState
from stores import jobs
from tests.concurrency.crowd import after_looking, at_once
from tests.coupons.shop import broken
from tests.makers import days_ago, make_admin, make_marketer, make_member, make_template

pytestmark = pytest.mark.django_db(transaction=True)

CROWD = 16


def monthly() -> CouponTemplate:
    return make_template(member_period_limit=1, member_period="month")


def giving(template: CouponTemplate, members) -> list[partial]:
    return [partial(issuing.issue_coupon, template, member, origin="staff") for member in members]


def test_a_member_gets_one_of_one_a_month_whoever_gives():
    template, xiaomei = monthly(), make_member()
    outcome = at_once(giving(template, [xiaomei] * CROWD))
    assert outcome.broken == []
    assert (len(outcome.done), Counter(outcome.refused)) == (1, {"limit_reached": CROWD - 1})
    assert broken() == []


def test_without_the_guard_a_member_gets_more():
    """The control: what a guide is told before, taken for the rule itself."""
    template, xiaomei, look = monthly(), make_member(), after_looking(limits.reached, CROWD)

    def unguarded() -> Coupon | None:
        if look([template], xiaomei, timezone.now()):
            return None
        return Coupon.objects.create(
            code=new_code(), template=template, terms=template.terms, member=xiaomei, origin="staff",
            valid_from=timezone.now(), valid_until=days_ago(-7),
        )  # fmt: skip

    outcome = at_once([unguarded] * CROWD)
    assert outcome.broken == []
    assert Coupon.objects.filter(member=xiaomei).count() > 1


def test_a_bulk_issue_and_single_ones_share_the_month(monkeypatch):
    monkeypatch.setattr(bulk, "CHUNK_WITH_LIMIT", 3)
    template, members = monthly(), [make_member() for _ in range(12)]
    run = bulk.start(template, {}, by=None)
    outcome = at_once([partial(jobs.run, run.job_id), *giving(template, members)])
    assert outcome.broken == []
    assert set(Counter(Coupon.objects.values_list("member", flat=True)).values()) == {1}
    assert Coupon.objects.count() == 12
    assert broken() == []


def test_one_of_many_approvals_is_the_decision_and_none_outlives_a_change():
    su_wan, others = make_marketer("苏婉"), [make_admin() for _ in range(6)]
    for _ in range(5):
        terms = TermsDraft(kind="amount_off", threshold=60, amount_off=10, valid_days=7)
        template = catalogue.create_template(name="周年券", terms=terms, stock=20_000, by=su_wan)
        catalogue.publish(template, by=su_wan)
        seen = template.updated_at
        copies = [CouponTemplate.objects.get(pk=template.pk) for _ in others]
        calls = [partial(approvals.approve, copy, by=by, seen=seen) for copy, by in zip(copies, others, strict=True)]
        change = partial(catalogue.change_template, template, by=su_wan, stock=90_000)
        outcome = at_once([*calls, change])
        assert outcome.broken == []
        assert set(outcome.refused) <= {"template_state"}
        now = CouponTemplate.objects.get(pk=template.pk)
        assert now.stock == 90_000
        assert now.state in (TemplateState.PENDING, TemplateState.DRAFT)
        assert now.approved_by is None
