"""The tables of reactions, jobs, periods and ticks name only what exists; the project is complete for production."""

import os
import subprocess
import sys

import pytest
from celery import current_app
from django.conf import settings
from django.core.management import call_command

from config import checks
from config.schedule import QUEUES, TICKS
from tests.architecture.source import ROOT

PRODUCTION = {
    "DATABASE_URL": "postgres://nobody@localhost:1/none",
    "SECRET_KEY": "for-this-check-only-" * 4,
    "CHANGKE_FIELD_KEYS": "for-this-check-only-" * 3,
    "CHANGKE_HTTPS": "1",
    "CHANGKE_DEMO": "0",
    "ALLOWED_HOSTS": "shop.example",
}


def test_every_reaction_and_job_leads_to_a_function():
    assert [error.msg for error in checks.dotted_paths_resolve()] == []


def test_a_planted_broken_path_is_found(settings):
    settings.REACTIONS = {"order.recorded": ("stores.places.no_such_verb",)}
    settings.JOBS = {"stores.nothing": "no.such.module"}
    assert len(checks.dotted_paths_resolve()) == 2


def test_every_period_plans_a_known_job():
    assert set(settings.PERIODS) <= set(settings.JOBS)


def test_every_tick_calls_a_task_that_exists():
    current_app.loader.import_default_modules()
    assert set(TICKS) <= set(current_app.tasks)


def test_celery_holds_no_work_of_its_own():
    conf = current_app.conf
    assert {queue.name for queue in conf.task_queues} == set(QUEUES)
    assert conf.task_acks_late
    assert conf.task_reject_on_worker_lost
    assert conf.task_ignore_result
    assert conf.worker_prefetch_multiplier == 1
    assert conf.accept_content == ["json"]


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_production_settings_pass_djangos_own_check():
    assert deploy_check(PRODUCTION).returncode == 0


def test_the_production_check_can_fail():
    assert "security.W" in deploy_check({**PRODUCTION, "CHANGKE_HTTPS": "0"}, tag="security").stderr


@pytest.mark.parametrize(
    ("keys", "complaint"),
    [("", "config.E002"), ("short", "config.W004"), (PRODUCTION["SECRET_KEY"], "config.E003")],
)
def test_production_seals_with_keys_of_its_own(keys, complaint):
    assert complaint in deploy_check({**PRODUCTION, "CHANGKE_FIELD_KEYS": keys}, tag="security").stderr


def deploy_check(env: dict[str, str], *, tag: str = "") -> subprocess.CompletedProcess[str]:
    """Run Django's deployment check, all of it or what one tag names, in a process of its own with the environment of
    a production machine."""
    tags = ["--tag", tag] if tag else []
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING", *tags]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **env}, capture_output=True, text=True, timeout=120)
