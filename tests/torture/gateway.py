"""An SMS gateway on a real socket that fails as gateways do: ``python -m tests.torture.gateway``.

It speaks the contract of docs/operations.md and does not know a message again by its id: whatever it takes twice is
sent twice. GET /kept tells how often it took what, and when.
"""

import json
import os
import random
import sys
import threading
import time
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

SLOW = 1.7  # seconds; the postman waits 1.5
FAULTS = ("drop_before", "drop_after", "error_before", "error_after", "page_before", "page_after", "slow", "busy")


class Desk:
    """What was taken: our id -> the moments, and what it will say of it."""

    def __init__(self, seed: int, share: float) -> None:
        self.chance, self.share, self.lock = random.Random(seed), share, threading.Lock()
        self.taken: dict[str, list[float]] = defaultdict(list)
        self.refused: set[str] = set()
        self.faults: dict[str, int] = defaultdict(int)

    def fault(self) -> str:
        """What goes wrong with the next call; mostly nothing."""
        with self.lock:
            if self.chance.random() >= self.share:
                return ""
            fault = self.chance.choice(FAULTS)
            self.faults[fault] += 1
            return fault

    def take(self, rows: list[dict[str, str]], came: float) -> list[dict[str, str]]:
        """Take messages; one in fifty is turned down, one in fifty may come again later."""
        said = []
        with self.lock:
            for row in rows:
                draw = self.chance.random()
                state = "busy" if draw < 0.02 else "rejected" if draw < 0.04 else "accepted"
                if state == "accepted":
                    self.taken[row["id"]].append(came)
                elif state == "rejected":
                    self.refused.add(row["id"])
                said.append({"id": row["id"], "state": state, "message_id": f"m-{row['id']}"})
        return said

    def know(self, ids: list[str]) -> list[dict[str, str]]:
        """What became of messages."""
        with self.lock:
            return [{"id": one, "state": self._state(one), "message_id": f"m-{one}"} for one in ids]

    def _state(self, one: str) -> str:
        return "delivered" if one in self.taken else "rejected" if one in self.refused else "not_found"


def make_handler(desk: Desk) -> type[BaseHTTPRequestHandler]:
    """The handler of one desk."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            came, fault = time.time(), desk.fault()
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if fault == "busy":
                return self.tell({"error": "busy"}, 429, {"Retry-After": "1"})
            if fault.endswith("_before"):
                return self.fail(fault)
            if fault == "slow":
                time.sleep(SLOW)
            said = desk.take(body["messages"], came)
            return self.fail(fault) if fault.endswith("_after") else self.tell({"results": said})

        def do_GET(self) -> None:
            if self.path == "/kept":
                return self.tell({"taken": desk.taken, "faults": desk.faults})
            if desk.fault():
                return self.fail("error")
            ids = parse_qs(urlsplit(self.path).query)["ids"][0].split(",")
            return self.tell({"results": desk.know(ids)})

        def fail(self, fault: str) -> None:
            """Break off, break down, or answer with a page that says nothing."""
            if fault.startswith("drop"):
                self.close_connection = True
                self.connection.close()
            elif fault.startswith("page"):
                self.answer(b"<html>maintenance</html>", 200, {"Content-Type": "text/html"})
            else:
                self.answer(b"boom", 500, {})

        def tell(self, what: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
            self.answer(json.dumps(what).encode(), status, {"Content-Type": "application/json", **(headers or {})})

        def answer(self, body: bytes, status: int, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def handle(self) -> None:
            try:
                super().handle()
            except (ConnectionError, ValueError):  # whoever called was killed, or we broke off ourselves
                self.close_connection = True

        def log_message(self, *_args: Any) -> None:
            """Nothing."""

    return Handler


def main() -> None:
    """Serve until killed; the first line says on which port."""
    desk = Desk(int(os.environ["SEED"]), float(os.environ["FAULTY"]))
    server = ThreadingHTTPServer(("127.0.0.1", 0), make_handler(desk))
    server.daemon_threads = True
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
