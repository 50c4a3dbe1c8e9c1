"""What the mandated flow should do, written from the requirements: lists and ifs, no store, no cryptography.

A refusal is its code; a success, the kind of the step that the person sees next. Written without a look at the
library's own rules: where the two differ, one of them is wrong.
"""

from __future__ import annotations

from tests.fuzz.model_administration import Administration
from tests.fuzz.model_purposes import AT_THE_END, PROVEN
from tests.fuzz.model_state import DAY, MINUTE, Account, Attempt, Flow, Limit, Person
from tests.fuzz.model_table import STEP


class Model(Administration):
    """What people do."""

    # Beginning

    def begin(self, flow_id: str, browser: int, name: str, account: Account | None, password: str) -> str:
        """`name`: as it is counted; `account`: the one of that name."""
        failures = self.sign_ins.setdefault(name, [limit.tally() for limit in self.rules.sign_in_failures])
        if not all(tally.room(self.now) for tally in failures):
            return "sign_in_throttled"
        if account is None or account.status not in ("issued", "active") or password != account.password:
            for tally in failures:
                tally.charge(self.now)
            return "credential_wrong"
        if account.status == "active":
            weak = len(password) < self.rules.minimum_length
            happened = "credential_too_weak" if weak else "credential_accepted"
            flow = self.flow_begun(flow_id, "sign_in", browser, happened)
        elif self.now >= account.issued_until:
            return "issued_credential_expired"
        elif not account.begun.room(self.now):
            return "flow_limit"
        else:
            account.begun.charge(self.now)
            flow = self.flow_begun(flow_id, "onboarding", browser, "credential_accepted")
        flow.pin(account)
        flow.began_with = password
        return STEP.get(flow.stage, "signed_in")

    def recover(self, flow_id: str, browser: int) -> str:
        """Everybody here comes from one client address."""
        if not self.recoveries.room(self.now):
            return "recovery_limit"
        self.recoveries.charge(self.now)
        return STEP[self.flow_begun(flow_id, "recovery", browser, "asked").stage]

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
        return STEP[flow.stage]

    # The mailbox

    def choose(self, flow: Flow, browser: int, account_id: str, code: str, fate: str) -> str:
        """One of the person's accounts: its code goes to the mailbox that is bound to it."""
        refusal = self.open(flow, browser, "account_chosen")
        if refusal:
            return refusal
        account = next((one for one in self.choices(flow.person) if one.id == account_id), None)
        if account is None:
            return "account_unknown"
        return self._mail(flow, "account_chosen", account, account.mailbox, code, fate)

    def mail(self, flow: Flow, browser: int, happened: str, address: str, code: str, fate: str) -> str:
        """An address given, or a resend."""
        refusal = self.open(flow, browser, happened)
        if refusal:
            return refusal
        if happened == "code_resent":
            address = flow.email
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
        if not all(tally.room(self.now) for tally in tallies):
            return "mail_throttled"
        for tally in tallies:
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
        return STEP[flow.stage]

    def _guess(self, flow: Flow, typed: str) -> str:
        if len(typed) != 8 or not typed.isdigit():
            return "one_time_code_malformed"
        assert flow.code_expires_at is not None
        if self.now >= flow.code_expires_at:
            return "one_time_code_expired"
        if not flow.held.guessed.room(self.now):
            return "one_time_code_throttled"
        flow.guesses += 1
        if typed == flow.code:
            return ""
        flow.held.guessed.charge(self.now)
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
        if len(password) < self.rules.minimum_length:
            return "password_too_short"
        if common:
            return "password_common"
        return "password_same_as_before" if password == flow.began_with else ""

    def _complete(self, flow: Flow, happened: str, password: str) -> str:
        self.lead(flow, happened)
        AT_THE_END[flow.purpose](self, flow)
        account = flow.held
        account.status, account.is_issued, account.password = "active", False, password
        account.epoch += 1
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
