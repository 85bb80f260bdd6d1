"""The tags of a member over the partner API, with where each comes from."""

import pytest

from members.models import Tag, TagGroup
from members.tags import set_tag
from tests.api.callers import make_till
from tests.makers import make_guide, make_member, make_store

pytestmark = pytest.mark.django_db


def test_each_tag_says_who_or_which_rule_put_it_there():
    store = make_store()
    lin = make_guide("林小满", store=store)
    meimei = make_member("张晓梅", home_store=store, guide=lin)
    system = TagGroup.objects.create(name="算出来的", kind="system", guides_set=False)
    rule = {"all": [{"fact": "orders", "op": "gte", "value": "1"}]}
    meimei.member_tags.create(tag=Tag.objects.create(group=system, name="买过", rule=rule), source="rule")
    sweet = Tag.objects.create(group=TagGroup.objects.create(name="爱好"), name="爱吃甜", lasts_days=30)
    set_tag(meimei, sweet, by=lin)
    rows = make_till("members:read").read(f"/members/{meimei.public_id}/tags/").json()["results"]
    by_rule, by_hand = rows
    assert (by_rule["name"], by_rule["kind"], by_rule["source"], by_rule["set_by"]) == ("买过", "system", "rule", None)
    assert "1" in by_rule["rule"]
    assert (by_rule["until"], by_rule["disputed"]) == (None, False)
    assert (by_hand["name"], by_hand["source"], by_hand["set_by"]) == ("爱吃甜", "person", lin.employee_no)
    assert by_hand["until"] is not None
    assert by_hand["rule"] == ""
