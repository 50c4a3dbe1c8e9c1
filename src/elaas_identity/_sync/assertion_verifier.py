# Generated from _async/assertion_verifier.py by scripts/unasync.py. Do not edit: edit that file and run it.
"""The other side of an assertion: a verifier over a store of its own, and the portal's published keys."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from inspect import iscoroutinefunction
from types import TracebackType
from typing import Self

import httpx

from elaas_identity._discreet import discreet
from elaas_identity._sync.driver import Driver, act
from elaas_identity._sync.locking import Lock
from elaas_identity.assertions.accepting import accept_assertion
from elaas_identity.assertions.assertion import require_url, settings
from elaas_identity.assertions.verification import MAX_LEEWAY, Expected, VerifiedAssertion
from elaas_identity.effects import Act, purge
from elaas_identity.errors import Misconfigured, ProviderFailed
from elaas_identity.oidc.http import Response
from elaas_identity.oidc.jwks import (
    COOL_DOWN,
    FRESH_FOR,
    STALE_FOR,
    SigningKeys,
    jwks_request,
    process_jwks,
)
from elaas_identity.oidc.kept import Kept
from elaas_identity.ports import Clock, Store, Transport
from elaas_identity.providers.flavour import require_flavour
from elaas_identity.providers.http import DEFAULT_TIME_LIMITS, HTTPXTransport
from elaas_identity.providers.system import SystemRandom, system_clock


@discreet
class AssertionVerifier:
    """Believes a portal's assertions, each of them once.

    Every process of the other system has to share one store: what one has accepted, none accepts again. A store that
    cannot be asked accepts nothing.

    Args:
        issuer: the portal's URL, to the letter.
        audience: our own name, to the letter as the portal has it among its `audiences`.
        keys: the portal's JWKS document, or the https URL where it is published.
        store: keeps which assertions are used; a store of our own, not the portal's.
        leeway: how far clocks may differ, 5 seconds at most.
        http_client: a client of our own to fetch the keys with. It is not closed.
        transport: instead of an httpx client, anything that carries requests.
        clock: aware UTC now.

    Raises:
        Misconfigured: `assertion_settings`, saying which setting and why.
    """

    def __init__(
        self,
        *,
        issuer: str,
        audience: str,
        keys: Mapping[str, object] | str,
        store: Store,
        leeway: timedelta = MAX_LEEWAY,
        http_client: httpx.Client | None = None,
        transport: Transport | None = None,
        clock: Clock = system_clock,
    ) -> None:
        if http_client is not None and transport is not None:
            raise settings("give http_client or transport, not both")
        awaited = iscoroutinefunction(AssertionVerifier.close)
        require_flavour(transport, ("send",), "assertion_settings", awaited=awaited)
        self._expected = Expected(issuer=issuer, audience=audience, leeway=leeway)
        self._owned: Transport | None = None
        source: SigningKeys | tuple[str, Transport]
        if isinstance(keys, str):
            require_url("keys", keys)
            if transport is None:
                transport = self._owned = _carrier(http_client)
            source = keys, transport
        else:
            source = _read(keys)
        self._driver = Driver(
            store=store,
            clock=clock,
            random=SystemRandom(),
            published_keys=_AsyncKeys(source),
        )

    @act
    def verify(
        self, assertion: str, *, expected_transaction_digest: str | None = None
    ) -> Act[VerifiedAssertion]:
        """What the portal states, if it states it to us, now, and for the first time.

        Args:
            assertion: as it came.
            expected_transaction_digest: SHA-256, in base64url without padding, of what it has to be about, made here
                from what is about to be done. Without one, any assertion for us will do.

        Raises:
            Refused: `assertion_invalid`, with the check that failed in `detail`; `assertion_expired`;
                `assertion_replayed`.
            ProviderFailed: `assertion_keys_unavailable`; `store_unavailable`, after which the assertion may be used
                up. Nothing is believed.
        """
        return accept_assertion(
            self._expected, assertion, expected_transaction_digest=expected_transaction_digest
        )

    @act
    def purge(self) -> Act[int]:
        """Delete what has expired from the store; nothing that could be shown again. Run it daily."""
        return purge(self._driver.clock())

    def close(self) -> None:
        """Close the connections that this object itself opened."""
        if self._owned is not None:
            self._owned.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        expected = self._expected
        return f"{type(self).__name__}(issuer={expected.issuer!r}, audience={expected.audience!r})"


class _AsyncKeys:
    """The portal's keys: given once, or fetched from where they are published and kept for a while."""

    def __init__(self, source: SigningKeys | tuple[str, Transport]) -> None:
        self._source = source
        self._kept: Kept[SigningKeys] = Kept(
            fresh_for=FRESH_FOR, stale_for=STALE_FOR, cool_down=COOL_DOWN, cool_down_without=COOL_DOWN
        )
        self._fetching = Lock(DEFAULT_TIME_LIMITS.total)

    def holding(self, key_id: str, now: datetime) -> SigningKeys:
        """The keys; fetched where that one is not among those that are known."""
        source = self._source
        if isinstance(source, SigningKeys):
            return source
        kept, rounds = self._kept, self._kept.rounds
        try:
            if kept.needs_fetch(now, lacking=lambda keys: keys.lacks(key_id)):
                with self._fetching:
                    if kept.rounds == rounds:
                        self._fetch(*source, now)
            return kept.outcome(now)
        except ProviderFailed as failed:
            detail = failed.detail
        raise ProviderFailed("assertion_keys_unavailable", detail=detail)

    def _fetch(self, jwks_url: str, transport: Transport, now: datetime) -> None:
        try:
            keys = process_jwks(transport.send(jwks_request(jwks_url)))
        except ProviderFailed as failed:
            self._kept.failed(failed, now)
        else:
            self._kept.fetched(keys, now)


def _carrier(http_client: httpx.Client | None) -> Transport:
    try:
        return HTTPXTransport(http_client)
    except Misconfigured as unreadable:
        detail = unreadable.detail
    raise settings(detail)


def _read(document: Mapping[str, object]) -> SigningKeys:
    try:
        return process_jwks(Response(status=200, body=json.dumps(dict(document)).encode()))
    except (ProviderFailed, TypeError, ValueError):
        raise settings("keys: the document is no JWKS, or has no key that can be used") from None
