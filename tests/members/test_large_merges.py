"""A merge is a fixed number of statements, whatever the members have bought."""

import time
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from members.audit import audit
from members.models import Member, MemberMerge, Order, TimelineFact
from members.oneid import merging
from members.oneid.mergepreview import preview
from members.orders.intake import record_many
from stores.models import Staff, Store
from tests.makers import make_admin, make_coupon, make_draft, make_member, make_store
from tests.members.merges import deliver_all, fresh

pytestmark = pytest.mark.django_db
MANY = 5000
SECONDS = 20  # generous: about 2 s on two quiet cores


def regular(orders: int, store: Store, **fields) -> Member:
    """A member with that many orders in the last years, and a coupon."""
    member = make_member(**fields)
    now = timezone.now()
    drafts = [
        make_draft("20.00", store=store, member=member, paid_at=now - timedelta(hours=6 * n)) for n in range(orders)
    ]
    record_many(drafts)
    make_coupon(member)
    return member


def statements(kept: Member, absorbed: Member, by: Staff) -> tuple[list[str], MemberMerge]:
    with CaptureQueriesContext(connection) as queries:
        made = merging.merge(kept, absorbed, why="hand", by=by)
    return [one["sql"] for one in queries], made


def test_five_thousand_orders_take_as_many_statements_as_three():
    by, store = make_admin(), make_store()
    few, _made = statements(regular(2, store, name="张晓梅"), regular(3, store, name="张小梅"), by)
    kept, absorbed = regular(2, store, name="张晓梅"), regular(MANY, store, name="张小梅")
    started = time.monotonic()
    many, made = statements(kept, absorbed, by)
    deliver_all()
    assert time.monotonic() - started < SECONDS
    assert abs(len(many) - len(few)) <= 6, "a tier that moves is a few statements more"
    assert len(many) < 90, len(many)
    assert Order.objects.filter(member=kept).count() == MANY + 2
    assert TimelineFact.objects.filter(member=absorbed).count() == 0
    assert audit() == []
    started = time.monotonic()
    look = preview(make_member("王五"), fresh(kept)[0], by=by)
    assert dict((str(name), count) for name, count in look.moving)[str(Order._meta.verbose_name_plural)] == MANY + 2
    with CaptureQueriesContext(connection) as queries:
        merging.unmerge(made, by=by)
    deliver_all()
    assert time.monotonic() - started < 2 * SECONDS
    assert len(queries) < 120, len(queries)
    assert Order.objects.filter(member=absorbed).count() == MANY
    assert audit() == []
