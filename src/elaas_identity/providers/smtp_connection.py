"""The two ends of a connection to a mail server: `smtplib`'s and `aiosmtplib`'s, which speak the protocol.

Neither has a deadline for the whole conversation, and `smtplib` has no bound on what a server may say: both are here.
"""

from __future__ import annotations

import asyncio
import io
import smtplib
import socket
import ssl
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Any, Self

from elaas_identity.providers.smtp_conversation import START_TLS, Reply, Said

if TYPE_CHECKING:
    from aiosmtplib.protocol import SMTPProtocol

_MOST_BYTES = 64 * 1024
"""What a server may say in one conversation. Our choice: a long one has 4 KiB. aiosmtplib takes 32 KiB a reply."""


class Connection:
    """`smtplib`'s end of a connection, with one deadline for all that is done with it."""

    def __init__(self, host: str, port: int, timeout: float, tls: ssl.SSLContext | None) -> None:
        self._host, self._tls = host, tls
        self._deadline = monotonic() + timeout
        self._heard = 0
        # Named, or it would ask the DNS for this machine's name; the conversation says another.
        self._smtp = smtplib.SMTP(local_hostname="localhost")
        self._use(self._connected(port))

    def start_tls(self) -> None:
        """Encrypt from here on; the handshake is within the deadline too."""
        assert self._tls is not None
        assert self._smtp.sock is not None
        self._smtp.sock.settimeout(self._left())
        self._use(self._tls.wrap_socket(self._smtp.sock, server_hostname=self._host))

    def exchange(self, said: Said) -> Reply:
        """Say it, and hear the reply."""
        if words := said.content or said.command.encode() + b"\r\n" * bool(said.command):
            self.say(words)
        code, text = self._smtp.getreply()
        if said.command == START_TLS and code == 220:
            self.start_tls()
        return Reply(code, tuple(text.decode("latin-1").split("\n")))

    def say(self, words: bytes) -> None:
        """Send all of it."""
        if self._smtp.sock is not None:
            self._smtp.sock.settimeout(self._left())
        self._smtp.send(words)

    def close(self) -> None:
        """Hang up."""
        self._smtp.close()

    def _use(self, connection: socket.socket) -> None:
        self._smtp.sock, self._smtp.file = connection, io.BufferedReader(_Incoming(self._received))

    def _received(self, buffer: memoryview) -> int:
        assert self._smtp.sock is not None
        self._smtp.sock.settimeout(self._left())
        count = self._smtp.sock.recv_into(buffer)
        self._heard += count
        if self._heard > _MOST_BYTES:
            raise ConnectionAbortedError
        return count

    def _connected(self, port: int) -> socket.socket:
        problem: OSError = ConnectionError()
        for *_, address in socket.getaddrinfo(self._host, port, type=socket.SOCK_STREAM):
            try:
                return socket.create_connection((str(address[0]), port), timeout=self._left())
            except OSError as error:
                problem = error
        raise problem

    def _left(self) -> float:
        left = self._deadline - monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class _Incoming(io.RawIOBase):
    """What the server says, as a file: `smtplib` reads lines from one."""

    def __init__(self, receive: Callable[[memoryview], int]) -> None:
        super().__init__()
        self._receive = receive

    def readable(self) -> bool:
        """It is there to be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """The next part."""
        return self._receive(buffer)


class AsyncConnection:
    """`aiosmtplib`'s end of a connection. Its deadline is its caller's."""

    def __init__(
        self, host: str, tls: ssl.SSLContext | None, transport: asyncio.Transport, protocol: SMTPProtocol
    ) -> None:
        self._host, self._tls = host, tls
        self._transport, self._protocol = transport, protocol

    @classmethod
    async def connected(cls, host: str, port: int, tls: ssl.SSLContext | None, *, encrypted: bool) -> Self:
        """Reach the server, encrypted from the first byte or not."""
        from aiosmtplib.protocol import SMTPProtocol

        loop = asyncio.get_running_loop()
        transport, protocol = await loop.create_connection(
            lambda: SMTPProtocol(loop), host, port, ssl=tls if encrypted else None
        )
        return cls(host, tls, transport, protocol)

    async def exchange(self, said: Said) -> Reply:
        """Say it, and hear the reply."""
        from aiosmtplib import SMTPResponseException

        try:
            if said.command == START_TLS:
                assert self._tls is not None
                reply = await self._protocol.start_tls(self._tls, server_hostname=self._host)
            elif said.command:
                reply = await self._protocol.execute_command(said.command.encode())
            else:
                if said.content:
                    self.say(said.content)
                reply = await self._protocol.read_response()
        except SMTPResponseException as refusal:
            return Reply(refusal.code, tuple(refusal.message.split("\n")))
        return Reply(reply.code, tuple(reply.message.split("\n")))

    def say(self, words: bytes) -> None:
        """Send all of it."""
        self._protocol.write(words)

    def close(self) -> None:
        """Hang up; nothing is waited for."""
        self._transport.abort()
