"""The product's own web server on the database of the benchmark, or another application run in the very same way."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

from tests import live
from workbench.management.commands.serve import children

HOST = "127.0.0.1"


@contextmanager
def running(application: str = "") -> Iterator[str]:
    """The address of the running server; of another WSGI ``application`` where one is named."""
    port = live.free_port()
    web = next(child for child in children(HOST, port) if child.name == "web")
    command = [*web.command[:-1], application or web.command[-1]]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "web.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                command, cwd=live.ROOT, env=environment(folder, web.env), stdin=subprocess.DEVNULL, stdout=out,
                stderr=out,
            )  # fmt: skip
        try:
            live.wait_until_it_answers(f"http://{HOST}:{port}", process, log)
            yield f"http://{HOST}:{port}"
        finally:
            live.stop(process)


def environment(folder: str, more: dict[str, str]) -> dict[str, str]:
    """The environment of ``manage.py serve``, apart from the database, the keys and the folder."""
    return {
        **os.environ,
        **more,
        "DATABASE_URL": live.test_database_url(),
        "SECRET_KEY": settings.SECRET_KEY,
        "CHANGKE_FIELD_KEYS": ",".join(settings.FIELD_KEYS),
        "CHANGKE_HTTPS": "0",
        "CHANGKE_VAR": folder,
        "PGAPPNAME": connection.settings_dict["NAME"],
    }
