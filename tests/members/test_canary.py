"""A canary: a phone number and a name go in by every door; the number stands nowhere in plain sight, the name only
where it must. The database is searched column by column, and so are the logs of the running server."""

import json
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from members import profiles
from members.imports import filing
from members.ledgers import growth, points
from members.models import Note, OrderImport
from members.oneid.identities import find
from members.search import search_members
from members.tiering import tiergrants
from stores import jobs
from tests.api.callers import make_till
from tests.consenting import agree, make_wording
from tests.everywhere import files_with, places_with
from tests.makers import make_admin, make_guide, make_manager, make_store, make_tiers
from tests.members.order_files import line, text_of

PHONE = "13812345678"
SPELLED = (PHONE, "138 1234 5678", "138-1234-5678", "+8613812345678", "1381234")
NAME = "张晓梅霞"
TYPED = f"{NAME} {PHONE} 138-1234-5678"
# The member row, what was on it before, what the member was sent, and what people wrote about them; all of it goes
# when the member is erased (test_erasure.py).
NAME_IS_DECLARED = {
    *("members_member.name", "members_memberhistory.name", "members_note.text", "coupons_offer.text"),
    *("members_assignment.reason", "members_growthentry.note", "members_pointsentry.note"),
    *("members_tiergrant.reason", "members_tiergranthistory.reason"),
}


@pytest.fixture
def shop(transactional_db, settings, tmp_path):
    """A store with a guide and a manager, an administrator, and the words of consent."""
    settings.MEDIA_ROOT = tmp_path / "media"  # what others left behind is not looked at
    make_tiers()
    make_wording("sms")
    make_wording("wecom")
    store = make_store(code="S1")
    return store, make_guide(store=store), make_manager(store=store), make_admin()


def call(server, till, method: str, path: str, body=None, once: str = "") -> int:
    """One call of a partner over a real socket; the status it was answered with."""
    headers = {"Authorization": f"Bearer {till.text}", "Content-Type": "application/json"}
    headers |= {"Idempotency-Key": once} if once else {}
    data = json.dumps(body).encode() if body is not None else None
    request = Request(f"{server.url}/api/v1{path}", data, headers, method=method)
    try:
        with urlopen(request, timeout=30) as answer:
            return answer.status
    except HTTPError as error:
        return error.code


def by_the_partners_door(server, store) -> None:
    """Sign up, find, change, order, return, in bulk, with mistakes, under keys that hold the number."""
    till = make_till(networks=["127.0.0.1"])
    sign_up = {"identities": [f"phone:{PHONE}"], "name": TYPED, "store": store.code, "source": f"till {PHONE}"}
    order = {"channel": "pos", "order_no": "N-1", "paid_at": "2026-03-08T14:05:00+08:00", "store": store.code,
             "identity": f"phone:{PHONE}",
             "lines": [{"sku": "F1", "quantity": "1", "unit_price": "9.90"}]}  # fmt: skip
    assert call(server, till, "POST", "/members/", sign_up, once=f"signup-{PHONE}") == 201
    assert call(server, till, "POST", "/members/", sign_up, once=f"signup-{PHONE}") == 201
    assert call(server, till, "GET", f"/members/?identity={quote('phone:+86 138-1234-5678')}") == 200
    member = find("phone", PHONE)
    path = f"/members/{member.public_id}"
    assert call(server, till, "PATCH", f"{path}/", {"name": TYPED}) == 200
    consent = {"channel": "sms", "granted": True, "wording_version": "1"}
    assert call(server, till, "PUT", f"{path}/consents/", {"consents": [consent]}) == 200
    assert call(server, till, "POST", "/orders/", order, once=PHONE) == 201
    assert call(server, till, "POST", "/orders/", order, once=PHONE) == 201
    refused = {**order, "order_no": "N-2", "lines": []}
    assert call(server, till, "POST", "/orders/bulk/", {"orders": [refused, {**order, "order_no": "N-3"}]}) == 200
    back = {"refund_no": "R-1", "identity": f"phone:{PHONE}", "amount": "1.00", "store": store.code}
    call(server, till, "POST", "/orders/pos/N-1/refunds/", back)
    assert call(server, till, "GET", f"{path}/export/") == 200
    for bad in (f"/members/{PHONE}/", f"/coupons/{PHONE}/", f"/{PHONE}/", f"/members/?identity={PHONE}"):
        assert call(server, till, "GET", bad) in (404, 422)
    assert call(server, till, "POST", "/members/", {"identities": [PHONE], "name": {"x": PHONE}}) in (400, 422)


def by_the_workbench(store, guide, manager) -> None:
    """Search, note, consent, reveal, offer, hand over, each with the number where one may type."""
    member = find("phone", PHONE)
    browser, leader = Client(), Client()
    browser.force_login(guide)
    leader.force_login(manager)
    answer = leader.post(f"/m/{member.pk}/guide/", {"guide": guide.pk, "reason": TYPED})
    assert answer.status_code in (200, 302), answer.content
    assert search_members(guide, PHONE).rows == [member]
    for query in (PHONE, PHONE[-4:], NAME):
        assert browser.get("/m/", {"q": query}).status_code == 200
    browser.post(f"/m/{member.pk}/notes/", {"text": TYPED})
    browser.post(f"/m/{member.pk}/tags/", {"q": PHONE})
    browser.post(f"/m/{member.pk}/reveal/", {"reason": "call_back"})
    agree(member, "wecom", by=guide)
    sent = {"member": member.pk, "message": TYPED, "channel": "wecom", "send": "message", "request_key": "press-0001"}
    assert browser.post("/offer/", sent).status_code in (200, 302)
    browser.post("/login/", {"username": PHONE, "password": "wrong"})
    assert Note.objects.filter(member=member).exists()


def by_headquarters(jianguo, store) -> None:
    """Files, adjustments, grants, searches and reasons with the number in them."""
    member = find("phone", PHONE)
    browser = Client()
    browser.force_login(jianguo)
    named = f"phone:{PHONE}"
    rows = (line("A1", member=named), line("A2", member=PHONE), line("A3", member=named, quantity="0"),
            line("A4", member=named) + ",extra", line("A5", member="email:meimei@example"))  # fmt: skip
    upload = SimpleUploadedFile(f"{PHONE}.csv", text_of(*rows).encode())
    assert browser.post("/hq/members/orderimport/add/", {"file": upload}).status_code == 302
    job = jobs.run_to_end(OrderImport.objects.get().job_id)
    assert (job.state, job.result["rejected"]) == ("done", 4)
    growth.adjust(member, 5, note=TYPED, by=jianguo)
    points.adjust(member, 5, note=TYPED, by=jianguo)
    gold = make_tiers()["gold"]
    tiergrants.grant(member, gold, ends_on=member.joined_at.date().replace(year=2027), reason=TYPED, by=jianguo)
    for page in ("member", "identity", "note", "erasure", "order", "timelinefact"):
        assert browser.get(f"/hq/members/{page}/", {"q": PHONE}).status_code == 200
    assert browser.get("/hq/changes/", {"by": PHONE, "after": PHONE}).status_code == 200
    assert browser.get("/hq/reveals/", {"by": PHONE}).status_code == 200
    profiles.update(member, name=f"{NAME}{PHONE}", by=jianguo)


def test_no_phone_number_stands_anywhere_and_the_name_only_where_it_is_declared(shop, live_server_process):
    store, guide, manager, jianguo = shop
    by_the_partners_door(live_server_process, store)
    by_the_workbench(store, guide, manager)
    by_headquarters(jianguo, store)
    assert {spelled: found for spelled in SPELLED if (found := places_with(spelled))} == {}
    assert places_with(NAME) <= NAME_IS_DECLARED
    assert places_with("meimei@example") == set()
    logs = [live_server_process.log.parent, Path(settings.MEDIA_ROOT) / filing.FOLDER]
    assert files_with("1381234", logs) == files_with(NAME, logs) == set()
    assert find("phone", PHONE).name.startswith(NAME)  # all of it arrived


def test_the_canary_would_be_heard(shop, tmp_path):
    """Control: in plain sight it is found, in a text, in JSON, in an array, in bytes and in a log."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE canary (a text, b jsonb, c text[], d bytea, e bytea[]);"
            "INSERT INTO canary (a) VALUES (%(plain)s); INSERT INTO canary (b) VALUES (%(json)s);"
            "INSERT INTO canary (c) VALUES (ARRAY[%(plain)s]); INSERT INTO canary (d) VALUES (%(bytes)s);"
            "INSERT INTO canary (e) VALUES (ARRAY[%(bytes)s]::bytea[])",
            {"plain": TYPED, "json": json.dumps({"deep": [TYPED]}), "bytes": TYPED.encode()},
        )
    try:
        expected = {f"canary.{column}" for column in "abcde"}
        assert places_with(PHONE) == places_with(NAME) == expected
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE canary")
    (tmp_path / "web.log").write_bytes(TYPED.encode())
    assert files_with(PHONE, [tmp_path]) == {tmp_path / "web.log"}
