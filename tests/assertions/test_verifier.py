"""How the other side gets the portal's keys: fetched once, kept, and asked for again when they change."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from elaas_identity import Misconfigured, ProviderFailed, Refused, SignedIn
from elaas_identity._async.assertion_verifier import AsyncAssertionVerifier
from elaas_identity._sync.assertion_verifier import AssertionVerifier
from elaas_identity.assertions.signing_keys import AssertionKeys
from elaas_identity.assertions.verification import VerifiedAssertion
from elaas_identity.oidc.http import Request, Response
from elaas_identity.oidc.jwks import COOL_DOWN, FRESH_FOR, STALE_FOR
from elaas_identity.providers.memory import AsyncMemoryStore, MemoryStore
from tests.assertions.bridge import FIRST, GFMS, KEYS, PORTAL, SECOND, Bridge
from tests.assertions.test_verification import CLAIMS
from tests.oidc.lying_provider import NOW, answer

JWKS_URL = f"{PORTAL}/assertions/jwks"
NEW_KEYS = AssertionKeys({"2026b": SECOND}, current="2026b")


class Published:
    """A transport to where the portal publishes its keys, or to whatever stands there instead."""

    def __init__(self) -> None:
        self.answers: Response | Exception = answer(KEYS.jwks())
        self.asked: list[Request] = []
        self.closed = 0

    def send(self, request: Request) -> Response:
        self.asked.append(request)
        if isinstance(self.answers, Exception):
            raise self.answers
        return self.answers

    def close(self) -> None:
        self.closed += 1


class AsyncPublished:
    """The same, awaited."""

    def __init__(self, published: Published) -> None:
        self._published = published

    async def send(self, request: Request) -> Response:
        return self._published.send(request)

    async def close(self) -> None:
        self._published.close()


@pytest.fixture
def published() -> Published:
    return Published()


@pytest.fixture
def who(bridge: Bridge) -> SignedIn:
    return bridge.signed_in()


def fetching(bridge: Bridge, published: Published) -> Any:
    transport = AsyncPublished(published) if bridge.is_async else published
    return bridge.verifier(keys=JWKS_URL, transport=transport)


def test_keys_are_fetched_once_and_kept(bridge: Bridge, who: SignedIn, published: Published) -> None:
    """Fails if each assertion costs a fetch, or keys are believed for ever."""
    verifier = fetching(bridge, published)
    assert [] == published.asked
    for _ in range(3):
        verifier.verify(bridge.assertion(who))
    assert [("GET", JWKS_URL)] == [(request.method, request.url) for request in published.asked]
    bridge.portal.clock.shift(FRESH_FOR)
    verifier.verify(bridge.assertion(who))
    assert 2 == len(published.asked)


def test_r5_6_a_new_key_is_fetched_and_junk_is_not(
    bridge: Bridge, who: SignedIn, published: Published
) -> None:
    """Fails if a rotation refuses people, or anybody can make us ask a thousand times."""
    verifier = fetching(bridge, published)
    verifier.verify(bridge.assertion(who))
    published.answers = answer(NEW_KEYS.jwks())
    new = bridge.assertions(NEW_KEYS)
    assert verifier.verify(bridge.assertion(who, by=new))
    assert 2 == len(published.asked)
    for number in range(20):
        junk = bridge.assertions(AssertionKeys({f"junk-{number}": FIRST}, current=f"junk-{number}"))
        with pytest.raises(Refused, match="kid"):
            verifier.verify(bridge.assertion(who, by=junk))
    assert 2 == len(published.asked)
    bridge.portal.clock.shift(COOL_DOWN)
    with pytest.raises(Refused, match="kid"):
        verifier.verify(bridge.assertion(who))
    assert 3 == len(published.asked)


def test_r5_6_all_who_wait_for_the_keys_wait_for_one_fetch(published: Published) -> None:
    """Fails if a morning's first crowd asks the portal once for each of them."""

    class Slow(AsyncPublished):
        async def send(self, request: Request) -> Response:
            for _ in range(50):
                await asyncio.sleep(0)
            return await super().send(request)

    async def crowd() -> list[VerifiedAssertion]:
        verifier = AsyncAssertionVerifier(
            issuer=PORTAL,
            audience=GFMS,
            keys=JWKS_URL,
            store=AsyncMemoryStore(),
            transport=Slow(published),
            clock=lambda: NOW,
        )
        each = (KEYS.sign({**CLAIMS, "jti": f"{number:021}A"}) for number in range(16))
        return await asyncio.gather(*map(verifier.verify, each))

    with asyncio.Runner() as runner:
        assert 16 == len(runner.run(crowd()))
    assert 1 == len(published.asked)


@pytest.mark.parametrize(
    "down",
    [
        ProviderFailed("identity_provider_unavailable", detail="down"),
        answer({}, status=503),
        answer({}, status=404),
        answer(b"<html>"),
        answer({"keys": []}),
        answer({"keys": "none"}),
    ],
    ids=["unreachable", "503", "404", "html", "no key", "no list"],
)
def test_without_keys_nothing_is_believed(
    bridge: Bridge, who: SignedIn, published: Published, down: Response | Exception
) -> None:
    """Invariant 5: fails if an outage believes, or blames ThaID, or if known keys do not bridge it for a day."""
    assertion = bridge.assertion(who)
    published.answers = down
    verifier = fetching(bridge, published)
    with pytest.raises(ProviderFailed) as caught:
        verifier.verify(assertion)
    assert "assertion_keys_unavailable" == caught.value.code
    assert "ThaID" not in str(caught.value.message)

    published.answers = answer(KEYS.jwks())
    bridge.portal.clock.shift(COOL_DOWN)
    assert verifier.verify(bridge.assertion(who))
    published.answers = down
    bridge.portal.clock.shift(STALE_FOR - timedelta(seconds=1))
    assert verifier.verify(bridge.assertion(who))
    bridge.portal.clock.shift(minutes=2)
    with pytest.raises(ProviderFailed, match="assertion_keys_unavailable"):
        verifier.verify(bridge.assertion(who))


def test_f13_a_key_server_that_is_down_is_not_asked_for_each_assertion(
    bridge: Bridge, who: SignedIn, published: Published
) -> None:
    """F13: whoever sends bogus assertions would make us send as many requests, with nothing cached as well."""
    published.answers = ProviderFailed("identity_provider_unavailable", detail="down")
    verifier, assertion = fetching(bridge, published), bridge.assertion(who)
    for _ in range(50):
        with pytest.raises(ProviderFailed, match="assertion_keys_unavailable"):
            verifier.verify(assertion)
    assert 1 == len(published.asked)


@pytest.mark.parametrize("token", ["", "a.b.c", "x" * 10_000])
def test_nothing_is_fetched_for_what_is_no_assertion(
    bridge: Bridge, published: Published, token: str
) -> None:
    """Fails if anybody can make us ask the portal."""
    with pytest.raises(Refused, match="assertion_invalid"):
        fetching(bridge, published).verify(token)
    assert [] == published.asked


def test_a_given_transport_is_its_owners(bridge: Bridge, published: Published) -> None:
    """Fails if closing a verifier closes what others use."""
    fetching(bridge, published).close()
    assert 0 == published.closed


def test_r7_2_errors_leave_no_frames(bridge: Bridge, who: SignedIn) -> None:
    """Fails if an error reporter that records locals finds an assertion that is still good."""
    verifier = bridge.verifier(audience="another")
    assertion = bridge.assertion(who)
    with pytest.raises(Refused) as caught:
        verifier.verify(assertion)
    trace, frames = caught.value.__traceback__, []
    while trace is not None:
        frames.append(trace.tb_frame)
        trace = trace.tb_next
    ours = [frame for frame in frames if "elaas_identity" in frame.f_code.co_filename]
    assert ours
    assert assertion not in "".join(repr(frame.f_locals) for frame in ours)


GIVEN: dict[str, Any] = {"issuer": PORTAL, "audience": GFMS, "keys": KEYS.jwks(), "store": MemoryStore()}


@pytest.mark.parametrize(
    "change",
    [
        {"keys": {}},
        {"keys": {"keys": []}},
        {"keys": {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}},
        {"keys": {"keys": object()}},
        {"keys": "http://portal.example.go.th/jwks"},
        {"keys": "jwks"},
        {"issuer": "portal"},
        {"audience": ""},
        {"leeway": timedelta(seconds=6)},
        {"http_client": httpx.Client, "transport": Published()},
    ],
    ids=lambda change: next(iter(change)),
)
def test_bad_settings_are_refused_at_once(change: dict[str, Any]) -> None:
    """Fails if they are found out by the first person, or if the error speaks of ThaID."""
    with pytest.raises(Misconfigured) as caught:
        AssertionVerifier(**{**GIVEN, **change})
    assert "assertion_settings" == caught.value.code


def test_a_private_key_in_the_document_is_not_used() -> None:
    """Fails if a document that was exported wrongly is worse than one that was not."""
    document = {"keys": [{**KEYS.jwks()["keys"][0], "d": "AAAA", "x5u": "https://evil.example"}]}
    with AssertionVerifier(**{**GIVEN, "keys": document}) as verifier:
        assert f"AssertionVerifier(issuer='{PORTAL}', audience='{GFMS}')" == repr(verifier)


def test_f35_a_proxy_that_cannot_be_read(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    """F35: each assertion would fail as if the portal's keys were down; where none are fetched, it is no matter."""
    monkeypatch.setenv("HTTPS_PROXY", "ftp://s3cret@proxy.example")
    with pytest.raises(Misconfigured) as caught:
        bridge.verifier(keys=JWKS_URL)
    assert ("assertion_settings", True, False) == (
        caught.value.code,
        "HTTPS_PROXY" in caught.value.detail,
        "s3cret" in caught.value.detail,
    )
    bridge.verifier(keys=KEYS.jwks())
