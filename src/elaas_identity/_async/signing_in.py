"""Username and password: charge, look up, verify once, and begin what they are good for."""

from __future__ import annotations

from elaas_identity._async.shell import MOST_CONFLICTS, AsyncShell, exhausted
from elaas_identity.accounts.account import AccountRecord, AccountStatus
from elaas_identity.browser import Browser
from elaas_identity.change import Change, Done, Exhausted, Key
from elaas_identity.errors import ProviderFailed, Refused
from elaas_identity.flow import sign_in
from elaas_identity.flow.advance import Seen
from elaas_identity.flow.flow import FlowRecord
from elaas_identity.flow.moment import Moment
from elaas_identity.flow.sign_in import SignInAttempt
from elaas_identity.flow.standing import progress
from elaas_identity.flow.steps import Progress
from elaas_identity.flow.transitions import Stage
from elaas_identity.passwords.hashing import PasswordHashing
from elaas_identity.providers.hash_workers import AsyncHashWorkers


class AsyncSigningIn:
    """`begin`, in its parts."""

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
        outcome = await self._shell.commit(Change(charges=tried.charges))
        if isinstance(outcome, Exhausted):
            raise self._shell.tell_refused(moment, "sign_in.throttled", exhausted(outcome))
        if not isinstance(outcome, Done):
            raise ProviderFailed("store_contended")

        prepared = sign_in.submitted_password(password)
        account = await self._account(tried.keys)
        right = await self._verify(account, prepared)
        account_id = None if account is None else account.id
        if account is None or not right:
            wrong = Refused("credential_wrong")
            raise self._shell.tell_refused(moment, "sign_in.refused", wrong, account_id=account_id)
        if sign_in.is_expired(account, moment.now):
            await self._shell.commit(sign_in.refunded(tried))
            late = Refused("issued_credential_expired")
            raise self._shell.tell_refused(moment, "sign_in.refused", late, account_id=account_id)
        return await self._begin(tried, account, prepared, browser, moment)

    async def _account(self, keys: tuple[Key[AccountRecord], ...]) -> AccountRecord | None:
        read = await self._shell.load(*keys)
        return next((account for key in keys for account in read.all(key)), None)

    async def _verify(self, account: AccountRecord | None, prepared: str) -> bool:
        """One Argon2 for every name: an unknown or suspended one is verified against a decoy."""
        looked_at = sign_in.may_sign_in(account)
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
    ) -> Progress:
        upgraded = None
        if self._hashing.is_outdated(account.password_hash):
            salt = self._shell.random.token_bytes(16)
            upgraded = await self._workers.run(lambda: self._hashing.hash(prepared, salt))
        for _ in range(MOST_CONFLICTS):
            change, flow = sign_in.begun(
                self._rules,
                tried,
                account,
                moment,
                prepared=prepared,
                browser_digest=browser.digest(self._rules.keyring),
                flow_id=moment.id("flow"),
                upgraded_hash=upgraded,
            )
            outcome = await self._shell.commit(change)
            if isinstance(outcome, Done):
                return await self._progress(flow, account, moment)
            if isinstance(outcome, Exhausted):
                await self._shell.commit(sign_in.refunded(tried))
                refused = exhausted(outcome)
                raise self._shell.tell_refused(moment, "flow.refused", refused, account_id=account.id)
            again = await self._account(tried.keys)
            if again is None or again.epoch != account.epoch or again.status is not account.status:
                # The password that was right a moment ago is no longer the account's.
                wrong = Refused("credential_wrong")
                raise self._shell.tell_refused(moment, "sign_in.refused", wrong, account_id=account.id)
            if again.password_hash != account.password_hash:
                upgraded = None  # another sign-in has upgraded it
            account = again
        raise ProviderFailed("store_contended")

    async def _progress(self, flow: FlowRecord, account: AccountRecord, moment: Moment) -> Progress:
        if flow.stage is not Stage.DONE:
            return progress(self._rules, Seen(flow, account), moment.now)
        assert account.status is AccountStatus.ACTIVE
        binding = await self._shell.binding_of(account)
        assert binding is not None, "an active account has a binding"
        return Progress(
            flow_id=flow.id,
            purpose=flow.purpose,
            step=sign_in.signed_in(self._rules, account, binding, moment.now),
            expires_at=flow.expires_at,
        )
