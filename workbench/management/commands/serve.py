"""``manage.py serve``: the whole product in one terminal; what ``make run`` starts."""

import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from workbench import instance, ports
from workbench.supervisor import Child, Supervisor

DEMO_LOGINS = (
    ("guide", "store guide"),
    ("manager", "manager of the same store"),
    ("neighbour", "guide of another store"),
    ("hq", "HQ marketer"),
    ("admin", "HQ administrator"),
)
WEB_WORKERS, WEB_THREADS, WEB_CONNECTIONS = 2, 32, 24
START_SECONDS = 60


class Command(BaseCommand):
    """Prepare the instance, then run web server, workers and clock until Ctrl-C."""

    help = "Run the whole product: database, web server, Celery workers and beat."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Everything from an empty folder to a printed address; returns after a clean stop."""
        host = os.environ.get("HOST") or "127.0.0.1"
        for number in (signal.SIGINT, signal.SIGTERM):
            # A shell that starts us in the background has switched SIGINT off.
            signal.signal(number, signal.default_int_handler)
        try:
            holder = self.reserve(host)
            self.prepare()
        except KeyboardInterrupt:
            self.say("Stopped before the start was complete; start again to go on.")
            return
        supervisor = Supervisor(children(host, holder.getsockname()[1]), self.say)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, supervisor.ask_to_stop)
        with holder:
            self.run_until_stopped(supervisor, host, holder.getsockname()[1])

    def reserve(self, host: str) -> socket.socket:
        """Our port: PORT if set, else the first free one from 8000; one clear sentence if it is taken."""
        wanted = os.environ.get("PORT", "").strip()
        if wanted and not (wanted.isdecimal() and 0 < int(wanted) < 65536):
            raise CommandError(f"PORT must be a number between 1 and 65535, not {wanted!r}.")
        try:
            return ports.reserve(host, int(wanted) if wanted else None)
        except ports.PortTaken as error:
            raise CommandError(str(error)) from None

    def prepare(self) -> None:
        """Tables, static files and demo data; quick when there is nothing to do."""
        if applied := instance.migrate():
            self.say(f"Database ready ({applied} migrations applied).")
        if instance.collect_static():
            self.say("Static files collected.")
        if settings.DEMO:
            instance.seed_demo()

    def run_until_stopped(self, supervisor: Supervisor, host: str, port: int) -> None:
        """Start the children, tell the addresses once they answer, and stay until asked to stop."""
        address = f"http://{spoken(host)}:{port}"
        late = time.monotonic() + START_SECONDS
        try:
            supervisor.start("web")  # alone: each process takes seconds of a core before it can do anything
            supervisor.watch(until=lambda: answers(f"{address}/healthz") or time.monotonic() > late)
            if not supervisor.stopping:
                supervisor.start()
            if not supervisor.stopping:
                self.say(welcome(address))
            supervisor.watch()
            self.say("Stopping ...")
        finally:
            supervisor.stop()
        self.say("Stopped. The data is kept.")

    def say(self, line: str) -> None:
        """One line for the person at the terminal, at once."""
        self.stdout.write(line)
        self.stdout.flush()


def children(host: str, port: int) -> list[Child]:
    """The processes of an instance: web, a worker for quick tasks, a worker for long ones, and the clock."""
    module, _, variable = settings.SERVED_APPLICATION.rpartition(".")
    folder = Path(settings.VAR_DIR)
    env = {"DATABASE_URL": settings.DATABASE_URL, "PYTHONUNBUFFERED": "1"}
    web = ["-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port), "--workers", str(WEB_WORKERS),
           "--blocking-threads", str(WEB_THREADS), "--backlog", "2048", "--respawn-failed-workers", "--no-ws",
           "--workers-kill-timeout", "3", f"{module}:{variable}"]  # fmt: skip
    celery = ["-m", "celery", "-A", settings.CELERY_APP]
    worker = [*celery, "worker", "--without-gossip", "--without-mingle", "--without-heartbeat", "--concurrency", "2"]
    clock = [*celery, "beat", "--pidfile=", "--schedule", str(folder / "beat")]
    commands = {
        "web": (web, {"DATABASE_POOL": str(WEB_CONNECTIONS)}),
        "worker": ([*worker, "-n", "quick@%h", "-Q", "interactive,sends"], {}),
        "bulk": ([*worker, "-n", "bulk@%h", "-Q", "bulk,segments"], {}),
        "beat": (clock, {}),
    }
    return [Child(name, [sys.executable, *line], folder, {**env, **more}) for name, (line, more) in commands.items()]


def spoken(host: str) -> str:
    """How a browser on this machine names the address we listen on."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if address.is_loopback or address.is_unspecified:
        return "localhost"
    return f"[{host}]" if address.version == 6 else host


def answers(url: str) -> bool:
    """Whether a web server replies there, with whatever status."""
    try:
        urllib.request.urlopen(url, timeout=2).close()  # our own address  # nosec B310
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def welcome(address: str) -> str:
    """What the person at the terminal needs to know."""
    lines = [
        "",
        "Changke is running. Ctrl-C stops everything.",
        f"  Workbench    {address}/",
        f"  HQ admin     {address}/hq/",
        f"  Partner API  {address}/api/v1/docs/",
    ]
    if settings.DEMO:
        lines += ["Demo log-ins, password changke:"]
        lines += [f"  {name:<11}  {who}" for name, who in DEMO_LOGINS]
        lines += ["Demo partner key, every scope: ck_demo_changke"]
    lines += [f"Logs are in {Path(settings.VAR_DIR) / 'log'}"]
    return "\n".join(lines)
