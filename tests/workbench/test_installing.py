"""The workbench can be put on a phone, and what the phone keeps of it belongs to nobody."""

import json
import struct

import pytest
from django.contrib.messages import constants
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.staticfiles import finders
from django.http import HttpResponse
from django.test import Client, RequestFactory

from tests.makers import make_guide
from tests.workbench.scenery import signed_in
from workbench import sheets

pytestmark = pytest.mark.django_db


def manifest(language: str = "") -> dict:
    browser = Client()
    if language:
        browser.cookies["changke_language"] = language
    answer = browser.get("/manifest.webmanifest")
    assert answer.headers["Content-Type"] == "application/manifest+json"
    return json.loads(answer.content)


def test_the_manifest_speaks_the_language_of_the_device():
    chinese, english = manifest(), manifest("en")
    assert (chinese["short_name"], english["short_name"]) == ("常客", "Changke")
    assert (chinese["lang"], english["lang"]) == ("zh-hans", "en")
    assert [one["name"] for one in english["shortcuts"]] == ["Find a member", "Offers", "Results"]
    assert (english["start_url"], english["scope"], english["display"]) == ("/", "/", "standalone")


def test_every_icon_is_there_in_the_size_it_claims():
    icons = manifest()["icons"]
    assert {icon["purpose"] for icon in icons} == {"any", "maskable"}
    for icon in icons:
        place = finders.find(icon["src"].removeprefix("/static/"))
        assert place, icon
        if icon["type"] == "image/png":
            with open(place, "rb") as file:
                width, height = struct.unpack(">II", file.read(24)[16:])
            assert f"{width}x{height}" == icon["sizes"]


def test_shortcuts_lead_to_pages_that_are_there():
    browser = signed_in(make_guide())
    assert [browser.get(one["url"]).status_code for one in manifest()["shortcuts"]] == [200, 200, 200]


def test_logging_out_tells_the_browser_to_forget():
    browser = signed_in(make_guide())
    assert "Clear-Site-Data" not in browser.get("/").headers  # control
    assert browser.post("/logout/").headers["Clear-Site-Data"] == '"cache", "storage"'


def test_the_page_that_devices_keep_says_nothing_to_anybody():
    browser = signed_in(make_guide("林小满"))
    waiting, answer = CookieStorage(RequestFactory().get("/")), HttpResponse()
    waiting.add(constants.SUCCESS, "周子涵 的优惠已发出")
    waiting.update(answer)
    browser.cookies["messages"] = answer.cookies["messages"].value
    kept = browser.get("/offline/").content.decode()
    assert "周子涵" not in kept
    assert "林小满" not in kept
    assert "周子涵" in browser.get("/").content.decode()  # said later, on a page that nobody keeps


def test_the_sheets_are_sent_as_one_and_follow_every_change(tmp_path):
    place = sheets.join(tmp_path / "workbench.css")
    whole = place.read_text(encoding="utf-8")
    assert [
        whole.index((sheets.FOLDER / f"{name}.css").read_text(encoding="utf-8")) for name in sheets.SHEETS
    ] == sorted(whole.index((sheets.FOLDER / f"{name}.css").read_text(encoding="utf-8")) for name in sheets.SHEETS)
    assert {found.stem for found in sheets.FOLDER.glob("*.css")} == {*sheets.SHEETS, "dark"}
    written = place.stat().st_mtime_ns
    assert sheets.join(place).stat().st_mtime_ns == written
    place.write_text("old", encoding="utf-8")
    assert sheets.join(place).read_text(encoding="utf-8") == whole


def test_pages_are_packed_and_answers_to_partners_are_not():
    packed = {"Accept-Encoding": "gzip"}
    browser = signed_in(make_guide())
    assert browser.get("/", headers=packed).headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in browser.get("/").headers
    assert "Content-Encoding" not in browser.get("/api/v1/schema/", headers=packed).headers
