# Generated from _async/assertions.py by scripts/unasync.py. Do not edit: edit that file and run it.
"""`elaas.assertions`: statements for other systems about who is signed in; or by itself over a portal's store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from elaas_identity._discreet import discreet
from elaas_identity._sync.driver import Driver, act
from elaas_identity.assertions.assertion import MAX_LIFETIME
from elaas_identity.assertions.issuing import issue_assertion
from elaas_identity.assertions.signing_keys import AssertionSettings, issuer_of
from elaas_identity.browser import Browser
from elaas_identity.effects import Act
from elaas_identity.flow.moment import Moment
from elaas_identity.keyring import Keyring
from elaas_identity.person.assurance import Assurance
from elaas_identity.ports import Clock, Listener, Random, Store
from elaas_identity.providers.system import SystemRandom, system_clock
from elaas_identity.sessions.session import Session


@discreet
class Assertions:
    """States to other systems who is signed in at the portal. A facade has one, as `elaas.assertions`.

    A process that signs assertions and signs nobody in makes one of its own.

    Args:
        store: the portal's, which holds accounts and bindings.
        keyring: the facade's.
        settings: issuer, audiences and keys.
        listeners: told of every event after it is committed.
        clock: aware UTC now.
        random: randomness fit for secrets.
    """

    def __init__(
        self,
        *,
        store: Store,
        keyring: Keyring,
        settings: AssertionSettings,
        listeners: Sequence[Listener] = (),
        clock: Clock = system_clock,
        random: Random | None = None,
    ) -> None:
        self._driver = Driver(
            store=store,
            clock=clock,
            random=SystemRandom() if random is None else random,
            listeners=listeners,
        )
        self._keyring = keyring
        self._keys = settings.keys
        self._issuer = issuer_of(settings)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(issuer={self._issuer.url!r}, {self._keys!r})"

    @act
    def assertion_for(
        self,
        audience: str,
        session: Session,
        *,
        assurance: Assurance,
        transaction_digest: str | None = None,
        lifetime: timedelta = MAX_LIFETIME,
        browser: Browser | None = None,
    ) -> Act[str]:
        """A signed statement for one other system: hand it over at once, and log it nowhere.

        It says which account, agency and kind, how well the person is proven, and who, by a reference that is random
        and another one for each system.

        Args:
            audience: one of the `audiences`.
            session: of the person who is signed in.
            assurance: what it rests on: the sign-in (`SignedIn`, `KeptSession`), or a step-up (`SteppedUp`).
            transaction_digest: SHA-256, in base64url without padding, of what the statement is about.
            lifetime: whole seconds, 60 at most.
            browser: who is asking, for the event.

        Raises:
            Refused: `account_unknown`; `sign_in_outdated`, when the account has changed since the session began.
            ProviderFailed: `store_unavailable`, `store_contended`; nothing was signed.
            Misconfigured: `assertion_settings`: another audience, digest or lifetime than may be.
        """
        driver = self._driver
        return issue_assertion(
            Moment.of(driver.clock(), driver.random.token_bytes(32), self._keyring, browser),
            self._issuer,
            self._keys,
            audience,
            session,
            assurance=assurance,
            transaction_digest=transaction_digest,
            lifetime=lifetime,
        )

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """The public keys, for the other systems: publish it where they look for it, or hand it to them."""
        return self._keys.jwks()
