"""What somebody who is signed in asks for, and the second factor of a sign-in: the facade's part after onboarding."""

from __future__ import annotations

from elaas_identity._async.notices import AsyncNotices
from elaas_identity._async.shell import MOST_CONFLICTS, AsyncShell, exhausted
from elaas_identity._async.signing_in import AsyncSigningIn
from elaas_identity.accounts.account import AccountRecord, BindingRecord
from elaas_identity.browser import Browser
from elaas_identity.change import Change, Done, Exhausted, Key
from elaas_identity.errors import ProviderFailed, Refused
from elaas_identity.flow import completion, second_factor, session
from elaas_identity.flow.advance import Seen
from elaas_identity.flow.moment import Moment
from elaas_identity.flow.outcomes import AuthenticatorEnrolled, SteppedUp
from elaas_identity.flow.session import Session
from elaas_identity.flow.sign_in import assurance_of
from elaas_identity.flow.standing import identity_of, progress
from elaas_identity.flow.steps import Progress
from elaas_identity.flow.transitions import Input, Purpose
from elaas_identity.person.assurance import PASSWORD_AND_AUTHENTICATOR, THAID_ALONE


class AsyncSignedInActs:
    """The acts, in their parts."""

    def __init__(self, shell: AsyncShell, signing_in: AsyncSigningIn, notices: AsyncNotices) -> None:
        self._shell = shell
        self._rules = shell.rules
        self._signing_in = signing_in
        self._notices = notices

    async def begin(
        self,
        purpose: Purpose,
        signed_in: Session,
        browser: Browser,
        *,
        transaction_digest: str | None = None,
        current_password: str | None = None,
    ) -> Progress:
        """Begin a flow of that purpose for the session's account."""
        shell, rules, moment = self._shell, self._rules, self._shell.moment(browser)
        if not rules.keyring.is_browser_token(browser.token):
            raise shell.tell_refused(moment, "flow.refused", Refused("browser_unknown"))
        account = await self._held(signed_in, moment)
        happened, fingerprint = Input.ASKED, ""
        if current_password is not None:
            prepared = await self._signing_in.check_password(account, current_password, browser, moment)
            happened = Input.CREDENTIAL_ACCEPTED
            fingerprint = rules.keyring.digest("password", account.id, prepared)
        for _ in range(MOST_CONFLICTS):
            change, flow = session.begun(
                rules,
                account,
                moment,
                purpose,
                browser_digest=browser.digest(rules.keyring),
                session=signed_in,
                happened=happened,
                password_fingerprint=fingerprint,
                transaction_digest=transaction_digest,
            )
            outcome = await shell.commit(change)
            if isinstance(outcome, Done):
                return progress(rules, Seen(flow, account), moment.now)
            if isinstance(outcome, Exhausted):
                raise shell.tell_refused(moment, "flow.refused", exhausted(outcome), account_id=account.id)
            account = await self._held(signed_in, moment)
        raise ProviderFailed("store_contended")

    async def submit_authenticator_code(self, flow_id: str, typed: str, browser: Browser) -> Progress:
        """See the facade."""
        rules, shell, happened = self._rules, self._shell, Input.AUTHENTICATOR_CODE_ACCEPTED
        moment = shell.moment(browser)
        seen = await shell.open(flow_id, browser, happened, moment)
        with shell.judging(seen, moment):
            second_factor.check_form(typed)
        seen = await shell.settle(
            seen, happened, moment, lambda stands: second_factor.reserved(rules, stands, moment)
        )
        for _ in range(MOST_CONFLICTS):
            change = second_factor.accepted(rules, seen, moment, typed)
            if change is None:
                await shell.commit(second_factor.wrong(seen, moment))
                stands = progress(rules, await shell.see_again(seen), moment.now)
                raise Refused("authenticator_code_wrong", field="authenticator_code", progress=stands)
            if isinstance(await shell.commit(change), Done):
                return await self._signed_in(seen, change, moment)
            # Another code, or the same one, was faster: on what stands now, this one may be used up. Reserved in time,
            # it is still looked at.
            again = await shell.see_again(seen)
            if not seen.same_footing(again):
                await shell.admit(again, happened, moment)
            seen = again
        raise ProviderFailed("store_contended", progress=progress(rules, seen, moment.now))

    async def confirm_authenticator(self, flow_id: str, typed: str, browser: Browser) -> Progress:
        """See the facade."""
        rules, shell, happened = self._rules, self._shell, Input.AUTHENTICATOR_CONFIRMED
        moment = shell.moment(browser)
        seen = await shell.open(flow_id, browser, happened, moment)
        codes: tuple[str, ...] = ()

        def enrolled(stands: Seen) -> Change:
            nonlocal codes
            with shell.judging(stands, moment):
                made = second_factor.enrolled(rules, stands, moment, typed, shell.random.token_bytes)
                if made is None:
                    raise Refused("authenticator_code_wrong", field="authenticator_code")
            change, codes = made
            return change

        done = await shell.settle(seen, happened, moment, enrolled)
        binding = await shell.binding_of(done.held)
        assert binding is not None, "an active account has a binding"
        await self._notices.authenticator_enrolled(done, moment, binding)
        return Progress(
            flow_id=done.flow.id,
            purpose=done.flow.purpose,
            step=AuthenticatorEnrolled(
                account=done.held.view(rules.keyring), binding_id=binding.id, recovery_codes=codes
            ),
            expires_at=done.flow.expires_at,
        )

    async def consume_step_up(
        self, flow_id: str, signed_in: Session, transaction_digest: str, browser: Browser
    ) -> Progress:
        """See the facade."""
        rules, shell, happened = self._rules, self._shell, Input.PROOF_USED
        moment = shell.moment(browser)
        seen = await shell.open(flow_id, browser, happened, moment)
        await self._held(signed_in, moment)

        def used(stands: Seen) -> Change:
            with shell.judging(stands, moment):
                return completion.proof_used(rules, stands, moment, signed_in, transaction_digest)

        identity = identity_of(rules, seen)
        done = await shell.settle(seen, happened, moment, used)
        return Progress(
            flow_id=done.flow.id,
            purpose=done.flow.purpose,
            step=SteppedUp(
                account=done.held.view(rules.keyring),
                person=identity,
                binding_id=signed_in.binding_id,
                assurance=assurance_of(identity, THAID_ALONE, moment.now),
                transaction_digest=transaction_digest,
            ),
            expires_at=done.flow.expires_at,
        )

    async def _held(self, signed_in: Session, moment: Moment) -> AccountRecord:
        try:
            session.check(signed_in)
        except Refused as refused:
            raise self._shell.tell_refused(moment, "flow.refused", refused) from None
        account_key = Key(AccountRecord, signed_in.account_id)
        binding_key = Key(BindingRecord, signed_in.binding_id)
        read = await self._shell.load(account_key, binding_key)
        try:
            return session.held(signed_in, read.one(account_key), read.one(binding_key))
        except Refused as refused:
            raise self._shell.tell_refused(
                moment, "flow.refused", refused, account_id=signed_in.account_id
            ) from None

    async def _signed_in(self, seen: Seen, change: Change, moment: Moment) -> Progress:
        done = seen.after(change)
        answer = await self._signing_in.signed_in(done, moment, PASSWORD_AND_AUTHENTICATOR)
        left = second_factor.recovery_codes_left(change)
        if left is not None:
            binding = await self._shell.binding_of(done.held)
            assert binding is not None, "an active account has a binding"
            await self._notices.recovery_code_used(done, moment, binding, left)
        return answer
