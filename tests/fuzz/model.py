"""What the mandated flow should do, written from the requirements: lists and ifs, no store, no cryptography.

A refusal is its code; a success, the kind of the step that the person sees next. Written without a look at the
library's own rules: where the two differ, one of them is wrong.
"""

from __future__ import annotations

from tests.fuzz.model_administration import Administration
from tests.fuzz.model_purposes import PROVEN
from tests.fuzz.model_state import DAY, MINUTE, Account, Attempt, Flow, Limit, Person, Tally
from tests.fuzz.model_table import STEP, Purpose


class Onboarding(Administration):
    """What people do until the account is theirs, and to get back to it."""

    # Beginning

    def begin(self, flow_id: str, browser: int, name: str, account: Account | None, password: str) -> str:
        """`name`: as it is counted; `account`: the one of that name."""
        failures = self.sign_ins.setdefault(name, [limit.tally() for limit in self.rules.sign_in_failures])
        return self._try(flow_id, browser, failures, account, password, None)

    def submit_credential(
        self, proven: Flow, flow_id: str, browser: int, account: Account | None, password: str
    ) -> str:
        """By somebody who is proven: counted by who they are, and another's account is as good as none."""
        refusal = self.open(proven, browser, "credential_accepted")
        if refusal:
            return refusal
        person = proven.proven_person
        limits = [limit.tally() for limit in self.rules.person_failures]
        failures = self.failures_of_proven.setdefault(person.national_id, limits)
        theirs = account if account is not None and account.is_for(person) else None
        return self._try(flow_id, browser, failures, theirs, password, proven)

    def _try(
        self,
        flow_id: str,
        browser: int,
        failures: list[Tally],
        account: Account | None,
        password: str,
        proven: Flow | None,
    ) -> str:
        if not all(tally.room(self.now) for tally in failures):
            return "sign_in_throttled"
        if self._awaits_approval(browser, account, password, proven):
            return "approval_awaited"
        if account is None or account.status not in ("issued", "active") or password != account.password:
            for tally in failures:
                tally.charge(self.now)
            return "credential_wrong"
        if account.status == "issued" and self.now >= account.issued_until:
            return "issued_credential_expired"
        if self._outdated(account, password) and self.rules.sign_in[account.kind] != "password":
            return "password_outdated"
        if account.status == "issued":
            if not account.rations["flows"].room(self.now):
                return "flow_limit"
            account.rations["flows"].charge(self.now)
        purpose, happened = self._opens(account, password, proven)
        flow = self.flow_begun(flow_id, purpose, browser, happened)
        flow.pin(account)
        flow.began_with = password
        if proven is not None:
            flow.person, proven.began = proven.person, flow
            self.lead(proven, "credential_accepted")
        return STEP.get(flow.stage, "signed_in")

    def _awaits_approval(
        self, browser: int, account: Account | None, password: str, proven: Flow | None
    ) -> bool:
        """Whether that is the new password of who waits for it: in this browser, else of who began last."""
        if account is None or account.status != "issued" or password == account.password:
            return False
        waiting = [
            flow
            for flow in map(self.flows.__getitem__, self.awaiting(account))
            if proven is None or flow.proven_person.national_id == proven.proven_person.national_id
        ]
        meant = max(waiting, key=lambda flow: (flow.browser == browser, flow.begun_at, flow.id), default=None)
        return meant is not None and meant.chosen == password

    def _outdated(self, account: Account, password: str) -> bool:
        return account.status == "active" and len(password) < self.minimum_length(account)

    def _opens(self, account: Account, password: str, proven: Flow | None) -> tuple[Purpose, str]:
        """What a right password is good for."""
        if account.status == "issued":
            return "onboarding", "credential_of_proven_person" if proven else "credential_accepted"
        if self._outdated(account, password):
            return "sign_in", "credential_too_weak"
        match self.rules.sign_in[account.kind]:
            case "password_and_totp" if account.app is None:
                return "authenticator", "credential_accepted"
            case "password_and_totp":
                return "sign_in", "credential_awaits_authenticator"
            case "password_and_thaid" | "thaid" if proven is None:
                return "sign_in", "credential_awaits_identity"
        return "sign_in", "credential_accepted"

    def recover(self, flow_id: str, browser: int) -> str:
        """Everybody here comes from one client address."""
        if not self.recoveries.room(self.now):
            return "recovery_limit"
        self.recoveries.charge(self.now)
        return STEP[self.flow_begun(flow_id, "recovery", browser, "asked").stage]

    def begin_with_thaid(self, flow_id: str, browser: int) -> str:
        """From the same client address."""
        if not self.begun_with_thaid.room(self.now):
            return "identity_first_limit"
        self.begun_with_thaid.charge(self.now)
        return STEP[self.flow_begun(flow_id, "identity_first", browser, "asked").stage]

    # Verifying identity

    def authorize(self, flow: Flow, browser: int, state: str, *, fails: bool) -> str:
        refusal = self.open(flow, browser, "authorization_requested")
        if refusal:
            return refusal
        if fails:
            return "identity_provider_unavailable"
        expires_at = min(self.now + self.rules.attempt_lifetime, flow.expires_at)
        flow.attempts = [*flow.attempts, Attempt(state, expires_at)][-self.rules.live_attempts :]
        flow.past_attempts.append(state)
        self.lead(flow, "authorization_requested")
        return "authorization"

    def callback(self, flow: Flow, browser: int, state: str, person: Person, verdict: str) -> str:
        """`verdict`: what the identity provider or its evidence is refused for, whoever comes; "" for good evidence."""
        attempt = next((one for one in flow.attempts if one.state == state), None)
        live = attempt is not None and not attempt.consumed and self.now < attempt.expires_at
        if browser != flow.browser:
            if live and attempt is not None:
                attempt.consumed = True
            return "callback_other_browser"
        refusal = self.open(flow, browser, "authorization_returned")
        if refusal:
            return refusal
        if not live or attempt is None:
            return "callback_unknown"
        attempt.consumed = True
        self.exchanges += 1
        self.lead(flow, "authorization_returned")
        proven, somebody_elses = PROVEN[flow.purpose]
        refusal = verdict or somebody_elses(self, flow, person)
        if refusal:
            return refusal
        flow.person, flow.attempts = person, []
        self.lead(flow, proven)
        if flow.purpose == "step_up":
            flow.expires_at = self.now + self.rules.step_up_lifetime
        return STEP.get(flow.stage, "signed_in")

    # The mailbox

    def choose(self, flow: Flow, browser: int, account_id: str, code: str, fate: str) -> str:
        """One of the person's accounts: its code goes to the mailbox that is bound to it."""
        refusal = self.open(flow, browser, "account_chosen")
        if refusal:
            return refusal
        account = next((one for one in self.choices(flow.person) if one.id == account_id), None)
        if account is None:
            return "account_unknown"
        if account.email_changed_at and self.now < account.email_changed_at + self.rules.email_cool_off:
            return "email_cooling_off"
        return self._mail(flow, "account_chosen", account, account.mailbox, code, fate)

    def mail(self, flow: Flow, browser: int, happened: str, address: str, code: str, fate: str) -> str:
        """An address given, or a resend."""
        refusal = self.open(flow, browser, happened)
        if refusal:
            return refusal
        if happened == "code_resent":
            address = flow.email
        elif flow.purpose == "email_change" and address == flow.held.mailbox:
            return "email_same_as_before"
        return self._mail(flow, happened, flow.held, address, code, fate)

    def _mail(self, flow: Flow, happened: str, account: Account, address: str, code: str, fate: str) -> str:
        """`fate`: "sent", or the mailer's failure."""
        if "@" not in address:
            return "email_invalid"
        of_account = [Limit(1, MINUTE).tally(), self.rules.mails.tally()]
        tallies = [
            *self.mailed.setdefault((account.id, address), of_account),
            *self.mailed.setdefault((address,), [self.rules.mails_per_address.tally()]),
            flow.mails,
        ]
        attempts = account.rations["mail_attempts"]
        if not all(tally.room(self.now) for tally in (*tallies, attempts)):
            return "mail_throttled"
        for tally in (*tallies, attempts):
            tally.charge(self.now)
        if flow.account is None:
            flow.pin(account)
        self.lead(flow, happened)
        flow.email = address
        if flow.code:
            flow.old_codes.append(flow.code)
        flow.code, flow.code_expires_at = code, self.now + 10 * MINUTE
        if fate in ("mail_recipient_refused", "mail_not_accepted"):
            for tally in tallies:
                tally.refund()
        if fate == "sent":
            return STEP[flow.stage]
        return "email_not_accepted" if fate == "mail_recipient_refused" else fate

    def submit_code(self, flow: Flow, browser: int, typed: str) -> str:
        refusal = self.open(flow, browser, "code_confirmed") or self._guess(flow, typed)
        if refusal:
            return refusal
        self.lead(flow, "code_confirmed")
        flow.old_codes.append(flow.code)
        if flow.purpose == "email_change":
            flow.held.mailbox, flow.held.email_changed_at = flow.email, self.now
            flow.held.epoch += 1
        return STEP.get(flow.stage, "email_changed")

    def _guess(self, flow: Flow, typed: str) -> str:
        if len(typed) != 8 or not typed.isdigit():
            return "one_time_code_malformed"
        assert flow.code_expires_at is not None
        if self.now >= flow.code_expires_at:
            return "one_time_code_expired"
        if not flow.held.rations["guesses"].room(self.now):
            return "one_time_code_throttled"
        flow.guesses += 1
        if typed == flow.code:
            return ""
        flow.held.rations["guesses"].charge(self.now)
        return "one_time_code_wrong"

    # The new password

    def set_password(self, flow: Flow, browser: int, password: str, *, common: bool) -> str:
        refusal = self.open(flow, browser, "password_set") or self._unfit(flow, password, common)
        return refusal or self._complete(flow, "password_set", password)

    def confirm(self, flow: Flow, browser: int, typed: str, password: str, *, common: bool) -> str:
        refusal = self.open(flow, browser, "code_and_password_set")
        refusal = refusal or self._unfit(flow, password, common) or self._guess(flow, typed)
        return refusal or self._complete(flow, "code_and_password_set", password)

    def _unfit(self, flow: Flow, password: str, common: bool) -> str:
        if len(password) < self.minimum_length(flow.held):
            return "password_too_short"
        if common:
            return "password_common"
        before = (flow.began_with, flow.held.opened_with)
        return "password_same_as_before" if password in before else ""

    def _complete(self, flow: Flow, happened: str, password: str) -> str:
        if flow.purpose == "onboarding" and flow.held.needs_approval:
            self.lead(flow, "approval_asked")
            flow.chosen, flow.expires_at = password, self.now + self.rules.approval_lifetime
            return STEP[flow.stage]
        self.lead(flow, happened)
        self.settle(flow, password)
        return "password_set"

    # Giving up, and being forgotten

    def cancel(self, flow: Flow, browser: int) -> str:
        refusal = self.open(flow, browser, "cancelled")
        if refusal:
            return refusal
        self.lead(flow, "cancelled")
        return "ended"

    def purge(self) -> None:
        self.flows = {key: flow for key, flow in self.flows.items() if flow.expires_at >= self.now - DAY}
