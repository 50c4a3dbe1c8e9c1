"""Faults of ThaID as data: where each can happen, in what order they are met, and what a client sees of them."""

from __future__ import annotations

import asyncio
import base64
import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any, get_args

import httpx
import httpx2
import pytest

from elaas_identity import (
    Keyring,
    ProvideEmail,
)
from elaas_identity.errors import ProviderFailed
from elaas_identity.oidc.authorization import new_proof
from elaas_identity.oidc.http import Request, Response
from elaas_identity.testing import (
    CITIZENS,
    Endpoint,
    Fault,
    NotRedirected,
    ThaIDEmulator,
)
from elaas_identity.testing.thaid_faults import FITS
from tests.testing.relying_party import PORTAL, RelyingParty
from tests.testing.test_thaid_faults import EXPECTED, UNAVAILABLE, UNBELIEVABLE, Portal, in_memory

FITS_EVERYWHERE: tuple[Fault, ...] = ("down", "slow", "truncated", "huge", "redirect", "html", "server_error")


def test_every_fault_is_written_down() -> None:
    """Whoever writes a test would have to read the source."""
    page = (Path(__file__).parents[2] / "docs" / "thaid_emulator.md").read_text("utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert [] == [fault for fault in FITS if not any(f"`{fault}`" in row.split("|")[1] for row in rows)]
    assert set(get_args(Fault)) == {*FITS}


# Elsewhere than at the token endpoint


@pytest.mark.parametrize("fault", FITS_EVERYWHERE)
@pytest.mark.parametrize("endpoint", ["discovery", "jwks"])
def test_a_fault_of_what_is_fetched(fault: Fault, endpoint: Endpoint) -> None:
    """R5.8: metadata or keys that cannot be had would be believed, or end the flow."""
    with ExitStack() as stack:
        portal = Portal(stack, (in_memory, False))
        flow_id = portal.begin()
        portal.emulator.fail(fault, at=endpoint)
        assert EXPECTED[fault] == portal.failed(flow_id)
        portal.emulator.check_faults_met()
        portal.clock.shift(minutes=1)  # what could not be fetched is asked for again after a pause
        assert isinstance(portal.trip(flow_id).step, ProvideEmail)


@pytest.mark.parametrize("fault", FITS_EVERYWHERE)
def test_a_fault_of_the_revocation_loses_nothing(fault: Fault) -> None:
    """Who proved themselves would have to do so again, because a token could not be given back."""
    with ExitStack() as stack:
        portal = Portal(stack, (in_memory, False))
        portal.emulator.fail(fault, at="revoke")
        assert isinstance(portal.trip(portal.begin()).step, ProvideEmail)
        portal.emulator.check_faults_met()


def test_metadata_of_another_issuer() -> None:
    """R5.4: whoever answers for the metadata would become the identity provider."""
    emulator = ThaIDEmulator()
    emulator.fail("wrong_iss", at="discovery")
    thaid = emulator.relying_party(metadata=None)
    with pytest.raises(ProviderFailed, match=UNBELIEVABLE):
        thaid.authorization_url(new_proof(Keyring({"k": b"k" * 32}, current="k"), bytes(32)), max_age=None)
    assert () == emulator.faults_left


@pytest.mark.parametrize("fault", ["down", "slow", "html", "server_error"])
def test_the_page_can_be_away(fault: Fault) -> None:
    """A person's browser, too, may find nobody there; then they press again."""
    with ExitStack() as stack:
        portal = Portal(stack, (in_memory, False))
        flow_id = portal.begin()
        portal.emulator.fail(fault, at="auth")
        with pytest.raises((OSError, NotRedirected)):
            portal.trip(flow_id)
        portal.emulator.check_faults_met()
        assert isinstance(portal.trip(flow_id).step, ProvideEmail)


@pytest.mark.parametrize(
    ("fault", "algorithm", "is_published", "is_signed"),
    [
        ("unknown_kid", "ES256", False, True),
        ("wrong_signature", "ES256", True, True),
        ("alg_none", "none", True, False),
        ("hs256", "HS256", True, True),
    ],
)
def test_what_a_forged_token_says_of_itself(
    fault: Fault, algorithm: str, is_published: bool, is_signed: bool
) -> None:
    """Faults with one outcome would be the same fault under several names."""
    emulator = ThaIDEmulator("https://thaid.test", clients=(PORTAL,))
    emulator.fail(fault)
    header, _, signature = RelyingParty(emulator).tokens()["id_token"].split(".")
    said = json.loads(base64.urlsafe_b64decode(header + "=="))
    keys = emulator.handle(Request(method="GET", url=f"{emulator.issuer}/jwks/")).body.decode()
    assert (algorithm, is_published, is_signed) == (said["alg"], said["kid"] in keys, bool(signature))


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_a_broken_network_in_the_librarys_own_words(library: Any) -> None:
    """A portal that asks ThaID by its own client would meet an exception that this client never raises."""
    emulator = ThaIDEmulator()

    async def asked() -> None:
        async with library.AsyncClient(transport=emulator.async_transport) as client:
            await client.get(f"{emulator.issuer}/jwks/")

    def reset(endpoint: Endpoint, response: Response) -> Response:
        raise ConnectionResetError

    faults: dict[Any, Fault | None] = {
        library.ConnectError: "down",
        library.ReadTimeout: "slow",
        library.ReadError: None,
    }
    for error, fault in faults.items():
        if fault is None:
            emulator.alter_response = reset
        else:
            emulator.fail(fault, fault, at="jwks")
        with library.Client(transport=emulator.transport) as client, pytest.raises(error):
            client.get(f"{emulator.issuer}/jwks/")
        with pytest.raises(error):
            asyncio.run(asked())
    with library.Client(transport=emulator.transport) as client, pytest.raises(library.ConnectError):
        client.get("https://elsewhere.test/jwks/")


def test_each_of_many_requests_at_once_meets_one_fault_at_most() -> None:
    """Two that come together would share a fault, or one would be met twice."""
    emulator = ThaIDEmulator()
    keys = Request(method="GET", url=f"{emulator.issuer}/jwks/")
    emulator.fail(*("server_error", "html", "redirect") * 10, at="jwks")
    with ThreadPoolExecutor(8) as pool:
        statuses = Counter(answer.status for answer in pool.map(emulator.handle, [keys] * 64))
    assert {500: 10, 302: 10, 200: 10 + 34} == statuses
    emulator.check_faults_met()


def test_faults_are_met_in_their_order_one_a_request() -> None:
    """Two at once would hide the second; one met by a request that it cannot spoil would show nothing."""
    with ExitStack() as stack:
        portal = Portal(stack, (in_memory, False))
        emulator, flow_id = portal.emulator, portal.begin()
        emulator.fail("expired", "down")
        emulator.fail("html", at="introspect")
        unknown_code = Request(method="POST", url=f"{emulator.issuer}/api/v2/oauth2/token/")
        assert 400 == emulator.handle(unknown_code).status
        assert 3 == len(emulator.faults_left)
        assert UNBELIEVABLE == portal.failed(flow_id)
        assert [("token", "down"), ("introspect", "html")] == list(emulator.faults_left)
        assert UNAVAILABLE == portal.failed(flow_id)
        assert isinstance(portal.trip(flow_id).step, ProvideEmail)
        with pytest.raises(AssertionError, match="'html' at 'introspect'"):
            emulator.check_faults_met()


@pytest.mark.parametrize(
    ("faults", "at", "said"),
    [
        ((), "token", "name a fault"),
        (("expird",), "token", "there is no fault 'expird'"),
        (("down", "expired"), "jwks", "'expired' does not happen at 'jwks', but at token"),
        (("wrong_iss",), "revoke", "token, discovery"),
        (("redirect",), "auth", "does not happen"),
        (("huge",), "auth", "does not happen"),
        (("down",), "unknown", "does not happen"),
        (("down",), "tokens", "does not happen"),
        (("another_citizen",), "token", "knows two"),
    ],
)
def test_a_fault_that_cannot_happen_is_refused_at_once(faults: Any, at: Any, said: str) -> None:
    """A test would go on without it, and be green."""
    emulator = ThaIDEmulator(citizens=CITIZENS[:1])
    with pytest.raises(ValueError, match=said):
        emulator.fail(*faults, at=at)
    assert () == emulator.faults_left
    emulator.check_faults_met()
