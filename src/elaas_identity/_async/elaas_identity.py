"""The facade: the mandated flow, next step in, next step out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from types import TracebackType
from typing import Self

from elaas_identity._async.account_life import AsyncAccountLife
from elaas_identity._async.accounts import AsyncAccounts
from elaas_identity._async.assertions import AsyncAssertions
from elaas_identity._async.audit import AsyncAudit
from elaas_identity._async.completing import AsyncCompleting
from elaas_identity._async.mailing import AsyncMailing
from elaas_identity._async.notices import AsyncNotices
from elaas_identity._async.shell import AsyncShell
from elaas_identity._async.signed_in_acts import AsyncSignedInActs
from elaas_identity._async.signing_in import AsyncSigningIn
from elaas_identity._async.traceless import traceless
from elaas_identity._async.trips import AsyncTrips
from elaas_identity.assertions.signing_keys import AssertionSettings
from elaas_identity.audit.checkpoint import AuditKeys
from elaas_identity.browser import Browser
from elaas_identity.change import Change
from elaas_identity.flow import completion
from elaas_identity.flow.advance import Rules, Seen, advance, unchanged
from elaas_identity.flow.policy import MANDATED, FlowPolicy
from elaas_identity.flow.standing import progress
from elaas_identity.flow.steps import AuthorizationRequest, Progress
from elaas_identity.flow.transitions import Input
from elaas_identity.keyring import Keyring
from elaas_identity.passwords.hashing import LegacyVerifier, PasswordHashing
from elaas_identity.ports import AsyncIdentityProvider, AsyncMailer, AsyncStore, Clock, Listener, Random
from elaas_identity.providers.hash_workers import AsyncHashWorkers
from elaas_identity.providers.system import SystemRandom, system_clock


class AsyncElaasIdentity(AsyncAccountLife):
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
        assertions: for `assertion_for`: the portal's own issuer URL, its signing keys, and the systems it states to.
        audit_keys: for `audit`: what signs the checkpoints of the trail.
        clock: aware UTC now.
        random: randomness fit for secrets.

    Raises:
        Misconfigured: `policy`, when the password hashing is weaker than the policy may be.
    """

    def __init__(
        self,
        *,
        identity_provider: AsyncIdentityProvider,
        mailer: AsyncMailer,
        store: AsyncStore,
        keyring: Keyring,
        policy: FlowPolicy = MANDATED,
        listeners: Sequence[Listener] = (),
        legacy_verifiers: Sequence[LegacyVerifier] = (),
        assertions: AssertionSettings | None = None,
        audit_keys: AuditKeys | None = None,
        clock: Clock = system_clock,
        random: Random | None = None,
    ) -> None:
        rules = Rules(policy, keyring)
        shell = AsyncShell(
            store=store,
            rules=rules,
            clock=clock,
            random=SystemRandom() if random is None else random,
            listeners=listeners,
        )
        hashing, workers = PasswordHashing(policy.passwords.hashing, legacy_verifiers), AsyncHashWorkers()
        mailing, signing_in = AsyncMailing(shell, mailer), AsyncSigningIn(shell, hashing, workers)
        notices = AsyncNotices(rules, mailing)
        super().__init__(
            shell,
            signing_in,
            mailing,
            AsyncSignedInActs(shell, signing_in, notices),
            None if assertions is None else AsyncAssertions(shell, assertions),
            None
            if audit_keys is None
            else AsyncAudit(
                store=store, keys=audit_keys, listeners=listeners, clock=clock, random=shell.random
            ),
        )
        self._workers = workers
        self._trips = AsyncTrips(shell, identity_provider, signing_in)
        self._completing = AsyncCompleting(shell, hashing, workers, notices)
        self.accounts = AsyncAccounts(shell, hashing, workers, notices)
        """What an administrator does; each call with `by` and `reason`."""

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
        await self._workers.close()

    @traceless
    async def begin(self, username: str, password: str, *, browser: Browser) -> Progress:
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
        return await self._signing_in.begin(username, password, browser)

    @traceless
    async def authorize(self, flow_id: str, *, browser: Browser) -> AuthorizationRequest:
        """Begin a trip to the identity provider: send the person to `.url`. Call it from a POST only.

        Raises:
            Refused: the flow is over, unknown here, or past this step.
            ProviderFailed: the identity provider's metadata could not be read.
        """
        return await self._trips.authorize(flow_id, browser)

    @traceless
    async def receive_callback(self, raw_query: str, *, browser: Browser) -> Progress:
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
        return await self._trips.receive_callback(raw_query, browser)

    @traceless
    async def submit_email(self, flow_id: str, email: str, *, browser: Browser) -> Progress:
        """Send a one-time code to that address; again while the code is awaited, to correct a mistyped address.

        Raises:
            Refused: `email_invalid`, `email_not_allowed`, `email_not_accepted` (the mail server refused it);
                `mail_throttled` with `retry_after`.
            ProviderFailed: the mail was not accepted, or nobody knows; the person stands at the code, with a resend.
        """
        moment = self._shell.moment(browser)
        seen = await self._shell.open(flow_id, browser, Input.EMAIL_GIVEN, moment)
        return await self._mailing.submit(seen, moment, email)

    @traceless
    async def resend_one_time_code(self, flow_id: str, *, browser: Browser) -> Progress:
        """Send a new code to the same address. The old one is dead, and no attempt is given back.

        Raises:
            Refused: `mail_throttled` with `retry_after`, within the cool-down and past the hour's mails.
            ProviderFailed: as `submit_email`.
        """
        moment = self._shell.moment(browser)
        seen = await self._shell.open(flow_id, browser, Input.CODE_RESENT, moment)
        return await self._mailing.resend(seen, moment)

    @traceless
    async def submit_one_time_code(self, flow_id: str, one_time_code: str, *, browser: Browser) -> Progress:
        """Confirm the address with the code from the mail; Thai digits, spaces and dashes are taken.

        Raises:
            Refused: `one_time_code_wrong`, `one_time_code_expired`, `one_time_code_malformed` (not counted);
                `one_time_code_exhausted`, which ends the flow; `one_time_code_throttled` for the account's day.
        """
        moment = self._shell.moment(browser)
        seen = await self._shell.open(flow_id, browser, Input.CODE_CONFIRMED, moment)
        await self._completing.compare(seen, Input.CODE_CONFIRMED, moment, one_time_code)
        return await self._completing.confirm_address(seen, moment)

    @traceless
    async def set_password(self, flow_id: str, new_password: str, *, browser: Browser) -> Progress:
        """Set the person's own password. The account is theirs; send them to sign in with it.

        Returns:
            `PasswordSet`, handed out this once.

        Raises:
            Refused: with the rule that the password breaks, each with a code of its own.
        """
        moment = self._shell.moment(browser)
        seen = await self._shell.open(flow_id, browser, Input.PASSWORD_SET, moment)
        with self._shell.judging(seen, moment):
            prepared = completion.accepted_password(self._rules, seen, moment, new_password)
        return await self._completing.complete(seen, Input.PASSWORD_SET, moment, prepared)

    @traceless
    async def confirm(
        self, flow_id: str, one_time_code: str, new_password: str, *, browser: Browser
    ) -> Progress:
        """Confirm with the code and set the password in one form, as the circular words it: both or neither.

        The password's rules are looked at first, so that a password refused costs no attempt at the code.

        Raises:
            Refused: as `submit_one_time_code` and `set_password`.
        """
        moment = self._shell.moment(browser)
        happened = Input.CODE_AND_PASSWORD_SET
        seen = await self._shell.open(flow_id, browser, happened, moment)
        with self._shell.judging(seen, moment):
            prepared = completion.accepted_password(self._rules, seen, moment, new_password)
        await self._completing.compare(seen, happened, moment, one_time_code)
        return await self._completing.complete(seen, happened, moment, prepared)

    @traceless
    async def current(self, flow_id: str, *, browser: Browser) -> Progress:
        """Where the flow stands: for a reload, the back button, a second tab. Writes nothing.

        Never `SignedIn` or `PasswordSet`: a flow that has handed those out is `Ended`.

        Raises:
            Refused: `browser_unknown`, `flow_unknown`.
        """
        seen = await self._shell.seen_by(flow_id, browser)
        return progress(self._rules, seen, self._shell.moment().now)

    @traceless
    async def cancel(self, flow_id: str, *, browser: Browser) -> Progress:
        """End the flow: the person stops here. The account stays as it was.

        Raises:
            Refused: the flow is over already, or unknown here.
        """
        moment = self._shell.moment(browser)
        seen = await self._shell.open(flow_id, browser, Input.CANCELLED, moment)

        def cancelled(stands: Seen) -> Change:
            flow, event = advance(stands.flow, Input.CANCELLED, moment)
            return Change(writes=(flow,), inserts=(event,), expects=unchanged(stands))

        seen = await self._shell.settle(seen, Input.CANCELLED, moment, cancelled)
        return progress(self._rules, seen, moment.now)

    async def purge(self, *, older_than: timedelta = timedelta(days=1)) -> int:
        """Delete flows that expired longer ago than that, with their attempts, and budgets that are over.

        Run it daily. Accounts, bindings and events are kept. Returns how many records went.
        """
        return await self._shell.purge(older_than)
