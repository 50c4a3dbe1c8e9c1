# Generated from _async/thaid.py by scripts/unasync.py. Do not edit: edit that file and run it.
"""ThaID as an identity provider: straight lines between the profile, which knows the rules, and a transport."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from inspect import iscoroutinefunction
from typing import Self, TypeVar, Unpack

import httpx

from elaas_identity._discreet import discreet
from elaas_identity._sync.locking import Lock
from elaas_identity.errors import ElaasIdentityError, Misconfigured, ProviderFailed
from elaas_identity.flow.real_people import require_no_double
from elaas_identity.not_pickled import NotPickled
from elaas_identity.oidc import jwks, metadata, token
from elaas_identity.oidc.authorization import AttemptProof, Callback
from elaas_identity.oidc.http import Request, Response
from elaas_identity.oidc.id_token import IDToken, key_id
from elaas_identity.oidc.kept import Kept
from elaas_identity.oidc.metadata import Metadata
from elaas_identity.oidc.token import Grant, Introspection, TokenAnswer
from elaas_identity.ports import Clock, Transport
from elaas_identity.providers.flavour import require_flavour
from elaas_identity.providers.http import DEFAULT_TIME_LIMITS, HTTPXTransport
from elaas_identity.providers.thaid import PRODUCTION, SANDBOX, Options, Profile

T = TypeVar("T")


def _utc_now() -> datetime:
    return datetime.now(UTC)


@discreet
class ThaID(NotPickled):
    """DOPA's digital ID. Makes no connection until the first person comes, and survives a fork.

    Args:
        client_id: of the client's registration at DOPA. Production and sandbox have separate ones.
        client_secret: of the same registration.
        redirect_uri: to the letter as registered, port and final slash included.
        issuer: another one than production's: https, or http on loopback. A final slash is dropped, as ThaID's tokens
            have none.
        http_client: a client of the portal's own, to share its connections, proxies and trust store. It is not closed.
        transport: instead of an httpx client, anything that carries requests.
        clock: tells when discovered metadata is to be asked for again.
        options: see `elaas_identity.providers.thaid.Options`.

    Raises:
        Misconfigured: `identity_provider_settings`, saying which setting and why; or, where we make the HTTP client,
            which environment variable names a proxy that cannot be read;
            `test_double`, for a clock of a test where people may be real.
    """

    def __init__(
        self,
        *,
        client_id: str,
        client_secret: str,
        redirect_uri: str,
        issuer: str = PRODUCTION,
        http_client: httpx.Client | None = None,
        transport: Transport | None = None,
        clock: Clock = _utc_now,
        **options: Unpack[Options],
    ) -> None:
        if http_client is not None and transport is not None:
            raise Misconfigured(
                "identity_provider_settings", detail="give http_client or transport, not both"
            )
        awaited = iscoroutinefunction(ThaID.redeem)
        require_flavour(transport, ("send",), "identity_provider_settings", awaited=awaited)
        self._profile = Profile(
            client_id=client_id,
            client_secret=client_secret,
            redirect_uri=redirect_uri,
            issuer=issuer,
            **options,
        )
        self._relying_party = self._profile.relying_party
        require_no_double("clock", clock, self._relying_party.issuer)
        self._transport = HTTPXTransport(http_client) if transport is None else transport
        self._owns_transport = transport is None
        self._clock = clock
        self._metadata_kept: Kept[Metadata] = Kept(
            fresh_for=metadata.FRESH_FOR, stale_for=metadata.STALE_FOR, cool_down=jwks.COOL_DOWN
        )
        self._keys_kept: Kept[jwks.SigningKeys] = Kept(
            fresh_for=jwks.FRESH_FOR, stale_for=jwks.STALE_FOR, cool_down=jwks.COOL_DOWN
        )
        self._fetching_metadata = Lock(DEFAULT_TIME_LIMITS.total)
        self._fetching_keys = Lock(DEFAULT_TIME_LIMITS.total)

    @classmethod
    def sandbox(
        cls,
        *,
        client_id: str,
        client_secret: str,
        redirect_uri: str,
        http_client: httpx.Client | None = None,
        transport: Transport | None = None,
        clock: Clock = _utc_now,
        **options: Unpack[Options],
    ) -> Self:
        """DOPA's sandbox, where no person is real; it has client registrations of its own."""
        return cls(
            client_id=client_id,
            client_secret=client_secret,
            redirect_uri=redirect_uri,
            issuer=SANDBOX,
            http_client=http_client,
            transport=transport,
            clock=clock,
            **options,
        )

    @property
    def issuer(self) -> str:
        """Who signs the ID tokens: the address that the authorization page is at, too."""
        return self._relying_party.issuer

    @property
    def redirect_uri(self) -> str:
        """Where the person comes back to: the portal's own origin, and the path of the callback."""
        return self._relying_party.redirect_uri

    @property
    def states_ial(self) -> bool:
        """Whether a person comes with an identity assurance level: the scope `ial` is asked for."""
        return self._profile.states_ial

    def authorization_url(self, proof: AttemptProof, *, max_age: timedelta | None) -> str:
        """Where to send the person for this attempt; `max_age` asks for a login no older than that.

        Raises:
            ProviderFailed: metadata is to be discovered, and cannot be.
        """
        known = self._metadata(self._clock())
        return self._relying_party.authorization_url(known, proof, max_age=max_age)

    def redeem(self, callback: Callback, proof: AttemptProof, *, now: datetime) -> Grant:
        """Check the callback, exchange its code once, verify the ID token, and read who the person is.

        Raises:
            Refused: `identity_denied`, `identity_repeated`: the person's side; `callback_malformed`: not one of ours.
            ProviderFailed: it could not be reached, or answered what cannot be believed. The code is spent: try anew.
            Misconfigured: the registration lacks a scope, a right or a secret; or the evidence lacks a national ID.
        """
        known = self._metadata(now)
        request = self._relying_party.token_request(known, callback, proof)
        answer = self._relying_party.token_answer(self._transport.send(request))
        id_token = self._id_token(known, answer, proof, now)
        return Grant(
            identity=self._profile.identity(id_token, now),
            tokens=answer.to_revoke,
            open_to_code_injection=id_token.open_to_code_injection,
        )

    def revoke(self, grant: Grant) -> None:
        """Give back every token of the grant; does nothing where the provider has no endpoint for it.

        Raises:
            ProviderFailed, Misconfigured: as the first one that could not be given back. The others are, all the same.
        """
        endpoint = (self._metadata(self._clock())).revocation_endpoint
        if endpoint is None:
            return
        party, failures = self._relying_party, list[ElaasIdentityError]()
        for given in grant.tokens:
            request = token.revocation_request(party.client, endpoint, given)
            try:
                response = self._transport.send(request)
                token.process_revocation(response, party.error_meanings, party.client)
            except ElaasIdentityError as error:
                failures.append(error)
        if failures:
            raise failures[0]

    def introspect(self, given: str) -> Introspection:
        """What the provider says of a token that it gave.

        Raises:
            ProviderFailed, Misconfigured: there is no answer to believe.
        """
        endpoint = (self._metadata(self._clock())).introspection_endpoint
        if endpoint is None:
            raise Misconfigured(
                "identity_provider_settings", detail="the metadata has no introspection endpoint"
            )
        party = self._relying_party
        request = token.introspection_request(party.client, endpoint, given)
        response = self._transport.send(request)
        return token.process_introspection(response, party.error_meanings, party.client)

    def close(self) -> None:
        """Close the connections that this object itself opened."""
        if self._owns_transport:
            self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        party = self._relying_party
        return f"{type(self).__name__}(issuer={party.issuer!r}, client_id={party.client.id!r})"

    def _metadata(self, now: datetime) -> Metadata:
        if self._profile.metadata is not None:
            return self._profile.metadata
        issuer = self._relying_party.issuer
        kept, rounds = self._metadata_kept, self._metadata_kept.rounds
        if kept.needs_fetch(now):
            with self._fetching_metadata:
                if kept.rounds == rounds:
                    self._fetch(
                        kept,
                        metadata.discovery_request(issuer),
                        lambda response: metadata.process_discovery(response, issuer),
                        now,
                    )
        return kept.outcome(now)

    def _id_token(self, known: Metadata, answer: TokenAnswer, proof: AttemptProof, now: datetime) -> IDToken:
        """The verified ID token. Where the keys refuse it, they are asked for anew, once for each cool-down: a key may
        have been replaced under its `kid`."""
        kid = key_id(answer.id_token)
        keys = self._keys(known.jwks_uri, now, lambda kept: kept.lacks(kid))
        try:
            return self._relying_party.id_token(answer, keys, proof, now=now)
        except ProviderFailed:
            if not self._relying_party.needs_other_keys(answer, keys):
                raise
        newer = self._keys(known.jwks_uri, now, lambda kept: kept is keys)
        return self._relying_party.id_token(answer, newer, proof, now=now)

    def _keys(
        self, jwks_uri: str, now: datetime, lacking: Callable[[jwks.SigningKeys], bool]
    ) -> jwks.SigningKeys:
        kept, rounds = self._keys_kept, self._keys_kept.rounds
        if kept.needs_fetch(now, lacking=lacking):
            with self._fetching_keys:
                if kept.rounds == rounds:
                    self._fetch(kept, jwks.jwks_request(jwks_uri), jwks.process_jwks, now)
        return kept.outcome(now)

    def _fetch(
        self, kept: Kept[T], request: Request, process: Callable[[Response], T], now: datetime
    ) -> None:
        try:
            value = process(self._transport.send(request))
        except ProviderFailed as error:
            kept.failed(error, now)
        else:
            kept.fetched(value, now)
