"""The loopback servers, asked by clients that know nothing of them."""

from __future__ import annotations

import http.client
import smtplib
import socket
import struct
import threading
from email.message import EmailMessage
from urllib.parse import urlsplit

import httpx
import pytest
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet

from elaas_identity.errors import Misconfigured
from elaas_identity.oidc.http import Request, Response
from elaas_identity.testing import Client, LoopbackHTTP, LoopbackSMTP, ReceivedMail, ThaIDEmulator
from elaas_identity.testing.citizens import OFFICER
from tests.authority import Authority
from tests.testing.relying_party import PORTAL, REDIRECT_URI, answer_of

# HTTP


def echo(request: Request) -> Response:
    told = f"{request.method} {request.url} {request.headers.get('x-told')} {request.body.decode()}"
    return Response(status=207, headers={"content-type": "text/plain", "x-back": "yes"}, body=told.encode())


def test_a_request_and_its_answer_arrive_whole() -> None:
    """Method, URL to the letter, headers, body, status: what is lost here is tested nowhere."""
    with LoopbackHTTP(echo) as server, httpx.Client() as client:
        answer = client.post(f"{server.url}/a%2Fb/?q=%20+&q", content="body", headers={"X-Told": "this"})
        assert f"POST {server.url}/a%2Fb/?q=%20+&q this body" == answer.text
        assert (207, "yes") == (answer.status_code, answer.headers["x-back"])
        assert "" == client.head(server.url).text


def test_connections_are_kept_alive_and_closed_by_stop() -> None:
    """R5.8 is tested with a pooled client: a server that hangs on an idle connection would hang the suite."""
    server = LoopbackHTTP(echo)
    server.start()
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(server.url).port or 0)
    connection.request("GET", "/1")
    connection.getresponse().read()
    first = connection.sock.getsockname()
    connection.request("GET", "/2")
    connection.getresponse().read()
    assert first == connection.sock.getsockname()
    server.stop()
    assert b"" == connection.sock.recv(1)
    connection.close()
    server.stop()
    with pytest.raises(RuntimeError, match="started"):
        print(server.url)


def test_requests_are_answered_at_the_same_time() -> None:
    """A slow answer must not hold up another: the first waits here for the second."""
    both_here = threading.Barrier(2, timeout=30)

    def wait_for_the_other(request: Request) -> Response:
        both_here.wait()
        return Response(status=200)

    with LoopbackHTTP(wait_for_the_other) as server:
        threads = [threading.Thread(target=httpx.get, args=(server.url,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not both_here.broken


def test_an_oserror_breaks_the_network() -> None:
    """R9.5: a connection that breaks and an answer that never comes are two faults, and the server survives both."""
    broken = [ConnectionResetError(), TimeoutError(), TimeoutError()]

    def flaky(request: Request) -> Response:
        if broken:
            raise broken.pop()
        return Response(status=200)

    with LoopbackHTTP(flaky) as server:
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(server.url, timeout=0.05)
        waiting = connected(server)  # for ever, until the server ends
        waiting.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        while len(broken) > 1:
            pass
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.get(server.url)
        assert 200 == httpx.get(server.url).status_code
    assert b"" == waiting.recv(1)
    waiting.close()


def connected(server: LoopbackHTTP) -> socket.socket:
    return socket.create_connection(("127.0.0.1", urlsplit(server.url).port or 0))


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\n", b"413"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", b"413"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", b"413"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", b"400"),
        (b"GET http://elsewhere.test/ HTTP/1.1\r\nHost: x\r\n\r\n", b"400"),
    ],
)
def test_requests_that_are_not_for_us(head: bytes, status: bytes) -> None:
    """Hostile heads must neither reach the function nor keep the connection."""
    reached: list[Request] = []

    def never(request: Request) -> Response:
        reached.append(request)
        return Response(status=200)

    with LoopbackHTTP(never) as server, connected(server) as client:
        client.sendall(head)
        answer = b"".join(iter(lambda: client.recv(4096), b""))
    assert (b"HTTP/1.1 " + status, []) == (answer[:12], reached)


def test_nothing_is_logged(capfd: pytest.CaptureFixture[str]) -> None:
    """R7.2: the query of a callback holds an authorization code."""
    with LoopbackHTTP(echo) as server:
        httpx.get(f"{server.url}/?code=canary")
    assert ("", "") == tuple(capfd.readouterr())


def test_a_client_that_goes_away_is_no_event(capfd: pytest.CaptureFixture[str]) -> None:
    """A browser that is closed while it waits must not fill the output with tracebacks."""
    asked, gone = threading.Event(), threading.Event()

    def slow(request: Request) -> Response:
        asked.set()
        gone.wait(30)
        return Response(status=200)

    with LoopbackHTTP(slow) as server:
        client = connected(server)
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        asked.wait(30)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # close by reset
        client.close()
        gone.set()
    assert ("", "") == tuple(capfd.readouterr())


def test_a_mistake_in_the_function_is_shown(capfd: pytest.CaptureFixture[str]) -> None:
    """A test whose server fails must be able to see why."""

    def mistaken(request: Request) -> Response:
        raise KeyError("the mistake")

    with LoopbackHTTP(mistaken) as server, pytest.raises(httpx.RemoteProtocolError):
        httpx.get(server.url)
    assert "KeyError: 'the mistake'" in capfd.readouterr().err


# ThaID over a socket


def test_an_independent_relying_party_signs_in() -> None:
    """Discovery, approval, exchange, verification by Authlib and joserfc, over a real socket (happy path)."""
    with ThaIDEmulator.served(clients=(PORTAL,)) as thaid, httpx.Client() as client:
        metadata = client.get(f"{thaid.issuer}/.well-known/openid-configuration").json()
        assert thaid.issuer == metadata["issuer"]
        asked = httpx.URL(
            metadata["authorization_endpoint"],
            params={
                "client_id": PORTAL.client_id,
                "redirect_uri": REDIRECT_URI,
                "response_type": "code",
                "scope": "openid pid",
                "state": "state",
                "nonce": "nonce",
            },
        )
        assert 200 == client.get(asked).status_code
        approved = client.post(asked, data={"approve": "0"})
        assert 302 == approved.status_code
        tokens = client.post(
            metadata["token_endpoint"],
            auth=("portal", "s3cret:+/ ก".replace(":", "%3A").replace("+", "%2B").replace(" ", "%20")),
            data={
                "grant_type": "authorization_code",
                "code": answer_of(approved.headers["location"])["code"],
                "redirect_uri": REDIRECT_URI,
            },
        ).json()
        keys = KeySet.import_key_set(client.get(metadata["jwks_uri"]).json())
    decoded = jwt.decode(
        tokens["id_token"], keys, algorithms=metadata["id_token_signing_alg_values_supported"]
    )
    claims = CodeIDToken(
        decoded.claims,
        decoded.header,
        {"iss": {"value": thaid.issuer}, "aud": {"value": PORTAL.client_id}},
        {"nonce": "nonce", "access_token": tokens["access_token"], "client_id": PORTAL.client_id},
    )
    claims.validate(leeway=0)
    assert OFFICER.national_id.reveal() == claims["pid"]
    assert 1 == thaid.count("token")


def test_a_client_can_register_once_its_port_is_known() -> None:
    """A portal under test learns its own port only when it listens."""
    with LoopbackHTTP(echo) as portal, ThaIDEmulator.served() as thaid:
        callback = f"{portal.url}/auth/callback"
        thaid.register(Client(client_id="late", client_secret="s", redirect_uris=(callback,)))
        query = f"client_id=late&redirect_uri={callback}&response_type=code&scope=pid"
        asked = f"{thaid.issuer}/api/v2/oauth2/auth/?{query}"
        returned = httpx.get(thaid.approve(asked, OFFICER))
        assert returned.text.startswith(f"GET {callback}?code=")


# SMTP


def mail(recipient: str = "officer@example.go.th") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "no-reply@example.go.th"
    message["To"] = recipient
    message["Subject"] = "รหัสผ่านชั่วคราว"
    message.set_content("รหัสของท่านคือ 12345678\n")
    return message


def send(server: LoopbackSMTP, message: EmailMessage | None = None) -> None:
    with smtplib.SMTP(server.host, server.port, timeout=30) as client:
        client.send_message(message or mail())


def test_a_mail_is_kept_as_it_arrived() -> None:
    """R8.1 looks at the envelope, R8.4 at the parsed message; a repr shows neither."""
    with LoopbackSMTP() as server:
        send(server)
        (received,) = server.mails
    assert ("no-reply@example.go.th", ("officer@example.go.th",)) == (received.sender, received.recipients)
    assert ("รหัสผ่านชั่วคราว", "รหัสของท่านคือ 12345678\n") == (
        received.message["Subject"],
        received.message.get_content().replace("\r\n", "\n"),
    )
    assert "ReceivedMail()" == repr(received)


def test_a_recipient_can_be_refused() -> None:
    """R3.6: certain non-acceptance is a case of its own."""
    with LoopbackSMTP() as server:
        server.answer_recipient = lambda address: (
            "550 5.1.1 no such mailbox" if "officer" in address else None
        )
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            send(server)
        send(server, mail("clerk@example.go.th"))
    assert 550 == refused.value.recipients["officer@example.go.th"][0]
    assert ["clerk@example.go.th"] == [received.recipients[0] for received in server.mails]


def test_a_mail_can_be_refused() -> None:
    """R3.6: so is a refusal after DATA, which may be temporary."""
    with LoopbackSMTP() as server:
        server.answer_mail = lambda received: "451 4.3.0 later, please"
        with pytest.raises(smtplib.SMTPDataError) as refused:
            send(server)
        assert (451, []) == (refused.value.smtp_code, server.mails)
        server.answer_mail = None
        send(server)
        assert 1 == len(server.mails)


def test_a_connection_can_break_after_the_mail() -> None:
    """R3.6: the outcome is then unknown: the mail is there, the answer is not."""

    def taken_but_not_answered(received: ReceivedMail) -> None:
        server.mails.append(received)
        raise ConnectionResetError

    with LoopbackSMTP() as server:
        server.answer_mail = taken_but_not_answered
        with pytest.raises(smtplib.SMTPServerDisconnected):
            send(server)
        assert 1 == len(server.mails)


def test_a_login_can_be_demanded() -> None:
    """A mailer that forgets to log in, or has the wrong password, must be found out."""
    with LoopbackSMTP(login=("portal", "s3cret")) as server:
        with pytest.raises(smtplib.SMTPSenderRefused):
            send(server)
        with smtplib.SMTP(server.host, server.port, timeout=30) as client:
            with pytest.raises(smtplib.SMTPAuthenticationError):
                client.login("portal", "wrong")
            client.login("portal", "s3cret")
            client.send_message(mail())
    assert 1 == len(server.mails)


@pytest.mark.parametrize("smtputf8", [True, False])
def test_smtputf8_is_offered_or_not(smtputf8: bool) -> None:
    """R8.2: a mailer may use it only where it is offered."""
    with (
        LoopbackSMTP(smtputf8=smtputf8) as server,
        smtplib.SMTP(server.host, server.port, timeout=30) as client,
    ):
        client.ehlo()
        assert smtputf8 is client.has_extn("smtputf8")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Signs for 127.0.0.1."""
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.mark.parametrize("at_once", [True, False])
def test_tls_at_once_and_by_starttls(authority: Authority, at_once: bool) -> None:
    """A mailer is tried with verified TLS both ways, and with a login that is asked for only behind it."""
    served, trusting = authority.serving(), authority.trusted()
    with LoopbackSMTP(tls_context=served, tls=at_once, login=("portal", "s3cret")) as server:
        if at_once:
            client: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=30, context=trusting)
        else:
            client = smtplib.SMTP(server.host, server.port, timeout=30)
            client.ehlo()
            assert not client.has_extn("auth")
            client.starttls(context=trusting)
        with client:
            client.login("portal", "s3cret")
            client.send_message(mail())
    assert 1 == len(server.mails)


def test_stop_closes_what_is_open_and_may_be_repeated() -> None:
    """A client that stays connected must not keep the suite waiting; the mails stay."""
    server = LoopbackSMTP()
    server.start()
    send(server)
    lingering = socket.create_connection((server.host, server.port))
    lingering.recv(100)
    server.stop()
    assert b"" == lingering.recv(100)
    lingering.close()
    server.stop()
    assert 1 == len(server.mails)


def test_a_port_that_is_taken_is_said() -> None:
    """`start` must not wait for ever for a server that cannot listen."""
    with LoopbackSMTP() as first, pytest.raises(OSError, match="in use"):
        LoopbackSMTP(port=first.port).start()


def test_without_aiosmtpd_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """An ImportError would not tell which extra is missing."""
    monkeypatch.setattr("elaas_identity.testing.loopback_smtp.find_spec", lambda name: None)
    with pytest.raises(Misconfigured, match=r'pip install "elaas-identity\[testing\]"') as missing:
        LoopbackSMTP().start()
    assert "extra_missing" == missing.value.code
