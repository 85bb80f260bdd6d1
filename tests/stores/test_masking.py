"""No phone number stands in a log or in the error kept on a job, even when the database repeats it in an error."""

import logging
from logging.config import DictConfigurator

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.utils import IntegrityError

from stores import jobs
from stores.masking import MaskingFormatter, masked
from tests.makers import make_guide

pytestmark = pytest.mark.django_db
PHONE = "13812345678"


def take_a_phone_twice(job) -> bool:
    """A chunk that runs into the unique key of the phones of staff (those of members are sealed)."""
    make_guide("李雷", phone=PHONE)
    return True


@pytest.fixture
def failed(settings):
    """A job whose chunk failed in the database, which says which number it was."""
    make_guide(phone=PHONE)
    settings.JOBS = {**settings.JOBS, "tests.twice": f"{__name__}.take_a_phone_twice"}
    job = jobs.plan("tests.twice", params={})
    jobs.run(job.pk)
    job.refresh_from_db()
    return job


def test_the_error_on_a_job_names_the_rule_and_no_number(failed):
    assert "IntegrityError" in failed.error
    assert "unique" in failed.error
    assert PHONE not in failed.error


def test_the_log_line_of_a_failure_holds_no_number(failed, caplog):
    (record,) = [one for one in caplog.get_records("setup") if one.exc_info]
    assert PHONE in logging.Formatter().format(record)  # control: an ordinary formatter tells it
    line = MaskingFormatter("%(message)s").format(record)
    assert "138****5678" in line
    assert PHONE not in line


def test_every_handler_of_the_product_masks():
    assert {one["formatter"] for one in settings.LOGGING["handlers"].values()} == {"plain"}
    formatter = DictConfigurator(settings.LOGGING).configure_formatter(dict(settings.LOGGING["formatters"]["plain"]))
    assert isinstance(formatter, MaskingFormatter)
    record = logging.LogRecord("x", logging.INFO, "", 0, "member %s", (PHONE,), None)
    assert formatter.format(record).endswith(" INFO x member 138****5678")


@pytest.mark.parametrize(
    "written",
    ["13812345678", "+8613812345678", "8613812345678", "008613812345678", "+86 138 1234 5678", "138-1234-5678",
     "phone:13812345678,x", "+447911123456", "(+85291234567)"],
)  # fmt: skip
def test_a_number_is_masked_however_it_is_written(written):
    assert "****" in masked(written)
    assert "1234567" not in masked(written).replace(" ", "").replace("-", "")
    assert "79111234" not in masked(written)
    assert "9123456" not in masked(written)


@pytest.mark.parametrize(
    "text", ["2026-11-22T10:30:00+08:00", "+13", "order 2026112200013812345678", "9.13812", "12812345678"]
)
def test_numbers_that_are_no_phones_stay(text):
    assert masked(text) == text


def test_the_database_does_repeat_values_in_its_errors():
    """Control: without masking there would be something to find."""
    make_guide(phone=PHONE)
    with pytest.raises(IntegrityError, match=PHONE), transaction.atomic():
        take_a_phone_twice(None)
    assert connection.vendor == "postgresql"
