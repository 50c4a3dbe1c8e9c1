"""What an act may ask of the outside: one class for each effect, and one function that yields it and types its result.

An act is a generator. It yields effects and receives their results, and it contains every decision of one call of the
facade, in the order in which it is made. It has no `async`, no socket, no clock and no randomness of its own.

    def find(rules: Rules, account_id: str) -> Act[AccountRecord | None]:
        key = Key(AccountRecord, account_id)
        return (yield from load(key)).one(key)

A driver performs the effects: `_async/driver.py`, and its generated twin for synchronous code. A test may step an act
by hand, effect by effect.

An effect that fails is raised inside the act as an `ElaasIdentityError`. Call the functions below, never `yield` a
class: that is what keeps the results typed.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeAlias, TypeVar

from elaas_identity.change import Budget, Change, Exhausted, Key, Outcome, Snapshot
from elaas_identity.events import Event
from elaas_identity.mail.address import EmailAddress
from elaas_identity.mail.composing import Mail
from elaas_identity.oidc.authorization import AttemptProof, Callback
from elaas_identity.oidc.jwks import SigningKeys
from elaas_identity.oidc.token import Grant
from elaas_identity.passwords.hashing import Verified

T = TypeVar("T")


class Random(Protocol):
    """Randomness fit for secrets: `secrets` in production, a seeded one in tests."""

    def token_bytes(self, count: int) -> bytes:
        """`count` random bytes."""
        ...

    def below(self, bound: int) -> int:
        """A uniform integer in [0, bound)."""
        ...


@dataclass(frozen=True, slots=True)
class Load:
    """Read records and budgets from the store, in one snapshot."""

    keys: tuple[Key[Any] | Budget, ...]


@dataclass(frozen=True, slots=True)
class Commit:
    """Change the store, all or nothing. Listeners are told of the events in it once it is done."""

    change: Change


@dataclass(frozen=True, slots=True)
class Purge:
    """Delete what expired before then."""

    before: datetime


@dataclass(frozen=True, slots=True)
class Tell:
    """Tell the listeners of something that is not stored: a refusal, which anybody could cause without end."""

    event: Event


@dataclass(frozen=True, slots=True)
class Log:
    """Write one line to the log about something that went wrong and stops nothing."""

    what: str
    code: str


@dataclass(frozen=True, slots=True)
class ReadClock:
    """Read the clock once more: for an act that takes long, such as the import of a list."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Let time pass."""

    length: timedelta


@dataclass(frozen=True, slots=True)
class Draw:
    """Make something of fresh randomness."""

    make: Callable[[Random], Any]


@dataclass(frozen=True, slots=True)
class Hash:
    """Hash a new password with Argon2id."""

    prepared: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Verify:
    """Verify a password against a stored hash, or against a decoy where there is none."""

    password_hash: str | None = field(repr=False)
    prepared: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AuthorizationURL:
    """Ask the identity provider's adapter where to send the person."""

    proof: AttemptProof = field(repr=False)
    max_age: timedelta | None


@dataclass(frozen=True, slots=True)
class Redeem:
    """Exchange the authorization code of a callback for a verified identity."""

    callback: Callback = field(repr=False)
    proof: AttemptProof = field(repr=False)
    now: datetime


@dataclass(frozen=True, slots=True)
class Revoke:
    """Give the tokens back that came with an identity."""

    grant: Grant = field(repr=False)


@dataclass(frozen=True, slots=True)
class FetchKeys:
    """Get the published keys of another system, fetched anew where the one named is not among them."""

    key_id: str
    now: datetime


@dataclass(frozen=True, slots=True)
class CheckDeliverability:
    """Ask DNS whether the domain of an address takes mail."""

    address: EmailAddress = field(repr=False)
    timeout: timedelta


@dataclass(frozen=True, slots=True)
class Send:
    """Send a mail to its one recipient."""

    mail: Mail = field(repr=False)


Effect: TypeAlias = (
    Load
    | Commit
    | Purge
    | Tell
    | Log
    | ReadClock
    | Pause
    | Draw
    | Hash
    | Verify
    | AuthorizationURL
    | Redeem
    | Revoke
    | FetchKeys
    | CheckDeliverability
    | Send
)
"""Everything that an act may yield."""

Act: TypeAlias = Generator[Effect, Any, T]
"""One call of the facade: yields effects, receives their results, returns the call's answer."""


def load(*keys: Key[Any] | Budget) -> Act[Snapshot]:
    """What the store holds under these keys, at one moment.

    Raises:
        ProviderFailed: `store_unavailable`.
    """
    snapshot: Snapshot = yield Load(keys)
    return snapshot


def commit(change: Change) -> Act[Outcome]:
    """What became of a change: done, a conflict, or a budget that is used up.

    Raises:
        ProviderFailed: `store_unavailable`. Whether the change was made is then unknown.
    """
    outcome: Outcome = yield Commit(change)
    if isinstance(outcome, Exhausted) and outcome.retry_after > outcome.budget.window:
        # The clock was ahead: what was charged then counts from now on. What is given back here was not charged.
        yield Commit(Change(refunds=change.charges, latest=max(charge.at for charge in change.charges)))
        outcome = yield Commit(change)
    return outcome


def purge(before: datetime) -> Act[int]:
    """How many records were deleted that expired before then.

    Raises:
        ProviderFailed: `store_unavailable`.
    """
    count: int = yield Purge(before)
    return count


def tell(event: Event) -> Act[None]:
    """Tell the listeners of an event that is not stored."""
    yield Tell(event)


def log(what: str, code: str) -> Act[None]:
    """Log what went wrong by its code alone: a text may hold a secret."""
    yield Log(what, code)


def read_clock() -> Act[datetime]:
    """Aware UTC now."""
    now: datetime = yield ReadClock()
    return now


def pause(length: timedelta) -> Act[None]:
    """Let time pass."""
    yield Pause(length)


def draw(make: Callable[[Random], T]) -> Act[T]:
    """What `make` makes of fresh randomness."""
    made: T = yield Draw(make)
    return made


def hash_password(prepared: str) -> Act[str]:
    """The hash of a prepared password, with a fresh salt.

    Raises:
        ProviderFailed: `hashing_failed`.
    """
    password_hash: str = yield Hash(prepared)
    return password_hash


def verify_password(password_hash: str | None, prepared: str) -> Act[Verified]:
    """Whether the prepared password matches, and whether its hash is out of date. None: a decoy, which nothing matches.

    Raises:
        ProviderFailed: `hashing_failed`.
    """
    verified: Verified = yield Verify(password_hash, prepared)
    return verified


def authorization_url(proof: AttemptProof, *, max_age: timedelta | None) -> Act[str]:
    """Where to send the person for this authorization attempt.

    Raises:
        ProviderFailed, Misconfigured: as the identity provider's adapter.
    """
    url: str = yield AuthorizationURL(proof, max_age)
    return url


def redeem(callback: Callback, proof: AttemptProof, *, now: datetime) -> Act[Grant]:
    """The verified identity that a callback's authorization code stands for.

    Raises:
        Refused, ProviderFailed, Misconfigured: as the identity provider's adapter.
    """
    grant: Grant = yield Redeem(callback, proof, now)
    return grant


def revoke(grant: Grant) -> Act[None]:
    """Give the grant's tokens back.

    Raises:
        ProviderFailed, Misconfigured: as the identity provider's adapter.
    """
    yield Revoke(grant)


def fetch_keys(key_id: str, *, now: datetime) -> Act[SigningKeys]:
    """The published keys of another system, as far as they are known.

    Raises:
        ProviderFailed: `assertion_keys_unavailable`.
    """
    keys: SigningKeys = yield FetchKeys(key_id, now)
    return keys


def takes_mail(address: EmailAddress, *, timeout: timedelta) -> Act[bool | None]:
    """Whether the address's domain takes mail, by DNS; None where DNS did not tell in time."""
    answer: bool | None = yield CheckDeliverability(address, timeout)
    return answer


def send(mail: Mail) -> Act[None]:
    """Send a mail.

    Raises:
        ProviderFailed: `mail_recipient_refused`, `mail_not_accepted`: certainly not sent; `mail_outcome_unknown`.
    """
    yield Send(mail)
