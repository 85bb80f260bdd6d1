"""Settings are read from the environment with a clear word about what is wrong."""

import pytest

from config import env


def test_an_address_with_a_password_and_options_is_understood():
    found = env.database("postgres://changke:p%40ss@db.example:6432/shop?sslmode=require")
    assert found["NAME"] == "shop"
    assert found["USER"] == "changke"
    assert found["PASSWORD"] == "p@ss"
    assert (found["HOST"], found["PORT"]) == ("db.example", 6432)
    assert found["OPTIONS"] == {"sslmode": "require"}


def test_a_socket_folder_keeps_its_capital_letters():
    assert env.database("postgres://changke@%2FSrv%2FShop/changke")["HOST"] == "/Srv/Shop"
    assert env.database("postgresql:///changke?host=/Srv/Shop")["HOST"] == "/Srv/Shop"


def test_an_ipv6_host_loses_its_brackets():
    assert env.database("postgres://changke@[::1]:5433/changke")["HOST"] == "::1"


@pytest.mark.parametrize("url", ["mysql://localhost/shop", "postgres://localhost", "shop.sqlite3"])
def test_another_kind_of_database_is_refused_in_one_sentence(url):
    with pytest.raises(env.SettingError, match="DATABASE_URL must look like"):
        env.database(url)


def test_a_web_process_gets_a_pool_and_a_worker_none():
    assert env.database("postgres://h/shop", pool=20)["OPTIONS"]["pool"]["max_size"] == 20
    assert "pool" not in env.database("postgres://h/shop")["OPTIONS"]


def test_a_flag_is_yes_no_or_an_error(monkeypatch):
    monkeypatch.setenv("CHANGKE_TRIAL", "Yes")
    assert env.flag("CHANGKE_TRIAL")
    monkeypatch.setenv("CHANGKE_TRIAL", "off")
    assert not env.flag("CHANGKE_TRIAL", default=True)
    monkeypatch.setenv("CHANGKE_TRIAL", "maybe")
    with pytest.raises(env.SettingError, match="CHANGKE_TRIAL must be 1 or 0"):
        env.flag("CHANGKE_TRIAL")


def test_a_number_is_not_a_word(monkeypatch):
    monkeypatch.setenv("CHANGKE_TRIAL", "twenty")
    with pytest.raises(env.SettingError, match="whole number"):
        env.number("CHANGKE_TRIAL", 5)


def test_a_mail_server_is_read_from_one_address():
    found = env.mail_server("smtp://changke:p%40ss@mail.example")
    assert (found.host, found.port, found.password, found.starts_tls, found.is_ssl) == (
        "mail.example", 587, "p@ss", True, False,
    )  # fmt: skip
    assert env.mail_server("smtps://mail.example").port == 465
    assert not env.mail_server("smtp://127.0.0.1:1025?tls=0").starts_tls
    assert env.mail_server("").host == ""
    with pytest.raises(env.SettingError, match="EMAIL_URL"):
        env.mail_server("mail.example:25")
