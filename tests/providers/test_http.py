from __future__ import annotations

import gzip
import select
import socket
import socketserver
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from importlib import metadata
from typing import Any

import pytest

from elaas_identity.errors import ElaasIdentityError, Misconfigured
from elaas_identity.oidc.http import MAX_ANSWER_BYTES, Request
from elaas_identity.providers import http
from elaas_identity.providers.http import TimeLimits
from tests.authority import Authority
from tests.providers.carriers import ADAPTERS, Carrier

SHORT = TimeLimits(read=0.3, total=0.5)
Answer = Callable[[socket.socket], object]
"""Writes an answer; the connection stays open if it says `KEEP`."""
KEEP = object()


def whole(body: bytes = b"{}", status: str = "200 OK", *headers: str) -> Answer:
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers])

    def answer(connection: socket.socket) -> object:
        connection.sendall(head.encode() + b"\r\n\r\n" + body)
        return KEEP

    return answer


class Server(socketserver.ThreadingTCPServer):
    """Notes the bytes of a request, and gives the answer of its path: bytes on a socket, so that it can misbehave."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: dict[str, Answer] = {}
        self.requests: list[bytes] = []
        self.hung_up = threading.Event()
        self.scheme = "http" if tls is None else "https"
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is what many of these tests are about."""

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        self.hung_up.set()

    def url(self, path: str) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server_address[1]}{path}"


class _Handler(socketserver.StreamRequestHandler):
    server: Server

    def handle(self) -> None:
        while self._exchange() is KEEP:
            pass

    def _exchange(self) -> object:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = self.rfile.readline()
            if not line:
                return None
            head += line
        length = next(
            (
                int(line.split(b":")[1])
                for line in head.splitlines()
                if line.lower().startswith(b"content-length")
            ),
            0,
        )
        self.server.requests.append(head + self.rfile.read(length))
        return self.server.answers[head.split(b" ")[1].decode()](self.connection)


@pytest.fixture
def server() -> Iterator[Server]:
    """A real server on loopback."""
    serving = Server()
    yield serving
    serving.shutdown()
    serving.server_close()


@pytest.fixture(params=ADAPTERS)
def carrier(request: pytest.FixtureRequest) -> Iterator[Carrier]:
    """Each adapter in turn."""
    each = Carrier(request.param)
    yield each
    each.close()


def get(server: Server, path: str) -> Request:
    return Request(method="GET", url=server.url(path))


def refused(carrier: Carrier, request: Request, **settings: Any) -> ElaasIdentityError:
    with pytest.raises(ElaasIdentityError) as caught:
        carrier.send(request, **settings)
    assert caught.value.__cause__ is None
    return caught.value


def test_a_request_arrives_as_it_was_meant(carrier: Carrier, server: Server) -> None:
    """R5.8: method, path with its slash, headers and body; nothing compressed is asked for."""
    server.answers["/token/?a=b"] = whole(b'{"a": 1}', "201 Created", "X-Some: Thing")
    request = Request(
        method="POST",
        url=server.url("/token/?a=b"),
        headers={"Content-Type": "text/plain", "x-api-key": "k"},
        body=b"x=1",
    )
    response = carrier.send(request)
    assert (201, b'{"a": 1}', "Thing") == (response.status, response.body, response.headers["x-some"])
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    lines = {line.lower() for line in head.decode().split("\r\n")}
    assert b"x=1" == body
    assert {
        "post /token/?a=b http/1.1",
        "content-type: text/plain",
        "x-api-key: k",
        "accept-encoding: identity",
        "accept: application/json",
    } <= lines
    assert any(line.startswith("user-agent: elaas-identity") for line in lines)


@pytest.mark.parametrize("status", ["301 M", "302 F", "303 S", "307 T", "308 P"])
def test_no_redirect_is_followed(carrier: Carrier, server: Server, status: str) -> None:
    """R5.8, ASVS 15.3.2: also where the portal's client would; the secret would go along."""
    server.answers["/from"] = whole(b"", status, f"Location: {server.url('/to')}")
    server.answers["/to"] = whole()
    given = carrier.given(follow_redirects=True)
    assert int(status[:3]) == carrier.send(get(server, "/from"), given=given).status
    assert 1 == len(server.requests)


def test_a_given_client_lends_only_its_connections(carrier: Carrier, server: Server) -> None:
    """R7.2: cookies, headers and credentials that the portal uses elsewhere are not sent to the identity provider."""
    server.answers["/"] = whole(b"{}", "200 OK", "Set-Cookie: session=s3cret")
    given = carrier.given(
        base_url="https://elsewhere.example/x",
        headers={"X-Portal": "s3cret"},
        cookies={"portal": "s3cret"},
        params={"portal": "s3cret"},
        auth=("portal", "s3cret"),
    )
    transport = carrier.transport(given)
    for _ in range(2):
        assert 200 == carrier.run(transport.send(get(server, "/"))).status
    assert b"s3cret" not in b"".join(server.requests)
    assert b"Authorization" not in b"".join(server.requests)


def test_a_given_client_stays_open(carrier: Carrier, server: Server) -> None:
    """Else closing the library would break the portal."""
    server.answers["/"] = whole()
    given = carrier.given()
    transport = carrier.transport(given)
    carrier.run(transport.send(get(server, "/")))
    carrier.run(transport.close())
    assert not given.is_closed


def test_a_given_client_that_is_closed(carrier: Carrier, server: Server) -> None:
    """Else the libraries' RuntimeError would come through."""
    given = carrier.given()
    carrier.run(carrier.closing(given)())
    error = refused(carrier, get(server, "/"), given=given)
    assert (Misconfigured, "identity_provider_settings") == (type(error), error.code)


def test_its_own_client_is_made_late_and_closed(carrier: Carrier, server: Server) -> None:
    """Constructors do no I/O; `close()` closes what the object made, and may be called twice."""
    server.answers["/"] = whole()
    transport = carrier.transport()
    made = dict(transport._own)
    carrier.run(transport.send(get(server, "/")))
    own = transport._client() if not carrier.is_async else carrier.run(_now(transport._client))
    carrier.run(transport.close())
    carrier.run(transport.close())
    assert ({}, True) == (made, own.is_closed)


async def _now(call: Callable[[], Any]) -> Any:
    return call()


def test_one_client_serves_many_requests(carrier: Carrier, server: Server) -> None:
    """Making one costs 21 ms: it loads the certificates that TLS trusts."""
    server.answers["/"] = whole()
    transport = carrier.transport()
    clients = set()
    for _ in range(3):
        carrier.run(transport.send(get(server, "/")))
        clients.add(id(transport._client() if not carrier.is_async else carrier.run(_now(transport._client))))
    assert 1 == len(clients)


@pytest.mark.parametrize("extra", [0, 1])
@pytest.mark.parametrize("announced", [True, False])
def test_one_mebibyte_is_the_most(carrier: Carrier, server: Server, extra: int, announced: bool) -> None:
    """R5.8: both sides of the limit, whether or not the server says how much will come."""
    body = b"x" * (MAX_ANSWER_BYTES + extra)
    head = b"HTTP/1.1 200 OK\r\n" + (f"Content-Length: {len(body)}\r\n".encode() if announced else b"")
    server.answers["/"] = lambda connection: connection.sendall(head + b"Connection: close\r\n\r\n" + body)
    if extra:
        assert "identity_provider_answer_invalid" == refused(carrier, get(server, "/")).code
    else:
        assert body == carrier.send(get(server, "/")).body


def test_ten_megabytes_are_not_read(carrier: Carrier, server: Server) -> None:
    """R5.8: the connection is dropped long before the end."""
    sent: list[int] = []
    done = threading.Event()

    def flood(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            for _ in range(160):
                connection.sendall(b"x" * 65536)
                sent.append(65536)
        finally:
            done.set()

    server.answers["/"] = flood
    assert "identity_provider_answer_invalid" == refused(carrier, get(server, "/")).code
    assert done.wait(10)
    assert sum(sent) < 10_000_000


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "identity, gzip"])
def test_what_is_compressed_is_not_unpacked(carrier: Carrier, server: Server, encoding: str) -> None:
    """R5.8: a kilobyte can hold a megabyte."""
    server.answers["/"] = whole(gzip.compress(bytes(100)), "200 OK", f"Content-Encoding: {encoding}")
    assert "compressed" in refused(carrier, get(server, "/")).detail


def drip(head: bytes, part: bytes, times: int) -> Answer:
    def answer(connection: socket.socket) -> None:
        connection.sendall(head)
        for _ in range(times):
            # Whoever hangs up becomes readable.
            if select.select([connection], [], [], 0.05)[0]:
                return
            connection.sendall(part)

    return answer


def test_a_slow_drip_comes_to_an_end(carrier: Carrier, server: Server) -> None:
    """R5.8: each byte comes in time, and the whole would take too long; untouched, it would be a right answer."""
    server.answers["/"] = drip(b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n", b" ", 400)
    assert "identity_provider_unavailable" == refused(carrier, get(server, "/"), limits=SHORT).code


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
FRAMING = {
    "status line": (b"HTTP/1.1 200 ", b"x"),
    "header": (OK + b"X: ", b"x"),
    "header lines": (OK, b"X: y\r\n"),
    "interim answers": (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "chunk size": (CHUNKED, b"0"),
    "chunk extension": (CHUNKED + b"1;", b"x"),
    "chunks": (CHUNKED, b"1;a=b\r\n \r\n"),
    "trailers": (CHUNKED + b"2\r\n{}\r\n0\r\n", b"X: y\r\n"),
}
"""What begins an answer, and what then comes without end and never is its body."""


@pytest.mark.parametrize("framing", FRAMING)
@pytest.mark.parametrize("name", ["httpx", "async-httpx"])
def test_f6_a_drip_of_framing_comes_to_an_end(name: str, server: Server, framing: str) -> None:
    """F6: each byte comes in time, and the person would wait for hours, at a lock that others wait for too."""
    carrier = Carrier(name)
    head, part = FRAMING[framing]
    server.answers["/"] = drip(head, part, 400)
    error = refused(carrier, get(server, "/"), limits=TimeLimits(total=0.3))
    assert "identity_provider_unavailable" == error.code
    carrier.close()  # an event loop that does not run closes nothing
    assert server.hung_up.wait(10)


def test_f6_a_client_that_is_lent_is_bounded_too(carrier: Carrier, server: Server) -> None:
    """F6: whichever library and whosever client carries the request."""
    head, part = FRAMING["header lines"]
    server.answers["/"] = drip(head, part, 400)
    error = refused(carrier, get(server, "/"), limits=TimeLimits(total=0.3), given=carrier.given())
    assert "identity_provider_unavailable" == error.code


@pytest.mark.parametrize("framing", ["interim answers", "chunks"])
def test_f6_framing_without_end_comes_to_an_end_by_its_size(
    carrier: Carrier, server: Server, framing: str
) -> None:
    """F6: gigabytes would arrive before the deadline, which here is far away."""
    head, part = FRAMING[framing]
    long = b"b" * 9000
    flood = part.replace(b"a=b", b"a=" + long).replace(b"Hints", b"Hints\r\nLink: " + long) * 50

    def answer(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(flood)

    server.answers["/"] = answer
    limits = TimeLimits(total=120.0)
    error = refused(carrier, get(server, "/"), limits=limits)
    assert ("identity_provider_answer_invalid", True) == (error.code, "4 MiB" in error.detail)


def test_f6_a_connection_that_the_portal_opened_is_bounded_from_the_head_on(
    carrier: Carrier, server: Server
) -> None:
    """F6: the portal's client keeps its connections, and lends them."""
    server.answers["/portal"] = whole()
    head, part = FRAMING["chunk extension"]
    server.answers["/"] = drip(head, part, 400)
    given = carrier.given()
    assert 200 == carrier.run(given.get(server.url("/portal"))).status_code
    error = refused(carrier, get(server, "/"), limits=SHORT, given=given)
    assert "identity_provider_unavailable" == error.code


def test_f6_what_the_portal_asks_by_its_own_client_is_not_bounded(carrier: Carrier, server: Server) -> None:
    """F6: our deadline would end a long download of the portal's on a connection that we opened."""
    server.answers["/"] = whole()
    server.answers["/portal"] = drip(OK + b"Content-Length: 12\r\n\r\n", b" ", 12)
    given = carrier.given()
    carrier.send(get(server, "/"), limits=SHORT, given=given)
    assert 12 == len(carrier.run(given.get(server.url("/portal"))).content)


def hang(connection: socket.socket) -> None:
    select.select([connection], [], [], 10)


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()


@pytest.mark.parametrize(
    "answer",
    [
        hang,
        reset,
        lambda connection: None,
        lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"),
        lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"),
        lambda connection: connection.sendall(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n"
        ),
        lambda connection: connection.sendall(b"SSH-2.0-OpenSSH\r\n"),
        lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\n" + b"X: " + b"x" * 200_000),
    ],
    ids=["hang", "reset", "close", "truncated", "truncated-chunk", "bad-chunk", "not-http", "huge-header"],
)
def test_a_broken_answer_is_unavailable_and_asked_for_once(
    carrier: Carrier, server: Server, answer: Answer
) -> None:
    """R5.8: one typed error for whatever happens on the way, and no second exchange of a code."""
    server.answers["/token/"] = answer
    request = Request(method="POST", url=server.url("/token/"), body=b"code=s3cret")
    error = refused(carrier, request, limits=SHORT)
    assert "identity_provider_unavailable" == error.code
    assert 1 == len(server.requests)
    assert "s3cret" not in str(error)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "ftp://127.0.0.1/", "https://", "http://[::1"])
def test_what_cannot_be_reached_is_unavailable(carrier: Carrier, url: str) -> None:
    """R5.8: a port where nobody listens, and URLs that are none."""
    assert (
        "identity_provider_unavailable" == refused(carrier, Request(method="GET", url=url), limits=SHORT).code
    )


def test_a_connection_closed_while_idle_is_replaced(carrier: Carrier, server: Server) -> None:
    """Else the first person after a pause would be turned away."""
    answered = whole()
    server.answers["/"] = lambda connection: answered(connection) is None
    transport = carrier.transport()
    for _ in range(2):
        assert 200 == carrier.run(transport.send(get(server, "/"))).status
        assert server.hung_up.wait(10)
        server.hung_up.clear()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """One that nobody's trust store has."""
    return Authority(tmp_path_factory.mktemp("tls"))


def test_certificates_are_verified(carrier: Carrier, authority: Authority) -> None:
    """R5.8, ASVS 12.3.2: an unknown certificate is refused; the portal's client may bring the trust for it."""
    server = Server(authority.serving())
    server.answers["/"] = whole()
    try:
        assert "identity_provider_unavailable" == refused(carrier, get(server, "/")).code
        assert [] == server.requests
        trusting = carrier.given(verify=authority.trusted())
        assert 200 == carrier.send(get(server, "/"), given=trusting).status
    finally:
        server.shutdown()
        server.server_close()


FORKING = """
import os, sys
from elaas_identity.oidc.http import Request
from elaas_identity.providers.http import HTTPXTransport
transport = HTTPXTransport()
request = Request(method="GET", url=sys.argv[1])
transport.send(request)
child = os.fork()
assert 200 == transport.send(request).status
assert 1 == sum(1 for client in transport._own.values() if client is transport._client())
if child:
    assert 0 == os.waitpid(child, 0)[1]
    assert 1 == len(transport._own)
    assert 200 == transport.send(request).status
    transport.close()
else:
    assert 2 == len(transport._own)
    transport.close()
    assert not next(iter(transport._own.values())).is_closed
"""


def test_a_fork_leaves_its_parents_connections_alone(server: Server) -> None:
    """Else two processes would read each other's answers from one connection."""
    server.answers["/"] = whole()
    subprocess.run([sys.executable, "-c", FORKING, server.url("/")], check=True, timeout=60)
    assert 4 == len(server.requests)


def test_each_event_loop_has_its_own_client(server: Server) -> None:
    """Else a connection of one loop would be used in another, and hang or fail."""
    server.answers["/"] = whole()
    transport = http.AsyncHTTPXTransport()
    for _ in range(2):
        one = Carrier("async-httpx")
        assert 200 == one.run(transport.send(get(server, "/"))).status
        one.run(transport.close())
        one.close()


def test_httpx2_is_optional(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing extra says what to install."""
    monkeypatch.setitem(sys.modules, "httpx2", None)
    for adapter in (http.HTTPX2Transport, http.AsyncHTTPX2Transport):
        with pytest.raises(Misconfigured, match="install httpx2") as caught:
            adapter()
        assert "extra_missing" == caught.value.code


def test_the_user_agent_names_us(monkeypatch: pytest.MonkeyPatch) -> None:
    """ThaID: its firewall looks at user agents; a source tree without a version still has one."""
    monkeypatch.setattr(metadata, "version", lambda name: "1.2.3")
    http._user_agent.cache_clear()
    assert "elaas-identity/1.2.3" == http._user_agent()

    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError

    monkeypatch.setattr(metadata, "version", missing)
    http._user_agent.cache_clear()
    assert "elaas-identity" == http._user_agent()
    http._user_agent.cache_clear()


@pytest.mark.parametrize("name", ADAPTERS)
def test_f35_a_proxy_that_cannot_be_read(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """F35: whichever library carries, its own words would come out at the first request."""
    monkeypatch.setenv("https_proxy", "ftp://s3cret@proxy.example")
    adapter, _ = ADAPTERS[name]
    with pytest.raises(Misconfigured) as caught:
        adapter()
    assert (
        f"{name.removeprefix('async-')} cannot read the environment variable https_proxy"
        in caught.value.detail
    )
    assert "s3cret" not in str(caught.value)
