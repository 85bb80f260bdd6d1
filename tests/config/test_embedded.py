"""The embedded PostgreSQL: shared by whoever needs it, gone when nobody does, however they leave."""

import os
import signal
import subprocess
import sys
import time

import psycopg
import pytest

from config.embedded import Server, use
from tests.architecture.source import ROOT

pytestmark = pytest.mark.processes

USER = """
import sys, time
from pathlib import Path
from config import embedded
url = embedded.use(Path(sys.argv[1]))
sys.stdout.write(url + chr(10)); sys.stdout.flush()
sys.stdin.read()
"""


@pytest.fixture
def data(tmp_path):
    """The data folder of a server of our own, stopped afterwards whatever happened."""
    folder = tmp_path / "postgres"
    yield folder
    Server(folder).stop("immediate")


@pytest.fixture
def users():
    """Starts processes that use the server until told to leave; ends those still there."""
    started = []

    def start(folder):
        command = [sys.executable, "-c", USER, str(folder)]
        pipe = subprocess.PIPE
        started.append(subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def url_of(process):
    """The address a user was given; it has one as soon as the server answers."""
    return process.stdout.readline().strip()


def leave(process):
    process.communicate(timeout=30)


def wait_until(condition, seconds=20):
    """Whether the condition becomes true in time."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


def test_several_users_share_one_server_and_the_last_one_stops_it(data, users):
    first, second, third = users(data), users(data), users(data)
    assert len({url_of(user) for user in (first, second, third)}) == 1
    leave(first)
    leave(second)
    assert Server(data).answers()
    leave(third)
    assert Server(data).postmaster() is None


def test_a_killed_user_leaves_no_server_behind(data, users):
    user = users(data)
    url_of(user)
    user.send_signal(signal.SIGKILL)
    assert wait_until(lambda: Server(data).postmaster() is None)


def test_a_killed_user_does_not_take_the_server_from_the_others(data, users):
    first, second = users(data), users(data)
    url_of(first)
    url = url_of(second)
    first.send_signal(signal.SIGKILL)
    time.sleep(1)
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    leave(second)
    assert Server(data).postmaster() is None


def test_a_killed_server_is_started_again_by_the_next_user_and_has_kept_its_data(data, users):
    url = url_of(users(data))
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS answer")
    os.kill(Server(data).postmaster().pid, signal.SIGKILL)
    with psycopg.connect(url_of(users(data))) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (7,)


def test_a_process_number_given_to_somebody_else_is_not_mistaken_for_the_server(data, users):
    leave(users(data))
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n1\n5432\n{data}\n\n1 1\nready\n")
    assert Server(data).postmaster() is None
    assert url_of(users(data))


def test_a_deep_folder_gets_a_short_private_place_for_its_socket(tmp_path, users):
    deep = tmp_path / ("a-long-name-of-a-folder/" * 6) / "postgres"
    user = users(deep)
    url_of(user)
    server = Server(deep)
    assert server.socket_folder != deep
    assert server.socket_folder.stat().st_mode & 0o077 == 0
    leave(user)
    assert not server.socket_folder.exists()


def test_a_socket_folder_of_somebody_else_is_refused(tmp_path):
    deep = tmp_path / ("a-long-name-of-a-folder/" * 6) / "postgres"
    server = Server(deep)
    server.socket_folder.mkdir(mode=0o777)
    server.socket_folder.chmod(0o777)
    try:
        with pytest.raises(RuntimeError, match="belongs to somebody else"):
            use(deep)
    finally:
        server.socket_folder.rmdir()
