"""Prepares an instance for use: tables, cache table, static files and, in demo mode, demo data."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command, get_commands
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from stores.models import Staff


def migrate() -> int:
    """Bring the tables up to date; return how many migrations were applied."""
    executor = MigrationExecutor(connection)
    pending = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if pending:
        call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    return pending


def collect_static() -> bool:
    """Collect static files if any changed since the last time; whether it did."""
    stamp = Path(settings.STATIC_ROOT) / ".fingerprint"
    current = static_fingerprint()
    if stamp.exists() and stamp.read_text() == current:
        return False
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(current)
    return True


def static_fingerprint() -> str:
    """A hash over name, size and time of every static file of every app."""
    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            found = Path(storage.path(name)).stat()
            digest.update(f"{name}:{found.st_size}:{found.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def seed_demo() -> bool:
    """Fill an empty database with demo data; whether it did. An interrupted attempt is thrown away and begun anew.

    Only what an attempt on this very database left is thrown away: the note of an attempt names its database.
    """
    begun = Path(settings.VAR_DIR) / "seeding"
    database = hashlib.sha256(settings.DATABASE_URL.encode()).hexdigest()
    if begun.exists() and begun.read_text() == database:
        _empty_database()
    if Staff.objects.exists() or "seed_demo" not in get_commands():
        return False
    begun.write_text(database)
    call_command("seed_demo")
    begun.unlink()
    return True


def _empty_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE")
        cursor.execute("CREATE SCHEMA public")
    migrate()
