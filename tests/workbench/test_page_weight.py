"""What a phone fetches on a first visit: page, sheets, scripts and icons, packed, under 60 kB for every page."""

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from tests.makers import make_coupon, make_task
from tests.workbench.scenery import Chain, busy, signed_in
from tests.workbench.test_query_counts import PAGES

pytestmark = pytest.mark.django_db
MOST = 60_000
LINKED = re.compile(r'(?:href|src)="/static/([^"]+)"')
PACKED = {"Accept-Encoding": "gzip"}


def packed_files(page: str) -> dict[str, int]:
    """The bytes of every static file that a page names, as collectstatic packs them."""
    return {name: len(gzip.compress(Path(finders.find(name)).read_bytes())) for name in set(LINKED.findall(page))}


def first_visit(client: Client, path: str) -> int:
    """Bytes of a page with all that it names."""
    answer = client.get(path, headers=PACKED)
    assert answer.headers["Content-Encoding"] == "gzip", path
    return len(answer.content) + sum(packed_files(gzip.decompress(answer.content).decode()).values())


@pytest.fixture
def shop(chain) -> Chain:
    """Binhe Road in full swing."""
    busy(chain)
    make_coupon(chain.zihan)
    return chain


def test_a_first_visit_weighs_under_sixty_kilobytes_on_every_page(shop):
    values = {"task": make_task(shop.zihan, template=shop.second).pk, "member": shop.zihan.pk,
              "tier": shop.zihan.tier_id, "template": shop.second.pk}  # fmt: skip
    weights = {"sign-in": first_visit(Client(), "/login/")}
    for name, (who, path, headers) in PAGES.items():
        if not headers and hasattr(shop, who):
            try:
                address = path.format(**values)
            except KeyError:
                continue  # about things of its own, which its own tests make
            weights[name] = first_visit(signed_in(getattr(shop, who)), address)
    assert len(weights) > 15
    assert {name: weight for name, weight in weights.items() if weight > MOST} == {}


def test_a_page_names_one_sheet_for_light_one_for_dark_and_no_font(shop):
    page = signed_in(shop.lin).get("/").content.decode()
    names = set(LINKED.findall(page))
    assert {name for name in names if name.endswith(".css")} == {"workbench/workbench.css", "workbench/css/dark.css"}
    assert not {name for name in names if name.endswith((".woff", ".woff2", ".ttf"))}
    assert len(names) <= 8, names


def test_the_measure_sees_a_heavy_page(shop):
    heavy = '<img src="/static/workbench/icon-512.png"><script src="/static/django_htmx/htmx-2.js"></script>'
    assert sum(packed_files(heavy).values()) > 40_000
