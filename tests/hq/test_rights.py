"""What a marketer may not do in the admin, however they ask, and what nobody may read there."""

import csv
import io

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import NoReverseMatch, reverse

from members.models import Tag, TagGroup
from stores import jobs, replies
from stores import staff as verbs
from stores.models import JobState, Role, Staff, Store, StoredReply
from stores.partners import create_key
from tests.api.callers import make_partner
from tests.makers import make_admin, make_guide, make_marketer, make_member, make_store

pytestmark = pytest.mark.django_db

STORES = "code,name,kind,region\n{code},改了名,street,{region}\n"


def signed_in(person: Staff) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


def upload(browser: Client, store: Store):
    file = SimpleUploadedFile("stores.csv", STORES.format(code=store.code, region=store.region.code).encode())
    return browser.post(reverse("admin:stores_store_import"), {"import_file": file, "format": "0"})


def test_a_marketer_cannot_change_stores_by_uploading_a_file():
    store = make_store("静安寺店")
    marketer, admin = signed_in(make_marketer()), signed_in(make_admin())
    assert upload(marketer, store).status_code == 403
    assert marketer.get(reverse("admin:stores_store_import")).status_code == 403
    assert marketer.post(reverse("admin:stores_store_process_import")).status_code == 403
    store.refresh_from_db()
    assert store.name == "静安寺店"
    assert upload(admin, store).status_code == 200  # control: the same file is taken from an administrator


def test_a_marketer_brings_in_the_tables_they_may_write():
    assert signed_in(make_marketer()).get(reverse("admin:members_tag_import")).status_code == 200


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_an_export_begins_a_formula(start):
    group = TagGroup.objects.create(name="客户自写")
    Tag.objects.create(group=group, name=f'{start}HYPERLINK("http://evil")')
    answer = signed_in(make_marketer()).post(
        reverse("admin:members_tag_export"),
        {"format": "0", "tagresource_group": "on", "tagresource_name": "on", "resource": "0"},
    )
    assert answer.status_code == 200
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    cells = [cell for row in rows for cell in row]
    assert any("HYPERLINK" in cell for cell in cells), cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


@pytest.mark.parametrize(
    ("page", "lookup"),
    [
        ("members_identity", {"shown__startswith": "138"}),
        ("stores_staff", {"password__startswith": "md5"}),
        ("stores_staff", {"phone__startswith": "138"}),
        ("stores_partnerkey", {"secret_hash__startswith": "a"}),
        ("stores_storedreply", {"body__contains": "138"}),
    ],
)
def test_what_a_list_does_not_show_cannot_be_guessed_sign_by_sign_from_its_address(page, lookup):
    make_member(phone="13812345678")
    make_guide(phone="13912345678")
    answer = signed_in(make_admin()).get(reverse(f"admin:{page}_changelist"), lookup)
    assert answer.status_code == 400


def test_the_filters_that_lists_offer_and_the_overview_links_to_still_work():
    store = make_store()
    make_member(home_store=store)
    browser = signed_in(make_marketer())
    for lookup in (
        {"tier__id__exact": make_member().tier_id, "home_store__kind__exact": store.kind},
        {"home_store__id__exact": store.pk},
        {"stage__exact": "growing"},
    ):
        assert browser.get(reverse("admin:members_member_changelist"), lookup).status_code == 200, lookup
    days = {"due_on_from": "2026-01-01", "due_on_to": "2026-12-31", "store__id__exact": store.pk}
    assert browser.get(reverse("admin:campaigns_guidetask_changelist"), days).status_code == 200
    for page, state in (("stores_job", "failed"), ("members_delivery", "quarantined"), ("coupons_coupon", "used")):
        assert browser.get(reverse(f"admin:{page}_changelist"), {"state__exact": state}).status_code == 200


def test_a_marketer_looks_at_staff_without_their_phones_and_without_a_hash():
    guide = make_guide(phone="13912345678", password="a-long-Pass-9")
    url = reverse("admin:stores_staff_change", args=[guide.pk])
    page = signed_in(make_marketer()).get(url).content.decode()
    assert guide.username in page
    assert "13912345678" not in page
    assert guide.password.rpartition("$")[2] not in page
    assert "../password/" not in page
    assert "13912345678" in signed_in(make_admin()).get(url).content.decode()


def test_a_stored_reply_shows_that_a_partner_was_answered_not_what():
    partner = make_partner()
    replies.store(replies.claim(partner.pk, "", "k-1", "f"), 201, '{"phone":"13812345678"}')
    row = StoredReply.objects.get()
    assert "13812345678" in replies.claim(partner.pk, "", "k-1", "f").text  # control: it is there
    page = signed_in(make_admin()).get(reverse("admin:stores_storedreply_change", args=[row.pk]))
    assert page.status_code == 200
    assert "13812345678" not in page.content.decode()
    assert "13812345678" not in str(StoredReply.objects.values().get())
    found = signed_in(make_admin()).get(reverse("admin:stores_storedreply_changelist"), {"q": "k-1"})
    assert row.key in found.content.decode()


def test_only_administrators_set_somebodys_password():
    guide = make_guide(password="a-long-Pass-9")
    url = reverse("admin:stores_staff_password", args=[guide.pk])
    form = {"password1": "another-Pass-10", "password2": "another-Pass-10", "usable_password": "true"}
    for nobody in (make_marketer(), make_guide()):
        answer = signed_in(nobody).post(url, form)
        assert answer.status_code in (302, 403)
        assert answer.status_code == 403 or "/login/" in answer["Location"]
        guide.refresh_from_db()
        assert guide.check_password("a-long-Pass-9")
    assert signed_in(make_admin()).post(url, form).status_code == 302
    guide.refresh_from_db()
    assert guide.check_password("another-Pass-10")


def test_there_are_no_groups_beside_the_roles():
    with pytest.raises(NoReverseMatch):
        reverse("admin:auth_group_changelist")
    marketer = make_marketer()
    marketer.groups.add(Group.objects.create(name="anything"))
    assert signed_in(marketer).get(reverse("admin:stores_staff_add")).status_code == 403


def test_a_superuser_who_becomes_a_marketer_keeps_no_rights():
    root = Staff.objects.create_superuser("root", "a-long-Pass-9")
    make_admin()
    assert root.has_perm("stores.change_staff")
    moved = verbs.transfer(root, role=Role.HQ_MARKETER)
    assert not moved.has_perm("stores.change_staff")
    assert signed_in(moved).get(reverse("admin:stores_partnerkey_changelist")).status_code == 403


def run_action(browser: Client, page: str, action: str, row):
    url = reverse(f"admin:{page}_changelist")
    return browser.post(url, {"action": action, "_selected_action": [row.pk]}, follow=True)


def test_a_marketer_stops_the_jobs_that_people_started_but_not_those_of_the_house():
    marketer = make_marketer()
    of_the_house = jobs.plan("coupons.expire", params={})
    of_a_colleague = jobs.plan("coupons.issue", params={}, by=make_marketer("许文静"))
    browser = signed_in(marketer)
    for job in (of_the_house, of_a_colleague):
        run_action(browser, "stores_job", "cancel", job)
        job.refresh_from_db()
    assert (of_the_house.state, of_a_colleague.state) == (JobState.WAITING, JobState.CANCELLED)
    run_action(signed_in(make_admin()), "stores_job", "cancel", of_the_house)
    of_the_house.refresh_from_db()
    assert of_the_house.state == JobState.CANCELLED


def test_a_network_that_is_none_is_refused_beside_its_field_for_new_and_for_known_keys():
    partner = make_partner()
    key, _text = create_key(partner, scopes=["stores:read"])
    form = {"partner": partner.pk, "scopes": ["stores:read"], "networks": "10.0.0.0/8,somewhere",
            "requests_per_minute": "60"}  # fmt: skip
    browser = signed_in(make_admin())
    for url in (reverse("admin:stores_partnerkey_add"), reverse("admin:stores_partnerkey_change", args=[key.pk])):
        answer = browser.post(url, form)
        assert answer.status_code == 200
        assert "networks" in answer.context["adminform"].form.errors
    key.refresh_from_db()
    assert (key.networks, partner.keys.count()) == ([], 1)
    browser.post(reverse("admin:stores_partnerkey_change", args=[key.pk]), form | {"networks": "10.0.0.0/8"})
    key.refresh_from_db()
    assert key.networks == ["10.0.0.0/8"]


def test_a_refusal_of_a_verb_is_said_in_words_and_nothing_is_saved():
    """Somebody who has left cannot be transferred; the form does not know that, the verb does."""
    guide, elsewhere = make_guide("林小满"), make_store("徐家汇店")
    verbs.leave(guide)
    form = {"username": guide.username, "name": "林满", "employee_no": guide.employee_no, "role": "guide",
            "store": elsewhere.pk, "postings-TOTAL_FORMS": "0", "postings-INITIAL_FORMS": "0"}  # fmt: skip
    url = reverse("admin:stores_staff_change", args=[guide.pk])
    answer = signed_in(make_admin()).post(url, form, follow=True)
    assert answer.status_code == 200
    assert [str(message) for message in answer.context["messages"]] == ["林满已离职。"]
    guide.refresh_from_db()
    assert (guide.name, guide.store == elsewhere) == ("林小满", False)
