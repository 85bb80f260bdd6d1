"""What headquarters do in the admin goes through the verbs, and a refusal changes nothing."""

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from campaigns.models import MemberDay, MemberDayState
from coupons.models import Coupon, CouponTemplate, IssueRun, TemplateState
from members.models import EarningRule, Member, Order, OrderImport
from stores import jobs
from stores.models import JobState, PartnerKey, Posting, Role, Staff, Store

HEADER = "channel,order_no,kind,paid_at,store_code,member,sku,product_name,quantity,unit_price\n"


def terms_form(**changed) -> dict:
    """What Xu Wenjing enters for five hundred coupons of 12 yuan off 80."""
    form = {
        "name": "满80减12",
        "kind": "amount_off",
        "threshold": "80",
        "amount_off": "12",
        "valid_days": "10",
        "stock": "500",
        "guide_month_quota": "5",
        "versions-TOTAL_FORMS": "0",
        "versions-INITIAL_FORMS": "0",
    }
    return form | changed


def run_action(browser, model: str, action: str, *rows):
    """Choose rows of a list and an action, as a person does."""
    url = reverse(f"admin:{model}_changelist")
    return browser.post(url, {"action": action, "_selected_action": [row.pk for row in rows]}, follow=True)


def test_a_marketer_enters_a_coupon_and_publishes_it(as_staff):
    browser = as_staff("hq")
    browser.post(reverse("admin:coupons_coupontemplate_add"), terms_form())
    template = CouponTemplate.objects.get(name="满80减12")
    assert (template.state, template.terms.version) == (TemplateState.DRAFT, 1)
    assert template.created_by.username == "hq"
    run_action(browser, "coupons_coupontemplate", "publish", template)
    template.refresh_from_db()
    assert template.state == TemplateState.ACTIVE


def test_terms_that_contradict_each_other_are_refused_beside_their_field(as_staff):
    before = CouponTemplate.objects.count()
    answer = as_staff("hq").post(reverse("admin:coupons_coupontemplate_add"), terms_form(amount_off="90"))
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors
    assert CouponTemplate.objects.count() == before


def test_changed_terms_become_a_new_version_and_issued_coupons_keep_theirs(as_staff):
    template = CouponTemplate.objects.get(name="满60减10")
    coupon = Coupon.objects.filter(template=template).first()
    url = reverse("admin:coupons_coupontemplate_change", args=[template.pk])
    as_staff("hq").post(url, terms_form(name="满60减10", threshold="60", amount_off="11", **{"valid_days": "14"}))
    template.refresh_from_db()
    coupon.refresh_from_db()
    assert template.terms.version == 2
    assert template.terms.amount_off == Decimal(11)
    assert coupon.terms.amount_off == Decimal(10)


def test_a_bulk_issue_shows_what_it_would_do_before_it_does_it(as_staff):
    browser = as_staff("hq")
    template = CouponTemplate.objects.get(name="会员日券")
    url = reverse("admin:coupons_issuerun_add")
    runs = IssueRun.objects.count()
    preview = browser.post(url, {"what": f"template:{template.pk}"})
    assert preview.context["look"].count == Member.objects.filter(state="active").count()
    assert IssueRun.objects.count() == runs
    started = browser.post(url, {"what": f"template:{template.pk}", "go": "1"})
    assert started.status_code == 302
    run = IssueRun.objects.latest("pk")
    jobs.run_to_end(run.job_id)
    assert Coupon.objects.filter(template=template).count() == Member.objects.filter(state="active").count()
    assert "100" in browser.get(started["Location"]).content.decode()


def test_a_member_day_is_approved_by_somebody_else_and_ended(as_staff):
    browser = as_staff("hq")
    form = {
        "name": "周三会员日", "recurrence": "FREQ=WEEKLY;BYDAY=WE", "starts_on": str(timezone.localdate()),
        "growth_factor": "1", "points_factor": "2", "issue_days_before": "0",
        **{f"{rows}-{count}_FORMS": "0" for rows in ("occurrences", "messages", "early_access")
           for count in ("TOTAL", "INITIAL")},
    }  # fmt: skip
    browser.post(reverse("admin:campaigns_memberday_add"), form)
    day = MemberDay.objects.get(name="周三会员日")
    rules = EarningRule.objects.count()
    run_action(browser, "campaigns_memberday", "submit", day)
    browser.post(reverse("admin:campaigns_memberday_do", args=[day.pk, "approve"]))
    day.refresh_from_db()
    assert (day.state, EarningRule.objects.count()) == (MemberDayState.WAITING, rules)
    as_staff("admin").post(reverse("admin:campaigns_memberday_do", args=[day.pk, "approve"]))
    day.refresh_from_db()
    assert day.state == MemberDayState.PUBLISHED
    assert EarningRule.objects.count() > rules
    run_action(browser, "campaigns_memberday", "end", day)
    day.refresh_from_db()
    assert day.state == MemberDayState.ENDED
    assert EarningRule.objects.count() == rules


def test_a_recurrence_without_a_meaning_gets_a_sentence(as_staff):
    form = {"name": "错", "recurrence": "FREQ=SOMETIMES", "starts_on": "2026-12-01", "points_factor": "2"}
    answer = as_staff("hq").post(reverse("admin:campaigns_memberday_add"), form)
    assert "recurrence" in answer.context["adminform"].form.errors
    assert not MemberDay.objects.filter(name="错").exists()


def test_a_file_of_orders_is_imported_from_the_page(as_staff):
    browser = as_staff("hq")
    store = Store.objects.first()
    row = f"web,W1,sale,2026-11-20T10:00:00,{store.code},card_no:A77,F001,阳光玫瑰,2,29.90\n"
    upload = SimpleUploadedFile("orders.csv", (HEADER + row).encode())
    answer = browser.post(reverse("admin:members_orderimport_add"), {"file": upload})
    one = OrderImport.objects.get()
    assert answer["Location"].endswith(f"/{one.pk}/change/")
    assert jobs.run_to_end(one.job_id).state == JobState.DONE
    assert Order.objects.get(order_no="W1").net_amount == Decimal("59.80")
    assert browser.get(answer["Location"]).status_code == 200


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", "名字".encode("gbk"), b"PK\x03\x04rest"])
def test_a_bad_file_gets_one_sentence_and_changes_nothing(as_staff, content):
    orders = Order.objects.count()
    upload = SimpleUploadedFile("orders.csv", content)
    answer = as_staff("hq").post(reverse("admin:members_orderimport_add"), {"file": upload})
    assert answer.status_code == 200
    assert len(answer.context["form"].errors["file"]) == 1
    assert not OrderImport.objects.exists()
    assert Order.objects.count() == orders


def test_hiring_opens_a_posting_and_leaving_ends_all_access(as_staff):
    browser = as_staff("admin")
    store = Store.objects.first()
    form = {"username": "anran", "name": "安然", "role": Role.GUIDE, "store": store.pk,
            "password1": "a-long-Pass-9", "password2": "a-long-Pass-9",
            "postings-TOTAL_FORMS": "0", "postings-INITIAL_FORMS": "0"}  # fmt: skip
    browser.post(reverse("admin:stores_staff_add"), form)
    anran = Staff.objects.get(username="anran")
    assert Posting.objects.get(staff=anran, ended_at=None).store == store
    assert anran.check_password("a-long-Pass-9")
    run_action(browser, "stores_staff", "let_go", anran)
    anran.refresh_from_db()
    assert not anran.is_active
    assert not anran.has_usable_password()


def test_a_new_key_is_shown_once(as_staff):
    browser = as_staff("admin")
    key = PartnerKey.objects.get(prefix="demo")
    answer = run_action(browser, "stores_partnerkey", "rotate", key)
    assert PartnerKey.objects.filter(partner=key.partner).count() == 2
    assert any("ck_" in str(message) for message in answer.context["messages"])
    again = browser.get(reverse("admin:stores_partnerkey_changelist"))
    assert not list(again.context["messages"])
