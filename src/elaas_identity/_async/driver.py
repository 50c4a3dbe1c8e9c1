"""Performs the effects of acts, and decides nothing.

A provider's own error goes into the act that asked. Whatever else a provider raises becomes `ProviderFailed`, by the
kind of effect; but for mistakes in its code, which nobody mends by trying again. What leaves the facade carries no
frame of ours, or none with locals: those hold passwords and codes (R7.2).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import wraps
from inspect import iscoroutinefunction, signature
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from elaas_identity._discreet import marked, stripped
from elaas_identity.change import Change, Done, Outcome
from elaas_identity.effects import (
    Act,
    AuthorizationURL,
    CheckDeliverability,
    Commit,
    Draw,
    Effect,
    FetchKeys,
    Hash,
    Load,
    Log,
    Pause,
    Purge,
    ReadClock,
    Redeem,
    Revoke,
    Send,
    Tell,
    Verify,
)
from elaas_identity.errors import ElaasIdentityError, ProviderFailed, ProviderFailedCode
from elaas_identity.events import Event
from elaas_identity.flow.given import handed_in
from elaas_identity.flow.real_people import require_no_double
from elaas_identity.oidc.jwks import SigningKeys
from elaas_identity.passwords.hashing import SALT_BYTES, PasswordHashing
from elaas_identity.ports import AsyncIdentityProvider, AsyncMailer, AsyncStore, Clock, Listener, Random
from elaas_identity.providers.deliverability import AsyncDeliverability
from elaas_identity.providers.flavour import require_flavour, require_listeners
from elaas_identity.providers.hash_workers import AsyncHashWorkers

P = ParamSpec("P")
T = TypeVar("T")

_log = logging.getLogger("elaas_identity")

_FAILURES: dict[type[Effect], ProviderFailedCode] = {
    Load: "store_unavailable",
    Commit: "store_unavailable",
    Purge: "store_unavailable",
    Hash: "hashing_failed",
    Verify: "hashing_failed",
    AuthorizationURL: "identity_provider_unavailable",
    Redeem: "identity_provider_unavailable",
    Revoke: "identity_provider_unavailable",
    FetchKeys: "assertion_keys_unavailable",
    Send: "mail_outcome_unknown",
}
"""What an act is told of an error that a provider should not have raised."""


_MISTAKES = (TypeError, AttributeError, NameError, AssertionError, NotImplementedError)
"""What tells of a mistake in a provider, such as a test's double: no outage, so it comes out as it is."""


class AsyncPublishedKeys(Protocol):
    """The published keys of another system."""

    async def holding(self, key_id: str, now: datetime) -> SigningKeys: ...


class AsyncDriver:
    """Performs effects by the ports that the portal gave. One serves every act of a facade."""

    def __init__(
        self,
        *,
        store: AsyncStore,
        clock: Clock,
        random: Random,
        listeners: Sequence[Listener] = (),
        identity_provider: AsyncIdentityProvider | None = None,
        mailer: AsyncMailer | None = None,
        hashing: PasswordHashing | None = None,
        published_keys: AsyncPublishedKeys | None = None,
    ) -> None:
        awaited = iscoroutinefunction(AsyncDriver.perform)
        require_flavour(store, ("load", "commit", "purge"), "store_settings", awaited=awaited)
        require_flavour(mailer, ("send",), "mailer_settings", awaited=awaited)
        asked = ("authorization_url", "redeem", "revoke")
        require_flavour(identity_provider, asked, "identity_provider_settings", awaited=awaited)
        require_listeners(listeners)
        if identity_provider is not None:  # else nobody signs in here
            issuer = getattr(identity_provider, "issuer", None)
            require_no_double("clock", clock, issuer)
            require_no_double("random", random, issuer)
        self.store = store
        self.clock = clock
        self.random = random
        self._listeners = tuple(listeners)
        self._identity_provider: Any = identity_provider
        self._mailer: Any = mailer
        self._hashing: Any = hashing
        self._published_keys: Any = published_keys
        self._workers = AsyncHashWorkers()
        self._deliverability = AsyncDeliverability()

    async def run(self, act: Act[T]) -> T:
        """Drive an act to its end, and answer what it returns."""
        effect: Effect
        try:
            effect = next(act)
            while True:
                try:
                    result = await self.perform(effect)
                except ElaasIdentityError as error:
                    effect = act.throw(error)
                else:
                    effect = act.send(result)
        except StopIteration as returned:
            answer: T = returned.value
            return answer

    async def perform(self, effect: Effect) -> Any:
        """The result of one effect.

        Raises:
            ElaasIdentityError: the effect failed.
        """
        try:
            return await self._perform(effect)
        except (ElaasIdentityError, *_MISTAKES):
            raise
        except Exception as problem:
            code, detail = _FAILURES.get(type(effect)), type(problem).__name__
            if code is None:
                raise
        raise ProviderFailed(code, detail=detail)

    async def close(self) -> None:
        """End the hashing threads."""
        await self._workers.close()

    async def _perform(self, effect: Effect) -> Any:
        match effect:
            case Load(keys):
                return await self.store.load(*keys)
            case Commit(change):
                return await self._commit(change)
            case Purge(before):
                return await self.store.purge(before)
            case Tell(event):
                return self._tell(event)
            case Log(what, code):
                return _log.warning("%s: %s", what, code)
            case ReadClock():
                return self.clock()
            case Pause(length):
                return await asyncio.sleep(length.total_seconds())
            case Draw(make):
                return make(self.random)
            case Hash(prepared):
                salt = self.random.token_bytes(SALT_BYTES)
                return await self._workers.run(lambda: self._hashing.hash(prepared, salt))
            case Verify(password_hash, prepared):
                return await self._workers.run(lambda: self._hashing.verified(password_hash, prepared))
            case AuthorizationURL(proof, max_age):
                return await self._identity_provider.authorization_url(proof, max_age=max_age)
            case Redeem(callback, proof, now):
                return await self._identity_provider.redeem(callback, proof, now=now)
            case Revoke(grant):
                return await self._identity_provider.revoke(grant)
            case FetchKeys(key_id, now):
                return await self._published_keys.holding(key_id, now)
            case CheckDeliverability(address, timeout):
                return await self._deliverability.check(address, timeout)
            case Send(mail):
                return await self._mailer.send(mail)

    async def _commit(self, change: Change) -> Outcome:
        outcome = await self.store.commit(change)
        if isinstance(outcome, Done):
            for record in (*change.inserts, *change.tells):
                if isinstance(record, Event):
                    self._tell(record)
        return outcome

    def _tell(self, event: Event) -> None:
        for listener in self._listeners:
            try:
                listener(event)
            except Exception as problem:  # a listener is the portal's: it must not undo what is committed
                _log.warning(
                    "a listener failed on %s: %s",
                    event.kind,
                    getattr(problem, "code", type(problem).__name__),
                )


class Driven(Protocol):
    """An object whose methods are acts."""

    _driver: AsyncDriver


S = TypeVar("S", bound=Driven)


def act(method: Callable[Concatenate[S, P], Act[T]]) -> Callable[Concatenate[S, P], Awaitable[T]]:
    """Make a method that returns an act into one that drives it, and raises its errors without what our frames hold."""

    @wraps(method)
    async def call(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await self._driver.run(handed_in(method, self, args, kwargs))
        except ElaasIdentityError as raised:
            error: BaseException = stripped(raised).with_traceback(None)
        except BaseException as raised:  # a mistake, or an interruption
            error = stripped(raised)
        del args, kwargs
        raise error

    # What `help` and annotations say is the answer, and not that there is an act behind it.
    answer = str(method.__annotations__["return"]).removeprefix("Act[").removesuffix("]")
    call.__annotations__ = {**method.__annotations__, "return": answer}
    del call.__wrapped__
    vars(call)["__signature__"] = signature(method).replace(return_annotation=answer)
    marked(call)
    return call
