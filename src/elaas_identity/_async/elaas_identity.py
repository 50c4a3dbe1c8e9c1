"""The facade: the mandated flow, next step in, next step out. Each call is an act, and stands in its own file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from time import perf_counter
from types import TracebackType
from typing import Self, TypedDict

from elaas_identity._async.account_life import AsyncAccountLife
from elaas_identity._async.accounts import AsyncAccounts
from elaas_identity._async.assertions import AsyncAssertions
from elaas_identity._async.audit import AsyncAudit
from elaas_identity._async.driver import AsyncDriver, act
from elaas_identity._async.sessions import AsyncSessions
from elaas_identity._discreet import discreet
from elaas_identity.assertions.signing_keys import AssertionSettings
from elaas_identity.audit.checkpoint import AuditKeys
from elaas_identity.browser import Browser
from elaas_identity.effects import Act, purge
from elaas_identity.flow import current, identity, mailbox, password, signing_in
from elaas_identity.flow import email as email_act
from elaas_identity.flow.advance import Rules
from elaas_identity.flow.evidence import require_evidence
from elaas_identity.flow.policy import MANDATED, FlowPolicy
from elaas_identity.flow.steps import AuthorizationRequest, Progress
from elaas_identity.keyring import Keyring
from elaas_identity.mail.texts import LIBRARY_TEXTS, MailTexts
from elaas_identity.passwords.hashing import LegacyVerifier, PasswordHashing
from elaas_identity.ports import AsyncIdentityProvider, AsyncMailer, AsyncStore, Clock, Listener, Random
from elaas_identity.providers.system import SystemRandom, system_clock


class _Same(TypedDict):
    """What assertions and audit are given of the facade."""

    store: AsyncStore
    listeners: Sequence[Listener]
    clock: Clock
    random: Random


@discreet
class AsyncElaasIdentity(AsyncAccountLife):
    """The login flow that the circular mandates, over the providers that the portal gives it.

    Every call names its `flow_id` and its `browser`, and answers a `Progress` with the person's next step. An act that
    is not accepted raises `Refused`, which says why, and where the person stands. One object serves a whole process:
    it holds no flow, starts no thread before the first password, and may be made before a fork.

    Args:
        identity_provider: `ThaID(…)`, or another OpenID provider behind the same port.
        mailer: sends the one-time codes and notices.
        store: flows, accounts, sessions, budgets and events.
        keyring: the secrets that index, digest and seal; the same in every process, and nowhere in the store.
        policy: the numbers; the mandated ones by default.
        mail_texts: whom a person asks, and your own wording, in every mail.
        listeners: plain functions, told of every event after it is committed.
        legacy_verifiers: for accounts provisioned with a foreign `password_hash`; each is upgraded at first sign-in.
        assertions: for `assertion_for`: the portal's own issuer URL, its signing keys, and the systems it states to.
        audit_keys: for `audit`: what signs the checkpoints of the trail.
        clock: aware UTC now.
        random: randomness fit for secrets.

    Raises:
        Misconfigured: `policy`, when the password hashing is weaker than the policy may be;
            `identity_provider_settings`, when the provider asks for no `ial` and the policy has a `minimum_ial`;
            `store_settings`, `mailer_settings`, `identity_provider_settings`, for one of the other flavour;
            `listener_settings`, for one that is asynchronous;
            `test_double`, for a clock or random of a test where people may be real.
    """

    def __init__(
        self,
        *,
        identity_provider: AsyncIdentityProvider,
        mailer: AsyncMailer,
        store: AsyncStore,
        keyring: Keyring,
        policy: FlowPolicy = MANDATED,
        mail_texts: MailTexts = LIBRARY_TEXTS,
        listeners: Sequence[Listener] = (),
        legacy_verifiers: Sequence[LegacyVerifier] = (),
        assertions: AssertionSettings | None = None,
        audit_keys: AuditKeys | None = None,
        clock: Clock = system_clock,
        random: Random | None = None,
    ) -> None:
        require_evidence(policy, identity_provider)
        self._rules = Rules(policy, keyring, mail_texts)
        self._identity_provider, self._mailer = identity_provider, mailer
        passwords = policy.passwords
        hashing = PasswordHashing(
            passwords.hashing, legacy_verifiers, passwords.stored_hashes, timer=perf_counter
        )
        self._driver = AsyncDriver(
            store=store,
            clock=clock,
            random=SystemRandom() if random is None else random,
            listeners=listeners,
            identity_provider=identity_provider,
            mailer=mailer,
            hashing=hashing,
        )
        same: _Same = {"store": store, "listeners": listeners, "clock": clock, "random": self._driver.random}
        self._assertions = (
            None if assertions is None else AsyncAssertions(keyring=keyring, settings=assertions, **same)
        )
        self._audit = None if audit_keys is None else AsyncAudit(keys=audit_keys, **same)
        self.accounts = AsyncAccounts(self._driver, self._rules, hashing)
        """What an administrator does; each call with `by` and `reason`."""
        self.sessions = AsyncSessions(self._driver, self._rules)
        """Who is signed in, for a portal that has no sessions of its own."""

    @property
    def identity_provider(self) -> AsyncIdentityProvider:
        """The one that was handed in."""
        return self._identity_provider

    @property
    def mailer(self) -> AsyncMailer:
        """The one that was handed in."""
        return self._mailer

    @property
    def store(self) -> AsyncStore:
        """The one that was handed in."""
        return self._driver.store

    @property
    def policy(self) -> FlowPolicy:
        """The one that was handed in."""
        return self._rules.policy

    @property
    def mail_texts(self) -> MailTexts:
        """Those that were handed in."""
        return self._rules.mail_texts

    @property
    def keyring(self) -> Keyring:
        """The one that was handed in."""
        return self._rules.keyring

    @property
    def clock(self) -> Clock:
        """The one that was handed in."""
        return self._driver.clock

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End the hashing threads. Identity provider, mailer and store are the portal's, and are its to close."""
        await self._driver.close()

    @act
    def begin(self, username: str, password: str, *, browser: Browser) -> Act[Progress]:
        """Check username and password: an issued credential begins an onboarding, the person's own password signs in.

        Costs one Argon2 whether or not there is such a username (ASVS 6.3.8); none when throttled.

        Returns:
            `VerifyIdentity`; or `SignedIn`, which is handed out this once; or `SetPassword` where the password is right
            but shorter than the policy has become.

        Raises:
            Refused: `credential_wrong` for a name that is unknown, a wrong password and a suspended account alike;
                `approval_awaited` for the right password of somebody who awaits an administrator's approval;
                `issued_credential_expired`; `sign_in_throttled` and `flow_limit` with `retry_after`;
                `browser_unknown` when the browser's token is not one of ours.
            ProviderFailed: `store_unavailable`.
        """
        return signing_in.begin(*self._asked(browser), username, password)

    @act
    def authorize(self, flow_id: str, *, browser: Browser) -> Act[AuthorizationRequest]:
        """Begin a trip to the identity provider: send the person to `.url`. Call it from a POST only.

        Raises:
            Refused: the flow is over, unknown here, or past this step; `trip_limit` with `retry_after`.
            ProviderFailed: the identity provider's metadata could not be read.
        """
        return identity.authorize(*self._asked(browser), flow_id)

    @act
    def receive_callback(self, raw_query: str | bytes, *, browser: Browser) -> Act[Progress]:
        """Take what the identity provider sent the person back with: the raw query string, percent-encoded as it came.

        Bytes and a leading `?` are taken. A framework's parsed mapping will not do: it hides duplicates, and frameworks
        disagree on which one wins.
        The attempt is consumed before its code is exchanged, whatever comes of it; the flow offers a new one.

        Raises:
            Refused: `callback_malformed`, `callback_unknown` (no such attempt, used, or too old),
                `callback_other_browser`; `identity_denied`, `identity_stale`, `identity_assurance_low`; and
                `person_mismatch`, which says nothing of whom the account expects.
            ProviderFailed: the identity provider could not be reached or believed.
            Misconfigured: our registration lacks a scope, or the evidence lacks the national ID.
        """
        return identity.receive_callback(*self._asked(browser), raw_query)

    @act
    def submit_email(self, flow_id: str, email: str, *, browser: Browser) -> Act[Progress]:
        """Send a one-time code to that address; again while the code is awaited, to correct a mistyped address.

        Raises:
            Refused: `email_invalid`, `email_not_allowed`, `email_not_accepted` (the mail server refused it);
                `mail_throttled` with `retry_after`.
            ProviderFailed: the mail was not accepted, or nobody knows; the person stands at the code, with a resend.
        """
        return email_act.submit_email(*self._asked(browser), flow_id, email)

    @act
    def resend_one_time_code(self, flow_id: str, *, browser: Browser) -> Act[Progress]:
        """Send a new code to the same address. The old one is dead, and no attempt is given back.

        Raises:
            Refused: `mail_throttled` with `retry_after`, within the cool-down and past the hour's mails.
            ProviderFailed: as `submit_email`.
        """
        return email_act.resend_one_time_code(*self._asked(browser), flow_id)

    @act
    def submit_one_time_code(self, flow_id: str, one_time_code: str, *, browser: Browser) -> Act[Progress]:
        """Confirm the address with the code from the mail; Thai digits, spaces and dashes are taken.

        Raises:
            Refused: `one_time_code_wrong`, `one_time_code_expired`, `one_time_code_malformed` (not counted);
                `one_time_code_exhausted`, which ends the flow; `one_time_code_throttled` for the account's day.
        """
        return mailbox.submit_one_time_code(*self._asked(browser), flow_id, one_time_code)

    @act
    def set_password(self, flow_id: str, new_password: str, *, browser: Browser) -> Act[Progress]:
        """Set the person's own password. The account is theirs; send them to sign in with it.

        Returns:
            `PasswordSet`, handed out this once.

        Raises:
            Refused: `password_too_short`, `password_too_long`, `password_character_not_allowed`, `password_common`,
                `password_contextual`, `password_same_as_before`: the rule that the password breaks.
        """
        return password.set_password(*self._asked(browser), flow_id, new_password)

    @act
    def confirm_and_set_password(
        self, flow_id: str, one_time_code: str, new_password: str, *, browser: Browser
    ) -> Act[Progress]:
        """Confirm with the code and set the password in one form, as the circular words it: both or neither.

        The password's rules are looked at first, so that a password refused costs no attempt at the code.

        Raises:
            Refused: as `submit_one_time_code` and `set_password`.
        """
        return password.confirm_and_set_password(*self._asked(browser), flow_id, one_time_code, new_password)

    @act
    def current(self, flow_id: str, *, browser: Browser) -> Act[Progress]:
        """Where the flow stands: for a reload, the back button, a second tab. Writes nothing.

        Never `SignedIn` or `PasswordSet`: a flow that has handed those out is `Ended`.

        Raises:
            Refused: `browser_unknown`, `flow_unknown`.
        """
        return current.current(*self._asked(browser), flow_id)

    @act
    def cancel(self, flow_id: str, *, browser: Browser) -> Act[Progress]:
        """End the flow: the person stops here. The account stays as it was.

        Raises:
            Refused: the flow is over already, or unknown here.
        """
        return current.cancel(*self._asked(browser), flow_id)

    @act
    def purge(self, *, older_than: timedelta = timedelta(days=1)) -> Act[int]:
        """Delete flows and sessions that expired longer ago than that, attempts, and budgets that are over.

        Run it daily. Accounts, bindings and events are kept. Returns how many records went.
        """
        return purge(self._driver.clock() - older_than)
