"""Both sides for tests: a portal with an officer who has signed in, and other systems with stores of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from elaas_identity import Keyring, Progress, SignedIn
from elaas_identity._async.assertion_verifier import AsyncAssertionVerifier
from elaas_identity._async.assertions import AsyncAssertions
from elaas_identity._sync.assertion_verifier import AssertionVerifier
from elaas_identity._sync.assertions import Assertions
from elaas_identity.assertions.signing_keys import SEED_BYTES, AssertionKeys, AssertionSettings
from elaas_identity.providers.memory import AsyncMemoryStore, MemoryStore
from elaas_identity.testing.clock import SeededRandom
from tests.facade.portal import CHOSEN, Driven, Portal, made

PORTAL = "https://portal.example.go.th"
GFMS, E_PAYMENT = "https://gfms.example.go.th", "https://epayment.example.go.th"
FIRST, SECOND = (AssertionKeys.fresh_key(bytes([number]) * SEED_BYTES) for number in (1, 2))
KEYS = AssertionKeys({"2026a": FIRST}, current="2026a")


@dataclass
class Bridge:
    """The portal's side, and verifiers on the other."""

    portal: Portal
    _random: SeededRandom = field(default_factory=lambda: SeededRandom(11))

    @property
    def is_async(self) -> bool:
        return self.portal.flavour.startswith("async")

    def assertions(
        self, keys: AssertionKeys = KEYS, *, keyring: Keyring | None = None, store: Any = None
    ) -> Any:
        """The portal's `Assertions`, over its own store unless told otherwise."""
        portal, (driven, run) = self.portal, self._undriven(self.portal.store)
        made_of: dict[str, Any] = {
            "keyring": keyring or portal.keyring,
            "settings": AssertionSettings(keys=keys, issuer=PORTAL, audiences={GFMS, E_PAYMENT}),
            "clock": portal.clock,
            "random": self._random,
            "listeners": [portal.events.append],
        }
        if run is None:
            return Assertions(store=store or driven, **made_of)
        return Driven(AsyncAssertions(store=store or driven, **made_of), run)

    def store(self) -> Any:
        """An empty store of the other system's: in memory, awaited where the portal is."""
        return AsyncMemoryStore() if self.is_async else MemoryStore()

    def verifier(self, store: Any = None, **changes: Any) -> Any:
        """A process of the other system."""
        made_of: dict[str, Any] = {
            "issuer": PORTAL,
            "audience": GFMS,
            "keys": KEYS.jwks(),
            "store": self.store() if store is None else store,
            "clock": self.portal.clock,
            **changes,
        }
        _, run = self._undriven(self.portal.store)
        if run is None:
            return AssertionVerifier(**made_of)
        return Driven(AsyncAssertionVerifier(**made_of), run)

    def portal_store(self) -> Any:
        """The portal's store, as the other side would be given it: not driven."""
        return self._undriven(self.portal.store)[0]

    def signed_in(self) -> SignedIn:
        """The officer, onboarded and signed in."""
        self.portal.provision()
        self.portal.onboarded()
        return signed_in_of(self.portal.begin(self.portal.browser(), password=CHOSEN))

    def assertion(self, who: SignedIn, audience: str = GFMS, by: Any = None, **changes: Any) -> str:
        """One assertion about who is signed in."""
        return str((by or self.assertions()).assertion_for(audience, **said_of(who), **changes))

    def _undriven(self, store: Any) -> tuple[Any, Any]:
        return (store._driven, store._run) if isinstance(store, Driven) else (store, None)


def said_of(who: SignedIn) -> dict[str, Any]:
    """What the portal hands on of a sign-in."""
    return {"session": who.session("the portal's session"), "assurance": who.assurance}


def signed_in_of(progress: Progress) -> SignedIn:
    assert isinstance(progress.step, SignedIn)
    return progress.step


@contextmanager
def bridged(flavour: str, folder: Path) -> Iterator[Bridge]:
    """A bridge of one of the four flavours."""
    with made(flavour, folder) as portal:
        yield Bridge(portal)
