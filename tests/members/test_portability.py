"""One's own data: a member gets everything the house knows about them, from all bands, and it is on record."""

import json
import re

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.personal import LEFT_OUT, PERSONAL_DATA
from members import profiles
from members.ledgers import points
from members.models import Member, MemberMerge, TimelineFact
from members.notes import add_note
from members.oneid import lineage, merging
from members.privacy import portability
from stores.errors import NotAllowed, NotFound, Refusal
from stores.tracking import HistoryEvent
from tests.campaigns.scenery import deliver_all, sent_offer
from tests.consenting import agree
from tests.makers import make_coupon, make_member, make_order, make_task, make_tiers
from tests.members.shop import open_shop, told

pytestmark = pytest.mark.django_db
PHONE, SECOND = "13812345678", "13998765432"


@pytest.fixture
def shop():
    make_tiers()
    return open_shop()


@pytest.fixture
def meimei(shop):
    """A member with something in many places."""
    first = profiles.register([("phone", PHONE), ("email", "mei@example.com")], name="张晓梅", guide=shop.xiaoman)
    other = profiles.register([("phone", SECOND)], name="张小梅", home_store=shop.store)
    make_order("300.00", member=first, store=shop.store)
    merging.merge(first, other, why=MemberMerge.Why.HAND, by=shop.jianguo)
    agree(first, "sms", by=shop.xiaoman)
    add_note(first, "喜欢甜的", by=shop.xiaoman)
    points.adjust(first, 50, note="补登", by=shop.jianguo)
    profiles.reveal_phone(first, reason="call_back", by=shop.xiaoman)
    sent_offer(shop.xiaoman, first)
    make_coupon(first)
    make_task(first, guide=shop.xiaoman)
    deliver_all()
    return Member.objects.get(pk=first.pk)


def test_everything_known_is_there_in_plain_json(shop, meimei):
    data = portability.export(meimei, reason="member", by=shop.jianguo)
    assert json.loads(json.dumps(data)) == data
    assert (data["format"], data["member"]) == ("changke-member-1", meimei.public_id)
    assert {row["name"] for row in data["profile"]} == {"张晓梅", "张小梅"}
    assert {row["value"] for row in data["identities"]} == {PHONE, SECOND, "mei@example.com"}
    assert data["orders"][0]["net_amount"] == "300.00"
    assert data["orders"][0]["lines"][0]["name"] == "阳光玫瑰"
    assert data["consents"][0]["words"].startswith("我同意")
    assert [row["text"] for row in data["notes"]] == ["喜欢甜的"]
    assert {row["delta"] for row in data["points"]} == {300, 50}
    assert data["looks"] == [{"kind": "member.revealed", "at": data["looks"][0]["at"], "reason": "call_back"}]
    for section in ("coupons", "offers", "contacts", "tasks", "guides", "conclusions"):
        assert data[section], section


def test_nothing_of_somebody_else_is_there(shop, meimei):
    feng = profiles.register([("phone", "13700000007")], name="吴晓峰", guide=shop.xiaoman)
    make_order("41.00", member=feng, store=shop.store)
    text = json.dumps(portability.export(meimei, reason="member", by=shop.jianguo), ensure_ascii=False)
    assert "吴晓峰" not in text
    assert "13700000007" not in text
    assert "41.00" not in text


def test_it_is_on_record_who_took_the_data_and_why(shop, meimei):
    portability.export(meimei, reason="member", by=shop.jianguo)
    portability.export(meimei, reason="member", partner="mini")
    assert told(meimei, "member.exported") == [
        {"by": shop.jianguo.pk, "reason": "member"},
        {"partner": "mini", "reason": "member"},
    ]
    assert len(portability.export(meimei, reason="member", by=shop.jianguo)["looks"]) == 3


def test_only_an_administrator_takes_data_out_and_only_when_asked(shop, meimei):
    for person in (shop.xiaoman, shop.zhoumin, shop.guodong, shop.suwan):
        with pytest.raises(NotAllowed):
            portability.export(meimei, reason="member", by=person)
    with pytest.raises(Refusal) as refused:
        portability.export(meimei, reason=" ", by=shop.jianguo)
    assert refused.value.code == "export_unasked"
    for gone in (make_member(state="erased"), Member(pk=2_000_000_000)):
        with pytest.raises(NotFound):
            portability.export(gone, reason="member", by=shop.jianguo)
    assert not TimelineFact.objects.filter(kind="member.exported").exists()


def naming_members() -> set[str]:
    """Every table that names a member, in a key or in a column announced as one."""
    ours = [model for model in apps.get_models() if not issubclass(model, HistoryEvent)]
    keys = {one._meta.db_table for one in ours for field in one._meta.fields if field.related_model is Member}
    return keys | {model._meta.db_table for model, _column in lineage.STAYING}


def test_every_table_that_names_a_member_is_read_or_left_out_for_a_reason(shop, meimei):
    with CaptureQueriesContext(connection) as queries:
        portability.export(meimei, reason="member", by=shop.jianguo)
    read = set(re.findall(r'FROM "(\w+)"', "\n".join(query["sql"] for query in queries)))
    known = {"members_member", "members_membermerge"}  # the records themselves, and how they became one
    assert naming_members() - read - known == set(LEFT_OUT)


def test_a_section_that_is_missing_would_be_noticed(shop, meimei, settings):
    """Control: without the section of notes the table of notes is read by nobody."""
    settings.PERSONAL_DATA = {name: path for name, path in PERSONAL_DATA.items() if name != "notes"}
    with CaptureQueriesContext(connection) as queries:
        data = portability.export(meimei, reason="member", by=shop.jianguo)
    assert "notes" not in data
    assert 'FROM "members_note"' not in "\n".join(query["sql"] for query in queries)
