"""Chinese unless the person chose otherwise; partners are answered in the language of their header."""

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext

pytestmark = pytest.mark.django_db


def test_a_page_is_chinese_whatever_the_browser_prefers(client):
    answer = client.get("/hq/login/", headers={"Accept-Language": "en-US,en"})
    assert answer.headers["Content-Language"] == "zh-hans"


def test_the_choice_is_kept_in_a_cookie(client):
    client.post(reverse("set_language"), {"language": "en", "next": "/hq/login/"})
    assert client.cookies[settings.LANGUAGE_COOKIE_NAME].value == "en"
    assert client.get("/hq/login/").headers["Content-Language"] == "en"


def test_a_forged_cookie_means_the_default(client):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "../../etc"
    assert client.get("/hq/login/").headers["Content-Language"] == "zh-hans"


def test_a_partner_is_answered_in_the_language_it_asks_for(client):
    assert client.get("/api/v1/docs/", headers={"Accept-Language": "en"}).headers["Content-Language"] == "en"
    assert client.get("/api/v1/docs/").headers["Content-Language"] == "zh-hans"


def test_the_admin_theme_speaks_chinese_too():
    assert gettext("Type to search") == "输入关键词搜索"
