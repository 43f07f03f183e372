"""The API of this process on a port of this machine: one request at a time, in one thread of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from tools.in_process.gateway import Gateway


class _Handler(WSGIRequestHandler):
    """Passes the path on as it was sent, and says nothing."""

    def get_environ(self) -> dict[str, Any]:
        return {**super().get_environ(), "RAW_URI": self.path}

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name it overrides
        pass


@contextmanager
def serving(gateway: Gateway, port: int = 0) -> Iterator[str]:
    """The URL (without path) while the gateway listens on 127.0.0.1; port 0 takes a free one."""
    server = make_server("127.0.0.1", port, gateway, handler_class=_Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
