"""Fixtures for every test, and the rule that nothing is skipped where CHANGKE_NO_SKIP is set."""

import gc
import os

import pytest
from django.db import connection
from django.test import TransactionTestCase
from django.utils import translation
from hypothesis import settings

from tests import emptying, migrated
from tests.live import _live_server, _live_worker, live_product, live_server_process

__all__ = ["_live_server", "_live_worker", "live_product", "live_server_process"]

settings.register_profile("no clock", deadline=None)  # how long an example takes says how busy the machine is
settings.load_profile("no clock")

NO_SKIP = os.environ.get("CHANGKE_NO_SKIP") == "1"


def pytest_collection_finish(session):
    """What was imported and collected, a million objects, stays to the end: nobody need look through it for garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix):
    """Test databases begin as copies of the migrated one."""
    connection.settings_dict["TEST"]["TEMPLATE"] = migrated.database()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Plans of queries follow from what a test wrote, not from when the database last counted what others rolled back:
    a table that was counted while all its rows were on their way back is held to be empty for ever."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(relname), reltuples <= 0 AND pg_relation_size(oid) > 0 FROM pg_class"
            " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        for table, is_miscounted in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = false)")
            if is_miscounted:
                cursor.execute(f"VACUUM {table}")
        # Nobody needs what a test committed after the server has crashed; a killed client loses nothing by it.
        name = connection.ops.quote_name(connection.settings_dict["NAME"])
        cursor.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
        connection.close()


@pytest.fixture(scope="session", autouse=True)
def _emptied_quickly():
    """After a test that committed only the tables that hold rows are emptied."""
    flush = TransactionTestCase._fixture_teardown
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: emptying.empty() or flush(case))
        yield


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
