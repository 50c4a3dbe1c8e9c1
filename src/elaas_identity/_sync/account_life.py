# Generated from _async/account_life.py by scripts/unasync.py. Do not edit: edit that file and run it.
"""The facade's part after onboarding: who is signed in, and whom a guesser keeps out."""

from __future__ import annotations

from datetime import timedelta

from elaas_identity._sync.assertions import Assertions
from elaas_identity._sync.audit import Audit
from elaas_identity._sync.mailing import Mailing
from elaas_identity._sync.shell import Shell, exhausted
from elaas_identity._sync.signed_in_acts import SignedInActs
from elaas_identity._sync.signing_in import SigningIn
from elaas_identity._sync.traceless import traceless
from elaas_identity.assertions.assertion import MAX_LIFETIME, require_digest
from elaas_identity.browser import Browser
from elaas_identity.change import Done, Exhausted
from elaas_identity.errors import Misconfigured, ProviderFailed, Refused
from elaas_identity.flow import person_first
from elaas_identity.flow.session import Session
from elaas_identity.flow.standing import progress
from elaas_identity.flow.steps import Progress
from elaas_identity.flow.transitions import Input, Purpose
from elaas_identity.person.assurance import Assurance


class AccountLife:
    """What comes after onboarding: recovery, ThaID first, second factors, step-up, changes; assertions and audit."""

    def __init__(
        self,
        shell: Shell,
        signing_in: SigningIn,
        mailing: Mailing,
        acts: SignedInActs,
        assertions: Assertions | None,
        audit: Audit | None,
    ) -> None:
        self._shell = shell
        self._rules = shell.rules
        self._signing_in = signing_in
        self._mailing = mailing
        self._acts = acts
        self._assertions = assertions
        self._audit = audit

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

    @traceless
    def recover(self, *, browser: Browser) -> Progress:
        """Begin a recovery: the person has forgotten their password, and proves who they are first.

        It takes no username, so it tells nobody which there are. It opens none but accounts that were onboarded, and
        leaves an authenticator app what it is.

        Returns:
            `VerifyIdentity`, of no account yet; after the trip, `ChooseAccount`.

        Raises:
            Refused: `recovery_limit` with `retry_after`; `browser_unknown`.
        """
        return self._begin_person_first(Purpose.RECOVERY, browser)

    @traceless
    def begin_with_thaid(self, *, browser: Browser) -> Progress:
        """Begin with ThaID, and give the username and password afterwards: the way in while somebody guesses at them.

        Who has proven themselves is counted by who they are, on a counter that no guesser can use up (R4.1); it serves
        an account that was not onboarded yet, too. Where the sign-in policy is `THAID`, no password is needed.

        Returns:
            `VerifyIdentity`, of no account yet; after the trip, `ProvideCredential`.

        Raises:
            Refused: `identity_first_limit` with `retry_after`; `browser_unknown`.
        """
        return self._begin_person_first(Purpose.IDENTITY_FIRST, browser)

    @traceless
    def submit_credential(self, flow_id: str, username: str, password: str, *, browser: Browser) -> Progress:
        """Username and password of a proven person: what they are good for begins a flow of its own, and ends this one.

        Another person's account is answered like a name that does not exist, at the cost of one Argon2.

        Returns:
            As `begin`, with another `flow_id`; an onboarding begins at `ProvideEmail`.

        Raises:
            Refused: as `begin`.
        """
        return self._signing_in.submit_credential(flow_id, username, password, browser)

    @traceless
    def choose_account(self, flow_id: str, account_id: str, *, browser: Browser) -> Progress:
        """Choose one of the accounts that the step offers.

        In a recovery, a one-time code goes to the address that is bound to it. After `begin_with_thaid`, an account
        whose sign-in policy is `THAID` is signed in to.

        Raises:
            Refused: `account_unknown`, for one that is not among those offered; `mail_throttled`, `email_not_accepted`;
                `email_cooling_off` with `retry_after`, where the address was changed a short while ago.
            ProviderFailed: as `submit_email`.
        """
        moment = self._shell.moment(browser)
        seen = self._shell.open(flow_id, browser, Input.ACCOUNT_CHOSEN, moment)
        if seen.flow.purpose is Purpose.RECOVERY:
            return self._mailing.choose(seen, moment, account_id)
        return self._signing_in.choose(seen, account_id, browser, moment)

    @traceless
    def submit_authenticator_code(
        self, flow_id: str, authenticator_code: str, *, browser: Browser
    ) -> Progress:
        """The second factor of a sign-in: what the authenticator app shows, or a recovery code in its place.

        Returns:
            `SignedIn`, handed out this once.

        Raises:
            Refused: `authenticator_code_wrong`, one that was used before included; `authenticator_code_malformed` (not
                counted); `authenticator_code_exhausted`, which ends the flow; `authenticator_code_throttled` for the
                account's day.
        """
        return self._acts.submit_authenticator_code(flow_id, authenticator_code, browser)

    @traceless
    def enrol_authenticator(self, session: Session, *, browser: Browser) -> Progress:
        """Begin to enrol an authenticator app, or another one in place of the one before. ThaID comes first.

        Returns:
            `VerifyIdentity`; after the trip, `EnrolAuthenticator`.

        Raises:
            Refused: `sign_in_outdated`, when the account has changed since the session began; `account_unknown`,
                `flow_limit`, `browser_unknown`.
        """
        return self._acts.begin(Purpose.AUTHENTICATOR, session, browser)

    @traceless
    def confirm_authenticator(self, flow_id: str, authenticator_code: str, *, browser: Browser) -> Progress:
        """The first code that the new app shows: from now on it counts.

        Returns:
            `AuthenticatorEnrolled` with ten recovery codes, handed out this once.

        Raises:
            Refused: `authenticator_code_wrong`; the app is tried again, as often as it takes.
        """
        return self._acts.confirm_authenticator(flow_id, authenticator_code, browser)

    @traceless
    def step_up(self, session: Session, transaction_digest: str, *, browser: Browser) -> Progress:
        """Have a person who is signed in prove who they are once more, for one transaction.

        Args:
            session: `signed_in.session(ref)`; the proof is good for this session alone.
            transaction_digest: `transaction_digest(…)` of what is about to be done, to the last figure.

        Returns:
            `VerifyIdentity`; after the trip, `StepUpProof`.

        Raises:
            Refused: as `enrol_authenticator`.
            Misconfigured: `assertion_settings`, for what is no digest.
        """
        require_digest(transaction_digest)
        return self._acts.begin(Purpose.STEP_UP, session, browser, transaction_digest=transaction_digest)

    @traceless
    def consume_step_up(
        self, flow_id: str, session: Session, transaction_digest: str, *, browser: Browser
    ) -> Progress:
        """Use the proof: compute the digest anew, of what you will do now, and do it only when this returns.

        Returns:
            `SteppedUp`, handed out this once.

        Raises:
            Refused: `step_up_mismatch`, for another session or transaction than it was asked for; `flow_expired`,
                `flow_ended` when it was used before; `sign_in_outdated`.
        """
        return self._acts.consume_step_up(flow_id, session, transaction_digest, browser)

    @traceless
    def change_email(self, session: Session, *, browser: Browser) -> Progress:
        """Begin to change the bound address: ThaID, then the new address, then the code that is sent there.

        At its end the old address is told, and for a while no recovery trusts the new one (`email_cool_off`).

        Returns:
            `VerifyIdentity`; then `ProvideEmail`, `EnterOneTimeCode`, and `EmailChanged` from `submit_one_time_code`.

        Raises:
            Refused: as `enrol_authenticator`; `email_change_limit`.
        """
        return self._acts.begin(Purpose.EMAIL_CHANGE, session, browser)

    @traceless
    def change_password(self, session: Session, current_password: str, *, browser: Browser) -> Progress:
        """Begin to change the password: the current one is asked for again, and counted like a sign-in (ASVS 6.2.3).

        Returns:
            `SetPassword`; then `PasswordSet` from `set_password`: drop the account's other sessions (ASVS 7.4.3).

        Raises:
            Refused: `current_password_wrong`; `sign_in_throttled`; as `enrol_authenticator`.
        """
        return self._acts.begin(Purpose.PASSWORD_CHANGE, session, browser, current_password=current_password)

    @traceless
    def assertion_for(
        self,
        audience: str,
        *,
        account_id: str,
        binding_id: str,
        assurance: Assurance,
        transaction_digest: str | None = None,
        lifetime: timedelta = MAX_LIFETIME,
        browser: Browser | None = None,
    ) -> str:
        """A signed statement for one other system about who is signed in: see `Assertions.assertion_for`."""
        return self.assertions.assertion_for(
            audience,
            account_id=account_id,
            binding_id=binding_id,
            assurance=assurance,
            transaction_digest=transaction_digest,
            lifetime=lifetime,
            browser=browser,
        )

    def _begin_person_first(self, purpose: Purpose, browser: Browser) -> Progress:
        moment = self._shell.moment(browser)
        if not self._rules.keyring.is_browser_token(browser.token):
            raise self._shell.tell_refused(moment, "flow.refused", Refused("browser_unknown"))
        change = person_first.begun(
            self._rules,
            moment,
            purpose,
            browser_digest=browser.digest(self._rules.keyring),
            address=browser.address,
        )
        outcome = self._shell.commit(change)
        if isinstance(outcome, Exhausted):
            raise self._shell.tell_refused(moment, "flow.refused", exhausted(outcome))
        if not isinstance(outcome, Done):
            raise ProviderFailed("store_contended")
        seen = self._shell.seen_by(moment.id("flow"), browser)
        return progress(self._rules, seen, moment.now)
