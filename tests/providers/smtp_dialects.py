"""A mail server for tests that answers each command as a dialect has it, and never what RFC 5321 alone would say."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Self, TypeAlias

Answer: TypeAlias = str | bytes | Callable[[str], str] | None
"""A reply, or what makes one of the command; None hangs up."""

ORDINARY: dict[str, Answer] = {
    "greeting": "220 here",
    "EHLO": "250-here\r\n250 8BITMIME",
    "HELO": "250 here",
    "STARTTLS": "220 go on",
    "MAIL": "250 from whom",
    "RCPT": "250 to whom",
    "DATA": "354 go on",
    "content": "250 queued",
    "QUIT": "221 bye",
}


class Dialect:
    """Serves one connection after the other; `heard` has the commands, `contents` the letters.

    Args:
        changes: to the ordinary answers, by the first word of the command; `""` answers any other line, such as those
            of a login.
        tls: from the first byte.
    """

    def __init__(
        self, changes: dict[str, Answer] | None = None, *, tls: ssl.SSLContext | None = None
    ) -> None:
        self._answers = ORDINARY | (changes or {})
        self._tls = tls
        self.heard: list[str] = []
        self.contents: list[bytes] = []
        self.hung_up = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.host, self.port = self._socket.getsockname()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(10)

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                plain, _ = self._socket.accept()
                with suppress(OSError), plain:
                    plain.settimeout(10)
                    self._talk(plain if self._tls is None else self._tls.wrap_socket(plain, server_side=True))

    def _talk(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rwb", buffering=0) as stream:
            said, going = "greeting", self._say(stream, "greeting", "")
            while going and (line := stream.readline()):
                said = line.decode(errors="replace").rstrip("\r\n")
                self.heard.append(said)
                word = said.partition(" ")[0].upper()
                going = self._say(stream, word if word in self._answers else "", said)
                if word == "DATA" and self._answers["DATA"] == ORDINARY["DATA"]:
                    content = b""
                    while (line := stream.readline()) not in (b".\r\n", b""):
                        content += line
                    self.contents.append(content)
                    going = self._say(stream, "content", "")
            self.hung_up.set()

    def _say(self, stream: socket.SocketIO, word: str, said: str) -> bool:
        answer = self._answers.get(word, "500 what")
        if callable(answer):
            answer = answer(said)
        if answer is None:
            return False
        stream.write(answer if isinstance(answer, bytes) else f"{answer}\r\n".encode())
        return True


class Endless:
    """Says what a generator yields, whatever it hears, until the client hangs up: that sets `hung_up`."""

    def __init__(self, script: Callable[[socket.socket], None]) -> None:
        self._script = script
        self.hung_up = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.host, self.port = self._socket.getsockname()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._socket.close()
        self._thread.join(10)

    def _serve(self) -> None:
        connection, _ = self._socket.accept()
        with connection:
            with suppress(OSError):
                self._script(connection)
            self.hung_up.set()
