"""A mail server of a test's own: it keeps what arrives, and refuses what the test tells it to."""

from __future__ import annotations

import asyncio
import email.policy
import ssl
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from email.parser import BytesParser
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from elaas_identity._discreet import discreet
from elaas_identity.errors import Misconfigured
from elaas_identity.testing.outbox import MailFailure
from elaas_identity.testing.received_mail import Arrivals, ReceivedMail
from elaas_identity.testing.running import HOST, Running

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP


@discreet
class LoopbackSMTP(Running):
    """An SMTP server on 127.0.0.1. Needs the extra `testing`.

    Its hooks may block: they run in threads. One that raises `OSError` breaks the connection without a reply.

    Args:
        port: 0: any free one.
        tls_context: offers STARTTLS; with `tls=True`, speaks TLS from the first byte.
        login: the username and password that a sender must log in with.
        smtputf8: whether addresses beyond ASCII are taken (RFC 6531).

    Attributes:
        host, port: where it listens, once started.
        answer_recipient: address → an SMTP reply such as `"550 5.1.1 no such mailbox"`, or None to take it.
        answer_mail: mail → an SMTP reply in place of keeping the mail, or None to keep it.
    """

    host = HOST

    def __init__(
        self,
        *,
        port: int = 0,
        tls_context: ssl.SSLContext | None = None,
        tls: bool = False,
        login: tuple[str, str] | None = None,
        smtputf8: bool = True,
    ) -> None:
        self.port = port
        self._arrivals: Arrivals[ReceivedMail] = Arrivals(lambda mail: mail)
        self.answer_recipient: Callable[[str], str | None] | None = None
        self.answer_mail: Callable[[ReceivedMail], str | None] | None = None
        self._tls_at_once = tls_context if tls else None
        self._starttls = None if tls else tls_context
        self._login = login
        self._smtputf8 = smtputf8
        self._failures: deque[tuple[MailFailure, bool]] = deque()
        self._stop: Callable[[], object] | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Listen, and answer from now on.

        Raises:
            Misconfigured: `extra_missing`, when aiosmtpd is not installed.
            OSError: the port is taken.
        """
        if find_spec("aiosmtpd") is None:
            detail = 'a loopback SMTP server needs aiosmtpd: pip install "elaas-identity[testing]"'
            raise Misconfigured("extra_missing", detail=detail)
        listening: Future[None] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(listening)), daemon=True)
        self._thread.start()
        listening.result()

    def stop(self) -> None:
        """Close every connection. `mails` stay. Does nothing where nothing runs."""
        if self._stop is None or self._thread is None:
            return
        self._stop()
        self._thread.join()
        self._stop = self._thread = None

    @property
    def mails(self) -> list[ReceivedMail]:
        """What arrived, oldest first."""
        return self._arrivals.mails

    @property
    def held(self) -> list[ReceivedMail]:
        """What was sent since `hold`, oldest first."""
        return self._arrivals.held

    def wait_for(self, address: str, *, timeout: float = 5.0, count: int = 1) -> ReceivedMail:
        """The newest mail to that address; see `Outbox.wait_for`.

        Raises:
            LookupError: it did not come.
        """
        return self._arrivals.wait_for(address, timeout, count)

    def hold(self) -> None:
        """From now on mails are taken, and arrive when they are delivered."""
        self._arrivals.hold()

    def deliver(self, *places: int) -> None:
        """Let mails of `held` arrive; see `Outbox.deliver`.

        Raises:
            IndexError: there is no such mail.
        """
        self._arrivals.deliver(*places)

    def fail_next(self, code: MailFailure, *, arrives: bool = False) -> None:
        """Let the next mail fail; said twice, the next two. `arrives`: it gets to its mailbox all the same.

        A recipient is refused before there is a mail, so that one never arrives.
        """
        self._failures.append((code, arrives))

    def _take(self, mail: ReceivedMail) -> None:
        self._arrivals.take(mail)

    def _failure(self, *codes: MailFailure) -> tuple[MailFailure, bool] | None:
        """The next failure, if it is one of those."""
        due = self._failures and self._failures[0][0] in codes
        return self._failures.popleft() if due else None

    async def _serve(self, listening: Future[None]) -> None:
        from aiosmtpd.smtp import SMTP

        loop = asyncio.get_running_loop()
        connections: WeakSet[SMTP] = WeakSet()

        def connection() -> SMTP:
            made = SMTP(
                _Postman(self, self._login),
                hostname="localhost",  # else it asks the resolver for its own name
                enable_SMTPUTF8=self._smtputf8,
                tls_context=self._starttls,
                auth_require_tls=self._starttls is not None,
                authenticator=self._authenticate,
                loop=loop,
            )
            connections.add(made)
            return made

        try:
            server = await loop.create_server(connection, HOST, self.port, ssl=self._tls_at_once)
        except Exception as error:  # whoever waits for `listening` is told
            listening.set_exception(error)
            return
        stopping = asyncio.Event()
        self.port = server.sockets[0].getsockname()[1]
        self._stop = lambda: loop.call_soon_threadsafe(stopping.set)
        listening.set_result(None)
        await stopping.wait()
        server.close()
        for open_one in connections:
            if open_one.transport is not None:
                open_one.transport.close()
        await asyncio.sleep(0)  # so that they hear of it

    def _authenticate(
        self, _server: object, _session: object, _envelope: object, _how: str, data: Any
    ) -> Any:
        from aiosmtpd.smtp import AuthResult

        # handled=False: let aiosmtpd say no in its own words.
        return AuthResult(success=(data.login.decode(), data.password.decode()) == self._login, handled=False)


class _Postman:
    """The handler that aiosmtpd asks, by these very names, at each command."""

    def __init__(self, server: LoopbackSMTP, login: tuple[str, str] | None) -> None:
        self._server = server
        self._login = login

    async def handle_MAIL(  # noqa: N802
        self, _smtp: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self._login is not None and not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, smtp: Any, _session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        refusal = await _ask(self._server.answer_recipient, address, smtp)
        if refusal is not None:
            return refusal
        if self._server._failure("mail_recipient_refused"):
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, smtp: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        message = BytesParser(policy=email.policy.default).parsebytes(envelope.content)
        mail = ReceivedMail(envelope.mail_from, tuple(envelope.rcpt_tos), message)
        refusal = await _ask(self._server.answer_mail, mail, smtp)
        if refusal is not None:
            return refusal
        failure, arrives = self._server._failure("mail_not_accepted", "mail_outcome_unknown") or (None, True)
        if arrives:
            self._server._take(mail)
        if failure == "mail_not_accepted":
            return "451 4.3.0 not now"
        return "250 OK" if failure is None else _broken(smtp)


async def _ask(hook: Callable[[Any], str | None] | None, about: object, smtp: Any) -> str | None:
    if hook is None:
        return None
    try:
        return await asyncio.to_thread(hook, about)
    except OSError:
        return _broken(smtp)


def _broken(smtp: Any) -> str:
    smtp.transport.close()
    return "421 4.3.2 the connection is broken"  # nobody hears it
