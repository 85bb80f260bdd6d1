"""What the admin writes: only what was changed; and what it deletes: only what nothing hangs on."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from coupons import quotas
from coupons.models import OfferQuota, StoreBudget
from members.models import Category, MemberTag, Product, Tag, TagGroup
from stores import partners
from stores.models import PartnerKey
from tests.api.callers import make_partner
from tests.makers import make_guide, make_marketer, make_member, make_template

pytestmark = pytest.mark.django_db
MONTH = date(2026, 11, 1)


def saved_late(row, **changed) -> None:
    """What the admin does with a row it has read some moments ago."""
    for name, value in changed.items():
        setattr(row, name, value)
    page = admin.site._registry[type(row)]
    page.save_model(None, row, SimpleNamespace(changed_data=list(changed)), change=True)


def test_a_limit_raised_at_the_same_moment_gives_no_quota_back():
    guide, template = make_guide(), make_template(guide_month_quota=5)
    quotas.take(guide, guide.store, template, Decimal(10), MONTH)
    quota, budget = OfferQuota.objects.get(), StoreBudget.objects.get()
    quotas.take(guide, guide.store, template, Decimal(10), MONTH)
    saved_late(quota, limit=9)
    saved_late(budget, limit=9000)
    assert OfferQuota.objects.values_list("limit", "used").get() == (9, 2)
    assert StoreBudget.objects.values_list("limit", "used").get() == (9000, 20)


def test_a_key_relabelled_at_the_same_moment_stays_revoked():
    key, _text = partners.create_key(make_partner(), scopes=[])
    stale = PartnerKey.objects.get(pk=key.pk)
    partners.revoke_key(key)
    saved_late(stale, label="收银台")
    key.refresh_from_db()
    assert key.label == "收银台"
    assert key.revoked_at is not None


def test_a_limit_is_changed_on_the_page():
    """Control: what is entered on the page is written."""
    guide, template = make_guide(), make_template(guide_month_quota=5)
    quotas.take(guide, guide.store, template, Decimal(10), MONTH)
    quota = OfferQuota.objects.get()
    browser = Client()
    browser.force_login(make_marketer())
    form = {"guide": guide.pk, "template": template.pk, "month": MONTH, "limit": "7"}
    assert browser.post(reverse("admin:coupons_offerquota_change", args=[quota.pk]), form).status_code == 302
    assert OfferQuota.objects.values_list("limit", "used").get() == (7, 1)


@pytest.fixture
def used():
    """Rows that something hangs on."""
    group = TagGroup.objects.create(name="客户来源")
    tag = Tag.objects.create(group=group, name="朋友介绍")
    category = Category.objects.create(name="礼盒")
    MemberTag.objects.create(member=make_member(), tag=tag)
    Product.objects.create(sku="X1", name="礼盒一", category=category)
    return [group, tag, category]


def test_what_members_carry_is_switched_off_not_deleted(used):
    browser = Client()
    browser.force_login(make_marketer())
    for row in used:
        name = f"admin:members_{row._meta.model_name}"
        assert browser.post(reverse(f"{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
        browser.post(
            reverse(f"{name}_changelist"), {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
        )
        row.refresh_from_db()
    assert MemberTag.objects.count() == 1


def test_a_slip_that_nobody_uses_can_be_deleted(used):
    group = TagGroup.objects.create(name="写错了")
    browser = Client()
    browser.force_login(make_marketer())
    assert browser.post(reverse("admin:members_taggroup_delete", args=[group.pk]), {"post": "yes"}).status_code == 302
    assert not TagGroup.objects.filter(name="写错了").exists()
