"""ThaID and the mail server down, slow and lying, over real sockets (R9.5): the person goes on when it is over.

The library's own ThaID client, HTTP transport and SMTP mailers; the servers are real ones of 127.0.0.1.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from elaas_identity import (
    AccountKind,
    AsyncElaasIdentity,
    AsyncThaID,
    Browser,
    ElaasIdentity,
    ElaasIdentityError,
    EnterOneTimeCode,
    Expected,
    Keyring,
    NewAccount,
    PasswordSet,
    ProvideEmail,
    ThaID,
    VerifyIdentity,
)
from elaas_identity.flow.policy import FOR_TESTS
from elaas_identity.oidc.http import Response
from elaas_identity.providers.http import AsyncHTTPXTransport, HTTPXTransport, TimeLimits
from elaas_identity.providers.memory import AsyncMemoryStore, MemoryStore
from elaas_identity.providers.smtp import AsyncSMTPMailer, SMTPMailer
from elaas_identity.testing import Client, LoopbackSMTP, SeededRandom, SteppingClock, ThaIDEmulator
from tests.facade.portal import CHOSEN, ISSUED, OFFICER, SECRET, USERNAME, Driven, code_in

REDIRECT_URI = "https://portal.example.go.th/auth/callback"
REGISTRATION = Client(client_id="portal", client_secret="s3cret", redirect_uris=(REDIRECT_URI,))
ADDRESS = "clerk@sommut.example.go.th"
PATIENCE = 0.5
"""Seconds that this portal waits. The slow servers wait until it has given up."""
GIVEN_UP = threading.Event()
TIME_LIMITS = TimeLimits(connect=2, read=PATIENCE, write=2, pool=2, total=2)


@dataclass
class Outside:
    """A portal, and the world outside it."""

    elaas: Any
    thaid: ThaIDEmulator
    smtp: LoopbackSMTP
    clock: SteppingClock
    browser: Browser

    def begin(self) -> str:
        return str(self.elaas.begin(USERNAME, ISSUED, browser=self.browser).flow_id)

    def trip(self, flow_id: str) -> Any:
        """To ThaID, say yes, and back."""
        request = self.elaas.authorize(flow_id, browser=self.browser)
        back = self.thaid.approve(request.url, OFFICER)
        return self.elaas.receive_callback(urlsplit(back).query, browser=self.browser)

    def failing(self, act: Callable[[], Any]) -> ElaasIdentityError:
        """The typed error that the act ends in, and no other."""
        with pytest.raises(ElaasIdentityError) as failed:
            act()
        GIVEN_UP.set()
        assert (None, None) == (failed.value.__cause__, failed.value.__context__)
        return failed.value

    def finish(self, flow_id: str) -> None:
        """From wherever the flow stands, to the end of it."""
        for _ in range(5):
            step = self.elaas.current(flow_id, browser=self.browser).step
            match step:
                case VerifyIdentity():
                    self.trip(flow_id)
                case ProvideEmail():
                    self.elaas.submit_email(flow_id, ADDRESS, browser=self.browser)
                case EnterOneTimeCode():
                    if not any(step.reference in str(mail.message["subject"]) for mail in self.smtp.mails):
                        self.clock.shift(max(step.resend_at - self.clock(), timedelta(0)))
                        self.elaas.resend_one_time_code(flow_id, browser=self.browser)
                    done = self.elaas.confirm_and_set_password(
                        flow_id, self.code(), CHOSEN, browser=self.browser
                    )
                    assert isinstance(done.step, PasswordSet)
                    return
        raise AssertionError("the flow did not come to its end")

    def code(self) -> str:
        body = self.smtp.mails[-1].message.get_body(("plain",))
        assert body is not None
        return code_in(body.get_content())


@pytest.fixture(params=["sync", "async"])
def outside(request: pytest.FixtureRequest) -> Iterator[Outside]:
    clock, keyring = SteppingClock(), Keyring({"k1": SECRET}, current="k1")
    GIVEN_UP.clear()
    with ExitStack() as stack:
        thaid = stack.enter_context(
            ThaIDEmulator.served(clients=(REGISTRATION,), clock=clock, random=SeededRandom(3))
        )
        smtp = stack.enter_context(LoopbackSMTP())
        runner = stack.enter_context(asyncio.Runner())
        client: dict[str, Any] = {
            "client_id": REGISTRATION.client_id,
            "client_secret": REGISTRATION.client_secret,
            "redirect_uri": REDIRECT_URI,
            "issuer": thaid.issuer,
            "clock": clock,
            "metadata": None,
        }
        post: dict[str, Any] = {
            "sender": "no-reply@example.go.th",
            "security": "none",
            "timeout": PATIENCE,
            "clock": clock,
        }
        common: dict[str, Any] = {
            "keyring": keyring,
            "policy": FOR_TESTS,
            "clock": clock,
            "random": SeededRandom(7),
        }
        elaas: Any
        if request.param == "sync":
            transport: Any = HTTPXTransport(time_limits=TIME_LIMITS)
            elaas = ElaasIdentity(
                identity_provider=ThaID(transport=transport, **client),
                mailer=SMTPMailer(smtp.host, smtp.port, **post),
                store=MemoryStore(),
                **common,
            )
            stack.callback(transport.close)
        else:
            transport = AsyncHTTPXTransport(time_limits=TIME_LIMITS)
            elaas = Driven(
                AsyncElaasIdentity(
                    identity_provider=AsyncThaID(transport=transport, **client),
                    mailer=AsyncSMTPMailer(smtp.host, smtp.port, **post),
                    store=AsyncMemoryStore(),
                    **common,
                ),
                runner.run,
            )
            stack.callback(lambda: runner.run(transport.close()))
        stack.callback(elaas.close)
        elaas.accounts.provision(
            [
                NewAccount(
                    username=USERNAME,
                    password=ISSUED,
                    kind=AccountKind.LOCAL_GOVERNMENT,
                    agency_code="5100101",
                    agency_name="เทศบาลตำบลสมมติ",
                    person=Expected(OFFICER.national_id),
                )
            ],
            by="admin-1",
            reason="letter",
        )
        stack.callback(GIVEN_UP.set)
        yield Outside(elaas, thaid, smtp, clock, Browser.new(keyring, random=bytes(32)))


def broken(endpoint: str, fault: Callable[[Response], Response]) -> Callable[[Any, Response], Response]:
    """A hook that lets one endpoint misbehave."""
    return lambda asked, response: fault(response) if asked == endpoint else response


def hangs_up(_: Response) -> Response:
    raise ConnectionResetError


def is_slow(response: Response) -> Response:
    GIVEN_UP.wait(30)
    return response


def body(raw: bytes, **changes: Any) -> Callable[[Response], Response]:
    return lambda response: replace(response, body=raw, **changes)


UNAVAILABLE, UNBELIEVABLE = "identity_provider_unavailable", "identity_provider_answer_invalid"


@pytest.mark.parametrize(
    ("endpoint", "fault", "code"),
    [
        ("token", hangs_up, UNAVAILABLE),
        ("token", is_slow, UNAVAILABLE),
        ("token", body(b"<h1>Bad gateway</h1>", status=502), UNAVAILABLE),
        ("token", body(b"<h1>Welcome</h1>", headers={"content-type": "text/html"}), UNBELIEVABLE),
        ("token", body(b'{"access_token": "a", "id_tok'), UNBELIEVABLE),
        ("token", body(b"{" + b" " * 2_000_000), UNBELIEVABLE),
        ("token", body(b"", status=302, headers={"location": "https://evil.example/"}), UNBELIEVABLE),
        ("jwks", hangs_up, UNAVAILABLE),
        ("jwks", is_slow, UNAVAILABLE),
        ("jwks", body(b'{"keys": []}'), UNBELIEVABLE),
        ("jwks", body(b"no JSON at all"), UNBELIEVABLE),
    ],
)
def test_r9_5_thaid_that_fails_after_the_callback_costs_one_trip_and_nothing_else(
    outside: Outside, endpoint: str, fault: Callable[[Response], Response], code: str
) -> None:
    """A fault of ThaID's would advance the flow, strand the person, or let one authorization be used twice."""
    flow_id = outside.begin()
    outside.thaid.alter_response = broken(endpoint, fault)
    failed = outside.failing(lambda: outside.trip(flow_id))
    assert code == failed.code
    assert failed.progress is not None
    assert isinstance(failed.progress.step, VerifyIdentity)
    assert 1 == outside.thaid.count("token")
    outside.thaid.alter_response = None
    outside.clock.shift(minutes=1)  # what could not be fetched is asked for again after a pause
    outside.finish(flow_id)
    assert 2 == outside.thaid.count("token")


@pytest.mark.parametrize("fault", [hangs_up, is_slow, body(b"{}")])
def test_r9_5_thaid_that_is_down_before_anybody_leaves_makes_no_attempt(
    outside: Outside, fault: Callable[[Response], Response]
) -> None:
    """A person would be sent nowhere, with an attempt counted."""
    flow_id = outside.begin()
    outside.thaid.alter_response = broken("discovery", fault)
    failed = outside.failing(lambda: outside.elaas.authorize(flow_id, browser=outside.browser))
    assert failed.progress is not None
    assert "authorize" in failed.progress.allowed
    outside.thaid.alter_response = None
    outside.clock.shift(minutes=1)
    outside.finish(flow_id)


def test_r9_5_thaid_that_is_gone_altogether(outside: Outside) -> None:
    """A refused connection would come out as an error of the HTTP library's."""
    flow_id = outside.begin()
    request = outside.elaas.authorize(flow_id, browser=outside.browser)
    query = urlsplit(outside.thaid.approve(request.url, OFFICER)).query
    outside.thaid.stop()
    failed = outside.failing(lambda: outside.elaas.receive_callback(query, browser=outside.browser))
    assert UNAVAILABLE == failed.code
    again = outside.failing(lambda: outside.elaas.receive_callback(query, browser=outside.browser))
    assert "callback_unknown" == again.code
    assert isinstance(outside.elaas.current(flow_id, browser=outside.browser).step, VerifyIdentity)


LIES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "another nonce": lambda claims: {**claims, "nonce": "another"},
    "no nonce": lambda claims: {name: claims[name] for name in claims if name != "nonce"},
    "another audience": lambda claims: {**claims, "aud": "another"},
    "another issuer": lambda claims: {**claims, "iss": "https://evil.example"},
    "long ago": lambda claims: {**claims, "exp": claims["iat"] - 3600},
    "the future": lambda claims: {**claims, "iat": claims["iat"] + 3600},
    "no subject": lambda claims: {name: claims[name] for name in claims if name != "sub"},
}


@pytest.mark.parametrize("lie", LIES)
def test_r9_5_thaid_that_lies_is_not_believed(outside: Outside, lie: str) -> None:
    """A well-signed token that is not for this attempt would prove a person."""
    flow_id = outside.begin()
    outside.thaid.alter_id_token = LIES[lie]
    failed = outside.failing(lambda: outside.trip(flow_id))
    assert UNBELIEVABLE == failed.code
    assert isinstance(outside.elaas.current(flow_id, browser=outside.browser).step, VerifyIdentity)
    outside.thaid.alter_id_token = None
    outside.finish(flow_id)


def test_r9_5_thaid_that_cannot_sign_is_not_believed(outside: Outside) -> None:
    """An unsigned token would prove a person."""
    flow_id = outside.begin()
    signed = outside.thaid.signed
    outside.thaid.sign_id_token = lambda header, claims: (
        signed({**header, "alg": "none"}, claims).rpartition(".")[0] + "."
    )
    assert UNBELIEVABLE == outside.failing(lambda: outside.trip(flow_id)).code
    outside.thaid.sign_id_token = None
    outside.finish(flow_id)


@pytest.mark.parametrize("fault", [hangs_up, is_slow, body(b"", status=500)])
def test_r9_5_tokens_that_cannot_be_given_back_stop_nobody(
    outside: Outside, fault: Callable[[Response], Response]
) -> None:
    """The person would be refused because ThaID would not take its tokens back."""
    flow_id = outside.begin()
    outside.thaid.alter_response = broken("revoke", fault)
    assert isinstance(outside.trip(flow_id).step, ProvideEmail)


def mail_fails(outside: Outside) -> tuple[str, ElaasIdentityError]:
    """Up to the address; the error that its mail ends in."""
    flow_id = outside.begin()
    outside.trip(flow_id)
    return flow_id, outside.failing(
        lambda: outside.elaas.submit_email(flow_id, ADDRESS, browser=outside.browser)
    )


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        ("550 5.1.1 no such mailbox", "email_not_accepted"),
        ("451 4.3.0 try again later", "mail_not_accepted"),
    ],
)
def test_r9_5_a_mail_server_that_refuses_lets_the_person_try_again_at_once(
    outside: Outside, reply: str, code: str
) -> None:
    """A refusal that is certain would cost a wait."""
    outside.smtp.answer_recipient = lambda _: reply
    flow_id, failed = mail_fails(outside)
    assert code == failed.code
    outside.smtp.answer_recipient = None
    outside.elaas.resend_one_time_code(flow_id, browser=outside.browser)
    outside.finish(flow_id)


def slow_answer(_: Any) -> str | None:
    GIVEN_UP.wait(30)
    return None


def lost_answer(_: Any) -> str | None:
    raise ConnectionResetError


@pytest.mark.parametrize("answer", [slow_answer, lost_answer])
def test_r9_5_a_mail_server_that_falls_silent_after_the_mail_leaves_a_resend(
    outside: Outside, answer: Callable[[Any], str | None]
) -> None:
    """Nobody knows whether it has the mail: it would be sent again at once, or never."""
    outside.smtp.answer_mail = answer
    flow_id, failed = mail_fails(outside)
    assert "mail_outcome_unknown" == failed.code
    assert failed.progress is not None
    assert isinstance(failed.progress.step, EnterOneTimeCode)
    assert outside.clock() + timedelta(seconds=60) == failed.progress.step.resend_at
    outside.smtp.answer_mail = None
    outside.finish(flow_id)


def test_r9_5_a_mail_server_that_is_gone_altogether(outside: Outside) -> None:
    """A refused connection would come out as an error of the mail library's, or cost a wait."""
    outside.smtp.stop()
    flow_id, failed = mail_fails(outside)
    assert "mail_not_accepted" == failed.code
    outside.smtp.start()
    outside.elaas.resend_one_time_code(flow_id, browser=outside.browser)
    outside.finish(flow_id)
