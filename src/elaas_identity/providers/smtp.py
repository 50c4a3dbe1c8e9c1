"""Sends mail by SMTP: `smtplib` and `aiosmtplib` side by side, one letter and one reading of failures for both.

One connection a mail. It costs some round trips, and there is nothing to keep alive, to share between threads, or to
inherit by a fork; `close()` has nothing to close.

What a failure means depends on how far the mail had got. Until its content is handed over, whatever goes wrong is
certain: the server does not have it. From then on only the server's reply is: without one, it may have the mail or not.
"""

from __future__ import annotations

import asyncio
import smtplib
import ssl
import unicodedata
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from functools import cached_property
from importlib.util import find_spec
from ipaddress import ip_address
from typing import Literal, TypeAlias

from elaas_identity.errors import ElaasIdentityError, Misconfigured, ProviderFailed, Refused
from elaas_identity.mail.address import EmailPolicy, parse_email
from elaas_identity.mail.composing import Mail
from elaas_identity.ports import Clock, Random
from elaas_identity.providers.system import SystemRandom, system_clock

__all__ = ["AsyncSMTPMailer", "SMTPMailer", "Security"]


Security: TypeAlias = Literal["starttls", "tls", "none"]
"""STARTTLS (port 587), TLS from the first byte (port 465), or neither: on a loopback host only."""

_OUR_NAME = "[127.0.0.1]"
"""What we call ourselves in EHLO: an address literal, as mail programs do. The libraries would ask the DNS and tell the
machine's name."""

_ANY_ADDRESS = EmailPolicy()
_SYSTEM_RANDOM = SystemRandom()

# Replies to RCPT that are about us and not about the recipient: bad sequence, and authentication asked for.
_OUR_FAULT = (503, 530)


class _Post:
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
        security: Security = "starttls",
        timeout: float = 10.0,
        ssl_context: ssl.SSLContext | None = None,
        clock: Clock = system_clock,
        random: Random = _SYSTEM_RANDOM,
    ) -> None:
        if find_spec(self._library) is None:
            detail = f'{type(self).__name__} needs {self._library}: pip install "elaas-identity[smtp-async]"'
            raise Misconfigured("extra_missing", detail=detail)
        try:
            self._sender = parse_email(sender, _ANY_ADDRESS)
        except Refused:
            raise _wrong("sender: not an e-mail address") from None
        rules: tuple[tuple[bool, str], ...] = (
            (not self._sender.needs_smtputf8, "sender: its local part in ASCII, which every server takes"),
            (_is_plain(sender), "sender: not an e-mail address"),
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

    def _letter(self, mail: Mail) -> _Letter:
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
        message["From"] = Address(username=self._sender.local_part, domain=self._sender.domain)
        message["To"] = Address(username=recipient.local_part, domain=recipient.domain)
        message["Subject"] = mail.subject
        message["Date"] = self._clock()
        # Not `make_msgid`: it tells process and machine.
        message["Message-ID"] = f"<{self._random.token_bytes(16).hex()}@{self._sender.domain}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's out-of-office note comes back
        message.set_content(mail.text)
        message.add_alternative(mail.html, subtype="html")
        return _Letter(
            sender=self._sender.value,
            recipient=recipient.value,
            content=message.as_bytes(),
            international=recipient.needs_smtputf8,
        )


class SMTPMailer(_Post):
    """`Mailer` by `smtplib`. May be shared by threads, and survives a fork.

    Args:
        host, port: the agency's mail server.
        username, password: only ever sent over TLS.
        sender: the address that mails come from; its local part in ASCII.
        security: see `Security`.
        timeout: seconds for each step of the conversation.
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
        with _judged() as delivery:
            letter = self._letter(mail)
            connection = self._connect()
            try:
                self._deliver(connection, letter, delivery)
            finally:
                connection.close()

    def close(self) -> None:
        """Nothing to close: a connection lives as long as its mail."""

    def _connect(self) -> smtplib.SMTP:
        if self._security == "tls":
            return smtplib.SMTP_SSL(
                self._host, self._port, _OUR_NAME, timeout=self._timeout, context=self._tls
            )
        return smtplib.SMTP(self._host, self._port, _OUR_NAME, timeout=self._timeout)

    def _deliver(self, connection: smtplib.SMTP, letter: _Letter, delivery: _Delivery) -> None:
        connection.ehlo_or_helo_if_needed()
        if self._security == "starttls":
            connection.starttls(context=self._tls)
            connection.ehlo_or_helo_if_needed()
        if self._login is not None:
            connection.login(*self._login)
        delivery.check_offered(letter, connection.has_extn("smtputf8"))
        delivery.check_reply(connection.mail(letter.sender, letter.options)[0])
        delivery.step = "recipient"
        delivery.check_reply(connection.rcpt(letter.recipient)[0])
        delivery.step = "content"
        delivery.check_reply(connection.data(letter.content)[0])
        with suppress(OSError, smtplib.SMTPException):
            connection.quit()


class AsyncSMTPMailer(_Post):
    """`AsyncMailer` by `aiosmtplib`; arguments as for `SMTPMailer`. Needs the extra `smtp-async`.

    Raises:
        Misconfigured: `mailer_settings`; `extra_missing`, when aiosmtplib is not installed.
    """

    _library = "aiosmtplib"

    async def send(self, mail: Mail) -> None:
        """See `SMTPMailer.send`. Cancelled, it closes the connection: whether the mail went out is then unknown."""
        import aiosmtplib

        with _judged() as delivery:
            letter = self._letter(mail)
            username, password = self._login or (None, None)
            connection = aiosmtplib.SMTP(
                hostname=self._host,
                port=self._port,
                username=username,
                password=password,
                local_hostname=_OUR_NAME,
                timeout=self._timeout,
                use_tls=self._security == "tls",
                start_tls=self._security == "starttls",
                tls_context=None if self._security == "none" else await asyncio.to_thread(lambda: self._tls),
            )
            try:
                await connection.connect()
                await connection.ehlo()
                delivery.check_offered(letter, connection.supports_extension("smtputf8"))
                encoding = "utf-8" if letter.international else "ascii"
                await connection.mail(letter.sender, options=letter.options)
                delivery.step = "recipient"
                await connection.rcpt(letter.recipient, encoding=encoding)
                delivery.step = "content"
                await connection.data(letter.content)
                with suppress(OSError, aiosmtplib.SMTPException):
                    await connection.quit()
            finally:
                connection.close()

    async def close(self) -> None:
        """Nothing to close: a connection lives as long as its mail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Letter:
    """An envelope with one recipient, and what is in it."""

    sender: str
    recipient: str = field(repr=False)
    content: bytes = field(repr=False)
    international: bool

    @property
    def options(self) -> tuple[str, ...]:
        return ("SMTPUTF8", "BODY=8BITMIME") if self.international else ()


@dataclass(slots=True)
class _Delivery:
    """How far a letter has got, which decides what a failure means.

    A failure tells the reply's number or the exception's type. What the server wrote may hold the address.
    """

    step: Literal["before", "recipient", "content"] = "before"

    def check_offered(self, letter: _Letter, smtputf8: bool) -> None:
        if letter.international and not smtputf8:
            detail = "the server does not offer SMTPUTF8, which this address needs"
            raise ProviderFailed("mail_recipient_refused", detail=detail)

    def check_reply(self, code: int) -> None:
        if not 200 <= code < 300:
            raise self._by_reply(code)

    def failure(self, error: Exception) -> ProviderFailed:
        code = getattr(error, "smtp_code", getattr(error, "code", None))  # smtplib's and aiosmtplib's
        if isinstance(code, int):
            return self._by_reply(code)
        if self.step == "content":
            return ProviderFailed("mail_outcome_unknown", detail=f"no reply: {type(error).__name__}")
        return ProviderFailed("mail_not_accepted", detail=f"{self.step}: {type(error).__name__}")

    def _by_reply(self, code: int) -> ProviderFailed:
        detail = f"{self.step}: the server answered {code}"
        if self.step == "recipient" and 500 <= code < 600 and code not in _OUR_FAULT:
            return ProviderFailed("mail_recipient_refused", detail=detail)
        if self.step == "content" and not 400 <= code < 600:
            return ProviderFailed("mail_outcome_unknown", detail=detail)
        return ProviderFailed("mail_not_accepted", detail=detail)


@contextmanager
def _judged() -> Generator[_Delivery]:
    """Whatever goes wrong inside becomes `ProviderFailed`, without the exception that tells address and server."""
    delivery = _Delivery()
    try:
        yield delivery
    except ElaasIdentityError:
        raise
    except Exception as error:
        raise delivery.failure(error) from None


def _wrong(detail: str) -> Misconfigured:
    return Misconfigured("mailer_settings", detail=f"SMTP mailer: {detail}")


def _is_plain(text: str, *, ascii_only: bool = False) -> bool:
    """One line, without controls and other invisible characters."""
    if ascii_only and not text.isascii():
        return False
    return bool(text) and not any(
        unicodedata.category(each)[0] == "C" or each in "\u2028\u2029" for each in text
    )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _verifies(context: ssl.SSLContext | None) -> bool:
    return context is None or (context.verify_mode == ssl.CERT_REQUIRED and context.check_hostname)
