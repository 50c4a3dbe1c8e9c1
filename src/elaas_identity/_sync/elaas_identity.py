# Generated from _async/elaas_identity.py by scripts/unasync.py. Do not edit: edit that file and run it.
"""The facade: the mandated flow, next step in, next step out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from types import TracebackType
from typing import Self

from elaas_identity._sync.accounts import Accounts
from elaas_identity._sync.mailing import Mailing
from elaas_identity._sync.shell import Shell, exhausted
from elaas_identity._sync.signing_in import SigningIn
from elaas_identity._sync.traceless import traceless
from elaas_identity._sync.trips import Trips
from elaas_identity.browser import Browser
from elaas_identity.change import Change, Done, Exhausted
from elaas_identity.errors import ProviderFailed, Refused
from elaas_identity.flow import completion, mailbox, recovery
from elaas_identity.flow.advance import Rules, Seen, advance, unchanged
from elaas_identity.flow.moment import Moment
from elaas_identity.flow.policy import MANDATED, FlowPolicy
from elaas_identity.flow.standing import address_of, identity_of, progress
from elaas_identity.flow.steps import AuthorizationRequest, PasswordSet, Progress
from elaas_identity.flow.transitions import Input, Purpose
from elaas_identity.one_time_code import one_time_code
from elaas_identity.passwords.hashing import LegacyVerifier, PasswordHashing
from elaas_identity.person.keyring import Keyring
from elaas_identity.ports import Clock, IdentityProvider, Listener, Mailer, Random, Store
from elaas_identity.providers.hash_workers import HashWorkers
from elaas_identity.providers.system import SystemRandom, system_clock


class ElaasIdentity:
    """The login flow that the circular mandates, over the providers that the portal gives it.

    Every call names its `flow_id` and its `browser`, and answers a `Progress` with the person's next step. An act that
    is not accepted raises `Refused`, which says why, and where the person stands. One object serves a whole process:
    it holds no flow, starts no thread before the first password, and may be made before a fork.

    Args:
        identity_provider: `ThaID(…)`, or another OpenID provider behind the same port.
        mailer: sends the one-time codes and notices.
        store: flows, accounts, budgets and events.
        keyring: the secrets that index, digest and seal; the same in every process, and nowhere in the store.
        policy: the numbers; the mandated ones by default.
        listeners: told of every event after it is committed.
        legacy_verifiers: for accounts provisioned with a foreign `password_hash`; each is upgraded at first sign-in.
        clock: aware UTC now.
        random: randomness fit for secrets.

    Raises:
        Misconfigured: `policy`, when the password hashing is weaker than the policy may be.
    """

    def __init__(
        self,
        *,
        identity_provider: IdentityProvider,
        mailer: Mailer,
        store: Store,
        keyring: Keyring,
        policy: FlowPolicy = MANDATED,
        listeners: Sequence[Listener] = (),
        legacy_verifiers: Sequence[LegacyVerifier] = (),
        clock: Clock = system_clock,
        random: Random | None = None,
    ) -> None:
        rules = Rules(policy, keyring)
        shell = Shell(
            store=store,
            rules=rules,
            clock=clock,
            random=SystemRandom() if random is None else random,
            listeners=listeners,
        )
        hashing = PasswordHashing(policy.passwords.hashing, legacy_verifiers)
        self._rules = rules
        self._shell = shell
        self._hashing = hashing
        self._workers = HashWorkers()
        self._trips = Trips(shell, identity_provider)
        self._mailing = Mailing(shell, mailer)
        self._signing_in = SigningIn(shell, hashing, self._workers)
        self.accounts = Accounts(shell, hashing, self._workers)
        """What an administrator does; each call with `by` and `reason`."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the hashing threads. Identity provider, mailer and store are the portal's, and are its to close."""
        self._workers.close()

    @traceless
    def begin(self, username: str, password: str, *, browser: Browser) -> Progress:
        """Check username and password: an issued credential begins an onboarding, the person's own password signs in.

        Costs one Argon2 whether or not there is such a username (ASVS 6.3.8); none when throttled.

        Returns:
            `VerifyIdentity`; or `SignedIn`, which is handed out this once; or `SetPassword` where the password is right
            but shorter than the policy has become.

        Raises:
            Refused: `credential_wrong` for a name that is unknown, a wrong password and a suspended account alike;
                `issued_credential_expired`; `sign_in_throttled` and `flow_limit` with `retry_after`;
                `browser_unknown` when the browser's token is not one of ours.
            ProviderFailed: `store_unavailable`.
        """
        return self._signing_in.begin(username, password, browser)

    @traceless
    def authorize(self, flow_id: str, *, browser: Browser) -> AuthorizationRequest:
        """Begin a trip to the identity provider: send the person to `.url`. Call it from a POST only.

        Raises:
            Refused: the flow is over, unknown here, or past this step.
            ProviderFailed: the identity provider's metadata could not be read.
        """
        return self._trips.authorize(flow_id, browser)

    @traceless
    def receive_callback(self, raw_query: str, *, browser: Browser) -> Progress:
        """Take what the identity provider sent the person back with: the raw query string, percent-encoded as it came.

        A framework's parsed mapping will not do: it hides duplicates, and frameworks disagree on which one wins.
        The attempt is consumed before its code is exchanged, whatever comes of it; the flow offers a new one.

        Raises:
            Refused: `callback_malformed`, `callback_unknown` (no such attempt, used, or too old),
                `callback_other_browser`; `identity_denied`, `identity_stale`, `identity_assurance_low`; and
                `person_mismatch`, which says nothing of whom the account expects.
            ProviderFailed: the identity provider could not be reached or believed.
            Misconfigured: our registration lacks a scope, or the evidence lacks the national ID.
        """
        return self._trips.receive_callback(raw_query, browser)

    @traceless
    def recover(self, *, browser: Browser) -> Progress:
        """Begin a recovery: the person has forgotten their password, and proves who they are first.

        It takes no username, so it tells nobody which there are. It opens none but accounts that were onboarded.

        Returns:
            `VerifyIdentity`, of no account yet; after the trip, `ChooseAccount`.

        Raises:
            Refused: `recovery_limit` with `retry_after`; `browser_unknown`.
        """
        moment = self._shell.moment(browser)
        if not self._rules.keyring.is_browser_token(browser.token):
            raise self._shell.tell_refused(moment, "flow.refused", Refused("browser_unknown"))
        change = recovery.begun(
            self._rules,
            moment,
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

    @traceless
    def choose_account(self, flow_id: str, account_id: str, *, browser: Browser) -> Progress:
        """Choose which of the person's accounts to recover: a one-time code goes to the address that is bound to it.

        Raises:
            Refused: `account_unknown`, for one that is not among those offered; `mail_throttled`, `email_not_accepted`.
            ProviderFailed: as `submit_email`.
        """
        moment = self._shell.moment(browser)
        seen = self._shell.open(flow_id, browser, Input.ACCOUNT_CHOSEN, moment)
        return self._mailing.choose(seen, moment, account_id)

    @traceless
    def submit_email(self, flow_id: str, email: str, *, browser: Browser) -> Progress:
        """Send a one-time code to that address; again while the code is awaited, to correct a mistyped address.

        Raises:
            Refused: `email_invalid`, `email_not_allowed`, `email_not_accepted` (the mail server refused it);
                `mail_throttled` with `retry_after`.
            ProviderFailed: the mail was not accepted, or nobody knows; the person stands at the code, with a resend.
        """
        moment = self._shell.moment(browser)
        seen = self._shell.open(flow_id, browser, Input.EMAIL_GIVEN, moment)
        return self._mailing.submit(seen, moment, email)

    @traceless
    def resend_one_time_code(self, flow_id: str, *, browser: Browser) -> Progress:
        """Send a new code to the same address. The old one is dead, and no attempt is given back.

        Raises:
            Refused: `mail_throttled` with `retry_after`, within the cool-down and past the hour's mails.
            ProviderFailed: as `submit_email`.
        """
        moment = self._shell.moment(browser)
        seen = self._shell.open(flow_id, browser, Input.CODE_RESENT, moment)
        return self._mailing.resend(seen, moment)

    @traceless
    def submit_one_time_code(self, flow_id: str, one_time_code: str, *, browser: Browser) -> Progress:
        """Confirm the address with the code from the mail; Thai digits, spaces and dashes are taken.

        Raises:
            Refused: `one_time_code_wrong`, `one_time_code_expired`, `one_time_code_malformed` (not counted);
                `one_time_code_exhausted`, which ends the flow; `one_time_code_throttled` for the account's day.
        """
        moment = self._shell.moment(browser)
        seen = self._shell.open(flow_id, browser, Input.CODE_CONFIRMED, moment)
        self._compare(seen, Input.CODE_CONFIRMED, moment, one_time_code)
        seen = self._shell.settle(
            seen, Input.CODE_CONFIRMED, moment, lambda stands: mailbox.confirmed(self._rules, stands, moment)
        )
        return progress(self._rules, seen, moment.now)

    @traceless
    def set_password(self, flow_id: str, new_password: str, *, browser: Browser) -> Progress:
        """Set the person's own password. The account is theirs; send them to sign in with it.

        Returns:
            `PasswordSet`, handed out this once.

        Raises:
            Refused: with the rule that the password breaks, each with a code of its own.
        """
        moment = self._shell.moment(browser)
        seen = self._shell.open(flow_id, browser, Input.PASSWORD_SET, moment)
        with self._shell.judging(seen, moment):
            prepared = completion.accepted_password(self._rules, seen, moment, new_password)
        return self._complete(seen, Input.PASSWORD_SET, moment, prepared)

    @traceless
    def confirm(self, flow_id: str, one_time_code: str, new_password: str, *, browser: Browser) -> Progress:
        """Confirm with the code and set the password in one form, as the circular words it: both or neither.

        The password's rules are looked at first, so that a password refused costs no attempt at the code.

        Raises:
            Refused: as `submit_one_time_code` and `set_password`.
        """
        moment = self._shell.moment(browser)
        happened = Input.CODE_AND_PASSWORD_SET
        seen = self._shell.open(flow_id, browser, happened, moment)
        with self._shell.judging(seen, moment):
            prepared = completion.accepted_password(self._rules, seen, moment, new_password)
        self._compare(seen, happened, moment, one_time_code)
        return self._complete(seen, happened, moment, prepared)

    @traceless
    def current(self, flow_id: str, *, browser: Browser) -> Progress:
        """Where the flow stands: for a reload, the back button, a second tab. Writes nothing.

        Never `SignedIn` or `PasswordSet`: a flow that has handed those out is `Ended`.

        Raises:
            Refused: `browser_unknown`, `flow_unknown`.
        """
        seen = self._shell.seen_by(flow_id, browser)
        return progress(self._rules, seen, self._shell.moment().now)

    @traceless
    def cancel(self, flow_id: str, *, browser: Browser) -> Progress:
        """End the flow: the person stops here. The account stays as it was.

        Raises:
            Refused: the flow is over already, or unknown here.
        """
        moment = self._shell.moment(browser)
        seen = self._shell.open(flow_id, browser, Input.CANCELLED, moment)

        def cancelled(stands: Seen) -> Change:
            flow, event = advance(stands.flow, Input.CANCELLED, moment)
            return Change(writes=(flow,), inserts=(event,), expects=unchanged(stands))

        seen = self._shell.settle(seen, Input.CANCELLED, moment, cancelled)
        return progress(self._rules, seen, moment.now)

    def purge(self, *, older_than: timedelta = timedelta(days=1)) -> int:
        """Delete flows that expired longer ago than that, with their attempts, and budgets that are over.

        Run it daily. Accounts, bindings and events are kept. Returns how many records went.
        """
        return self._shell.purge(older_than)

    def _compare(self, seen: Seen, happened: Input, moment: Moment, typed: str) -> None:
        """Reserve an attempt, then compare; return only when the code is right."""
        rules = self._rules
        with self._shell.judging(seen, moment):
            digits = one_time_code.normalise(typed, rules.policy.one_time_code_digits)
            if mailbox.is_expired(seen.flow, moment.now):
                raise Refused("one_time_code_expired", field="one_time_code")
        seen = self._shell.settle(
            seen, happened, moment, lambda stands: mailbox.reserved(rules, stands, moment)
        )
        if mailbox.is_right(rules, seen, digits):
            return
        self._shell.commit(mailbox.wrong(seen, moment))
        again = self._shell.see_again(seen)
        raise Refused(
            "one_time_code_wrong",
            field="one_time_code",
            progress=progress(rules, again, moment.now),
        )

    def _complete(self, seen: Seen, happened: Input, moment: Moment, prepared: str) -> Progress:
        """Hash, and make the account the person's; then tell them, and the office, by mail."""
        rules, salt = self._rules, self._shell.random.token_bytes(16)
        password_hash = self._workers.run(lambda: self._hashing.hash(prepared, salt))
        binding = self._shell.binding_of(seen.held)
        onboarding = seen.flow.purpose is Purpose.ONBOARDING
        address = address_of(rules, seen) if onboarding else None
        person = identity_of(rules, seen) if onboarding else None
        done = self._shell.settle(
            seen,
            happened,
            moment,
            lambda stands: completion.completed(rules, stands, binding, moment, happened, password_hash),
        )
        self._mailing.tell_password_set(done, moment, binding, address, person)
        assert done.held.binding_id is not None
        return Progress(
            flow_id=done.flow.id,
            purpose=done.flow.purpose,
            step=PasswordSet(
                account=done.held.view(rules.keyring),
                binding_id=done.held.binding_id,
                credential_version=done.held.credential_version,
            ),
            expires_at=done.flow.expires_at,
        )
