# Generated from _async/account_life.py by scripts/unasync.py. Do not edit: edit that file and run it.
"""The facade's part after onboarding: who is signed in, and whom a guesser keeps out."""

from __future__ import annotations

from elaas_identity._sync.assertions import Assertions
from elaas_identity._sync.audit import Audit
from elaas_identity._sync.driver import Driver, act
from elaas_identity.browser import Browser
from elaas_identity.effects import Act
from elaas_identity.errors import Misconfigured
from elaas_identity.flow import authenticator, person_first, signed_in, signing_in
from elaas_identity.flow.advance import Rules
from elaas_identity.flow.moment import Moment
from elaas_identity.flow.steps import Progress
from elaas_identity.flow.transitions import Purpose
from elaas_identity.sessions.session import Session


class AccountLife:
    """What comes after onboarding: recovery, ThaID first, second factors, step-up, changes; assertions and audit."""

    _driver: Driver
    _rules: Rules
    _assertions: Assertions | None
    _audit: Audit | None

    def _asked(self, browser: Browser) -> tuple[Rules, Moment, Browser]:
        """What every act of a person begins with: by which rules, when, and from which browser."""
        clock, random = self._driver.clock, self._driver.random
        return self._rules, Moment.of(clock(), random.token_bytes(32), self._rules.keyring, browser), browser

    @property
    def assertions(self) -> Assertions:
        """What states to other systems who is signed in, and publishes the keys for it.

        Raises:
            Misconfigured: `assertion_settings`: the facade was made without.
        """
        if self._assertions is None:
            raise Misconfigured(
                "assertion_settings", detail="make the facade with assertions=AssertionSettings(…)"
            )
        return self._assertions

    @property
    def audit(self) -> Audit:
        """What seals the trail of events, verifies it, exports it, and erases what is personal in it.

        Raises:
            Misconfigured: `audit_settings`: the facade was made without.
        """
        if self._audit is None:
            raise Misconfigured("audit_settings", detail="make the facade with audit_keys=AuditKeys(…)")
        return self._audit

    @act
    def recover(self, *, browser: Browser) -> Act[Progress]:
        """Begin a recovery: the person has forgotten their password, and proves who they are first.

        It takes no username, so it tells nobody which there are. It opens none but accounts that were onboarded, and
        leaves an authenticator app what it is.

        Returns:
            `VerifyIdentity`, of no account yet; after the trip, `ChooseAccount`.

        Raises:
            Refused: `recovery_limit` with `retry_after`; `browser_unknown`.
        """
        return person_first.recover(*self._asked(browser))

    @act
    def begin_with_thaid(self, *, browser: Browser) -> Act[Progress]:
        """Begin with ThaID, and give the username and password afterwards: the way in while somebody guesses at them.

        Who has proven themselves is counted by who they are, on a counter that no guesser can use up (R4.1); it serves
        an account that was not onboarded yet, too. Where the sign-in policy is `THAID`, no password is needed.

        Returns:
            `VerifyIdentity`, of no account yet; after the trip, `ProvideCredential`.

        Raises:
            Refused: `identity_first_limit` with `retry_after`; `browser_unknown`.
        """
        return person_first.begin_with_thaid(*self._asked(browser))

    @act
    def submit_credential(
        self, flow_id: str, username: str, password: str, *, browser: Browser
    ) -> Act[Progress]:
        """Username and password of a proven person: what they are good for begins a flow of its own, and ends this one.

        Another person's account is answered like a name that does not exist, at the cost of one Argon2.

        Returns:
            As `begin`, with another `flow_id`; an onboarding begins at `ProvideEmail`.

        Raises:
            Refused: as `begin`.
        """
        return signing_in.submit_credential(*self._asked(browser), flow_id, username, password)

    @act
    def choose_account(self, flow_id: str, account_id: str, *, browser: Browser) -> Act[Progress]:
        """Choose one of the accounts that the step offers.

        In a recovery, a one-time code goes to the address that is bound to it. After `begin_with_thaid`, an account
        whose sign-in policy is `THAID` is signed in to.

        Raises:
            Refused: `account_unknown`, for one that is not among those offered; `mail_throttled`, `email_not_accepted`;
                `email_cooling_off` with `retry_after`, where the address was changed a short while ago.
            ProviderFailed: as `submit_email`.
        """
        return person_first.choose_account(*self._asked(browser), flow_id, account_id)

    @act
    def submit_authenticator_code(
        self, flow_id: str, authenticator_code: str, *, browser: Browser
    ) -> Act[Progress]:
        """The second factor of a sign-in: what the authenticator app shows, or a recovery code in its place.

        Returns:
            `SignedIn`, handed out this once.

        Raises:
            Refused: `authenticator_code_wrong`, one that was used before included; `authenticator_code_malformed` (not
                counted); `authenticator_code_exhausted`, which ends the flow; `authenticator_code_throttled` for the
                account's day.
        """
        return authenticator.submit_authenticator_code(*self._asked(browser), flow_id, authenticator_code)

    @act
    def enrol_authenticator(self, session: Session, *, browser: Browser) -> Act[Progress]:
        """Begin to enrol an authenticator app, or another one in place of the one before. ThaID comes first.

        Returns:
            `VerifyIdentity`; after the trip, `EnrolAuthenticator`.

        Raises:
            Refused: `sign_in_outdated`, when the account has changed since the session began; `account_unknown`,
                `flow_limit`, `browser_unknown`.
        """
        return signed_in.begin_signed_in(*self._asked(browser), session, Purpose.AUTHENTICATOR)

    @act
    def confirm_authenticator(
        self, flow_id: str, authenticator_code: str, *, browser: Browser
    ) -> Act[Progress]:
        """The first code that the new app shows: from now on it counts.

        Returns:
            `AuthenticatorEnrolled` with ten recovery codes, handed out this once.

        Raises:
            Refused: `authenticator_code_wrong`; the app is tried again, as often as it takes.
        """
        return authenticator.confirm_authenticator(*self._asked(browser), flow_id, authenticator_code)

    @act
    def step_up(self, session: Session, transaction_digest: str, *, browser: Browser) -> Act[Progress]:
        """Have a person who is signed in prove who they are once more, for one transaction.

        Args:
            session: the proof is good for this session alone.
            transaction_digest: `transaction_digest(…)` of what is about to be done, to the last figure.

        Returns:
            `VerifyIdentity`; after the trip, `StepUpProof`.

        Raises:
            Refused: as `enrol_authenticator`.
            Misconfigured: `assertion_settings`, for what is no digest.
        """
        return signed_in.step_up(*self._asked(browser), session, transaction_digest)

    @act
    def consume_step_up(
        self, flow_id: str, session: Session, transaction_digest: str, *, browser: Browser
    ) -> Act[Progress]:
        """Use the proof: compute the digest anew, of what you will do now, and do it only when this returns.

        Returns:
            `SteppedUp`, handed out this once.

        Raises:
            Refused: `step_up_mismatch`, for another session or transaction than it was asked for; `flow_expired`,
                `flow_ended` when it was used before; `flow_superseded`, `sign_in_outdated`.
        """
        return signed_in.consume_step_up(*self._asked(browser), flow_id, session, transaction_digest)

    @act
    def change_email(self, session: Session, *, browser: Browser) -> Act[Progress]:
        """Begin to change the bound address: ThaID, then the new address, then the code that is sent there.

        At its end the old address is told, and for a while no recovery trusts the new one (`email_cool_off`).

        Returns:
            `VerifyIdentity`; then `ProvideEmail`, `EnterOneTimeCode`, and `EmailChanged` from `submit_one_time_code`.

        Raises:
            Refused: as `enrol_authenticator`; `email_change_limit`.
        """
        return signed_in.begin_signed_in(*self._asked(browser), session, Purpose.EMAIL_CHANGE)

    @act
    def change_password(self, session: Session, current_password: str, *, browser: Browser) -> Act[Progress]:
        """Begin to change the password: the current one is asked for again, and counted like a sign-in (ASVS 6.2.3).

        Returns:
            `SetPassword`; then `PasswordSet` from `set_password`. The account's other sessions end (ASVS 7.4.3).

        Raises:
            Refused: `current_password_wrong`; `sign_in_throttled`; as `enrol_authenticator`.
        """
        return signed_in.change_password(*self._asked(browser), session, current_password)
