"""The model's part after onboarding: the second factor, ThaID alone, and what somebody who is signed in asks for."""

from __future__ import annotations

from tests.fuzz.model import Onboarding
from tests.fuzz.model_state import Account, App, Flow, Visit, codes_around
from tests.fuzz.model_table import STEP, Purpose


class Model(Onboarding):
    """All that people do."""

    # The second factor

    def submit_app_code(self, flow: Flow, browser: int, typed: str) -> str:
        """The code of the app, or a recovery code in its place: each good once."""
        refusal = self.open(flow, browser, "authenticator_code_accepted")
        if refusal:
            return refusal
        if not (len(typed) == 6 and typed.isdigit()) and len(typed.replace("-", "")) != 24:
            return "authenticator_code_malformed"
        account = flow.held
        if not account.rations["app_guesses"].room(self.now):
            return "authenticator_code_throttled"
        flow.guesses += 1
        assert account.app is not None
        if not account.app.takes(typed, self.now):
            account.rations["app_guesses"].charge(self.now)
            return "authenticator_code_wrong"
        self.lead(flow, "authenticator_code_accepted")
        return "signed_in"

    def confirm_app(self, flow: Flow, browser: int, typed: str, recovery_codes: list[str]) -> str:
        """The first right code of a new app: the one before counts no more, and no wrong code is counted."""
        refusal = self.open(flow, browser, "authenticator_confirmed")
        if refusal:
            return refusal
        steps = [step for step, code in codes_around(flow.secret, self.now).items() if code == typed]
        if not steps:
            return "authenticator_code_wrong"
        self.lead(flow, "authenticator_confirmed")
        account = flow.held
        account.app = App(flow.secret, max(steps), recovery_codes, [typed])
        account.epoch += 1
        account.rations["app_guesses"].times.clear()
        return "authenticator_enrolled"

    # ThaID alone

    def choose_without_password(self, proven: Flow, flow_id: str, browser: int, account_id: str) -> str:
        """One of the person's accounts that the identity provider's word alone opens."""
        refusal = self.open(proven, browser, "account_chosen")
        if refusal:
            return refusal
        account = next((one for one in self.opens_now(proven.person) if one.id == account_id), None)
        if account is None:
            return "account_unknown"
        proven.began = self.flow_begun(flow_id, "sign_in", browser, "account_chosen")
        proven.began.pin(account)
        self.lead(proven, "account_chosen")
        return "signed_in"

    # Who is signed in

    def visit(self, account: Account, ref: str) -> Visit:
        """Signed in just now."""
        return Visit(account.id, account.binding, account.epoch, ref)

    def outdated(self, visit: Visit) -> str:
        """The refusal of a session that the account has left behind; "" for one that goes on."""
        account = self.accounts.get(visit.account_id)
        if account is None:
            return "account_unknown"
        same = (account.binding, account.epoch) == (visit.binding, visit.epoch)
        return "" if same and account.holder and account.status == "active" else "sign_in_outdated"

    def ask(
        self, flow_id: str, purpose: Purpose, browser: int, visit: Visit, digest: str, password: str
    ) -> str:
        """A flow for who is signed in. `password`: the current one, which a change of it is asked with."""
        refusal = self.outdated(visit)
        if refusal:
            return refusal
        account = self.accounts[visit.account_id]
        changes_password = purpose == "password_change"
        refusal = self._check_password(account, password) if changes_password else ""
        if refusal:
            return refusal
        charged = {"flow_limit": account.rations["session_flows"]}
        if purpose == "email_change":
            charged["email_change_limit"] = account.rations["email_changes"]
        waits = {refusal: tally.wait(self.now) for refusal, tally in charged.items()}
        if any(waits.values()):
            return max(waits, key=waits.__getitem__)  # what keeps them out the longest
        for tally in charged.values():
            tally.charge(self.now)
        happened = "credential_accepted" if changes_password else "asked"
        flow = self.flow_begun(flow_id, purpose, browser, happened)
        flow.pin(account)
        flow.visit, flow.digest = visit, digest
        flow.began_with = password if changes_password else None
        return STEP[flow.stage]

    def _check_password(self, account: Account, password: str) -> str:
        """Counted like a sign-in."""
        limits = [limit.tally() for limit in self.rules.sign_in_failures]
        failures = self.sign_ins.setdefault(account.username, limits)
        if not all(tally.room(self.now) for tally in failures):
            return "sign_in_throttled"
        if password == account.password:
            return ""
        for tally in failures:
            tally.charge(self.now)
        return "current_password_wrong"

    def consume_step_up(self, flow: Flow, browser: int, visit: Visit, digest: str) -> str:
        """The proof is good once, for the session and the transaction that it was asked for."""
        refusal = self.open(flow, browser, "proof_used") or self.outdated(visit)
        if refusal:
            return refusal
        assert flow.visit is not None
        asked_for = (flow.visit.account_id, flow.visit.ref, flow.digest)
        if asked_for != (visit.account_id, visit.ref, digest):
            return "step_up_mismatch"
        self.lead(flow, "proof_used")
        return "stepped_up"
