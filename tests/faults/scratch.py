"""A database of its own with workers of its own, which a test may kill without disturbing anybody.

The workers are real: Celery processes on a broker folder of their own, with the options ``manage.py serve`` gives them,
in a process group that is killed as a whole.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.conf import settings

from tests.architecture.source import ROOT

CELERY = (sys.executable, "-m", "celery", "-A")
WORKER = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--concurrency", "2", "-Q", "interactive,bulk")


def url_of(name: str, server: str = "") -> str:
    """The address of another database on the server of the tests, or on the one named by the address of a database."""
    return urlunsplit(urlsplit(server or settings.DATABASE_URL)._replace(path=f"/{name}"))


def maintain(statement: str, server: str = "") -> None:
    """CREATE or DROP DATABASE, which know no transaction."""
    with psycopg.connect(url_of("postgres", server), autocommit=True) as connection:
        connection.execute(statement)


class Scratch:
    """A database ``name``, copied from another where one is named, and a folder for the broker and the logs.

    It lies on the server of the tests, or on that of another database's address, which a test may then crash.
    """

    def __init__(self, name: str, folder: Path, *, copy_of: str = "", server: str = "") -> None:
        self.name, self.folder, self.server = name, folder, server
        self.processes: list[subprocess.Popen[bytes]] = []
        maintain(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', server)
        maintain(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{copy_of}"' if copy_of else ""), server)
        ours = {"REDIS_URL", "CELERY_BROKER_URL", "DATABASE_POOL", "SECRET_KEY"}
        self.env = {key: value for key, value in os.environ.items() if key not in ours}
        self.env |= {"DATABASE_URL": url_of(name, server), "CHANGKE_VAR": str(folder), "PYTHONPATH": str(ROOT)}
        self.env["DJANGO_SETTINGS_MODULE"] = "config.settings"

    def manage(self, *arguments: str) -> str:
        """Run a manage.py command against the database; returns what it said."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    def rows(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query, seen by a connection of its own."""
        with psycopg.connect(url_of(self.name, self.server)) as connection:
            cursor = connection.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []

    def start(self, app: str = "config.celery", **env: str) -> None:
        """A worker for every queue of jobs, and the clock in a process forked from it: one start of Python for both."""
        clock = ("--beat", "--schedule", str(self.folder / "beat"))
        self.run(*CELERY, app, "worker", *WORKER, *clock, "-n", f"{self.name}@%h", env=env)

    def run(self, *command: str, env: dict[str, str]) -> None:
        """Start a process in a group of its own; its output goes to the folder's log."""
        with (self.folder / "workers.log").open("ab") as log:
            self.processes.append(
                subprocess.Popen(
                    command, cwd=ROOT, env=self.env | env, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                    start_new_session=True,
                )
            )  # fmt: skip

    def kill(self) -> None:
        """kill -9 for everything that was started, pool children included."""
        for process in self.processes:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
            finally:
                process.wait(10)
        self.processes.clear()

    def empty_the_broker(self) -> int:
        """Delete every message; returns how many there were."""
        messages = list((self.folder / "broker" / "queue").iterdir())
        for message in messages:
            message.unlink(missing_ok=True)
        return len(messages)

    def close(self) -> None:
        """Kill what runs and remove the database and the folder."""
        self.kill()
        maintain(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)', self.server)
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self) -> str:
        """The end of what the workers said."""
        path = self.folder / "workers.log"
        return path.read_text(errors="replace")[-3000:] if path.exists() else ""


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether the condition came true in time; asked twenty times a second."""
    late = time.monotonic() + seconds
    while time.monotonic() < late:
        if condition():
            return True
        time.sleep(0.05)
    return condition()
