"""The part of `Doubles` that makes what a test begins with: accounts, flows, and who is signed in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from typing import Any, Literal, TypeAlias
from urllib.parse import urlsplit

from elaas_identity import ElaasIdentity
from elaas_identity._discreet import discreet
from elaas_identity.accounts.account import AccountKind
from elaas_identity.accounts.provisioning import Expected, NewAccount, Person
from elaas_identity.browser import Browser
from elaas_identity.flow.outcomes import SignedIn
from elaas_identity.flow.policy import FlowPolicy
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
from elaas_identity.testing.citizens import CITIZENS, Citizen
from elaas_identity.testing.clock import SteppingClock
from elaas_identity.testing.credential import Credential, FlowAt
from elaas_identity.testing.doubles_at_pages import OWN_PASSWORD
from elaas_identity.testing.outbox import Outbox
from elaas_identity.testing.thaid_emulator import ThaIDEmulator

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
class Beginnings(ABC):
    """Provisions, onboards, signs in and walks flows, over a facade that nobody listens to."""

    policy: FlowPolicy
    clock: SteppingClock
    thaid: ThaIDEmulator
    outbox: Outbox
    keyring: Keyring
    _numbers: int

    @abstractmethod
    def providers(self) -> dict[str, Any]:
        """What the facade is made of."""

    @cached_property
    def _builder(self) -> ElaasIdentity:
        """What makes accounts and flows: none of it is an event of the test."""
        silent: dict[str, Any] = {**self.providers(), "listeners": ()}
        return ElaasIdentity(**silent)

    @contextmanager
    def _undisturbed(self) -> Generator[None]:
        """What was said to go wrong waits for the test itself."""
        with self.thaid.without_faults(), self.outbox.without_failures():
            yield

    @abstractmethod
    def _taken_up(self, credential: Credential) -> Credential:
        """Check that the account is the officer's from now on."""

    @abstractmethod
    def _kept(self, credential: Credential) -> Credential:
        """Keep it among what may stand in no log."""

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
        with self._undisturbed():
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
            with self._undisturbed():
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

        A fault that was said of ThaID or of the mailer waits meanwhile.

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
        with self._undisturbed():
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
