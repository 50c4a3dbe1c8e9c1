"""What comes after onboarding, as scenarios: how each begins, what it gives, and what it changes as a whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

from elaas_identity import (
    AccountStatus,
    AuthenticatorEnrolled,
    FlowPolicy,
    Progress,
    ProvideCredential,
    Refused,
    Session,
    SignInPolicy,
    transaction_digest,
)
from elaas_identity.accounts.account import BindingRecord
from elaas_identity.authenticator_app.authenticator import AuthenticatorRecord
from elaas_identity.change import Key
from elaas_identity.events import Event
from elaas_identity.flow.policy import FOR_TESTS
from tests.facade.portal import CHOSEN, ISSUED
from tests.faults.walker import CHOICE, FACTOR, IDENTITY, NEXT_ADDRESS, PASSWORD, Walker

DIGEST = transaction_digest(b"pay 100 baht")


def under(sign_in: SignInPolicy) -> FlowPolicy:
    return replace(FOR_TESTS, sign_in=sign_in)


class Kept(Walker):
    """Has counted what stood before."""

    def prepare(self) -> None:
        super().prepare()
        self.epoch = self.account().epoch

    def happened(self, kind: str) -> int:
        """How often the trail says so."""
        return sum(event.kind == kind for event in self.records(Event))

    def bound(self) -> list[BindingRecord]:
        return self.records(BindingRecord)

    def app(self) -> AuthenticatorRecord | None:
        key = Key(AuthenticatorRecord, self.bound()[0].id)
        found = self.world.inspected.load(key).one(key)
        assert found is None or isinstance(found, AuthenticatorRecord)
        return found


class SignInWithThaID(Kept):
    POLICY = under(SignInPolicy.PASSWORD_AND_THAID)
    SIGNED_IN_BY: ClassVar[set[str]] = {PASSWORD, IDENTITY}


class EnrolAtSignIn(Kept):
    """The first sign-in where an app is asked for."""

    POLICY = under(SignInPolicy.PASSWORD_AND_TOTP)
    SIGNED_IN_BY: ClassVar[set[str]] = {PASSWORD, FACTOR}
    GOALS: ClassVar[set[str]] = {"authenticator_enrolled", "signed_in"}

    def whole(self) -> tuple[object, ...]:
        app = self.app()
        return (
            app is not None and app.is_confirmed and bool(app.recovery_codes_sealed),
            self.happened("authenticator.enrolled") == 1,
            self.account().epoch == self.epoch + 1,
        )


class SignInWithApp(Kept):
    POLICY = under(SignInPolicy.PASSWORD_AND_TOTP)
    SIGNED_IN_BY: ClassVar[set[str]] = {PASSWORD, FACTOR}

    def prepare(self) -> None:
        super().prepare()
        while not (self.seen and isinstance(self.seen[-1], AuthenticatorEnrolled)):
            Walker.act(self)
        self.sheet = list(self.seen[-1].recovery_codes)
        self.flow_id = None
        self.epoch = self.account().epoch
        self.world.clock.advance(timedelta(minutes=2))


class SignInWithRecoveryCode(SignInWithApp):
    def prepare(self) -> None:
        super().prepare()
        self.recovery_codes = list(self.sheet)


class SignInThaIDFirst(Kept):
    BEGINS_WITH: ClassVar[set[str]] = set()
    SIGNED_IN_BY: ClassVar[set[str]] = {IDENTITY, PASSWORD}

    def start(self) -> Progress:
        return self._answered(self.elaas.begin_with_thaid(browser=self.browser))


class OnboardThaIDFirst(SignInThaIDFirst):
    ONBOARDED = False
    GOALS: ClassVar[set[str]] = {"password_set", "signed_in"}

    def prepare(self) -> None:
        super().prepare()
        self.passwords = [ISSUED, CHOSEN]

    def whole(self) -> tuple[object, ...]:
        account = self.account()
        return (
            account.status is AccountStatus.ACTIVE,
            not account.password_is_issued,
            [account.binding_id] == [binding.id for binding in self.bound()],
            account.epoch == self.epoch + 1,
            self.happened("password.set") == 1,
        )


class SignInByThaIDAlone(SignInThaIDFirst):
    POLICY = under(SignInPolicy.THAID)
    SIGNED_IN_BY: ClassVar[set[str]] = {IDENTITY, CHOICE}

    def _provide_credential(self, step: ProvideCredential) -> None:
        given = self.given[self._give(CHOICE)]
        self.unclaimed |= given
        (account,) = step.opens_now
        answer = self.elaas.choose_account(self.flow_id, account.id, browser=self.browser)
        self._arrived(answer, set(given))


class WithSession(Kept):
    """Somebody who is signed in."""

    BEGINS_WITH: ClassVar[set[str]] = set()

    def prepare(self) -> None:
        super().prepare()
        self.session: Session = self.signed_in().session("the portal's session")

    def refused(self, refused: Refused) -> None:
        super().refused(refused)
        if refused.code == "sign_in_outdated":
            self.session = self.signed_in().session("another session")


class StepUp(WithSession):
    GOALS: ClassVar[set[str]] = {"stepped_up"}

    def start(self) -> Progress:
        return self._answered(self.elaas.step_up(self.session, DIGEST, browser=self.browser))

    def _step_up_proof(self, step: object) -> None:
        flow_id = self._give("use of the proof")
        self._arrived(self.elaas.consume_step_up(flow_id, self.session, DIGEST, browser=self.browser))


class EnrolAnew(WithSession):
    GOALS: ClassVar[set[str]] = {"authenticator_enrolled"}

    def start(self) -> Progress:
        return self._answered(self.elaas.enrol_authenticator(self.session, browser=self.browser))


class ChangeEmail(WithSession):
    GOALS: ClassVar[set[str]] = {"email_changed"}

    def start(self) -> Progress:
        return self._answered(self.elaas.change_email(self.session, browser=self.browser))

    def refused(self, refused: Refused) -> None:
        super().refused(refused)
        self.reached |= refused.code == "email_same_as_before"

    def whole(self) -> tuple[object, ...]:
        (binding,) = self.bound()
        address = self.world.keyring.open(f"binding.email:{binding.id}", binding.email_sealed)
        return (
            address == NEXT_ADDRESS,
            binding.email_changed_at is not None,
            self.account().epoch == self.epoch + 1,
            self.happened("email.changed") == 1,
        )


class ChangePassword(WithSession):
    BEGINS_WITH: ClassVar[set[str]] = {PASSWORD}
    GOALS: ClassVar[set[str]] = {"password_set"}

    def prepare(self) -> None:
        super().prepare()
        self.version = self.account().credential_version
        self.set_before = self.happened("password.set")

    def start(self) -> Progress:
        return self._answered(self.elaas.change_password(self.session, CHOSEN, browser=self.browser))

    def refused(self, refused: Refused) -> None:
        if refused.code == "sign_in_outdated":
            # It was changed, and the answer lost: the new one signs in.
            self.signed_in()
            self.reached = True

    def whole(self) -> tuple[object, ...]:
        account = self.account()
        return (
            account.credential_version == self.version + 1,
            account.epoch == self.epoch + 1,
            self.happened("password.set") == self.set_before + 1,
        )
