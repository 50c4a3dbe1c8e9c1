"""Sends mail by SMTP, through `smtplib` and `aiosmtplib`: one letter, and one conversation, for both.

One connection a mail. It costs some round trips, and there is nothing to keep alive, to share between threads, or to
inherit by a fork; `close()` has nothing to close.

The libraries speak the protocol (`smtp_connection.py`). They differ in what they make of a server's dialect, so what is
said, and what a reply means, is in `smtp_conversation.py`.
"""

from __future__ import annotations

import asyncio
import re
import ssl
import unicodedata
from contextlib import suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from functools import cached_property
from importlib.util import find_spec
from ipaddress import ip_address
from typing import Literal, TypeAlias

from elaas_identity._discreet import discreet
from elaas_identity.errors import Misconfigured, ProviderFailed, Refused
from elaas_identity.mail.address import EmailPolicy, parse_email
from elaas_identity.mail.composing import Mail
from elaas_identity.not_pickled import NotPickled
from elaas_identity.ports import Clock, Random
from elaas_identity.providers.smtp_connection import AsyncConnection, Connection
from elaas_identity.providers.smtp_conversation import GOODBYE, Conversation, Letter
from elaas_identity.providers.system import SystemRandom, system_clock

__all__ = ["AsyncSMTPMailer", "SMTPMailer", "Security"]


Security: TypeAlias = Literal["starttls", "tls", "none"]
"""STARTTLS (port 587), TLS from the first byte (port 465), or neither: on a loopback host only."""

_ANY_ADDRESS = EmailPolicy()
_SYSTEM_RANDOM = SystemRandom()
_HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,253}[A-Za-z0-9])?|\[[A-Za-z0-9:.]{1,100}\]")
"""A domain, or an address literal (RFC 5321 §4.1.2)."""


class _Post(NotPickled):
    """What both mailers have in common: their settings, and how a mail becomes a letter."""

    _library = "smtplib"

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
        if find_spec(self._library) is None:
            detail = f'{type(self).__name__} needs {self._library}: pip install "elaas-identity[smtp-async]"'
            raise Misconfigured("extra_missing", detail=detail)
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
        self._encrypts = security != "none"
        self._given_context = ssl_context
        self._clock, self._random = clock, random

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._host!r}, {self._port}, security={self._security!r})"

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Made when first needed: loading the trust store takes some 20 ms."""
        return self._given_context or ssl.create_default_context()

    def _letter(self, mail: Mail) -> Letter:
        """The mail as it goes over the connection.

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


@discreet
class SMTPMailer(_Post):
    """`Mailer` by `smtplib`. May be shared by threads, and survives a fork.

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
        self._converse(mail)

    def check(self) -> None:
        """See that the server lets us in: connect, encrypt, log in. No mail is sent.

        Raises:
            ProviderFailed: `mail_not_accepted`.
        """
        self._converse(None)

    def _converse(self, mail: Mail | None) -> None:
        conversation = self._conversation()
        with conversation.judged():
            steps = conversation.steps(None if mail is None else self._letter(mail))
            connection = Connection(
                self._host, self._port, self._timeout, self._tls if self._encrypts else None
            )
            try:
                if self._security == "tls":
                    connection.start_tls()
                said = next(steps)
                with suppress(StopIteration):
                    while True:
                        said = steps.send(connection.exchange(said))
                with suppress(OSError):
                    connection.say(GOODBYE)
            finally:
                connection.close()

    def close(self) -> None:
        """Nothing to close: a connection lives as long as its mail."""


@discreet
class AsyncSMTPMailer(_Post):
    """`AsyncMailer` by `aiosmtplib`; arguments as for `SMTPMailer`. Needs the extra `smtp-async`.

    Raises:
        Misconfigured: `mailer_settings`; `extra_missing`, when aiosmtplib is not installed.
    """

    _library = "aiosmtplib"

    async def send(self, mail: Mail) -> None:
        """See `SMTPMailer.send`. Cancelled, it closes the connection: whether the mail went out is then unknown."""
        await self._converse(mail)

    async def check(self) -> None:
        """See `SMTPMailer.check`."""
        await self._converse(None)

    async def _converse(self, mail: Mail | None) -> None:
        conversation = self._conversation()
        with conversation.judged():
            steps = conversation.steps(None if mail is None else self._letter(mail))
            async with asyncio.timeout(self._timeout):
                # In a thread: the trust store takes some 20 ms to load.
                tls = await asyncio.to_thread(lambda: self._tls) if self._encrypts else None
                connection = await AsyncConnection.connected(
                    self._host, self._port, tls, encrypted=self._security == "tls"
                )
                try:
                    said = next(steps)
                    with suppress(StopIteration):
                        while True:
                            said = steps.send(await connection.exchange(said))
                    with suppress(OSError):
                        connection.say(GOODBYE)
                finally:
                    connection.close()

    async def close(self) -> None:
        """Nothing to close: a connection lives as long as its mail."""


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
