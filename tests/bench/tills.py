"""Tills that call over HTTP and take next to no time themselves: one kept connection each, requests rendered before."""

import socket
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Heard:
    """What the tills heard: answers (status and body) by number of the request, seconds each took, seconds in all."""

    took: float = 0.0
    answers: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)

    @property
    def statuses(self) -> Counter[int]:
        """How often each status was heard."""
        return Counter(status for status, _body in self.answers.values())

    def percentile(self, share: float) -> float:
        """So many seconds or fewer took this share of the calls."""
        return sorted(self.seconds)[int(len(self.seconds) * share)]


def request(path: str, body: bytes, **headers: str) -> bytes:
    """A POST as it goes over the line."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


def call(url: str, requests: Sequence[bytes], *, tills: int, per_second: float = 0) -> Heard:
    """Every request once, from so many tills: each as soon as its till is free, or at an even pace ``per_second``.

    All begin together. At a pace the time counts from the moment a request was due, so a queue is part of the wait.
    """
    heard, lock, address = Heard(), threading.Lock(), (urlsplit(url).hostname, urlsplit(url).port)
    numbered, together, begun = iter(enumerate(requests)), threading.Barrier(tills + 1), 0.0

    def till() -> None:
        line = socket.create_connection(address)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with line:
            together.wait(30)
            while True:
                with lock:
                    nth, text = next(numbered, (0, b""))
                if not text:
                    return
                due = begun + nth / per_second if per_second else time.perf_counter()
                time.sleep(max(0.0, due - time.perf_counter()))
                line.sendall(text)
                told = answer(line)
                took = time.perf_counter() - due
                with lock:
                    heard.answers[nth] = told
                    heard.seconds.append(took)

    threads = [threading.Thread(target=till) for _nth in range(tills)]
    for thread in threads:
        thread.start()
    begun = time.perf_counter()
    together.wait(30)
    for thread in threads:
        thread.join()
    heard.took = time.perf_counter() - begun
    return heard


def answer(line: socket.socket) -> tuple[int, bytes]:
    """Read one answer to its end; its status and body."""
    text = b""
    while b"\r\n\r\n" not in text:
        more = line.recv(65536)
        if not more:
            raise ConnectionError("the server hung up")
        text += more
    head, _blank, body = text.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += line.recv(65536)
    return int(head[9:12]), body
