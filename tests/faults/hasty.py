"""The Celery app with shorter waits: leases of 3 s, a tick each second, small chunks (CHANGKE_TEST_CHUNK); many kills
fit into a minute.

With CHANGKE_TEST_UNSAFE=1 bulk issue and journeys run in the way the house forbids, which the controls need.
"""

import os
from datetime import timedelta
from importlib import import_module

import django

from config.celery import app

django.setup()

import_module("stores.jobs").LEASE = timedelta(seconds=3)
import_module("coupons.bulk").CHUNK = int(os.environ.get("CHANGKE_TEST_CHUNK", "5000"))
import_module("coupons.packdue").CHUNK = 500
import_module("campaigns.journeys.advancing").CHUNK = int(os.environ.get("CHANGKE_TEST_CHUNK", "5000"))
for entry in app.conf.beat_schedule.values():
    entry["schedule"] = 1.0
    entry["options"] = {**entry["options"], "expires": 30.0}
if os.environ.get("CHANGKE_TEST_UNSAFE") == "1":
    import_module("django.conf").settings.JOBS["coupons.issue"] = "tests.faults.unsafe.issue_chunk"
    import_module("tests.faults.unsafe_journeys")

__all__ = ["app"]
