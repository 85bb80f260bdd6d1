"""The WSGI entry of the server that tests start.

Importing pytest first tells the settings that this is a test: quick password hashes and static files without
collecting them, the same as in the test process itself. Collected files lie there packed; here they are packed as they
are asked for, so that a browser gets as many bytes as from the product.
"""

import gzip
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import pytest

from config.wsgi import application as product

__all__ = ["application", "pytest"]

packed = lru_cache(maxsize=64)(gzip.compress)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The product, its sheets and scripts packed."""
    if not environ["PATH_INFO"].endswith((".css", ".js", ".svg")):
        return product(environ, start_response)
    begun: list[Any] = []

    def begin(status: str, headers: list[tuple[str, str]], *_error: Any) -> None:
        begun[:] = [status, [(name, value) for name, value in headers if name.lower() != "content-length"]]

    answer = product(environ, begin)
    body = b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    status, headers = begun
    if status.startswith("200") and "Content-Encoding" not in dict(headers):
        body = packed(body)
        headers.append(("Content-Encoding", "gzip"))
    start_response(status, [*headers, ("Content-Length", str(len(body)))])
    return [body]
