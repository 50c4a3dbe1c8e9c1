"""The facade of one actor, as if in a process of its own: its acts are not run, but stepped by whoever called them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeVar, get_args

from elaas_identity import AssertionSettings, ElaasIdentity, FlowPolicy, Keyring
from elaas_identity.effects import (
    Act,
    AuthorizationURL,
    Commit,
    Effect,
    Load,
    Pause,
    Purge,
    Redeem,
    Revoke,
    Send,
)
from elaas_identity.errors import ElaasIdentityError, Misconfigured, ProviderFailed, Refused
from elaas_identity.oidc.token import Grant
from elaas_identity.providers.memory import MemoryStore
from elaas_identity.testing.clock import SeededRandom, SteppingClock
from elaas_identity.testing.outbox import Outbox
from tests.assertions.bridge import GFMS, KEYS, PORTAL
from tests.audit.trail import KEYS as AUDIT_KEYS
from tests.facade.portal import ScriptedIdentityProvider
from tests.world.actor import Killed, Play, witness
from tests.world.shared import Posted

T = TypeVar("T")


Mode = Literal["raises before", "raises after", "dies after", "is refused"]
MODES: tuple[Mode, ...] = get_args(Mode)
SAYS = "a fault whose text quotes a secret: 12345678"

REFUSALS: dict[type[Effect], tuple[Callable[[], ElaasIdentityError], ...]] = {
    Load: (lambda: ProviderFailed("store_unavailable"),),
    Commit: (lambda: ProviderFailed("store_unavailable"),),
    Purge: (lambda: ProviderFailed("store_unavailable"),),
    AuthorizationURL: (lambda: Misconfigured("identity_provider_settings", detail="for a test"),),
    Redeem: (lambda: Refused("identity_denied"), lambda: ProviderFailed("identity_provider_answer_invalid")),
    Revoke: (lambda: ProviderFailed("identity_provider_unavailable"),),
    Send: (
        lambda: ProviderFailed("mail_recipient_refused"),
        lambda: ProviderFailed("mail_not_accepted"),
        lambda: ProviderFailed("mail_outcome_unknown"),
    ),
}
"""Errors that a provider raises by its port, and nothing is done."""


@dataclass
class Fault:
    """One effect of an act that fails.

    Attributes:
        at: its number among the effects of the process; None: none fails, and all are counted.
        refusal: which of `REFUSALS`, where it is refused.
        effects: the effects that were asked for, the failing one included.
    """

    at: int | None = None
    mode: Mode = "raises before"
    refusal: int = 0
    effects: list[Effect] = field(default_factory=list)

    def strikes(self, effect: Effect) -> bool:
        """Whether it is this effect that fails."""
        self.effects.append(effect)
        return self.at == len(self.effects) - 1

    @property
    def struck(self) -> bool:
        return self.at is not None and len(self.effects) > self.at


@dataclass(frozen=True)
class Granted:
    """An act was given a verified identity, for that authorization attempt."""

    attempt_id: str
    person: str
    """The national ID in it."""


class Inline:
    """Hashes here and now, in no thread of its own."""

    def run(self, function: Callable[[], T]) -> T:
        return function()


class Process:
    """Answers what an act asks of its own process alone, and passes on what it asks of what all share."""

    def __init__(
        self, facade: ElaasIdentity, citizens: dict[str, Any], mail_arrives: bool, fault: Fault | None
    ) -> None:
        self._driver: Any = facade._driver
        self._citizens = citizens
        self._mail_arrives = mail_arrives
        self._fault = fault or Fault()

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
                result = yield from self._faulty(effect)
            except ElaasIdentityError as failed:
                error = failed

    def _faulty(self, effect: Effect) -> Play:
        fault = self._fault
        if not fault.strikes(effect):
            return (yield from self._answered(effect))
        if fault.mode == "is refused":
            raise REFUSALS[type(effect)][fault.refusal]()
        if fault.mode == "raises before":
            self._fail(effect)
        answer = yield from self._answered(effect)
        if fault.mode == "dies after":
            raise Killed
        self._fail(effect)
        return answer

    def _fail(self, effect: Effect) -> None:
        """Raise what the driver makes of an error that no port should raise."""

        def failing(effect: Effect) -> None:
            raise ConnectionResetError(SAYS)

        self._driver._perform = failing
        try:
            self._driver.perform(effect)
        finally:
            del self._driver._perform

    def _answered(self, effect: Effect) -> Play:
        match effect:
            case Load() | Commit() | Purge():
                return (yield effect)
            case Redeem(callback, proof, now):
                yield effect
                citizen = self._citizens[callback.code or ""]
                witness(Granted(proof.attempt_id, citizen.national_id.reveal()))
                identity = self._driver._identity_provider.identity_of(citizen, now)
                return Grant(identity=identity, tokens=("access-token",))
            case Send(mail):
                yield Posted(mail, self._mail_arrives)
                if not self._mail_arrives:
                    raise ProviderFailed("mail_recipient_refused")
                return None
            case Pause():
                return None  # no time passes in a race
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
    fault: Fault | None = None,
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
        assertions=AssertionSettings(keys=KEYS, issuer=PORTAL, audiences={GFMS}),
        audit_keys=AUDIT_KEYS,
    )
    assert facade.accounts._driver is facade._driver
    driver: Any = facade._driver
    driver._workers = Inline()
    audit: Any = facade.audit._driver
    assertions: Any = facade.assertions._driver
    audit.run = assertions.run = driver.run = Process(facade, citizens, mail_arrives, fault).stepped
    return facade
