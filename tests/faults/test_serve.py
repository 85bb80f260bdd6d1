"""``manage.py serve`` from an empty folder: it starts, mends itself, stops cleanly and keeps its data."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import psutil
import pytest

from tests.architecture.source import ROOT

pytestmark = [pytest.mark.processes, pytest.mark.slow]
UP, MENDED, GONE = 90, 40, 30  # seconds


class Instance:
    """One running product with a folder of its own, without demo data."""

    def __init__(self, folder, port, output):
        self.folder, self.port, self.output = folder, port, output
        env = {key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "REDIS_URL"}}
        env |= {"CHANGKE_VAR": str(folder), "CHANGKE_DEMO": "0", "PORT": str(port)}
        with self.output.open("a") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve"], cwd=ROOT, env=env, stdout=output, stderr=subprocess.STDOUT
            )

    def said(self):
        return self.output.read_text()

    def answers(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=2) as answer:
                return answer.read() == b"ok"
        except OSError:
            return False

    def pid(self, name):
        return int((self.folder / "run" / f"{name}.pid").read_text())

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(GONE)


def wait_until(condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.1)
    return condition()


def left_behind(folder):
    """Command lines of processes that still work in the folder of an instance."""
    found = []
    for process in psutil.process_iter(["cmdline", "environ"]):
        words = " ".join([*(process.info["cmdline"] or []), *(process.info["environ"] or {}).values()])
        if str(folder) in words and process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE:
            found.append(process.info["cmdline"])
    return found


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the product has its data: empty for the first test, so that only that one makes a database."""
    return tmp_path_factory.mktemp("serve") / "var"


@pytest.fixture
def start(folder, port, tmp_path):
    """Starts the product in the folder, as often as asked; ends it afterwards."""
    started = []

    def begin():
        started.append(Instance(folder, port, tmp_path / "out"))
        return started[-1]

    yield begin
    for instance in started:
        if instance.process.poll() is None:
            instance.stop()


def test_the_product_starts_mends_itself_stops_and_starts_again_with_its_data(start, folder):
    assert not folder.exists()
    product = start()
    assert wait_until(product.answers, UP), product.said()
    assert wait_until(lambda: "Changke is running" in product.said(), UP)
    assert "Demo log-ins" not in product.said()

    lost = product.pid("worker")
    os.kill(lost, signal.SIGKILL)
    assert wait_until(lambda: "[worker] stopped by itself (signal 9)" in product.said(), MENDED)
    assert wait_until(lambda: product.pid("worker") != lost, MENDED)
    assert product.answers()

    assert product.stop(signal.SIGINT) == 0
    assert wait_until(lambda: not left_behind(folder), GONE), left_behind(folder)

    begun = time.monotonic()
    again = start()
    assert wait_until(again.answers, UP), again.said()
    assert time.monotonic() - begun < 15
    assert "migrations applied" not in again.said().partition("Stopped.")[2]
    assert again.stop() == 0


def test_a_killed_supervisor_leaves_nothing_running(start, folder):
    product = start()
    assert wait_until(product.answers, UP), product.said()
    product.process.kill()
    product.process.wait(GONE)
    assert wait_until(lambda: not left_behind(folder), GONE), left_behind(folder)


def test_a_taken_port_is_one_sentence_and_exit_code_one(start, port):
    with socket.create_server(("127.0.0.1", port)):
        product = start()
        assert product.process.wait(UP) == 1
    assert f"Port {port} is taken by another program" in product.said()
    assert "Traceback" not in product.said()
