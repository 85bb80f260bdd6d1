"""Guesses at a password sent all at once: no more of them are looked at than one after another."""

from collections.abc import Callable
from functools import partial

import pytest
from django.test import RequestFactory

from stores import signin
from stores.models import SignInTry
from tests.concurrency.crowd import after_looking, at_once
from tests.makers import make_guide
from workbench.forms.signin import SignInForm

pytestmark = pytest.mark.django_db(transaction=True)
GUESSES = 24


@pytest.fixture(autouse=True)
def lin():
    """Lin Xiaoman, whose password somebody guesses."""
    return make_guide("林小满", username="linxm", password="sweet-melon-7")


def looked_at(guess: int) -> bool:
    """Whether the guess was compared with the password."""
    typed = {"username": "linxm", "password": f"guess-{guess}"}
    form = SignInForm(RequestFactory().post("/login/"), "203.0.113.9", typed)
    form.is_valid()
    return form.has_error("__all__", "no_match")


def guesses() -> list[partial]:
    """All of them, to be sent together."""
    return [partial(looked_at, guess) for guess in range(GUESSES)]


def test_parallel_guesses_do_not_slip_past_the_pause():
    outcome = at_once(guesses())
    assert outcome.broken == []
    assert sum(outcome.done) == 5


def read_check_write(look: Callable[..., SignInTry], username: str, address: str, **ignored: str) -> None:
    """The count as it is often written."""
    row = look(key="pair")
    if row.tries >= 5:
        raise signin.TooManyTries("paused")
    row.tries += 1
    row.save()


def test_counted_by_reading_and_writing_more_would_be_looked_at(monkeypatch):
    """The control."""
    SignInTry.objects.create(key="pair")
    look = after_looking(SignInTry.objects.get, GUESSES)
    monkeypatch.setattr(signin, "begin_try", partial(read_check_write, look))
    outcome = at_once(guesses())
    assert sum(outcome.done) > 5
