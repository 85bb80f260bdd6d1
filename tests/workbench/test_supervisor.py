"""The supervisor restarts what dies, says so, and stops everything within seconds."""

import sys
import time

import pytest

from workbench.supervisor import Child, Supervisor

pytestmark = pytest.mark.processes

STAYS = "import time; time.sleep(60)"
DIES = "import sys; sys.exit(3)"
STUBBORN = "import signal, time; [signal.signal(s, signal.SIG_IGN) for s in (2, 3, 15)]; time.sleep(60)"
COMPLAINS = "import sys, time; sys.stderr.write('2026 ERROR shop no paper\\n'); sys.stderr.flush(); time.sleep(60)"


@pytest.fixture
def supervise(tmp_path):
    """Makes a supervisor of one Python program; stops it afterwards."""
    made = []

    def make(program, name="till"):
        said = []
        made.append(Supervisor([Child(name, [sys.executable, "-c", program], tmp_path)], said.append))
        made[-1].start()
        return made[-1], said

    yield make
    for supervisor in made:
        supervisor.stop()


def watch(supervisor, seconds):
    deadline = time.monotonic() + seconds
    supervisor.watch(until=lambda: time.monotonic() > deadline)


def test_a_child_that_dies_is_named_and_started_again_later_each_time(supervise):
    supervisor, said = supervise(DIES)
    watch(supervisor, 2)
    assert "[till] stopped by itself (exit code 3); starting it again in 1 s" in said[0]
    assert "again in 2 s" in said[1]


def test_a_killed_child_comes_back_as_another_process(supervise):
    supervisor, said = supervise(STAYS)
    child = supervisor.children[0]
    first = child.process.pid
    child.process.kill()
    watch(supervisor, 2)
    assert "(signal 9)" in said[0]
    assert child.process.pid != first
    assert child.pid_file.read_text() == str(child.process.pid)


def test_a_child_that_lives_is_left_alone(supervise):
    supervisor, said = supervise(STAYS)
    watch(supervisor, 1)
    assert said == []


def test_an_error_in_the_log_reaches_the_terminal(supervise):
    supervisor, said = supervise(COMPLAINS)
    watch(supervisor, 2)
    assert said == ["[till] 2026 ERROR shop no paper"]


def test_even_a_stubborn_child_is_stopped_within_seconds(supervise):
    supervisor, _ = supervise(STUBBORN)
    watch(supervisor, 1)
    child = supervisor.children[0]
    begun = time.monotonic()
    supervisor.stop()
    assert child.process.poll() is not None
    assert time.monotonic() - begun < 10
    assert not child.pid_file.exists()
