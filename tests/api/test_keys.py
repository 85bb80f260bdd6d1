"""Who may come in: keys, their end, their networks, their stores, their scopes, their rate."""

from datetime import timedelta

import pytest
from django.utils import timezone

from stores import partners
from stores.errors import Refusal
from stores.models import PartnerKey, Scope
from tests.api.callers import Till, is_problem, make_partner, make_till
from tests.makers import make_store

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_remembered():
    partners.forget()


def test_a_good_key_opens_the_door():
    assert make_till(Scope.STORES_READ).read("/stores/").status_code == 200


def test_without_a_key_the_answer_says_how_to_come_in():
    answer = Till("").read("/stores/")
    is_problem(answer, 401, "key_missing")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


@pytest.mark.parametrize(
    "text", ["nonsense", "ck_", "ck_demo_", "ck_aaaaaaaa_" + "x" * 40, "ck_é_" + "x" * 40, "ck_a_b" * 100, "ck_\x00_x"]
)
def test_a_wrong_key_gets_one_constant_answer(text):
    members = is_problem(Till(text).read("/stores/"), 401, "invalid_key")
    assert members["detail"] == is_problem(Till("ck_demo_wrongsecret").read("/stores/"), 401, "invalid_key")["detail"]


def test_the_right_prefix_with_a_wrong_secret_is_no_key():
    till = make_till()
    is_problem(Till(till.text[:-1] + ("a" if till.text[-1] != "a" else "b")).read("/stores/"), 401, "invalid_key")


def test_another_scheme_than_bearer_is_refused():
    till = make_till()
    answer = till.get("/api/v1/stores/", headers={"Authorization": f"Basic {till.text}"})
    is_problem(answer, 401, "invalid_key")


def test_only_a_hash_of_the_secret_is_kept():
    till = make_till()
    row = PartnerKey.objects.filter(pk=till.key.pk).values()[0]
    secret = till.text.rsplit("_", 1)[1]
    assert secret not in str(row)
    assert len(row["secret_hash"]) == 64


def test_a_revoked_key_is_dead_at_once():
    till = make_till()
    assert till.read("/stores/").status_code == 200
    partners.revoke_key(till.key)
    is_problem(till.read("/stores/"), 401, "key_revoked")


def test_a_key_revoked_elsewhere_is_dead_within_five_seconds(monkeypatch):
    till = make_till()
    assert till.read("/stores/").status_code == 200
    PartnerKey.objects.filter(pk=till.key.pk).update(revoked_at=timezone.now())
    now = partners.time.monotonic()
    monkeypatch.setattr(partners.time, "monotonic", lambda: now + 4.9)
    is_problem(till.read("/stores/"), 401, "key_revoked")


def test_an_expired_key_is_refused():
    is_problem(make_till(expires_at=timezone.now() - timedelta(seconds=1)).read("/stores/"), 401, "key_expired")


def test_the_keys_of_a_partner_that_was_switched_off_are_dead():
    is_problem(make_till(partner=make_partner(is_active=False)).read("/stores/"), 401, "key_revoked")


def test_two_keys_work_side_by_side_after_a_rotation():
    store = make_store()
    till = make_till(Scope.STORES_READ, stores=[store], networks=["127.0.0.0/8"])
    key, text = partners.rotate_key(till.key)
    for caller in (till, Till(text)):
        assert caller.read("/stores/").status_code == 200
    assert key.scopes == [Scope.STORES_READ]
    assert [kept.pk for kept in key.stores.all()] == [store.pk]
    till.key.refresh_from_db()
    assert till.key.expires_at is not None


@pytest.mark.parametrize(
    ("networks", "address", "status"),
    [
        ([], "203.0.113.9", 200),
        (["203.0.113.0/24"], "203.0.113.9", 200),
        (["203.0.113.9"], "203.0.113.9", 200),
        (["203.0.113.0/24"], "::ffff:203.0.113.9", 200),
        (["203.0.113.0/24"], "198.51.100.1", 403),
        (["203.0.113.0/24"], "", 403),
        (["2001:db8::/32"], "2001:db8::5", 200),
    ],
)
def test_a_key_is_good_only_in_its_networks(networks, address, status):
    answer = make_till(networks=networks).get("/api/v1/stores/", REMOTE_ADDR=address)
    assert answer.status_code == status
    if status == 403:
        is_problem(answer, 403, "address_not_allowed")


def test_a_forwarded_address_is_believed_only_behind_our_proxy(settings):
    till = make_till(networks=["203.0.113.0/24"])
    forged = {"X-Forwarded-For": "203.0.113.9"}
    is_problem(till.get("/api/v1/stores/", headers=forged), 403, "address_not_allowed")
    settings.TRUST_PROXY = True
    assert till.get("/api/v1/stores/", headers=forged).status_code == 200
    also_forged = {"X-Forwarded-For": "203.0.113.9, 198.51.100.1"}
    is_problem(till.get("/api/v1/stores/", headers=also_forged), 403, "address_not_allowed")


def test_a_missing_scope_is_named():
    members = is_problem(make_till(Scope.TIERS_READ).read("/stores/"), 403, "scope_missing")
    assert members["scope"] == "stores:read"


def test_a_key_with_a_list_of_stores_sees_no_other():
    ours, other = make_store("静安寺店"), make_store("徐家汇店")
    answer = make_till(stores=[ours]).read("/stores/")
    assert [row["code"] for row in answer.json()["results"]] == [ours.code]
    everywhere = {row["code"] for row in make_till().read("/stores/").json()["results"]}
    assert {ours.code, other.code} <= everywhere


def test_a_key_may_make_only_so_many_calls_a_minute():
    till = make_till(requests_per_minute=3)
    statuses = [till.read("/stores/").status_code for _ in range(5)]
    answer = till.read("/stores/")
    is_problem(answer, 429, "rate_limited")
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert statuses[:3] == [200, 200, 200]


def test_another_key_has_its_own_count():
    first, second = make_till(requests_per_minute=1), make_till(requests_per_minute=1)
    assert [first.read("/stores/").status_code, second.read("/stores/").status_code] == [200, 200]


def test_the_use_of_a_key_is_noted_once_a_minute(django_assert_num_queries):
    till = make_till(Scope.STORES_READ)
    till.read("/stores/")
    till.key.refresh_from_db()
    noted = till.key.last_used_at
    assert noted is not None
    with django_assert_num_queries(1):  # only the list itself
        till.read("/stores/")
    till.key.refresh_from_db()
    assert till.key.last_used_at == noted


@pytest.mark.parametrize(
    "fields",
    [{"scopes": ["everything"]}, {"scopes": [], "networks": ["a shop"]}, {"scopes": [], "networks": ["1.2.3"]}],
)
def test_a_key_with_an_unknown_scope_or_network_is_not_made(fields):
    partner = make_partner()
    with pytest.raises(Refusal):
        partners.create_key(partner, **fields)
    assert not PartnerKey.objects.filter(partner=partner).exists()


def test_a_revoked_key_is_not_brought_back_by_rotating_it():
    till = make_till()
    partners.revoke_key(till.key)
    with pytest.raises(Refusal) as refused:
        partners.rotate_key(till.key)
    assert refused.value.code == "key_ended"
    assert PartnerKey.objects.count() == 1
