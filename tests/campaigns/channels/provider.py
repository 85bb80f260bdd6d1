"""A provider on a real socket of this machine, that answers as it is told and remembers what it was asked."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Call:
    """One call that arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True)
class Reply:
    """What is answered; ``text`` instead of data, ``cut`` breaks the connection off without an answer, ``silent``
    never answers, ``drip`` sends the head and then nothing."""

    data: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    text: str = ""
    cut: bool = False
    silent: bool = False
    drip: bool = False


@dataclass
class Provider:
    """Where it listens, and all calls so far."""

    url: str
    calls: list[Call] = field(default_factory=list)


@contextmanager
def provider(answer: Callable[[Call], Reply]) -> Iterator[Provider]:
    """A provider that answers each call by ``answer`` as long as the block runs."""
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            raw = self.rfile.read(length)
            parts = urlsplit(self.path)
            call = Call(
                self.command,
                parts.path,
                dict(parse_qsl(parts.query)),
                dict(self.headers),
                json.loads(raw) if raw else None,
            )
            made.calls.append(call)
            reply = answer(call)
            if reply.cut or reply.silent:
                over.wait(30 if reply.silent else 0)
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            content = reply.text.encode() if reply.text else json.dumps(reply.data).encode()
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if reply.drip:
                over.wait(30)
                self.close_connection = True
                return
            self.wfile.write(content)

        do_GET = do_POST = handle_any

        def log_message(self, *args: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made = Provider(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def nobody() -> str:
    """An address of this machine where nobody listens."""
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{place.getsockname()[1]}"
