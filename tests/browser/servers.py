"""Real servers for an application, each in a thread, on a free port of 127.0.0.1."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from elaas_identity.demo.world import HOST, Serving


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        """The test's output is its own."""


@contextmanager
def wsgi(application: Callable[[str], Any], server_class: type[WSGIServer] = _Server) -> Iterator[str]:
    """The origin of a WSGI application, which is made from it."""
    with make_server(HOST, 0, lambda *_: [], server_class=server_class, handler_class=_Quiet) as server:
        origin = f"http://{HOST}:{server.server_port}"
        server.set_app(application(origin))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield origin
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def asgi(application: Callable[[str], Any]) -> Iterator[str]:
    """The same for an ASGI application, over uvicorn."""
    listening = socket.create_server((HOST, 0))
    origin = f"http://{HOST}:{listening.getsockname()[1]}"
    with listening, Serving(application(origin), listening):
        yield origin
