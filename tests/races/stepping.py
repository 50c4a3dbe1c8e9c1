"""The facade of one actor, as if in a process of its own: its acts are not run, but stepped by whoever called them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from elaas_identity import ElaasIdentity, FlowPolicy, Keyring
from elaas_identity.effects import Act, Commit, Effect, Load, Purge, Redeem, Send
from elaas_identity.errors import ElaasIdentityError, ProviderFailed
from elaas_identity.oidc.token import Grant
from elaas_identity.providers.memory import MemoryStore
from elaas_identity.testing.clock import SeededRandom, SteppingClock
from elaas_identity.testing.outbox import Outbox
from tests.facade.portal import ScriptedIdentityProvider
from tests.races.scheduler import Play
from tests.races.world import Posted

T = TypeVar("T")


class Inline:
    """Hashes here and now, in no thread of its own."""

    def run(self, function: Callable[[], T]) -> T:
        return function()


class Process:
    """Answers what an act asks of its own process alone, and passes on what it asks of what all share."""

    def __init__(self, facade: ElaasIdentity, citizens: dict[str, Any], mail_arrives: bool) -> None:
        self._driver: Any = facade._driver
        self._citizens = citizens
        self._mail_arrives = mail_arrives

    def stepped(self, act: Act[Any]) -> Play:
        """The act, as a generator of requests to what all share."""
        result: Any = None
        error: ElaasIdentityError | None = None
        while True:
            try:
                effect = act.send(result) if error is None else act.throw(error)
            except StopIteration as returned:
                return returned.value
            result = error = None
            try:
                result = yield from self._answered(effect)
            except ElaasIdentityError as failed:
                error = failed

    def _answered(self, effect: Effect) -> Play:
        match effect:
            case Load() | Commit() | Purge():
                return (yield effect)
            case Redeem(callback, _, now):
                yield effect
                citizen = self._citizens[callback.code or ""]
                identity = self._driver._identity_provider.identity_of(citizen, now)
                return Grant(identity=identity, tokens=("access-token",))
            case Send(mail):
                yield Posted(mail, self._mail_arrives)
                if not self._mail_arrives:
                    raise ProviderFailed("mail_recipient_refused")
                return None
            case _:
                return self._driver.perform(effect)


def stepped_facade(
    *,
    keyring: Keyring,
    policy: FlowPolicy,
    now: datetime,
    seed: int,
    citizens: dict[str, Any],
    mail_arrives: bool = True,
    legacy_verifiers: tuple[Any, ...] = (),
) -> ElaasIdentity:
    """The real facade. Each of its calls answers a generator of requests, to be stepped."""
    clock = SteppingClock(now)
    facade = ElaasIdentity(
        identity_provider=ScriptedIdentityProvider(clock),
        mailer=Outbox(),
        store=MemoryStore(),
        keyring=keyring,
        policy=policy,
        clock=clock,
        random=SeededRandom(seed),
        legacy_verifiers=legacy_verifiers,
    )
    assert facade.accounts._driver is facade._driver
    driver: Any = facade._driver
    driver._workers = Inline()
    driver.run = Process(facade, citizens, mail_arrives).stepped
    return facade
