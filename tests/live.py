"""The real web server for tests that speak HTTP: granian with two processes, on the database of the test.

A test that uses ``live_server_process`` gets a ``LiveServer`` whose ``url`` answers. The server is started once per
test process and stopped at its end; between tests the database is emptied. Rows must be committed to be seen by
it, so the fixture asks for ``transactional_db``. Celery does not run: reactions wait until a test delivers them. A test
that uses ``live_product`` has a real Celery worker as well.
"""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import connections

ROOT = Path(__file__).resolve().parent.parent
WORKERS, THREADS, CONNECTIONS = 2, 32, 24
START_SECONDS = 60
WORKER = [
    *(sys.executable, "-m", "celery", "-A", "config.celery:app", "worker", "--loglevel", "warning"),
    *("--without-gossip", "--without-mingle", "--without-heartbeat", "--pool", "solo", "-n", "test@%h"),
    *("-Q", "interactive,bulk,segments,sends"),
]


@dataclass(frozen=True)
class LiveServer:
    """Where the server answers, which process it is and where it writes its log."""

    url: str
    pid: int
    log: Path


@pytest.fixture(scope="session")
def _live_server(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[LiveServer]:
    """The server of this test process, started at its first use."""
    folder = tmp_path_factory.mktemp("live")
    port, log = free_port(), folder / "web.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command(port), cwd=ROOT, env=environment(folder), stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until_it_answers(url, process, log)
        yield LiveServer(url, process.pid, log)
    finally:
        stop(process)


@pytest.fixture
def live_server_process(transactional_db, _live_server) -> LiveServer:
    """The running product on this test's database: ``live_server_process.url`` is its address."""
    return _live_server


@pytest.fixture(scope="session")
def _live_worker(_live_server) -> Iterator[subprocess.Popen[bytes]]:
    """A Celery worker for every queue beside the server: the same database, the same broker folder."""
    folder = _live_server.log.parent
    with (folder / "worker.log").open("wb") as out:
        process = subprocess.Popen(
            WORKER, cwd=ROOT, env=environment(folder) | {"DATABASE_POOL": "0"}, stdin=subprocess.DEVNULL, stdout=out,
            stderr=out,
        )  # fmt: skip
    try:
        yield process
    finally:
        stop(process)


@pytest.fixture
def live_product(live_server_process, _live_worker) -> LiveServer:
    """The running product with a worker, so that what is queued leaves and what was recorded is followed up."""
    if _live_worker.poll() is not None:
        log = live_server_process.log.parent / "worker.log"
        raise RuntimeError(f"The worker has stopped:\n{log.read_text(errors='replace')[-3000:]}")
    return live_server_process


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask a process to end, and end it when it does not."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def command(port: int) -> list[str]:
    """As in manage.py serve, on a free port and with the settings of tests."""
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
        *("--workers", str(WORKERS), "--blocking-threads", str(THREADS), "--backlog", "2048", "--no-ws"),
        *("--workers-kill-timeout", "3", "--log-level", "warning", "tests.live_wsgi:application"),
    ]


def environment(folder: Path) -> dict[str, str]:
    """The server's own folder and the test's database and keys, so that sessions, passwords and seals agree."""
    return {
        **os.environ,
        "CHANGKE_VAR": str(folder),
        "DATABASE_URL": test_database_url(),
        "DATABASE_POOL": str(CONNECTIONS),
        "SECRET_KEY": settings.SECRET_KEY,
        "CHANGKE_FIELD_KEYS": ",".join(settings.FIELD_KEYS),
        "PYTHONUNBUFFERED": "1",
    }


def test_database_url() -> str:
    """DATABASE_URL with the name of this test process's database in place of the real one."""
    parts = urlsplit(settings.DATABASE_URL)
    return urlunsplit(parts._replace(path="/" + str(connections["default"].settings_dict["NAME"])))


test_database_url.__test__ = False


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_it_answers(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return when the server is healthy; fail with the end of its log when it is not in time."""
    late = time.monotonic() + START_SECONDS
    while time.monotonic() < late and process.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/healthz", timeout=2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"The web server did not start:\n{log.read_text(errors='replace')[-3000:]}")
