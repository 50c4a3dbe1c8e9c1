"""The emulator of ThaID that a test or a portal under development holds. `thaid_endpoints` says what it answers.

Never in production: whoever reaches it can prove to be anybody.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self, Unpack
from urllib.parse import urlencode

from elaas_identity._discreet import discreet
from elaas_identity.oidc.http import Request
from elaas_identity.testing.citizens import CITIZENS, Citizen
from elaas_identity.testing.loopback import LoopbackHTTP
from elaas_identity.testing.running import HOST, Running
from elaas_identity.testing.signing_key import SEED_BYTES, SigningKey
from elaas_identity.testing.thaid_clients import Client
from elaas_identity.testing.thaid_endpoints import ThaIDEndpoints
from elaas_identity.testing.thaid_faults import Fault
from elaas_identity.testing.thaid_person import NotRedirected, ShownPage, reference_on
from elaas_identity.testing.thaid_published import Endpoint, Switches

if TYPE_CHECKING:
    import respx

    from elaas_identity import AsyncThaID, ThaID
    from elaas_identity.ports import AsyncTransport, Clock, Random, Transport
    from elaas_identity.providers.thaid import Options
    from elaas_identity.testing.transport import AsyncMemoryTransport, MemoryTransport

__all__ = [
    "TEST_CLIENT",
    "Client",
    "Endpoint",
    "Fault",
    "NotRedirected",
    "ShownPage",
    "Switches",
    "ThaIDEmulator",
]

TEST_CLIENT = Client(
    client_id="test-portal",
    client_secret="not a secret",  # noqa: S106
    redirect_uris=("https://portal.test/auth/callback",),
)
"""The client that is registered where none is named."""


@discreet
class ThaIDEmulator(ThaIDEndpoints, Running):
    """One OpenID provider with its clients, citizens and keys. May be shared by threads.

    In memory it is reached by `relying_party`, `transport` and `async_transport`, or by `mount`. One that `served`
    made is reached over a socket, between `start` and `stop` or as the context of a `with`.

    Args:
        issuer: scheme and host without a path.
        clients: who is registered; `TEST_CLIENT` unless given.
        citizens: who may approve.
        clock: the time; the system's unless given.
        random: where codes, tokens and keys come from; the system's unless given.
        switches: what differs from the published behaviour; may be assigned anew at any time.

    Attributes:
        alter_id_token: claims → claims, before they are signed.
        sign_id_token: (header, claims) → compact JWS, in place of the emulator's own signature; see `signed`.
        alter_response: (endpoint, response) → response, last of all. It may raise `OSError`, a broken network;
            `TimeoutError` is an answer that never comes.

    Raises:
        ValueError: the issuer has a path or a trailing slash.
    """

    def __init__(
        self,
        issuer: str = "https://thaid.test",
        *,
        clients: Iterable[Client] = (TEST_CLIENT,),
        citizens: Iterable[Citizen] = CITIZENS,
        clock: Clock | None = None,
        random: Random | None = None,
        switches: Switches | None = None,
    ) -> None:
        super().__init__(
            issuer, clients=clients, citizens=citizens, clock=clock, random=random, switches=switches
        )
        self._http: LoopbackHTTP | None = None

    @classmethod
    def served(
        cls,
        *,
        port: int = 0,
        clients: Iterable[Client] = (TEST_CLIENT,),
        citizens: Iterable[Citizen] = CITIZENS,
        clock: Clock | None = None,
        random: Random | None = None,
        switches: Switches | None = None,
    ) -> Self:
        """One to be reached over HTTP on 127.0.0.1: `with ThaIDEmulator.served() as emulator:`.

        Args:
            port: 0: any free one, which `issuer` tells once it is started.

        The other arguments are those of the class.
        """
        emulator = cls(
            f"http://{HOST}:{port}",
            clients=clients,
            citizens=citizens,
            clock=clock,
            random=random,
            switches=switches,
        )
        emulator._http = LoopbackHTTP(emulator.handle, port=port)
        return emulator

    def start(self) -> None:
        """Listen, if `served` made this one. In memory there is nothing to start.

        Raises:
            OSError: the port is taken.
        """
        if self._http is not None:
            self._http.start()
            self.issuer = self._http.url

    def stop(self) -> None:
        """Close every connection. The emulator can still be asked what it saw."""
        if self._http is not None:
            self._http.stop()

    # How a portal reaches it

    @property
    def transport(self) -> MemoryTransport:
        """In memory: for `ThaID(transport=…)`, `httpx.Client(transport=…)` and `httpx2.Client(transport=…)`."""
        from elaas_identity.testing.transport import MemoryTransport

        return MemoryTransport(self)

    @property
    def async_transport(self) -> AsyncMemoryTransport:
        """`transport`, awaited: for `AsyncThaID` and the `AsyncClient` of httpx and httpx2."""
        from elaas_identity.testing.transport import AsyncMemoryTransport

        return AsyncMemoryTransport(self)

    def mount(self, router: respx.MockRouter) -> respx.Route:
        """Answer whatever httpx is asked for at the issuer, as one route of respx."""
        from elaas_identity.testing.transport import mounted

        return mounted(self, router)

    def relying_party(self, *, transport: Transport | None = None, **options: Unpack[Options]) -> ThaID:
        """A `ThaID` for the first of the clients, with its first redirect URI and this emulator's clock.

        Args:
            transport: another way to the emulator than in memory, or over its socket where it is served.
            options: see `elaas_identity.providers.thaid.Options`.
        """
        from elaas_identity import ThaID

        client = self.clients[0]
        return ThaID(
            client_id=client.client_id,
            client_secret=client.client_secret,
            redirect_uri=next(iter(client.redirect_uris)),
            issuer=self.issuer,
            transport=self.transport if transport is None and self._http is None else transport,
            clock=self._now,
            **options,
        )

    def async_relying_party(
        self, *, transport: AsyncTransport | None = None, **options: Unpack[Options]
    ) -> AsyncThaID:
        """`relying_party`, awaited."""
        from elaas_identity import AsyncThaID

        client = self.clients[0]
        return AsyncThaID(
            client_id=client.client_id,
            client_secret=client.client_secret,
            redirect_uri=next(iter(client.redirect_uris)),
            issuer=self.issuer,
            transport=self.async_transport if transport is None and self._http is None else transport,
            clock=self._now,
            **options,
        )

    # What a test or a demonstration does with it

    @property
    def clients(self) -> tuple[Client, ...]:
        """Who is registered, in the order in which they were."""
        with self._lock:
            return tuple(self._clients.values())

    def show(self, authorization_url: str) -> ShownPage:
        """Open the authorization page, for a person who takes a while to answer.

        Raises:
            NotRedirected: the request is refused, so that there is no page.
        """
        response = self.handle(Request(method="GET", url=authorization_url))
        return ShownPage(
            reference_on(response),
            self.citizens,
            lambda choice: self._submit(authorization_url, choice),
            self.switches.denial,
        )

    def approve(self, authorization_url: str, citizen: Citizen) -> str:
        """Act as this citizen, who says yes: the callback URL with code and state.

        Raises:
            NotRedirected: the request is refused before anybody is asked.
            ValueError: it is none of `citizens`.
        """
        return self._submit(authorization_url, {"approve": str(self.citizens.index(citizen))})

    def deny(self, authorization_url: str, error: str | None = None) -> str:
        """Act as a person who says no: the callback URL with error and state.

        Raises:
            NotRedirected: the request is refused before anybody is asked.
        """
        return self._submit(authorization_url, {"deny": error or self.switches.denial})

    def fail(self, *faults: Fault, at: Endpoint = "token") -> None:
        """Let the next requests at an endpoint meet these faults, each once and in this order.

        What changes the ID token waits for a request that is given one.

        Raises:
            ValueError: there is no such fault, or it cannot happen there; or none is named.
        """
        if not faults:
            raise ValueError("name a fault, such as 'down'")
        if "another_citizen" in faults and len(self.citizens) == 1:
            raise ValueError("'another_citizen' needs an emulator that knows two")
        with self._lock:
            self._faults.add(at, faults)

    @contextmanager
    def without_faults(self) -> Generator[None]:
        """Faults wait meanwhile: what a test does to get where it begins meets none."""
        with self._lock:
            waited, self._faults.wait = self._faults.wait, True
        try:
            yield
        finally:
            with self._lock:
                self._faults.wait = waited

    @property
    def faults_left(self) -> tuple[tuple[Endpoint, Fault], ...]:
        """The faults that no request has met yet."""
        with self._lock:
            return tuple(self._faults.left)

    def check_faults_met(self) -> None:
        """See that every fault was met: a test whose fault never happened has shown nothing.

        Raises:
            AssertionError: naming those that were not.
        """
        left = [f"{fault!r} at {endpoint!r}" for endpoint, fault in self.faults_left]
        if left:
            raise AssertionError(
                f"said of ThaID and never happened, since nothing asked there: {', '.join(left)}"
            )

    def register(self, client: Client) -> None:
        """Add a client, or replace the registration of its id."""
        with self._lock:
            self._clients[client.client_id] = client

    def rotate_keys(self) -> str:
        """Sign with a new key from now on, and cease to publish the oldest. Answers the new `kid`."""
        with self._lock:
            self._keys = [*self._keys[1:], SigningKey(self._token_bytes(SEED_BYTES))]
            return self._keys[-1].kid

    def count(self, endpoint: Endpoint) -> int:
        """How many requests the endpoint had."""
        with self._lock:
            return self._counts[endpoint]

    def last(self, endpoint: Endpoint) -> Request | None:
        """The latest request that the endpoint had."""
        with self._lock:
            return self._last.get(endpoint)

    def _submit(self, authorization_url: str, choice: Mapping[str, str]) -> str:
        """Post the form of the authorization page."""
        response = self.handle(
            Request(
                method="POST",
                url=authorization_url,
                headers={"content-type": "application/x-www-form-urlencoded"},
                body=urlencode(choice).encode(),
            )
        )
        if "location" not in response.headers:
            raise NotRedirected(response)
        return response.headers["location"]
