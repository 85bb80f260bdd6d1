"""The same race over the network: real server processes, real sockets, sixty-four tills with a key."""

import http.client
import json
import random
import subprocess
import threading
from collections import Counter
from decimal import Decimal
from urllib.parse import urlsplit

import pytest

from coupons.models import Coupon, CouponEvent, CouponTemplate
from stores.models import Scope
from tests import live
from tests.api.callers import make_till
from tests.coupons.shop import broken
from tests.makers import make_coupon, make_member, make_store, make_template
from tests.torture.tills import redeemed_once, sent_again_and_again

pytestmark = [pytest.mark.processes, pytest.mark.slow]

TILLS = 64


def post(url: str, key: str, path: str, body: dict) -> tuple[int, dict]:
    """One call of a till: its status and its JSON."""
    address = urlsplit(url)
    line = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
    try:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        line.request("POST", f"/api/v1{path}", json.dumps(body), headers)
        answer = line.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        line.close()


def all_at_once(url: str, key: str, calls: list[tuple[str, dict]]) -> list[tuple[int, dict]]:
    """Every call from a thread of its own, started together; answers in the order of the calls."""
    answers: list = [None] * len(calls)
    start = threading.Barrier(len(calls))

    def run(place: int, path: str, body: dict) -> None:
        start.wait(30)
        answers[place] = post(url, key, path, body)

    threads = [threading.Thread(target=run, args=(place, *call)) for place, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return answers


def receipts(coupon: Coupon, store, *, same: bool = False) -> list[tuple[str, dict]]:
    """The coupon at every till, on a receipt of each till's own or on one and the same."""
    path = f"/coupons/{coupon.code}/redeem/"
    body = {"store": store.code, "amount": "100.00"}
    return [(path, {**body, "order_no": "R1" if same else f"R{number}"}) for number in range(TILLS)]


@pytest.fixture
def unguarded_server(transactional_db, tmp_path):
    """A second server on the same database whose redemption reads, checks and writes."""
    port, log = live.free_port(), tmp_path / "web.log"
    command = [*live.command(port)[:-1], "tests.concurrency.unguarded_wsgi:application"]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=live.ROOT, env=live.environment(tmp_path), stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )
    try:
        url = f"http://127.0.0.1:{port}"
        live.wait_until_it_answers(url, process, log)
        yield url
    finally:
        process.terminate()
        process.wait(15)


def test_of_sixty_four_tills_one_redeems_each_coupon(live_server_process):
    key, store = make_till(Scope.COUPONS_REDEEM).text, make_store()
    template = make_template(budget=Decimal(1000))
    for _ in range(5):
        coupon = make_coupon(make_member(), template=template)
        answers = all_at_once(live_server_process.url, key, receipts(coupon, store))
        codes = Counter((status, body.get("code")) for status, body in answers)
        assert codes == {(200, coupon.code): 1, (409, "coupon_used"): TILLS - 1}
    assert CouponEvent.objects.count() == 5
    assert CouponTemplate.objects.get().budget_used == 50
    assert broken() == []


def test_one_receipt_sent_sixty_four_times_hears_one_answer(live_server_process):
    key, coupon = make_till(Scope.COUPONS_REDEEM).text, make_coupon()
    answers = all_at_once(live_server_process.url, key, receipts(coupon, make_store(), same=True))
    assert {status for status, _body in answers} == {200}
    assert len({json.dumps(body, sort_keys=True) for _status, body in answers}) == 1
    assert CouponEvent.objects.count() == 1


def test_with_the_guard_switched_off_more_than_one_till_redeems_it_and_answers_differ(unguarded_server):
    """The control: the same tills, the same network, the same database; only the guard is missing."""
    key, store, most = make_till(Scope.COUPONS_REDEEM).text, make_store(), 0
    for _ in range(5):
        answers = all_at_once(unguarded_server, key, receipts(make_coupon(), store))
        most = max(most, sum(status == 200 for status, _body in answers))
    assert most > 1
    codes = [make_coupon().code for _nth in range(12)]
    assert sent_again_and_again(unguarded_server, key, store, codes, random.Random(7)) != []
    assert redeemed_once(codes) != []


def test_requests_sent_again_and_again_in_any_order_have_one_effect_and_one_answer(live_server_process):
    key, store, member, template = make_till(Scope.COUPONS_REDEEM).text, make_store(), make_member(), make_template()
    codes = [make_coupon(member, template=template).code for _nth in range(40)]
    assert sent_again_and_again(live_server_process.url, key, store, codes, random.Random(7)) == []
    assert redeemed_once(codes) == []
    assert broken() == []
