"""Everything outside a portal in one object: what its tests stand on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from typing import Any, Literal, Self, TypeAlias
from urllib.parse import urlsplit

from elaas_identity import AsyncElaasIdentity, ElaasIdentity
from elaas_identity._discreet import discreet
from elaas_identity.accounts.account import AccountKind, AccountStatus
from elaas_identity.accounts.provisioning import Expected, NewAccount, Person
from elaas_identity.browser import Browser
from elaas_identity.errors import Misconfigured
from elaas_identity.events import Event
from elaas_identity.flow.outcomes import SignedIn
from elaas_identity.flow.policy import FOR_TESTS, FlowPolicy
from elaas_identity.flow.steps import (
    ChooseAccount,
    EnterOneTimeCode,
    Progress,
    ProvideCredential,
    ProvideEmail,
    SetPassword,
    VerifyIdentity,
)
from elaas_identity.keyring import Keyring
from elaas_identity.ports import AsyncStore, Store
from elaas_identity.providers.memory import AsyncMemoryStore, MemoryStore
from elaas_identity.testing.citizens import CITIZENS, Citizen
from elaas_identity.testing.clock import SeededRandom, SteppingClock
from elaas_identity.testing.credential import Credential, FlowAt
from elaas_identity.testing.doubles_at_pages import OWN_PASSWORD, AtPages
from elaas_identity.testing.event_assertions import ExpectedEvent, assert_events
from elaas_identity.testing.outbox import AsyncOutbox, Outbox
from elaas_identity.testing.received_mail import ReceivedMail
from elaas_identity.testing.secrecy import assert_no_secret_in
from elaas_identity.testing.thaid_emulator import TEST_CLIENT, ThaIDEmulator

ISSUED_PASSWORD = "of the letter, invented"  # noqa: S105 - nobody's

WHY: Mapping[str, str] = {"by": "the test", "reason": "made for a test"}

FlowStage: TypeAlias = Literal["identity", "account", "credential", "email", "one_time_code", "password"]
"""Where `Doubles.flow_at` can bring a flow."""
FlowPurpose: TypeAlias = Literal["onboarding", "recovery", "identity_first"]
"""What for."""

_WAYS: Mapping[FlowPurpose, tuple[FlowStage, ...]] = {
    "onboarding": ("identity", "email", "one_time_code", "password"),
    "recovery": ("identity", "account", "one_time_code", "password"),
    "identity_first": ("identity", "credential", "email", "one_time_code", "password"),
}

_STAGES: Mapping[type[Any], FlowStage] = {
    VerifyIdentity: "identity",
    ChooseAccount: "account",
    ProvideCredential: "credential",
    ProvideEmail: "email",
    EnterOneTimeCode: "one_time_code",
    SetPassword: "password",
}


@discreet
class Doubles(AtPages):
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
        self.clock = clock or SteppingClock()
        self.random = random or SeededRandom()
        client = replace(TEST_CLIENT, redirect_uris=(redirect_uri,)) if redirect_uri else TEST_CLIENT
        self.thaid = thaid or ThaIDEmulator(clients=[client], clock=self.clock, random=self.random)
        self.outbox = outbox or Outbox()
        self.keyring = keyring or Keyring({"test": self.random.token_bytes(32)}, current="test")
        self.store: Store = store or MemoryStore()
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

    @cached_property
    def _builder(self) -> ElaasIdentity:
        """What makes accounts and flows: none of it is an event of the test."""
        silent: dict[str, Any] = {**self.providers(), "listeners": ()}
        return ElaasIdentity(**silent)

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

    # Accounts

    def account(
        self,
        citizen: Citizen = CITIZENS[0],
        *,
        username: str | None = None,
        password: str = ISSUED_PASSWORD,
        kind: AccountKind = AccountKind.LOCAL_GOVERNMENT,
        agency_code: str = "9999999",
        agency_name: str = "เทศบาลตำบลสมมติ",
        person: Person | None = None,
        email: str | None = None,
    ) -> Credential:
        """Provision an account: the letter, in the officer's hand.

        Args:
            citizen: who will prove themselves; also whom the account expects, unless `person` says otherwise.
            username, email: new ones unless given.
        """
        self._numbers += 1
        new = NewAccount(
            username=username or f"laas-{9990000 + self._numbers}",
            password=password,
            kind=kind,
            agency_code=agency_code,
            agency_name=agency_name,
            person=person or Expected(citizen.national_id),
        )
        (made,) = self._builder.accounts.provision([new], **WHY)
        return self._kept(
            Credential(
                account_id=made.account.id,
                username=new.username,
                password=password,
                citizen=citizen,
                email=email or f"officer-{self._numbers}@sommut.example.go.th",
                issued=True,
            )
        )

    def onboarded_account(
        self, credential: Credential | None = None, *, new_password: str = OWN_PASSWORD
    ) -> Credential:
        """An account that its officer has taken up; the clock goes on until they may be mailed again.

        Args:
            credential: the letter, of `account`; of a new account unless given.

        Raises:
            TypeError: it is no credential, such as a citizen.
        """
        is_credential = isinstance(credential, Credential | None)  # pyright: ignore[reportUnnecessaryIsInstance]
        if not is_credential:
            raise TypeError("onboarded_account(doubles.account(citizen)): the letter, and not who reads it")
        at = self.flow_at("password", credential)
        self._builder.set_password(at.flow_id, new_password, browser=at.browser)
        self.clock.shift(self.policy.mail_cool_down)
        return self._taken_up(replace(at.credential, password=new_password, issued=False))

    def signed_in(self, credential: Credential | None = None) -> SignedIn:
        """What the portal is handed where this officer has signed in: for `elaas.sessions.start`.

        Raises:
            AssertionError: the policy asks for what only an app can give.
        """
        credential = credential or self.onboarded_account()
        browser = Browser.new(self.keyring)
        progress = self._builder.begin(credential.username, credential.password, browser=browser)
        if isinstance(progress.step, VerifyIdentity):
            with self.thaid.without_faults():
                progress = self._at_thaid(progress, credential, browser)
        if not isinstance(progress.step, SignedIn):
            raise AssertionError(f"the sign-in has not ended: the step is {progress.step.kind}")
        return progress.step

    # Flows

    def flow_at(
        self,
        stage: FlowStage,
        credential: Credential | None = None,
        *,
        purpose: FlowPurpose = "onboarding",
    ) -> FlowAt:
        """A flow in a new browser whose next step is that of the stage.

        Args:
            credential: whose; of a new account unless given.

        A fault that was said of ThaID waits meanwhile.

        Raises:
            ValueError: there is no such purpose, or its flows never stand there.
            LookupError: this one does not, such as a proven person's who has taken the account up.
        """
        if stage not in _WAYS.get(purpose, ()):
            raise ValueError(
                f"there is no flow_at({stage!r}, purpose={purpose!r}): "
                + "; ".join(f"{name}: {', '.join(stages)}" for name, stages in _WAYS.items())
            )
        if credential is None:
            credential = self.account() if purpose != "recovery" else self.onboarded_account()
        browser = Browser.new(self.keyring)
        if purpose == "recovery":
            progress = self._builder.recover(browser=browser)
        elif purpose == "identity_first":
            progress = self._builder.begin_with_thaid(browser=browser)
        else:
            progress = self._builder.begin(credential.username, credential.password, browser=browser)
        with self.thaid.without_faults():
            while _STAGES.get(type(progress.step)) != stage:
                progress = self._onwards(progress, credential, browser, stage)
        return FlowAt(flow_id=progress.flow_id, browser=browser, progress=progress, credential=credential)

    def _onwards(
        self, progress: Progress, credential: Credential, browser: Browser, stage: FlowStage
    ) -> Progress:
        elaas, flow_id = self._builder, progress.flow_id
        match progress.step:
            case VerifyIdentity():
                return self._at_thaid(progress, credential, browser)
            case ChooseAccount():
                return elaas.choose_account(flow_id, credential.account_id, browser=browser)
            case ProvideCredential():
                return elaas.submit_credential(
                    flow_id, credential.username, credential.password, browser=browser
                )
            case ProvideEmail():
                return elaas.submit_email(flow_id, credential.email, browser=browser)
            case EnterOneTimeCode():
                code = self.outbox.wait_for(credential.email).one_time_code
                return elaas.submit_one_time_code(flow_id, code, browser=browser)
            case step:
                raise LookupError(
                    f"a flow of {progress.purpose} has no stage {stage!r}: it is at {step.kind}"
                )

    def _at_thaid(self, progress: Progress, credential: Credential, browser: Browser) -> Progress:
        request = self._builder.authorize(progress.flow_id, browser=browser)
        back = self.thaid.approve(request.url, credential.citizen)
        return self._builder.receive_callback(urlsplit(back).query, browser=browser)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        """Where the test passed, every fault that was announced at ThaID has happened, or this fails."""
        if error is None:
            self.thaid.check_faults_met()

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
