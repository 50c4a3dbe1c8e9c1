"""F6: who waits for another one's fetch gives up in time, among threads and among tasks."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime
from typing import Any

import pytest

from elaas_identity._async.assertion_verifier import _AsyncKeys
from elaas_identity._async.locking import AsyncLock
from elaas_identity._async.thaid import AsyncThaID
from elaas_identity._sync.assertion_verifier import _AsyncKeys as _Keys
from elaas_identity._sync.locking import Lock
from elaas_identity._sync.thaid import ThaID
from elaas_identity.errors import ProviderFailed
from elaas_identity.oidc.authorization import AttemptProof
from elaas_identity.oidc.http import Request, Response

NOW = datetime(2026, 11, 24, tzinfo=UTC)
SETTINGS: dict[str, Any] = {
    "client_id": "portal",
    "client_secret": "not-a-real-secret",
    "redirect_uri": "https://portal.example.go.th/auth/callback",
    "issuer": "https://thaid.example",
    "metadata": None,
}


class NeverAsked:
    """A transport of the portal's that the one who waits must not use."""

    def send(self, _request: Request) -> Response:
        raise AssertionError("who waits asks nobody")

    def close(self) -> None:
        pass


class AsyncNeverAsked:
    """The same, awaited."""

    async def send(self, _request: Request) -> Response:
        raise AssertionError("who waits asks nobody")

    async def close(self) -> None:
        pass


def failure(waits: Any) -> ProviderFailed:
    with pytest.raises(ProviderFailed) as failed:
        waits()
    return failed.value


@pytest.mark.parametrize("kind", ["metadata", "keys"])
def test_f6_a_thread_that_waits_for_a_fetch_gives_up(kind: str) -> None:
    """F6: one provider that hangs would hold every thread of the portal."""
    lock, released, held = Lock(0.05), threading.Event(), threading.Event()

    def hangs() -> None:
        with lock:
            held.set()
            released.wait(10)

    holder = threading.Thread(target=hangs)
    holder.start()
    assert held.wait(10)
    if kind == "metadata":
        thaid = ThaID(**SETTINGS, transport=NeverAsked())
        thaid._fetching_metadata = lock
        proof = AttemptProof(attempt_id="a1", state="s" * 43, nonce="n" * 43, code_verifier="v" * 43)
        code = failure(lambda: thaid.authorization_url(proof, max_age=None)).code
        assert "identity_provider_unavailable" == code
    else:
        keys = _Keys(("https://portal.example/jwks", NeverAsked()))
        keys._fetching = lock
        assert "assertion_keys_unavailable" == failure(lambda: keys.holding("k1", NOW)).code
    released.set()
    holder.join()
    with lock:  # and it is free again
        pass


@pytest.mark.parametrize("kind", ["metadata", "keys"])
def test_f6_a_task_that_waits_for_a_fetch_gives_up(kind: str) -> None:
    """F6: the same among the tasks of an event loop."""

    async def waits() -> None:
        lock = AsyncLock(0.05)
        async with lock:
            if kind == "metadata":
                thaid = AsyncThaID(**SETTINGS, transport=AsyncNeverAsked())
                thaid._fetching_metadata = lock
                proof = AttemptProof(attempt_id="a1", state="s" * 43, nonce="n" * 43, code_verifier="v" * 43)
                with pytest.raises(ProviderFailed, match="identity_provider_unavailable"):
                    await thaid.authorization_url(proof, max_age=None)
            else:
                keys = _AsyncKeys(("https://portal.example/jwks", AsyncNeverAsked()))
                keys._fetching = lock
                with pytest.raises(ProviderFailed, match="assertion_keys_unavailable"):
                    await keys.holding("k1", NOW)
        async with lock:
            pass

    asyncio.run(waits())
