"""Everything outside a portal in one object: what its tests stand on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from typing import Any, Self
from urllib.parse import urlsplit

from elaas_identity import AsyncElaasIdentity, ElaasIdentity
from elaas_identity._discreet import discreet
from elaas_identity.accounts.account import AccountStatus
from elaas_identity.errors import Misconfigured
from elaas_identity.events import Event
from elaas_identity.flow.policy import FOR_TESTS, FlowPolicy
from elaas_identity.keyring import Keyring
from elaas_identity.ports import AsyncStore, Store
from elaas_identity.providers.memory import AsyncMemoryStore, MemoryStore
from elaas_identity.testing.beginnings import Beginnings, FlowPurpose, FlowStage
from elaas_identity.testing.clock import SeededRandom, SteppingClock
from elaas_identity.testing.credential import Credential
from elaas_identity.testing.doubles_at_pages import AtPages
from elaas_identity.testing.event_assertions import ExpectedEvent, assert_events
from elaas_identity.testing.outbox import AsyncOutbox, Outbox
from elaas_identity.testing.received_mail import ReceivedMail
from elaas_identity.testing.secrecy import assert_no_secret_in
from elaas_identity.testing.thaid_emulator import TEST_CLIENT, ThaIDEmulator

__all__ = ["Doubles", "FlowPurpose", "FlowStage"]


@discreet
class Doubles(Beginnings, AtPages):
    """ThaID, a mailbox, a clock, chance and a store, with a facade over them: a portal's tests need nothing else.

    `elaas` and `async_elaas` are over the same records. A portal that makes its own facade is given `providers()` or
    `async_providers()`.

    Args:
        policy: the mandated one with the cheapest hashing, unless given.
        redirect_uri: where ThaID sends people back to; its origin is the portal's. Not with `thaid`.
        thaid: an emulator of your own, such as a served one; its first client is the portal.
        store, async_store: in memory unless given; a synchronous one alone serves `elaas` only.

    Attributes:
        thaid: see `ThaIDEmulator`.
        outbox: what was mailed.
        clock: stands still until `shift`.
        events: what `elaas` and `async_elaas` told their listeners, oldest first.

    Raises:
        ValueError: `redirect_uri` and `thaid` were both given.
        Misconfigured: `store_settings`: the two stores are not over the same records.
    """

    def __init__(
        self,
        *,
        policy: FlowPolicy = FOR_TESTS,
        redirect_uri: str | None = None,
        thaid: ThaIDEmulator | None = None,
        outbox: Outbox | None = None,
        clock: SteppingClock | None = None,
        random: SeededRandom | None = None,
        keyring: Keyring | None = None,
        store: Store | None = None,
        async_store: AsyncStore | None = None,
    ) -> None:
        if thaid is not None and redirect_uri is not None:
            raise ValueError("the redirect URI is that of the emulator's first client: give one of the two")
        self.policy = policy
        # Asked for None: a store of somebody's own may have a length, and be empty.
        self.clock = SteppingClock() if clock is None else clock
        self.random = SeededRandom() if random is None else random
        client = TEST_CLIENT if redirect_uri is None else replace(TEST_CLIENT, redirect_uris=(redirect_uri,))
        if thaid is None:
            thaid = ThaIDEmulator(clients=[client], clock=self.clock, random=self.random)
        self.thaid = thaid
        self.outbox = Outbox() if outbox is None else outbox
        if keyring is None:
            keyring = Keyring({"test": self.random.token_bytes(32)}, current="test")
        self.keyring = keyring
        self.store: Store = MemoryStore() if store is None else store
        if (
            async_store is not None
            and type(self.store) is MemoryStore
            and not _shares(async_store, self.store)
        ):
            raise Misconfigured(
                "store_settings",
                detail="the async store is your own and the other is not: accounts would be made where it does not "
                "look. Give both, over the same records (elaas_store and elaas_async_store of pytest)",
            )
        self._async_store = async_store
        self.events: list[Event] = []
        self._credentials: list[Credential] = []
        self._numbers = 0

    @property
    def origin(self) -> str:
        """The portal's own: scheme and host of the redirect URI."""
        parts = urlsplit(next(iter(self.thaid.clients[0].redirect_uris)))
        return f"{parts.scheme}://{parts.netloc}"

    @cached_property
    def elaas(self) -> ElaasIdentity:
        """A facade over the doubles."""
        return ElaasIdentity(**self.providers())

    @cached_property
    def async_elaas(self) -> AsyncElaasIdentity:
        """The same, awaited, over the same records."""
        return AsyncElaasIdentity(**self.async_providers())

    def providers(self) -> dict[str, Any]:
        """What a portal's own `ElaasIdentity` is made of in a test."""
        return {
            "identity_provider": self.thaid.relying_party(),
            "mailer": self.outbox,
            "store": self.store,
            **self._same(),
        }

    def async_providers(self) -> dict[str, Any]:
        """What a portal's own `AsyncElaasIdentity` is made of in a test.

        Raises:
            Misconfigured: `store_settings`: there is a synchronous store of your own, and no `async_store` beside it.
        """
        store = self._async_store
        if store is None:
            if not isinstance(self.store, MemoryStore):
                raise Misconfigured(
                    "store_settings",
                    detail="there is no async store over the records of your own one: give Doubles(async_store=…), or "
                    "override the fixture elaas_async_store",
                )
            store = AsyncMemoryStore(self.store)
        return {
            "identity_provider": self.thaid.async_relying_party(),
            "mailer": AsyncOutbox(self.outbox),
            "store": store,
            **self._same(),
        }

    def _same(self) -> dict[str, Any]:
        return {
            "keyring": self.keyring,
            "policy": self.policy,
            "listeners": [self.events.append],
            "clock": self.clock,
            "random": self.random,
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        """Where the test passed, every fault that was said of ThaID or of the mailer has happened, or this fails."""
        if error is None:
            self.thaid.check_faults_met()
            self.outbox.check_failures_met()

    def _taken_up(self, credential: Credential) -> Credential:
        status = self._builder.accounts.get(credential.account_id).status
        if status is not AccountStatus.ACTIVE:
            raise AssertionError(f"the account was not taken up: it is {status.value}")
        return self._kept(credential)

    def _kept(self, credential: Credential) -> Credential:
        self._credentials.append(credential)
        return credential

    # What is to be seen of it

    def assert_events(self, expected: Sequence[ExpectedEvent]) -> None:
        """Check that these events happened since the last such check, in this order, and no others.

        What `account`, `onboarded_account`, `flow_at` and `signed_in` do is none of them.

        Args:
            expected: kinds, such as `"password.set"`; `("one_time_code.refused", "one_time_code_wrong")` where the code
                of the refusal matters.

        Raises:
            AssertionError: with the place of the first difference, and all that happened.
        """
        assert_events(self.events, expected)
        self.events.clear()

    def assert_no_secret_in(self, place: Any) -> None:
        """Check that none of `secrets` stands there: `caplog`, log records, texts, an exception, or several of them.

        Raises:
            AssertionError: one does. It names the secret and does not repeat it.
        """
        assert_no_secret_in(place, self.secrets)

    @property
    def secrets(self) -> Mapping[str, str]:
        """Everything that was given out here and may stand in no log, by name."""
        secrets: dict[str, str] = {}
        for client in self.thaid.clients:
            secrets[f"client secret of {client.client_id}"] = client.client_secret
        for citizen in self.thaid.citizens:
            secrets[f"national ID of {citizen.name_en}"] = citizen.national_id.reveal()
        for credential in self._credentials:
            of = "issued" if credential.issued else "own"
            secrets[f"{of} password of {credential.username}"] = credential.password
        for number, mail in enumerate(self.outbox.mails, 1):
            with suppress(LookupError):  # a notice has none
                secrets[f"one-time code of mail {number}"] = ReceivedMail.of(mail).one_time_code
        return secrets


def _shares(async_store: AsyncStore, store: Store) -> bool:
    return getattr(async_store, "_store", None) is store
