"""What a portal plugs in: identity provider, mailer, store, clock, randomness, listener. Protocols, in pairs.

An implementation raises only `ElaasIdentityError`. Whatever else comes out is taken as "outcome unknown"; but a
`TypeError`, `AttributeError`, `NameError`, `AssertionError` or `NotImplementedError` is a mistake in it, and comes out
of the facade as it is. An object of the wrong flavour is refused with `Misconfigured` when the facade is made.

What an implementation promises beyond its methods is in the contracts of `elaas_identity.testing` (docs/contracts.md).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeAlias

from elaas_identity.change import (
    Budget,
    Change,
    Charge,
    Conflict,
    Done,
    Exhausted,
    FieldOf,
    Key,
    Outcome,
    Record,
    Snapshot,
    Unchanged,
)
from elaas_identity.effects import Random
from elaas_identity.events import Event, EventKind
from elaas_identity.mail.address import EmailAddress
from elaas_identity.mail.composing import Mail
from elaas_identity.oidc.authorization import AttemptProof, Callback
from elaas_identity.oidc.http import Request, Response
from elaas_identity.oidc.token import Grant

__all__ = [
    "AsyncIdentityProvider",
    "AsyncMailer",
    "AsyncStore",
    "AsyncTransport",
    "AttemptProof",
    "Budget",
    "Callback",
    "Change",
    "Charge",
    "Clock",
    "Conflict",
    "Done",
    "EmailAddress",
    "Event",
    "EventKind",
    "Exhausted",
    "FieldOf",
    "Grant",
    "IdentityProvider",
    "Key",
    "Listener",
    "Mail",
    "Mailer",
    "Outcome",
    "Random",
    "Record",
    "Request",
    "Response",
    "Snapshot",
    "Store",
    "Transport",
    "Unchanged",
]

Clock: TypeAlias = Callable[[], datetime]
"""The time, as an aware UTC datetime."""

Listener: TypeAlias = Callable[[Event], None]
"""Told of every event after it is committed. It must be quick; what it raises is logged and goes no further."""


class Store(Protocol):
    """Flows, accounts, budgets and events, which change together or not at all."""

    def load(self, *keys: Key[Any] | Budget) -> Snapshot:
        """All of them as they stood at one moment."""
        ...

    def commit(self, change: Change) -> Outcome:
        """All of it or nothing, in a transaction of its own that no outer rollback can undo."""
        ...

    def purge(self, before: datetime) -> int:
        """Delete records whose `expires_at` lies before then, attempts with their flow, and budgets with no charge
        inside its window at then.

        Returns how many records went. Accounts, bindings and events are kept: their retention is the portal's.
        """
        ...

    def close(self) -> None:
        """Close what this object itself opened."""
        ...


class AsyncStore(Protocol):
    """`Store`, awaited."""

    async def load(self, *keys: Key[Any] | Budget) -> Snapshot: ...
    async def commit(self, change: Change) -> Outcome: ...
    async def purge(self, before: datetime) -> int: ...
    async def close(self) -> None: ...


class Mailer(Protocol):
    """Sends one mail to its one recipient.

    `send` raises `ProviderFailed` with `mail_recipient_refused` or `mail_not_accepted` where the server certainly did
    not take the mail, and `mail_outcome_unknown` where it may have.
    """

    def send(self, mail: Mail) -> None: ...
    def close(self) -> None: ...


class AsyncMailer(Protocol):
    """`Mailer`, awaited."""

    async def send(self, mail: Mail) -> None: ...
    async def close(self) -> None: ...


class IdentityProvider(Protocol):
    """The OpenID provider: says where to send the person, and turns what comes back into a `Grant`.

    It may have an attribute `states_ial: bool` besides. Where that is False, no person comes with an identity assurance
    level, and the facade refuses a policy with a `minimum_ial` when it is made, instead of each person later.
    And an attribute `issuer: str`: the URL that its ID tokens are of. Without it the people count as real, so that the
    facade takes no clock and no random of a test.
    """

    def authorization_url(self, proof: AttemptProof, *, max_age: timedelta | None) -> str:
        """Where to send the person for this attempt; `max_age` asks for a login no older than that."""
        ...

    def redeem(self, callback: Callback, proof: AttemptProof, *, now: datetime) -> Grant:
        """Check the callback's issuer, exchange its authorization code once, verify the ID token.

        Raises:
            Refused: the person said no, or the callback is not one of ours.
            ProviderFailed: it could not be reached, or answered what cannot be believed.
            Misconfigured: our registration lacks a scope, a right or a secret.
        """
        ...

    def revoke(self, grant: Grant) -> None:
        """Give back the tokens that came with the identity, as far as the provider lets us."""
        ...

    def close(self) -> None: ...


class AsyncIdentityProvider(Protocol):
    """`IdentityProvider`, awaited."""

    async def authorization_url(self, proof: AttemptProof, *, max_age: timedelta | None) -> str: ...
    async def redeem(self, callback: Callback, proof: AttemptProof, *, now: datetime) -> Grant: ...
    async def revoke(self, grant: Grant) -> None: ...
    async def close(self) -> None: ...


class Transport(Protocol):
    """Carries one HTTP request: TLS verified, no redirects followed, no retry, one deadline, at most 1 MiB (R5.8).

    Raises `ProviderFailed` with `identity_provider_unavailable` for whatever goes wrong on the way, and with
    `identity_provider_answer_invalid` for an answer that is too large.
    """

    def send(self, request: Request) -> Response: ...
    def close(self) -> None:
        """Close the client if this object made it; an injected one is its owner's."""
        ...


class AsyncTransport(Protocol):
    """`Transport`, awaited."""

    async def send(self, request: Request) -> Response: ...
    async def close(self) -> None: ...
