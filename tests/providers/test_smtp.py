"""Both SMTP mailers keep the contract; and TLS, logins, odd servers and wrong settings, which are SMTP's own."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from cryptography import x509

from elaas_identity.errors import Misconfigured, ProviderFailed
from elaas_identity.mail.address import EmailPolicy, parse_email
from elaas_identity.ports import Mailer
from elaas_identity.providers import smtp
from elaas_identity.providers.smtp import AsyncSMTPMailer, SMTPMailer
from elaas_identity.testing import LoopbackSMTP, SeededRandom, SteppingClock
from elaas_identity.testing.at_once import Awaited
from elaas_identity.testing.mailer_contract import MAIL, MailerContract, failure_of
from tests.authority import LOOPBACK, Authority

SENDER = "no-reply@portal.example.go.th"
PASSWORD = "not-a-real-secret"

Make = Callable[..., Mailer]


@pytest.fixture(params=["sync", "async"])
def make(request: pytest.FixtureRequest) -> Iterator[Make]:
    """Makes a mailer of either kind; the async one is driven step by step."""
    if request.param == "sync":
        yield lambda *args, **kwargs: SMTPMailer(*args, **{"sender": SENDER, "timeout": 10.0, **kwargs})
        return
    with asyncio.Runner() as runner:
        yield lambda *args, **kwargs: Awaited(
            AsyncSMTPMailer(*args, **{"sender": SENDER, "timeout": 10.0, **kwargs}), runner
        )


class TestContract(MailerContract):
    """Over plain connections to a loopback host."""

    @pytest.fixture
    def mailer_to(self, make: Make) -> Callable[[LoopbackSMTP], Mailer]:
        return lambda server: make(server.host, server.port, security="none", timeout=0.5)


# The letter


def test_letter_is_golden(make: Make) -> None:
    """R8.4: the whole message as a mail program reads it: two parts, text first, and no header too many."""
    clock = SteppingClock(datetime(2026, 11, 24, 2, 15, tzinfo=UTC))
    with LoopbackSMTP() as server:
        make(server.host, server.port, security="none", clock=clock, random=SeededRandom(7)).send(MAIL)
        (received,) = server.mails
    message = received.message
    assert SENDER == received.sender
    assert {
        "From": SENDER,
        "To": "Somchai.S@example.go.th",
        "Subject": MAIL.subject,
        "Date": "Tue, 24 Nov 2026 02:15:00 +0000",
        "Message-ID": f"<{SeededRandom(7).token_bytes(16).hex()}@portal.example.go.th>",
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
    } == {name: str(message[name]) for name in message if name not in ("Content-Type", "X-Peer")}
    assert ["text/plain", "text/html"] == [part.get_content_type() for part in message.iter_parts()]
    assert [] == message.defects
    assert all(
        part["Content-Transfer-Encoding"] in ("base64", "quoted-printable") for part in message.iter_parts()
    )


def test_letter_is_ascii_in_short_lines() -> None:
    """RFC 5322 §2.1.1: a server that offers nothing beyond RFC 5321 takes it as it is."""
    content = SMTPMailer("smtp.example.go.th", sender=SENDER)._letter(MAIL).content
    assert content.isascii()
    assert content.endswith(b"\r\n")
    assert max(len(line) for line in content.split(b"\r\n")) <= 78
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert MAIL.subject == message_from_bytes(content, policy=default)["Subject"]


def test_message_ids_differ_and_tell_nothing_of_the_machine() -> None:
    """A Message-ID by the library's default names host and process."""
    mailer = SMTPMailer("smtp.example.go.th", sender=SENDER)
    ids = {message_from_bytes(mailer._letter(MAIL).content, policy=default)["Message-ID"] for _ in range(100)}
    assert 100 == len(ids)
    assert not [each for each in ids if socket.gethostname() in each]


# TLS


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A certificate authority of this test's own."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_mail_goes_over_verified_tls_with_a_login(make: Make, authority: Authority, security: str) -> None:
    """ASVS 12.3.2: the two ways that agencies' mail servers offer, both with a password behind TLS."""
    served = authority.serving(LOOPBACK)
    with LoopbackSMTP(tls_context=served, tls=security == "tls", login=("portal", PASSWORD)) as server:
        make(
            server.host,
            server.port,
            security=security,
            username="portal",
            password=PASSWORD,
            ssl_context=authority.trusted(),
        ).send(MAIL)
        assert 1 == len(server.mails)


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("wrong", ["authority", "name"])
def test_unverified_server_gets_nothing(make: Make, authority: Authority, security: str, wrong: str) -> None:
    """ASVS 12.3.2: whoever sits between would read every one-time code, and the password."""
    name = x509.DNSName("elsewhere.example.go.th") if wrong == "name" else LOOPBACK
    context = authority.trusted() if wrong == "name" else None
    with LoopbackSMTP(
        tls_context=authority.serving(name), tls=security == "tls", login=("portal", PASSWORD)
    ) as server:
        mailer = make(
            server.host,
            server.port,
            security=security,
            username="portal",
            password=PASSWORD,
            ssl_context=context,
        )
        assert "mail_not_accepted" == failure_of(mailer).code
        assert [] == server.mails


def test_missing_starttls_is_no_reason_to_go_without(make: Make) -> None:
    """RFC 3207 §6: an attacker only has to take the offer away."""
    with LoopbackSMTP() as server:
        assert "mail_not_accepted" == failure_of(make(server.host, server.port)).code
        assert [] == server.mails


def test_wrong_password_is_told_by_its_number_only(make: Make, authority: Authority) -> None:
    """R7.2: developers learn that the login failed; password and server's words stay out of it."""
    with LoopbackSMTP(tls_context=authority.serving(LOOPBACK), login=("portal", PASSWORD)) as server:
        mailer = make(
            server.host,
            server.port,
            username="portal",
            password="wrong-secret",
            ssl_context=authority.trusted(),
        )
        failure = failure_of(mailer)
    assert ("mail_not_accepted", "before: the server answered 535") == (failure.code, failure.detail)


# Odd servers


class Scripted:
    """Says what it is told to, one reply to each command, and the last one to the content."""

    def __init__(self, *replies: str) -> None:
        self._replies = replies
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.host, self.port = self._socket.getsockname()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Scripted:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._socket.close()
        self._thread.join()

    def _serve(self) -> None:
        connection, _ = self._socket.accept()
        with connection, connection.makefile("rwb", buffering=0) as stream:
            for number, reply in enumerate(self._replies):
                if number > 0:
                    self._heard(stream, content=self._replies[number - 1].startswith("354"))
                with suppress(ConnectionError):
                    stream.write(f"{reply}\r\n".encode())

    def _heard(self, stream: Any, *, content: bool) -> None:
        while (line := stream.readline()) and content and line != b".\r\n":
            pass


HELLO = ("220 here", "250 here", "250 from whom", "250 to whom", "354 go on")


@pytest.mark.parametrize(
    ("replies", "code"),
    [
        (("421 4.3.2 too busy",), "mail_not_accepted"),
        (("554 5.7.1 go away",), "mail_not_accepted"),
        (("nonsense",), "mail_not_accepted"),
        ((*HELLO[:2], "550 5.7.1 not from you"), "mail_not_accepted"),
        ((*HELLO[:2], "451 4.7.1 later"), "mail_not_accepted"),
        ((*HELLO[:3], "503 5.5.1 out of order"), "mail_not_accepted"),
        ((*HELLO[:3], "550 5.1.1 nobody"), "mail_recipient_refused"),
        ((*HELLO[:4], "451 4.3.0 not now"), "mail_not_accepted"),
        ((*HELLO[:4], "554 5.5.1 nothing to send"), "mail_not_accepted"),
        ((*HELLO, "554 5.6.0 not like that"), "mail_not_accepted"),
        ((*HELLO, "nonsense"), "mail_outcome_unknown"),
        ((*HELLO, "354 go on, go on"), "mail_outcome_unknown"),
        (HELLO, "mail_outcome_unknown"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[-1],
)
def test_every_answer_means_one_thing(make: Make, replies: tuple[str, ...], code: str) -> None:
    """R3.6: refund only what was certainly not sent; invariant 5: never call sent what may not be."""
    with Scripted(*replies) as server:
        assert code == failure_of(make(server.host, server.port, security="none")).code


def test_mail_is_sent_though_the_goodbye_is_lost(make: Make) -> None:
    """R3.6: the server took the mail; a failure now would lead to a second one."""
    heard: list[bool] = []

    class Listening(Scripted):
        def _heard(self, stream: Any, *, content: bool) -> None:
            heard.append(content)
            super()._heard(stream, content=content)

    with Listening(*HELLO, "250 queued") as server:
        make(server.host, server.port, security="none").send(MAIL)
    assert [False, False, False, False, True] == heard


# Settings


def any_name() -> ssl.SSLContext:
    """Takes the certificate of any server that a trusted authority knows."""
    context = ssl.create_default_context()
    context.check_hostname = False
    return context


@pytest.mark.parametrize(
    "settings",
    [
        {"sender": "not an address"},
        {"sender": "a@example.go.th\n"},
        {"sender": "สมชาย@example.go.th"},
        {"host": ""},
        {"host": "smtp.example.go.th\n"},
        {"host": "smtp.example.go.th smtp2.example.go.th"},
        {"port": 0},
        {"port": 65536},
        {"security": "ssl"},
        {"security": "none"},
        {"host": "10.0.0.1", "security": "none"},
        {"host": "127.0.0.1", "security": "none", "username": "portal", "password": PASSWORD},
        {"username": "portal"},
        {"password": PASSWORD},
        {"username": "portal", "password": "ไม่ใช่แอสกี"},
        {"username": "portal", "password": f"{PASSWORD}\n"},
        {"timeout": 0},
        {"ssl_context": ssl._create_unverified_context()},
        {"ssl_context": any_name()},
    ],
    ids=",".join,
)
@pytest.mark.parametrize("kind", [SMTPMailer, AsyncSMTPMailer])
def test_wrong_settings_are_refused_at_once(kind: Any, settings: dict[str, Any]) -> None:
    """A portal that starts with them would find out at the first mail, or never: TLS that verifies nothing works."""
    with pytest.raises(Misconfigured) as wrong:
        kind(**{"host": "smtp.example.go.th", "sender": SENDER, **settings})
    assert "mailer_settings" == wrong.value.code
    assert PASSWORD not in f"{wrong.value} {wrong.value!r}"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.0.1", "::1"])
def test_loopback_host_may_go_without_tls(host: str) -> None:
    """A mail server on the same machine, and a demonstration, need no certificate."""
    assert "none" in repr(SMTPMailer(host, security="none", sender=SENDER))


def test_missing_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """An ImportError at the first mail would come too late, and from a file that nobody knows."""
    monkeypatch.setattr(smtp, "find_spec", lambda name: None)
    with pytest.raises(Misconfigured, match=r"elaas-identity\[smtp-async\]") as wrong:
        AsyncSMTPMailer("smtp.example.go.th", sender=SENDER)
    assert "extra_missing" == wrong.value.code


@pytest.mark.parametrize("kind", [SMTPMailer, AsyncSMTPMailer])
def test_repr_tells_no_login(kind: Any) -> None:
    """R7.2."""
    mailer = kind("smtp.example.go.th", username="portal", password=PASSWORD, sender=SENDER)
    assert f"{kind.__name__}('smtp.example.go.th', 587, security='starttls')" == repr(mailer)


def test_text_that_cannot_be_encoded_is_a_typed_failure(make: Make) -> None:
    """Ports: whatever is not an `ElaasIdentityError` is taken as "perhaps sent", and this never was."""
    with LoopbackSMTP() as server:
        mailer = make(server.host, server.port, security="none")
        with pytest.raises(ProviderFailed) as failed:
            mailer.send(replace(MAIL, text="a lone surrogate: \ud800"))
        assert ("mail_not_accepted", []) == (failed.value.code, server.mails)


def test_cancelled_send_closes_its_connection() -> None:
    """A page that its reader leaves cancels the task: a connection that stays would be one of many."""
    gone = threading.Event()

    class Watching(Scripted):
        def _heard(self, stream: Any, *, content: bool) -> None:
            stream.readline()
            asked.set()
            with suppress(ConnectionError):
                stream.readline()
            gone.set()

    asked = threading.Event()

    async def cancelled() -> None:
        mailer = AsyncSMTPMailer(server.host, server.port, security="none", sender=SENDER)
        task = asyncio.create_task(mailer.send(MAIL))
        await asyncio.to_thread(asked.wait, 30)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    with Watching("220 here", "250 never heard") as server:
        asyncio.run(cancelled())
        assert gone.wait(30)


def test_every_parsed_address_is_one_envelope_recipient() -> None:
    """R8.1: `smtplib` parses the address once more, and must read it as it is."""
    from smtplib import quoteaddr

    for text in ("a'b@example.go.th", "=x=@example.go.th", "a+b/c?d@example.go.th", "{a}|~@example.go.th"):
        address = parse_email(text, EmailPolicy())
        assert f"<{text}>" == quoteaddr(address.value)
