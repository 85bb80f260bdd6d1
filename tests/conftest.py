"""Fixtures for every test, and the rule that nothing is skipped where CHANGKE_NO_SKIP is set."""

import os

import pytest
from django.utils import translation

from tests.live import _live_server, _live_worker, live_product, live_server_process

__all__ = ["_live_server", "_live_worker", "live_product", "live_server_process"]

NO_SKIP = os.environ.get("CHANGKE_NO_SKIP") == "1"


@pytest.fixture(autouse=True)
def _default_language():
    """Each test begins in the language the product shows by default, whatever the test before it chose."""
    with translation.override("zh-hans"):
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Where nothing may be skipped, a skip is a failure that names its reason."""
    report = yield
    if NO_SKIP and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.longrepr = f"Nothing may be skipped in this run: {reason}"
    return report
