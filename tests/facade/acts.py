"""The acts that the rows of the table are made of: how to stand at a stage, and what makes each input occur."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from pyotp import TOTP

from elaas_identity import AccountKind, ProviderFailed, Refused, Session, transaction_digest
from elaas_identity.accounts.account import AccountStatus
from elaas_identity.change import Change
from elaas_identity.flow.transitions import Purpose, Stage
from elaas_identity.passwords.hashing import CHEAPEST_FOR_TESTS, PasswordHashing
from elaas_identity.passwords.preparation import prepare
from tests.facade.kinds import BY_APP, BY_PASSWORD, BY_THAID
from tests.facade.portal import CHOSEN, ISSUED, USERNAME, Portal, progress_of
from tests.facade.stored import stored_account, stored_flow

SHORT = "มะม่วงสุก 12"
ADDRESS = "clerk@sommut.example.go.th"
ANOTHER_ADDRESS = "another@sommut.example.go.th"
REPLACING = CHOSEN + "!"
PAYMENT = transaction_digest(b"pay 100 baht to an invented supplier")
SIGNED: dict[str, str] = {"by": "admin-1", "reason": "test"}


def weaken(portal: Portal, account_id: str, password: str = SHORT) -> None:
    """Give the account a password that was long enough once."""
    account = stored_account(portal, account_id)
    weak = PasswordHashing(CHEAPEST_FOR_TESTS).hash(prepare(password), b"0123456789abcdef")
    portal.store.commit(Change(writes=(replace(account, password_hash=weak),)))


class Acts:
    """One account, one browser; a method for each input, which answers the events beside the row's own."""

    def __init__(self, portal: Portal, kind: AccountKind = BY_PASSWORD, **account: Any) -> None:
        self.portal, self.elaas = portal, portal.elaas
        self.browser = portal.browser()
        self.account_id = portal.provision(kind=kind, **account)
        self.kind = kind
        self.purpose = Purpose.ONBOARDING
        self.flow_id = ""
        self.proven_id = ""
        self.session: Session | None = None
        self.recovery_codes: tuple[str, ...] = ()
        self._app: TOTP | None = None

    # Standing at a stage

    def arrive(self, purpose: Purpose, stage: Stage) -> None:
        """Stand at a stage; at `START`, with all that the beginning takes."""
        self.purpose = purpose
        if purpose not in (Purpose.ONBOARDING, Purpose.IDENTITY_FIRST) or (
            purpose is Purpose.IDENTITY_FIRST and self.kind is BY_THAID
        ):
            self.portal.onboarded()
            self.wait()
        if purpose in SIGNED_IN:
            self.sign_in_for_session()
        if stage is Stage.START:
            return
        walked: Mapping[Stage, Callable[[], object]] = self._walk_to(stage)
        for reached, act in walked.items():
            act()
            if reached is stage:
                return
        raise AssertionError(f"no walk of {purpose} leads to {stage}")

    def _walk_to(self, stage: Stage) -> dict[Stage, Callable[[], object]]:
        first_mail = {
            Stage.EMAIL: self.returned,
            Stage.ONE_TIME_CODE: lambda: self.give(ADDRESS),
            Stage.PASSWORD: self.code_confirmed,
        }
        if self.purpose is Purpose.SIGN_IN:
            begins = self.credential_too_weak if stage is Stage.PASSWORD else self.signs_in
            if stage is Stage.AUTHENTICATOR_CODE:
                self.enrolled()
            return {stage: begins}
        walks: dict[Purpose, dict[Stage, Callable[[], object]]] = {
            Purpose.ONBOARDING: {Stage.IDENTITY: self.signs_in, **first_mail, Stage.APPROVAL: self.sets},
            Purpose.RECOVERY: {
                Stage.IDENTITY: self.asked,
                Stage.ACCOUNT: self.returned,
                Stage.ONE_TIME_CODE: self.account_chosen,
                Stage.PASSWORD: self.code_confirmed,
            },
            Purpose.IDENTITY_FIRST: {Stage.IDENTITY: self.asked, Stage.CREDENTIAL: self.returned},
            Purpose.AUTHENTICATOR: {
                Stage.IDENTITY: self.signs_in if self.kind is BY_APP else self.asked,
                Stage.AUTHENTICATOR: self.returned,
            },
            Purpose.STEP_UP: {Stage.IDENTITY: self.asked, Stage.PROOF: self.returned},
            Purpose.EMAIL_CHANGE: {
                Stage.IDENTITY: self.asked,
                Stage.EMAIL: self.returned,
                Stage.ONE_TIME_CODE: lambda: self.give("new@sommut.example.go.th"),
            },
            Purpose.PASSWORD_CHANGE: {Stage.PASSWORD: self.credential_accepted},
        }
        return walks[self.purpose]

    def wait(self) -> None:
        """Past the mails' cool-down, and past an authenticator code that was used."""
        self.portal.clock.shift(minutes=2)

    def signs_in(self, password: str | None = None) -> list[str]:
        """With the password that is the account's now."""
        issued = stored_account(self.portal, self.account_id).status is AccountStatus.ISSUED
        given = password or (ISSUED if issued else CHOSEN)
        self.flow_id = self.portal.begin(self.browser, password=given).flow_id
        return []

    def sign_in_for_session(self) -> None:
        """A session of the account, however its kind signs in."""
        progress = self.portal.begin(self.browser, password=CHOSEN)
        if self.kind is BY_THAID:
            query = self.portal.callback_query(progress.flow_id, self.browser)
            progress = progress_of(self.elaas.receive_callback(query, browser=self.browser))
        if self.kind is BY_APP:
            return  # who has no app yet is given one by ThaID, and no session
        self.session = progress.step.session("the portal's session")  # type: ignore[union-attr]

    def enrolled(self) -> None:
        """An authenticator app that counts, with its recovery codes."""
        self.signs_in()
        self.returned()
        self.scan()
        done = self.elaas.confirm_authenticator(self.flow_id, self.app_code(), browser=self.browser)
        self.recovery_codes = done.step.recovery_codes
        self.wait()

    def scan(self) -> None:
        """Take over the secret that the step shows."""
        step = self.elaas.current(self.flow_id, browser=self.browser).step
        self._app = TOTP(step.secret)

    def app_code(self) -> str:
        """What the app shows now."""
        assert self._app is not None
        return self._app.at(self.portal.clock())

    def wrong_app_code(self) -> str:
        """Six digits that the app shows neither now nor around now."""
        assert self._app is not None
        shown = {self._app.at(self.portal.clock(), counter_offset=offset) for offset in range(-2, 3)}
        return next(
            code for code in ("000000", "111111", "222222", "333333", "444444", "555555") if code not in shown
        )

    def returned(self) -> None:
        """To the identity provider and back."""
        query = self.portal.callback_query(self.flow_id, self.browser)
        self.portal.events.clear()
        self.elaas.receive_callback(query, browser=self.browser)

    def proven(self) -> str:
        """The person proven beforehand; answers that flow's id."""
        self.proven_id = self.elaas.begin_with_thaid(browser=self.browser).flow_id
        query = self.portal.callback_query(self.proven_id, self.browser)
        self.elaas.receive_callback(query, browser=self.browser)
        self.portal.events.clear()
        return self.proven_id

    def give(self, address: str) -> list[str]:
        self.elaas.submit_email(self.flow_id, address, browser=self.browser)
        return []

    def sets(self) -> list[str]:
        self.elaas.set_password(self.flow_id, REPLACING, browser=self.browser)
        return []

    # The inputs, by their names

    def asked(self) -> list[str]:
        beginnings: dict[Purpose, Callable[[], Any]] = {
            Purpose.RECOVERY: lambda: self.elaas.recover(browser=self.browser),
            Purpose.IDENTITY_FIRST: lambda: self.elaas.begin_with_thaid(browser=self.browser),
            Purpose.AUTHENTICATOR: lambda: self.elaas.enrol_authenticator(self.session, browser=self.browser),
            Purpose.STEP_UP: lambda: self.elaas.step_up(self.session, PAYMENT, browser=self.browser),
            Purpose.EMAIL_CHANGE: lambda: self.elaas.change_email(self.session, browser=self.browser),
        }
        self.flow_id = beginnings[self.purpose]().flow_id
        return []

    def credential_accepted(self) -> list[str]:
        if self.purpose is Purpose.PASSWORD_CHANGE:
            self.flow_id = self.elaas.change_password(self.session, CHOSEN, browser=self.browser).flow_id
            return []
        if self.purpose is Purpose.IDENTITY_FIRST:
            self.elaas.submit_credential(self.flow_id, USERNAME, ISSUED, browser=self.browser)
            return ["onboarding.begun"]
        return self.signs_in()

    def credential_too_weak(self) -> list[str]:
        weaken(self.portal, self.account_id)
        return self.signs_in(SHORT)

    def credential_awaits_identity(self) -> list[str]:
        return self.signs_in()

    def credential_awaits_authenticator(self) -> list[str]:
        self.enrolled()
        self.portal.events.clear()
        return self.signs_in()

    def credential_of_proven_person(self) -> list[str]:
        proven = self.proven()
        begun = self.elaas.submit_credential(proven, USERNAME, ISSUED, browser=self.browser)
        self.flow_id = begun.flow_id
        return ["identity_first.completed"]

    def authorization_requested(self) -> list[str]:
        self.elaas.authorize(self.flow_id, browser=self.browser)
        return []

    def authorization_returned(self) -> list[str]:
        self.portal.idp.failure = ProviderFailed("identity_provider_unavailable")
        with pytest.raises(ProviderFailed):
            self.returned()
        return ["identity.refused"]

    def identity_verified(self) -> list[str]:
        self.returned()
        return ["identity.returned"]

    def person_recognised(self) -> list[str]:
        return self.identity_verified()

    def account_chosen(self) -> list[str]:
        if self.purpose is Purpose.SIGN_IN:
            proven = self.proven()
            chosen = self.elaas.choose_account(proven, self.account_id, browser=self.browser)
            self.flow_id = chosen.flow_id
            return ["identity_first.completed"]
        self.elaas.choose_account(self.flow_id, self.account_id, browser=self.browser)
        return ["sign_in.completed"] if self.purpose is Purpose.IDENTITY_FIRST else []

    def authenticator_code_accepted(self) -> list[str]:
        self.elaas.submit_authenticator_code(self.flow_id, self.app_code(), browser=self.browser)
        return []

    def authenticator_confirmed(self) -> list[str]:
        self.scan()
        self.elaas.confirm_authenticator(self.flow_id, self.app_code(), browser=self.browser)
        return []

    def email_given(self) -> list[str]:
        return self.give(ANOTHER_ADDRESS)

    def code_resent(self) -> list[str]:
        self.portal.clock.shift(seconds=60)
        self.elaas.resend_one_time_code(self.flow_id, browser=self.browser)
        return []

    def code_confirmed(self) -> list[str]:
        self.elaas.submit_one_time_code(self.flow_id, self.portal.code(), browser=self.browser)
        return []

    def password_set(self) -> list[str]:
        return self.sets()

    def code_and_password_set(self) -> list[str]:
        self.elaas.confirm_and_set_password(self.flow_id, self.portal.code(), REPLACING, browser=self.browser)
        return []

    def approval_asked(self) -> list[str]:
        at_code = stored_flow(self.portal, self.flow_id).stage is Stage.ONE_TIME_CODE
        return self.code_and_password_set() if at_code else self.sets()

    def approved(self) -> list[str]:
        self.elaas.accounts.approve(self.account_id, self.flow_id, **SIGNED)
        return []

    def rejected(self) -> list[str]:
        self.elaas.accounts.reject(self.account_id, self.flow_id, **SIGNED)
        return []

    def proof_used(self) -> list[str]:
        self.elaas.consume_step_up(self.flow_id, self.session, PAYMENT, browser=self.browser)
        return []

    def cancelled(self) -> list[str]:
        self.elaas.cancel(self.flow_id, browser=self.browser)
        return []

    def expired(self) -> list[str]:
        flow = stored_flow(self.portal, self.flow_id)
        self.portal.clock.shift(flow.expires_at - self.portal.clock())
        with pytest.raises(Refused, match="flow_expired"):
            self.elaas.cancel(self.flow_id, browser=self.browser)
        return []

    def superseded(self) -> list[str]:
        self.elaas.accounts.unlock(self.account_id, **SIGNED)
        with pytest.raises(Refused, match="flow_superseded"):
            self.elaas.cancel(self.flow_id, browser=self.browser)
        return ["account.unlocked"]


SIGNED_IN = (Purpose.AUTHENTICATOR, Purpose.STEP_UP, Purpose.EMAIL_CHANGE, Purpose.PASSWORD_CHANGE)
"""What somebody who is signed in asks for."""
