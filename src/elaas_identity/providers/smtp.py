"""Sends mail by SMTP, over sockets and over asyncio's streams: one letter, and one conversation, for both.

One connection a mail. It costs some round trips, and there is nothing to keep alive, to share between threads, or to
inherit by a fork; `close()` has nothing to close.

Neither `smtplib` nor `aiosmtplib` has a deadline for the whole conversation, the former no bound on what a server may
say, and they differ in what they make of a server's dialect. So the conversation is in `smtp_conversation.py`, and what
is here moves its bytes.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import unicodedata
from contextlib import suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from functools import cached_property
from ipaddress import ip_address
from time import monotonic
from typing import Literal, Self, TypeAlias

from elaas_identity.errors import Misconfigured, ProviderFailed, Refused
from elaas_identity.mail.address import EmailPolicy, parse_email
from elaas_identity.mail.composing import Mail
from elaas_identity.ports import Clock, Random
from elaas_identity.providers.smtp_conversation import (
    GOODBYE,
    START_TLS,
    Conversation,
    Incoming,
    Letter,
    Reply,
    Said,
)
from elaas_identity.providers.system import SystemRandom, system_clock

__all__ = ["AsyncSMTPMailer", "SMTPMailer", "Security"]


Security: TypeAlias = Literal["starttls", "tls", "none"]
"""STARTTLS (port 587), TLS from the first byte (port 465), or neither: on a loopback host only."""

_ANY_ADDRESS = EmailPolicy()
_SYSTEM_RANDOM = SystemRandom()
_PART = 4096
_HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,253}[A-Za-z0-9])?|\[[A-Za-z0-9:.]{1,100}\]")
"""A domain, or an address literal (RFC 5321 §4.1.2)."""


class _Post:
    """What both mailers have in common: their settings, and how a mail becomes a letter."""

    def __init__(
        self,
        host: str,
        port: int = 587,
        *,
        username: str | None = None,
        password: str | None = None,
        sender: str,
        sender_name: str | None = None,
        local_hostname: str | None = None,
        security: Security = "starttls",
        timeout: float = 20.0,
        ssl_context: ssl.SSLContext | None = None,
        clock: Clock = system_clock,
        random: Random = _SYSTEM_RANDOM,
    ) -> None:
        try:
            self._sender = parse_email(sender, _ANY_ADDRESS)
        except Refused:
            raise _wrong("sender: not an e-mail address") from None
        self._sender_name = sender_name or ""
        self._local_hostname = self._sender.domain if local_hostname is None else local_hostname
        rules: tuple[tuple[bool, str], ...] = (
            (not self._sender.needs_smtputf8, "sender: its local part in ASCII, which every server takes"),
            (_is_plain(sender), "sender: not an e-mail address"),
            (_is_name(self._sender_name), "sender_name: one line of at most 64 characters, no encoded word"),
            (
                _HOST_NAME.fullmatch(self._local_hostname) is not None,
                "local_hostname: a domain in ASCII, or an address as [192.0.2.1]",
            ),
            (_is_plain(host) and " " not in host, "host: a name or an address"),
            (0 < port < 65536, "port: 1 to 65535"),
            (security in ("starttls", "tls", "none"), 'security: "starttls", "tls" or "none"'),
            (security != "none" or _is_loopback(host), 'security: "none" on a loopback host only'),
            (security != "none" or username is None, 'security: no password over "none"'),
            ((username is None) == (password is None), "username and password: both or neither"),
            (_is_plain(f"{username}{password}", ascii_only=True), "username and password: printable ASCII"),
            (timeout > 0, "timeout: longer than nothing"),
            (_verifies(ssl_context), "ssl_context: one that verifies certificate and host name"),
        )
        broken = [rule for holds, rule in rules if not holds]
        if broken:
            raise _wrong("; ".join(broken))
        self._host, self._port, self._security, self._timeout = host, port, security, timeout
        self._login = (username, password) if username is not None and password is not None else None
        self._given_context = ssl_context
        self._clock, self._random = clock, random

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._host!r}, {self._port}, security={self._security!r})"

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Made when first needed: loading the trust store takes some 20 ms."""
        return self._given_context or ssl.create_default_context()

    def _letter(self, mail: Mail) -> Letter:
        """The mail as it goes over the wire.

        A `Mail` need not be one of ours, and `email` lets pass what turns into a header of its own or a second
        recipient later on (cpython #121650): so both are looked at again, here (R8.1).
        """
        recipient = mail.recipient
        try:
            single = parse_email(recipient.value, _ANY_ADDRESS) == recipient
        except Refused:
            single = False
        if not single:
            raise ProviderFailed("mail_recipient_refused", detail="the recipient is not one plain address")
        if not _is_plain(mail.subject) or "=?" in mail.subject:
            raise ProviderFailed("mail_not_accepted", detail="the subject is not one plain line")

        message = EmailMessage(SMTP.clone(cte_type="7bit", utf8=recipient.needs_smtputf8))
        message["From"] = Address(self._sender_name, self._sender.local_part, self._sender.domain)
        message["To"] = Address(username=recipient.local_part, domain=recipient.domain)
        message["Subject"] = mail.subject
        message["Date"] = self._clock()
        # Not `make_msgid`: it tells process and machine.
        message["Message-ID"] = f"<{self._random.token_bytes(16).hex()}@{self._sender.domain}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's out-of-office note comes back
        message.set_content(mail.text)
        message.add_alternative(mail.html, subtype="html")
        return Letter(
            sender=self._sender.value,
            recipient=recipient.value,
            content=message.as_bytes(),
            international=recipient.needs_smtputf8,
        )

    def _conversation(self) -> Conversation:
        return Conversation(
            local_hostname=self._local_hostname,
            starttls=self._security == "starttls",
            login=self._login,
        )


class SMTPMailer(_Post):
    """`Mailer` by sockets. May be shared by threads, and survives a fork.

    Args:
        host, port: the agency's mail server.
        username, password: only ever sent over TLS.
        sender: the address that mails come from; its local part in ASCII.
        sender_name: what mail programs show beside that address: the agency's or the portal's name. None: nothing.
        local_hostname: what we call ourselves in EHLO: this machine's name in the DNS, where the server looks for it;
            or an address literal, as `[192.0.2.1]`. By default the sender's domain, which asks nobody and tells
            nothing of the machine (RFC 5321 §4.1.1.1).
        security: see `Security`.
        timeout: seconds for the whole conversation, from the connection to the last reply. Our choice: a server that
            holds strangers up for some seconds is waited for, and who waits for a page is not lost. The look-up of
            the host's name is the operating system's, and has its own.
        ssl_context: for a certificate authority of your own. It has to verify. By default: the system's trust store.
        clock, random: for `Date` and `Message-ID`.

    Raises:
        Misconfigured: `mailer_settings`.
    """

    def send(self, mail: Mail) -> None:
        """Hand the mail to the server, once.

        Raises:
            ProviderFailed: `mail_recipient_refused`, `mail_not_accepted` or `mail_outcome_unknown`; see `ports.Mailer`.
        """
        conversation = self._conversation()
        reply: Reply | None = None
        with conversation.judged():
            steps = conversation.steps(self._letter(mail))
            wire = _Wire(
                self._host, self._port, self._timeout, None if self._security == "none" else self._tls
            )
            try:
                if self._security == "tls":
                    wire.start_tls()
                with suppress(StopIteration):
                    while True:
                        reply = wire.exchange(steps.send(reply))
                with suppress(OSError):
                    wire.say(GOODBYE)
            finally:
                wire.close()

    def close(self) -> None:
        """Nothing to close: a connection lives as long as its mail."""


class AsyncSMTPMailer(_Post):
    """`AsyncMailer` by asyncio's streams; arguments as for `SMTPMailer`.

    Raises:
        Misconfigured: `mailer_settings`.
    """

    async def send(self, mail: Mail) -> None:
        """See `SMTPMailer.send`. Cancelled, it closes the connection: whether the mail went out is then unknown."""
        conversation = self._conversation()
        reply: Reply | None = None
        with conversation.judged():
            steps = conversation.steps(self._letter(mail))
            async with asyncio.timeout(self._timeout):
                # In a thread: the trust store takes some 20 ms to load.
                tls = None if self._security == "none" else await asyncio.to_thread(lambda: self._tls)
                wire = await _AsyncWire.connected(self._host, self._port, tls)
                try:
                    if self._security == "tls":
                        await wire.start_tls()
                    with suppress(StopIteration):
                        while True:
                            reply = await wire.exchange(steps.send(reply))
                    with suppress(OSError):
                        await wire.say(GOODBYE)
                finally:
                    wire.close()

    async def close(self) -> None:
        """Nothing to close: a connection lives as long as its mail."""


class _Wire:
    """A socket with one deadline for all that is done with it."""

    def __init__(self, host: str, port: int, timeout: float, tls: ssl.SSLContext | None) -> None:
        self._host, self._tls = host, tls
        self._deadline = monotonic() + timeout
        self._incoming = Incoming()
        self._socket = self._connected(port)

    def start_tls(self) -> None:
        """Encrypt from here on; the handshake is within the deadline too."""
        assert self._tls is not None
        self._incoming.forget()
        self._socket.settimeout(self._left())
        self._socket = self._tls.wrap_socket(self._socket, server_hostname=self._host)

    def exchange(self, said: Said) -> Reply | None:
        """Say it, and hear the reply."""
        if said == START_TLS:
            self.start_tls()
            return None
        assert isinstance(said, bytes)
        self.say(said)
        while (reply := self._incoming.reply()) is None:
            self._socket.settimeout(self._left())
            self._incoming.take(self._socket.recv(_PART))
        return reply

    def say(self, words: bytes) -> None:
        """Send all of it."""
        while words:
            self._socket.settimeout(self._left())
            words = words[self._socket.send(words) :]

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

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


class _AsyncWire:
    """A transport of asyncio's. Its deadline is its caller's."""

    def __init__(
        self,
        host: str,
        tls: ssl.SSLContext | None,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._host, self._tls = host, tls
        self._reader, self._writer = reader, writer
        self._incoming = Incoming()

    @classmethod
    async def connected(cls, host: str, port: int, tls: ssl.SSLContext | None) -> Self:
        """Reach the server; nothing is encrypted yet."""
        return cls(host, tls, *await asyncio.open_connection(host, port, limit=_PART))

    async def start_tls(self) -> None:
        """Encrypt from here on, into a reader that holds nothing yet."""
        assert self._tls is not None
        self._incoming.forget()
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(_PART)
        protocol = asyncio.StreamReaderProtocol(reader)
        self._under_tls = self._writer  # a writer that is dropped closes its transport
        transport = await loop.start_tls(
            self._writer.transport, protocol, self._tls, server_hostname=self._host
        )
        assert transport is not None
        protocol.connection_made(transport)
        self._reader, self._writer = reader, asyncio.StreamWriter(transport, protocol, reader, loop)

    async def exchange(self, said: Said) -> Reply | None:
        """Say it, and hear the reply."""
        if said == START_TLS:
            await self.start_tls()
            return None
        assert isinstance(said, bytes)
        await self.say(said)
        while (reply := self._incoming.reply()) is None:
            self._incoming.take(await self._reader.read(_PART))
        return reply

    async def say(self, words: bytes) -> None:
        """Send all of it."""
        self._writer.write(words)
        await self._writer.drain()

    def close(self) -> None:
        """Hang up; nothing is waited for."""
        self._writer.transport.abort()


def _wrong(detail: str) -> Misconfigured:
    return Misconfigured("mailer_settings", detail=f"SMTP mailer: {detail}")


def _is_plain(text: str, *, ascii_only: bool = False) -> bool:
    """One line, without controls and other invisible characters."""
    if ascii_only and not text.isascii():
        return False
    return bool(text) and not any(
        unicodedata.category(each)[0] == "C" or each in "\u2028\u2029" for each in text
    )


def _is_name(text: str) -> bool:
    """What can stand before an address: nothing, or a line that `email` does not decode into something else."""
    return not text or (_is_plain(text) and "=?" not in text and len(text) <= 64)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _verifies(context: ssl.SSLContext | None) -> bool:
    return context is None or (context.verify_mode == ssl.CERT_REQUIRED and context.check_hostname)
