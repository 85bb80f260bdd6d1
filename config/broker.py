"""The broker of an instance without Redis: one file per message in a folder of our own.

Kombu's filesystem transport does the same but shows a message before it is written, so that a reader in the same
instant gets an empty one, and its worker ends. Here a file appears whole, by rename; whoever renames it next has it.
"""

import logging
import os
import time
import uuid
from contextlib import suppress
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, virtual
from kombu.utils.json import dumps, loads

SCHEME = "folder"
TRANSPORT_ALIASES[SCHEME] = "config.broker:Transport"
LONGEST_WAIT = 0.5  # seconds
logger = logging.getLogger(__name__)


def options(folder: Path) -> dict[str, Any]:
    """Transport options for a broker in ``folder``."""
    return {"folder": str(folder), "polling_interval": 0.1}


class Channel(virtual.Channel):
    """Queues as files. A message goes to the queue that its routing key names, so there are no tables to keep."""

    supports_fanout = False

    def _put(self, queue: str, message: Any, **kwargs: Any) -> None:
        waiting = self._folder("queue")
        part = waiting / f".{uuid.uuid4()}.part"
        part.write_text(dumps(message))
        part.rename(waiting / f"{time.time_ns():020}_{uuid.uuid4()}.{queue}.msg")

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        """The oldest message of the queue; raises Empty. A file that is no message is put aside and logged."""
        for path in self._waiting(queue):
            taken = self._folder("taken") / path.name
            try:
                path.rename(taken)
                payload = loads(taken.read_text())
            except FileNotFoundError:
                continue  # another worker was quicker
            except ValueError:
                logger.warning("%s is not a message and was put aside", taken)
                continue
            taken.unlink(missing_ok=True)
            return payload
        raise Empty

    def _size(self, queue: str) -> int:
        return len(self._waiting(queue))

    def _purge(self, queue: str) -> int:
        waiting = self._waiting(queue)
        for path in waiting:
            path.unlink(missing_ok=True)
        return len(waiting)

    def _has_queue(self, queue: str, **kwargs: Any) -> bool:
        return True

    def _lookup(self, exchange: str, routing_key: str, default: str | None = None) -> list[str]:
        return [routing_key]

    def _waiting(self, queue: str) -> list[Path]:
        """The queue's messages, oldest first."""
        folder, ending = self._folder("queue"), f".{queue}.msg"
        return [folder / name for name in sorted(os.listdir(folder)) if name.endswith(ending)]

    def _folder(self, part: str) -> Path:
        """A sub-folder, made anew if somebody emptied the broker."""
        folder = Path(self.connection.client.transport_options["folder"], part)
        with suppress(FileExistsError):
            folder.mkdir(parents=True)
        return folder


class Transport(virtual.Transport):
    """Kombu's virtual transport over our channel."""

    Channel = Channel
    implements = virtual.Transport.implements.extend(asynchronous=False, exchange_type=frozenset(["direct"]))
    global_state = virtual.BrokerState()
    driver_type = driver_name = SCHEME

    def drain_events(self, connection: Any, timeout: float | None = None, **kwargs: Any) -> None:
        """Wait for messages, but never long: between two waits a worker sees that it was asked to stop."""
        super().drain_events(connection, timeout=min(timeout or LONGEST_WAIT, LONGEST_WAIT))

    def driver_version(self) -> str:
        """Told by ``celery report``."""
        return "1"
