"""Username and password: charge, look up, verify once, and begin what they are good for."""

from __future__ import annotations

from elaas_identity._async.shell import MOST_CONFLICTS, AsyncShell, exhausted
from elaas_identity.accounts.account import AccountRecord, BindingRecord
from elaas_identity.authenticator_app.authenticator import AuthenticatorRecord
from elaas_identity.browser import Browser
from elaas_identity.change import Change, Done, Exhausted, Key
from elaas_identity.errors import ProviderFailed, Refused
from elaas_identity.flow import sign_in, trip
from elaas_identity.flow.advance import Seen
from elaas_identity.flow.flow import FlowRecord
from elaas_identity.flow.moment import Moment
from elaas_identity.flow.person_first import begun_by
from elaas_identity.flow.policy import SignInPolicy
from elaas_identity.flow.sign_in import SignInAttempt
from elaas_identity.flow.standing import identity_of, progress
from elaas_identity.flow.steps import Progress
from elaas_identity.flow.transitions import Input, Stage
from elaas_identity.passwords.hashing import PasswordHashing
from elaas_identity.person import assurance
from elaas_identity.person.verified import VerifiedIdentity
from elaas_identity.providers.hash_workers import AsyncHashWorkers


class AsyncSigningIn:
    """`begin`, `submit_credential` and what else ends in `SignedIn`, in their parts."""

    def __init__(self, shell: AsyncShell, hashing: PasswordHashing, workers: AsyncHashWorkers) -> None:
        self._shell = shell
        self._rules = shell.rules
        self._hashing = hashing
        self._workers = workers

    async def begin(self, username: str, password: str, browser: Browser) -> Progress:
        """See the facade."""
        moment = self._shell.moment(browser)
        if not self._rules.keyring.is_browser_token(browser.token):
            raise self._shell.tell_refused(moment, "sign_in.refused", Refused("browser_unknown"))
        tried = sign_in.attempt(self._rules, moment, username, browser.address)
        return await self._try(tried, password, browser, moment, None)

    async def submit_credential(
        self, flow_id: str, username: str, password: str, browser: Browser
    ) -> Progress:
        """See the facade."""
        moment = self._shell.moment(browser)
        proven = await self._shell.open(flow_id, browser, Input.CREDENTIAL_ACCEPTED, moment)
        tried = sign_in.attempt_of_person(self._rules, moment, username, proven)
        with self._shell.at(proven, moment):
            try:
                return await self._try(tried, password, browser, moment, proven)
            except Refused as refused:
                if refused.progress is None:  # another tab may have ended the flow meanwhile
                    stands = await self._shell.see_again(proven)
                    refused.progress = progress(self._rules, stands, moment.now)
                raise

    async def choose(self, proven: Seen, account_id: str, browser: Browser, moment: Moment) -> Progress:
        """See the facade's `choose_account`: one that opens by the identity provider's word alone."""
        browser_digest = browser.digest(self._rules.keyring)
        for _ in range(MOST_CONFLICTS):
            with self._shell.judging(proven, moment):
                change, flow, account = sign_in.begun_without_password(
                    self._rules, proven, account_id, moment, browser_digest=browser_digest
                )
            if isinstance(await self._shell.commit(change), Done):
                identity = identity_of(self._rules, proven)
                return await self.signed_in(Seen(flow, account), moment, assurance.THAID_ALONE, identity)
            proven = await self._shell.led_on(await self._shell.see_again(proven))
            await self._shell.admit(proven, Input.ACCOUNT_CHOSEN, moment)
        raise ProviderFailed("store_contended", progress=progress(self._rules, proven, moment.now))

    async def signed_in(
        self,
        done: Seen,
        moment: Moment,
        methods: tuple[str, ...],
        proven: VerifiedIdentity | None = None,
    ) -> Progress:
        """What the call that completed a sign-in hands out, once."""
        binding = await self._shell.binding_of(done.held)
        assert binding is not None, "an active account has a binding"
        return Progress(
            flow_id=done.flow.id,
            purpose=done.flow.purpose,
            step=sign_in.signed_in(self._rules, done.held, binding, moment.now, methods, proven),
            expires_at=done.flow.expires_at,
        )

    async def check_password(
        self, account: AccountRecord, password: str, browser: Browser, moment: Moment
    ) -> str:
        """The prepared password of who is signed in already, checked anew and counted like a sign-in.

        Raises:
            Refused: `current_password_wrong`; `sign_in_throttled`.
        """
        username = account.view(self._rules.keyring).username
        tried = sign_in.attempt(self._rules, moment, username, browser.address)
        await self._charge(tried, moment)
        prepared = sign_in.submitted_password(password)
        if not await self._verify(account, prepared, looked_at=True):
            wrong = Refused("current_password_wrong", field="password")
            raise self._shell.tell_refused(moment, "sign_in.refused", wrong, account_id=account.id)
        await self._shell.commit(sign_in.refunded(tried))
        return prepared

    async def _try(
        self, tried: SignInAttempt, password: str, browser: Browser, moment: Moment, proven: Seen | None
    ) -> Progress:
        await self._charge(tried, moment)
        prepared = sign_in.submitted_password(password)
        account = await self._account(tried.keys)
        right = await self._verify(account, prepared, looked_at=await self._may_be(account, proven))
        account_id = None if account is None else account.id
        if account is None or not right:
            wrong = Refused("credential_wrong", field=None if proven is None else "credential")
            raise self._shell.tell_refused(moment, "sign_in.refused", wrong, account_id=account_id)
        if sign_in.is_expired(account, moment.now):
            await self._shell.commit(sign_in.refunded(tried))
            late = Refused("issued_credential_expired")
            raise self._shell.tell_refused(moment, "sign_in.refused", late, account_id=account_id)
        return await self._begin(tried, account, prepared, browser, moment, proven)

    async def _charge(self, tried: SignInAttempt, moment: Moment) -> None:
        outcome = await self._shell.commit(Change(charges=tried.charges))
        if isinstance(outcome, Exhausted):
            raise self._shell.tell_refused(moment, "sign_in.throttled", exhausted(outcome))
        if not isinstance(outcome, Done):
            raise ProviderFailed("store_contended")

    async def _account(self, keys: tuple[Key[AccountRecord], ...]) -> AccountRecord | None:
        read = await self._shell.load(*keys)
        return next((account for key in keys for account in read.all(key)), None)

    async def _may_be(self, account: AccountRecord | None, proven: Seen | None) -> bool:
        """Whether the account's password is looked at: to a proven person, only that of an account of their own."""
        looked_at = sign_in.may_sign_in(account)
        if proven is None:
            return looked_at
        # Looked up for every name, so that one which is there takes no longer (ASVS 6.3.8).
        binding_id = None if account is None else account.binding_id
        key = Key(BindingRecord, binding_id or proven.flow.id)
        binding = (await self._shell.load(key)).one(key)
        if account is None or not looked_at:
            return False
        identity = identity_of(self._rules, proven)
        return trip.judge_person(self._rules, account, binding, identity) is None

    async def _verify(self, account: AccountRecord | None, prepared: str, *, looked_at: bool) -> bool:
        """One Argon2 for every name: an unknown or suspended one is verified against a decoy."""
        stored = account.password_hash if account is not None and looked_at else self._hashing.decoy
        right = await self._workers.run(lambda: self._hashing.verify(stored, prepared))
        return right and looked_at

    async def _begin(
        self,
        tried: SignInAttempt,
        account: AccountRecord,
        prepared: str,
        browser: Browser,
        moment: Moment,
        proven: Seen | None,
    ) -> Progress:
        upgraded = None
        if self._hashing.is_outdated(account.password_hash):
            salt = self._shell.random.token_bytes(16)
            upgraded = await self._workers.run(lambda: self._hashing.hash(prepared, salt))
        for _ in range(MOST_CONFLICTS):
            try:
                change, flow = sign_in.begun(
                    self._rules,
                    tried,
                    account,
                    moment,
                    prepared=prepared,
                    browser_digest=browser.digest(self._rules.keyring),
                    flow_id=moment.id("flow") if proven is None else begun_by(proven.flow.id),
                    upgraded_hash=upgraded,
                    authenticator=await self._authenticator(account),
                    proven=proven,
                )
            except Refused as weak:
                await self._shell.commit(sign_in.refunded(tried))
                raise self._shell.tell_refused(
                    moment, "sign_in.refused", weak, account_id=account.id
                ) from None
            outcome = await self._shell.commit(change)
            if isinstance(outcome, Done):
                return await self._progress(flow, account, moment, proven)
            if isinstance(outcome, Exhausted):
                await self._shell.commit(sign_in.refunded(tried))
                refused = exhausted(outcome)
                raise self._shell.tell_refused(moment, "flow.refused", refused, account_id=account.id)
            if proven is not None:
                proven = await self._shell.led_on(await self._shell.see_again(proven))
                try:
                    await self._shell.admit(proven, Input.CREDENTIAL_ACCEPTED, moment)
                except Refused:  # another tab was faster; the password was right all the same
                    await self._shell.commit(sign_in.refunded(tried))
                    raise
            again = await self._account(tried.keys)
            if again is None or again.epoch != account.epoch or again.status is not account.status:
                # The password that was right a moment ago is no longer the account's.
                wrong = Refused("credential_wrong")
                raise self._shell.tell_refused(moment, "sign_in.refused", wrong, account_id=account.id)
            if again.password_hash != account.password_hash:
                upgraded = None  # another sign-in has upgraded it
            account = again
        raise ProviderFailed("store_contended")

    async def _authenticator(self, account: AccountRecord) -> AuthenticatorRecord | None:
        if self._rules.policy.sign_in_of(account.kind) is not SignInPolicy.PASSWORD_AND_TOTP:
            return None
        return await self._shell.authenticator_of(account)

    async def _progress(
        self, flow: FlowRecord, account: AccountRecord, moment: Moment, proven: Seen | None
    ) -> Progress:
        if flow.stage is not Stage.DONE:
            return progress(self._rules, Seen(flow, account), moment.now)
        if proven is None:
            return await self.signed_in(Seen(flow, account), moment, assurance.PASSWORD)
        identity = identity_of(self._rules, proven)
        return await self.signed_in(Seen(flow, account), moment, assurance.PASSWORD_AND_THAID, identity)
