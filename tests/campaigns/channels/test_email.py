"""E-mail by a mail server on a real socket: what was handed in, turned down or broken off, and the way out."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from campaigns.channels.base import Outgoing
from campaigns.channels.email import EmailSpeaker
from tests.campaigns.channels.provider import nobody

SPEAKER = EmailSpeaker()
OK = {"hello": "250 hi", "MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go on", "end": "250 queued"}
CUT = ""


@dataclass
class MailServer:
    """A small SMTP server: ``says`` by verb (CUT breaks off), a list is said one after the other; ``mails`` that were
    taken."""

    says: dict
    port: int = 0
    mails: list[str] = field(default_factory=list)

    def say(self, verb: str) -> str:
        told = self.says.get(verb, OK.get(verb, "250 ok"))
        return told.pop(0) if isinstance(told, list) else told


@contextmanager
def mail_server(**says) -> Iterator[MailServer]:
    made = MailServer(says)

    class Talk(socketserver.StreamRequestHandler):
        def answer(self, verb: str) -> bool:
            told = made.say(verb)
            if told:
                self.wfile.write(told.encode() + b"\r\n")
            return bool(told)

        def handle(self) -> None:
            if not self.answer("greeting") and "greeting" in made.says:
                return
            for line in self.rfile:
                verb = line[:4].decode().upper().strip()
                verb = "hello" if verb in ("EHLO", "HELO") else verb
                if not self.answer(verb) or verb == "QUIT":
                    return
                if verb == "DATA" and made.says.get("DATA", OK["DATA"]).startswith("354"):
                    mail = b"".join(iter(self.rfile.readline, b".\r\n")).decode()
                    told = made.say("end")
                    if told.startswith("250"):
                        made.mails.append(mail)
                    if not told:
                        return
                    self.wfile.write(told.encode() + b"\r\n")

    made.says.setdefault("greeting", "220 hello")
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk)
    server.daemon_threads = True
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def house(settings):
    """A house that writes mails."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = "127.0.0.1", False, False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.DEFAULT_FROM_EMAIL, settings.PUBLIC_URL = "常客 <hello@shop.example>", "https://shop.example"
    return settings


def letter(n: int = 1, **fields) -> Outgoing:
    given = {"subject": "会员日", "text": "明天见", **fields}
    return Outgoing(touch_id=n, key=f"tch-{n}", member_id=n, address=f"m{n}@mail.example", **given)


def sent(house, *letters: Outgoing, **says) -> tuple[list[tuple[str, str]], list[str]]:
    with mail_server(**says) as server:
        house.EMAIL_PORT = server.port
        answers = SPEAKER.send(letters or [letter()])
    return [(one.state.value, one.reason) for one in answers], server.mails


def test_a_mail_carries_our_key_the_link_and_a_way_out_by_one_click(house):
    told, mails = sent(house, letter(link="https://c.example/d"))
    assert told == [("accepted", "")]
    (mail,) = mails
    assert "Message-ID: <tch-1@shop.example>" in mail
    assert "List-Unsubscribe:<https://shop.example/stop/" in "".join(mail.split())
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in mail
    assert "To: m1@mail.example" in mail


def test_without_an_address_of_the_house_no_way_out_is_promised(house):
    house.PUBLIC_URL = ""
    _told, mails = sent(house)
    assert "List-Unsubscribe" not in mails[0]


@pytest.mark.parametrize(
    ("says", "came"),
    [
        ({"greeting": "421 busy"}, ("planned", "smtp_421")),
        ({"greeting": CUT}, ("planned", "not_reached")),
        ({"MAIL": "451 later"}, ("planned", "smtp_451")),
        ({"RCPT": "450 greylisted"}, ("planned", "smtp_450")),
        ({"RCPT": "550 no such user"}, ("rejected", "smtp_550")),
        ({"end": "554 spam"}, ("rejected", "smtp_554")),
        ({"end": "452 full"}, ("planned", "smtp_452")),
        ({"end": CUT}, ("unknown", "broken_off")),
    ],
)
def test_what_the_server_says_is_taken_never_taken_or_unclear(house, says, came):
    told, mails = sent(house, **says)
    assert told == [came]
    assert mails == []


def test_a_mail_that_breaks_the_connection_does_not_hold_up_the_next(house):
    told, mails = sent(house, letter(1), letter(2), letter(3), end=["250 ok", CUT, "250 ok"])
    assert [state for state, _reason in told] == ["accepted", "unknown", "accepted"]
    assert len(mails) == 2


def test_a_subject_of_two_lines_is_turned_down_and_adds_no_recipient(house):
    told, mails = sent(house, letter(subject="您好\r\nBcc: everybody@mail.example"), letter(2))
    assert [state for state, _reason in told] == ["rejected", "accepted"]
    assert len(mails) == 1


def test_a_server_that_is_not_there_took_nothing(house):
    house.EMAIL_PORT = int(nobody().rpartition(":")[2])
    assert [one.state for one in SPEAKER.send([letter()])] == ["planned"]


def test_it_is_set_up_with_a_server_and_an_address(house):
    assert SPEAKER.is_set_up()
    house.EMAIL_HOST = ""
    assert not SPEAKER.is_set_up()
