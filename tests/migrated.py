"""A migrated database, made once for this state of the migrations and copied by whoever needs one.

Applying every migration takes twenty seconds of a processor, a copy less than one. The database stays on the server;
its name holds a digest of the migrations, and the oldest are dropped when a new one is made.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import psycopg
from django.apps import apps

from tests.faults.scratch import url_of

PREFIX = "migrated_changke_"
ROOT = Path(__file__).resolve().parent.parent
KEPT = 4  # as many checkouts, or branches, may take turns on one server
THERE = "SELECT datname FROM pg_database WHERE starts_with(datname, %s) ORDER BY oid DESC"


def database() -> str:
    """The name of the migrated database, which nobody may write to; processes that need it at once wait for one."""
    name = PREFIX + digest()
    with psycopg.connect(url_of("postgres"), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtext(%s))", [PREFIX])
        there = [row[0] for row in connection.execute(THERE, [PREFIX])]
        if name not in there:
            unfinished = f"{PREFIX}unfinished"
            for other in {unfinished, *there[KEPT - 1 :]}:
                # by force: whoever was killed while making it may have left a connection behind
                connection.execute(f'DROP DATABASE IF EXISTS "{other}" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{unfinished}"')
            migrate(unfinished)
            connection.execute(f'ALTER DATABASE "{unfinished}" RENAME TO "{name}"')
    return name


def digest() -> str:
    """Of every migration of every app, ours and others'."""
    found = hashlib.sha256()
    for app in apps.get_app_configs():
        for path in sorted(Path(app.path).glob("migrations/*.py")):
            found.update(f"{app.label}.{path.stem}".encode() + path.read_bytes())
    return found.hexdigest()[:16]


def migrate(name: str) -> None:
    """Apply all migrations to a database of the tests' server."""
    env = {**os.environ, "DATABASE_URL": url_of(name), "DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
