"""Small real servers on free ports of 127.0.0.1, each in a thread of its own, for tests and demonstrations.

Each is a context manager; `start()` and `stop()` do the same for who needs them apart.
"""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

from elaas_identity._discreet import discreet
from elaas_identity.oidc.http import Request, Response
from elaas_identity.testing.loopback_smtp import LoopbackSMTP
from elaas_identity.testing.running import HOST, Running

__all__ = ["HOST", "LoopbackHTTP", "LoopbackSMTP"]

LARGEST_BODY = 1024 * 1024
"""How many bytes of a request's body are taken."""

IDLE = 30.0
"""Seconds after which a silent connection is closed."""


@discreet
class LoopbackHTTP(Running):
    """An HTTP/1.1 server around a function from request to response, with connections kept alive.

    A function that raises `OSError` breaks the network: the connection is closed without an answer. `TimeoutError` is
    an answer that never comes: the connection is held until the other end closes it.

    Args:
        handle: answers each request; called from many threads at once.
        port: 0: any free one.
    """

    def __init__(self, handle: Callable[[Request], Response], *, port: int = 0) -> None:
        self._handle = handle
        self._wanted_port = port
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Scheme, host and port, without a trailing slash. Known once started."""
        if self._server is None:
            raise RuntimeError("the server has not been started")
        return f"http://{HOST}:{self._server.server_address[1]}"

    def start(self) -> None:
        """Listen, and answer from now on."""
        self._server = _Server((HOST, self._wanted_port), _Exchange)
        self._server.handle = self._handle
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close every connection and wait until the last request has ended."""
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()
        self._server.server_close()
        self._server = self._thread = None


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that server_close() waits for them
    handle: Callable[[Request], Response]

    def __init__(self, *arguments: Any) -> None:
        self._connections: set[socket.socket] = set()
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Wake the threads that wait for a next request on a connection kept alive."""
        for connection in tuple(self._connections):
            with suppress(OSError):  # its other end was faster
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no event; anything else is printed, as the standard library does."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Exchange(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = IDLE
    wbufsize = (
        -1
    )  # head and body leave together: apart, the second waits 40 ms for the first's acknowledgement
    disable_nagle_algorithm = True

    def _exchange(self) -> None:
        server = cast("_Server", self.server)
        length = self.headers.get("content-length", "0")
        if not self.path.startswith("/") or not (length.isascii() and length.isdigit()):
            return self._answer(Response(status=400), close=True)
        if "transfer-encoding" in self.headers or int(length[:9]) > LARGEST_BODY or len(length) > 9:
            return self._answer(Response(status=413), close=True)
        host, port = server.server_address[:2]
        request = Request(
            method=self.command,
            url=f"http://{host!s}:{port}{self.path}",
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(length)),
        )
        try:
            response = server.handle(request)
        except OSError as broken:
            self.close_connection = True
            if isinstance(broken, TimeoutError):
                with suppress(OSError):
                    while self.connection.recv(1):
                        pass
            return None
        return self._answer(response)

    def _answer(self, response: Response, *, close: bool = False) -> None:
        self.send_response_only(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(response.body)))
        if close:
            self.send_header("connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    do_GET = do_POST = do_HEAD = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = _exchange  # noqa: N815

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002  the name is the base class's
        """Say nothing: URLs hold authorization codes."""
