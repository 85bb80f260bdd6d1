"""Every address below /hq/ x every kind of person x good, missing and odd ids: no stranger gets in, nothing breaks.

The addresses are read from the URL table, so that a new page is probed from its first day.
"""

import re
from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from members.models import Member, MemberMerge
from stores.models import Staff
from tests.makers import make_admin, make_area_manager, make_guide, make_manager, make_marketer, make_member, make_store

pytestmark = pytest.mark.django_db
ODD = ("2000000000", "abc", "9" * 25, "%00")
PUBLIC = {"/hq/login/", "/hq/logout/", "/hq/jsi18n/"}
VARIABLE = re.compile(r"<(?:\w+:)?\w+>")


def walk(resolver: URLResolver, prefix: str) -> Iterator[str]:
    """The routes below, as they are written."""
    for entry in resolver.url_patterns:
        path = prefix + re.sub(r"^\^|\$$|\\Z", "", str(entry.pattern))
        if isinstance(entry, URLPattern):
            yield path
        else:
            yield from walk(entry, path)


def routes() -> list[str]:
    """Every route of headquarters that takes plain variables."""
    found: list[str] = []
    for entry in get_resolver().url_patterns:
        path = str(entry.pattern)
        if path.startswith("hq/"):
            found += walk(entry, f"/{path}") if isinstance(entry, URLResolver) else [f"/{path}"]
    return sorted({path for path in found if "(" not in path})


def filled(path: str, value: str) -> str:
    return VARIABLE.sub(value, path)


def signed_in(person: Staff | None) -> Client:
    browser = Client(raise_request_exception=False)
    if person:
        browser.force_login(person)
    return browser


def test_there_are_routes_and_among_them_those_that_matter():
    known = routes()
    assert len(known) > 150
    for part in ("/hq/members/member/<path:object_id>/", "/hq/reveals/", "/hq/changes/", "/erase/", "/rejects/"):
        assert [path for path in known if part in path], part


@pytest.mark.parametrize("maker", [None, make_guide, make_manager, make_area_manager])
def test_nobody_of_a_store_and_no_stranger_gets_in_anywhere(maker):
    browser, member = signed_in(maker() if maker else None), make_member("张晓梅")
    open_doors = []
    for path in routes():
        for call in (browser.get, browser.post):
            answer = call(filled(path, str(member.pk)))
            turned_away = answer.status_code in (302, 405) and "张晓梅" not in answer.content.decode()
            if path not in PUBLIC and not turned_away:
                open_doors.append(f"{path}: {answer.status_code}")
    assert open_doors == []
    assert Member.objects.get().name == "张晓梅"


def test_odd_ids_are_not_found_and_break_nothing():
    browser = signed_in(make_admin())
    broken = []
    for path in [path for path in routes() if VARIABLE.search(path)]:
        for value in ODD:
            answer = browser.get(filled(path, value))
            if answer.status_code >= 500:
                broken.append(f"{path} {value}: {answer.status_code}")
    assert broken == []


def test_a_marketer_writes_only_the_tables_of_their_role():
    """What the rights say is what the pages do: forms for adding, changing and deleting, and lists."""
    marketer, wrong = make_marketer(), []
    browser = signed_in(marketer)
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        right = f"{model._meta.app_label}.%s_{model._meta.model_name}"
        row = model._default_manager.first()
        probes = [("view", "changelist", ()), ("add", "add", ())]
        probes += [("delete", "delete", (row.pk,))] if row else []
        for verb, where, args in probes:
            status = browser.get(reverse(f"{name}_{where}", args=args)).status_code
            if not marketer.has_perm(right % verb) and status not in (403, 302):
                wrong.append(f"{name}_{where}: {status}")
    assert wrong == []


def test_a_marketer_neither_sees_numbers_nor_takes_data_out_nor_erases():
    member, browser = make_member("张晓梅", phone="13812345678"), signed_in(make_marketer())
    home = f"/hq/members/member/{member.pk}"
    for step in ("phone", "data", "erase"):
        for call in (browser.get, browser.post):
            answer = call(f"{home}/{step}/", {"reason": "member", "asked_by": "member", "code": member.code})
            assert answer.status_code == 403, step
            assert "13812345678" not in answer.content.decode()
    assert Member.objects.get().name == "张晓梅"


def test_fields_that_a_form_does_not_show_are_not_written():
    """A post with everything a member, a grant or a merge has changes nothing that its form does not offer."""
    member = make_member("张晓梅", home_store=make_store())
    before = Member.objects.values().get()
    more = {"name": "别人", "points": "999999", "growth": "999999", "tier": "1", "state": "erased", "guide": "1",
            "code": "000000000000", "phone_last4": "0000", "merged_into": member.pk, "_save": "1"}  # fmt: skip
    for person in (make_admin(), make_marketer()):
        browser = signed_in(person)
        for path in (f"/hq/members/member/{member.pk}/change/", "/hq/members/member/add/"):
            assert browser.post(path, more).status_code in (403, 302, 200)
    assert Member.objects.values().get() == before
    assert MemberMerge.objects.count() == 0


def test_a_new_member_of_staff_is_no_superuser_whatever_is_posted():
    store, browser = make_store(), signed_in(make_admin())
    form = {"username": "linxm", "name": "林小满", "role": "guide", "store": store.pk, "password1": "sweet-melon-7",
            "password2": "sweet-melon-7", "is_superuser": "on", "is_active": "on", "is_staff": "on", "groups": "1",
            "postings-TOTAL_FORMS": "0", "postings-INITIAL_FORMS": "0"}  # fmt: skip
    assert browser.post(reverse("admin:stores_staff_add"), form).status_code == 302
    hired = Staff.objects.get(username="linxm")
    assert (hired.is_superuser, hired.is_staff, hired.role) == (False, False, "guide")
