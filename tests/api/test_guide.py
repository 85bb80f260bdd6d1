"""The partner guide tells the truth: each of its examples works, in order, against the real server."""

import re
import shlex
from http.client import HTTPConnection
from urllib.parse import urlsplit

from coupons.models import Coupon, GivenPack
from members.models import Benefit, BenefitUse, Order, Return
from stores import partners
from stores.ids import public_id
from tests.architecture.source import ROOT
from tests.makers import make_coupon, make_member, make_pack, make_store, make_tiers

CALLS = 17


def test_every_example_of_the_guide_works(live_server_process):
    partners.create_key_with_text("ck_demo_changke", partner_code="demo", partner_name="演示收银台")
    tier = make_tiers()["plain"]
    make_store("武林店", code="HZ01")
    coupon = make_coupon(make_member(phone="13812345678"))
    tasting = Benefit.objects.create(tier=tier, kind="tasting", title="试吃", quota=1, period="month")
    guide = (ROOT / "docs" / "partner-guide.md").read_text().replace("7ZK2M9QX4TB8VN3RD", coupon.code)
    guide = guide.replace("mem_8Xw2kQ0aZr", coupon.member.public_id)
    guide = guide.replace("ben_3nYt5RqLwe", public_id("ben", tasting.pk))
    guide = guide.replace("pck_5vRz1nKcTe", make_pack().public_id)
    calls = examples(guide.replace("http://localhost:8000", live_server_process.url))
    assert len(calls) == CALLS
    for url, headers, body, method in calls:
        status, answer = send(url, headers, body, method)
        assert status in (200, 201), (url, answer)
    assert Coupon.objects.get(pk=coupon.pk).state == "used"
    assert GivenPack.objects.get().member == coupon.member
    assert (Order.objects.count(), Return.objects.count()) == (1, 1)
    assert BenefitUse.objects.get().taken_back_at


def examples(guide: str) -> list[tuple[str, dict[str, str], str, str]]:
    """Address, headers, body and method of each curl call in the guide's shell blocks, variables filled in."""
    calls, variables = [], {}
    for block in re.findall(r"```sh\n(.*?)```", guide, re.DOTALL):
        words = shlex.split(block.replace("\\\n", " "), comments=True)
        while words:
            word = words.pop(0)
            name, equals, value = word.partition("=")
            if equals and name.isupper():
                variables[name] = filled(value, variables)
            elif word == "-s":
                calls.append(["", {}, "", ""])
            elif word == "-H":
                header, _colon, text = filled(words.pop(0), variables).partition(": ")
                calls[-1][1][header] = text
            elif word == "-X":
                calls[-1][3] = words.pop(0)
            elif word == "-d":
                calls[-1][2] = filled(words.pop(0), variables)
            elif word != "curl":
                calls[-1][0] = filled(word, variables)
    return [tuple(call) for call in calls]


def filled(text: str, variables: dict[str, str]) -> str:
    """The text with its shell variables replaced."""
    return re.sub(r"\$([A-Z]+)", lambda found: variables[found[1]], text)


def send(url: str, headers: dict[str, str], body: str, method: str) -> tuple[int, bytes]:
    """Status and body of one call; a POST when it has a body and nothing else is said."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    try:
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        connection.request(method or ("POST" if body else "GET"), path, body.encode() or None, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
