"""The fixtures of elaas-identity for pytest: ThaID, a mailbox, a clock and a store that a test decides about.

pytest loads this by its entry point. Nothing of elaas-identity is imported until a fixture is used. Each fixture is
of one test, and may be overridden as pytest has it: an `elaas_store` of your own serves all the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from elaas_identity import AsyncElaasIdentity, ElaasIdentity, FlowPolicy
    from elaas_identity.ports import AsyncStore, Store
    from elaas_identity.testing import (
        Doubles,
        LoopbackSMTP,
        Outbox,
        SeededRandom,
        SteppingClock,
        ThaIDEmulator,
    )

NO_NETWORK = "elaas_no_network"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The guard, and the hosts that it lets through."""
    parser.addini(NO_NETWORK, "fail a test that would reach another machine", type="bool", default=False)
    parser.addini("elaas_allowed_hosts", "hosts that elaas_no_network lets through", type="args", default=[])
    parser.getgroup("elaas-identity").addoption(
        "--elaas-no-network", action="store_true", help="fail a test that would reach another machine"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker; and set the guard, where it was asked for."""
    config.addinivalue_line(
        "markers",
        'elaas_fault(*faults, at="token"): what goes wrong at ThaID in this test, each once; one left unused fails it',
    )
    if config.getoption("--elaas-no-network") or config.getini(NO_NETWORK):
        config.pluginmanager.register(_NetworkGuard(), "elaas_network_guard")


class _NetworkGuard:
    """Around every test, its fixtures included."""

    @pytest.fixture(autouse=True)
    def _elaas_no_network(self, request: pytest.FixtureRequest) -> Iterator[None]:
        from elaas_identity.testing import no_network

        with no_network(request.config.getini("elaas_allowed_hosts")):
            yield


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A marker that nobody reads would let a test pass without its fault."""
    fixtures = getattr(item, "fixturenames", ())
    if (
        item.get_closest_marker("elaas_fault")
        and "elaas_thaid" not in fixtures
        and "elaas_served_thaid" not in fixtures
    ):
        pytest.fail("elaas_fault needs the fixture elaas_thaid, or one that is made of it", pytrace=False)


@pytest.fixture
def elaas_clock() -> SteppingClock:
    """The time, which stands still until `elaas_clock.shift(minutes=11)`."""
    from elaas_identity.testing import SteppingClock

    return SteppingClock()


@pytest.fixture
def elaas_random() -> SeededRandom:
    """The same chance in every run."""
    from elaas_identity.testing import SeededRandom

    return SeededRandom()


@pytest.fixture
def elaas_policy() -> FlowPolicy:
    """The mandated policy with hashing that costs nothing."""
    from elaas_identity.policy import FOR_TESTS

    return FOR_TESTS


@pytest.fixture
def elaas_redirect_uri() -> str:
    """Where ThaID sends people back to; its origin is the portal's."""
    return "https://portal.example.go.th/auth/callback"


@pytest.fixture
def elaas_thaid(
    request: pytest.FixtureRequest,
    elaas_clock: SteppingClock,
    elaas_random: SeededRandom,
    elaas_redirect_uri: str,
) -> Iterator[ThaIDEmulator]:
    """ThaID in this process, where the portal is registered; with the faults of the test's markers."""
    from elaas_identity.testing import TEST_CLIENT, ThaIDEmulator

    portal = replace(TEST_CLIENT, redirect_uris=(elaas_redirect_uri,))
    thaid = ThaIDEmulator(clients=[portal], clock=elaas_clock, random=elaas_random)
    yield from _with_faults(request, thaid)


@pytest.fixture
def elaas_served_thaid(
    request: pytest.FixtureRequest,
    elaas_clock: SteppingClock,
    elaas_random: SeededRandom,
    elaas_redirect_uri: str,
) -> Iterator[ThaIDEmulator]:
    """The same behind a real socket of 127.0.0.1, for a browser and for a portal in another process."""
    from elaas_identity.testing import TEST_CLIENT, ThaIDEmulator

    portal = replace(TEST_CLIENT, redirect_uris=(elaas_redirect_uri,))
    with ThaIDEmulator.served(clients=[portal], clock=elaas_clock, random=elaas_random) as thaid:
        yield from _with_faults(request, thaid)


def _with_faults(request: pytest.FixtureRequest, thaid: ThaIDEmulator) -> Iterator[ThaIDEmulator]:
    for marker in reversed(list(request.node.iter_markers("elaas_fault"))):
        thaid.fail(*marker.args, **marker.kwargs)
    yield thaid
    thaid.check_faults_met()


@pytest.fixture
def elaas_outbox() -> Iterator[Outbox]:
    """Every mail that was sent; a failure that was said and that no mail met fails the test."""
    from elaas_identity.testing import Outbox

    outbox = Outbox()
    yield outbox
    outbox.check_failures_met()


@pytest.fixture
def elaas_smtp_server() -> Iterator[LoopbackSMTP]:
    """A real SMTP server on 127.0.0.1, which keeps what arrives."""
    from elaas_identity.testing import LoopbackSMTP

    with LoopbackSMTP() as server:
        yield server


@pytest.fixture
def elaas_store() -> Store:
    """An empty store in memory."""
    from elaas_identity.providers.memory import MemoryStore

    return MemoryStore()


@pytest.fixture
def elaas_async_store() -> AsyncStore | None:
    """The same records for `elaas_async`; None: those of `elaas_store`, which is then one in memory."""
    return None


@pytest.fixture
def elaas_doubles(
    elaas_policy: FlowPolicy,
    elaas_thaid: ThaIDEmulator,
    elaas_outbox: Outbox,
    elaas_clock: SteppingClock,
    elaas_random: SeededRandom,
    elaas_store: Store,
    elaas_async_store: AsyncStore | None,
) -> Doubles:
    """All of it together, with accounts and flows to order."""
    from elaas_identity.testing import Doubles

    return Doubles(
        policy=elaas_policy,
        thaid=elaas_thaid,
        outbox=elaas_outbox,
        clock=elaas_clock,
        random=elaas_random,
        store=elaas_store,
        async_store=elaas_async_store,
    )


@pytest.fixture
def elaas_facade(elaas_doubles: Doubles) -> ElaasIdentity:
    """A facade over the doubles."""
    return elaas_doubles.elaas


@pytest.fixture
def elaas_async_facade(elaas_doubles: Doubles) -> AsyncElaasIdentity:
    """The same, awaited, over the same records."""
    return elaas_doubles.async_elaas
