"""What every act of the model stands on: where a flow stands, whether it is open to an input, and the move itself."""

from __future__ import annotations

from datetime import datetime

from tests.fuzz.model_state import Account, Flow, Person, Rules, Tally
from tests.fuzz.model_table import STEP, Purpose, Row, leads_to

REFUSED_AS = {
    "completed": "flow_ended",
    "cancelled": "flow_ended",
    "expired": "flow_expired",
    "superseded": "flow_superseded",
    "rejected": "flow_ended",
    "one_time_code_exhausted": "one_time_code_exhausted",
    "authenticator_code_exhausted": "authenticator_code_exhausted",
}
"""Why a flow is over → how an act in it is refused."""


class Ground:
    """Accounts, flows and budgets."""

    def __init__(self, now: datetime, rules: Rules) -> None:
        self.now, self.rules = now, rules
        self.accounts: dict[str, Account] = {}
        self.flows: dict[str, Flow] = {}
        self.hits: set[Row] = set()
        self.exchanges = 0
        """How often the identity provider was asked who somebody is."""
        self.sign_ins: dict[str, list[Tally]] = {}
        self.mailed: dict[tuple[str, ...], list[Tally]] = {}
        self.recoveries = rules.recoveries_per_client.tally()
        self.recognised: dict[str, Tally] = {}
        self.begun_with_thaid = rules.identity_first_per_client.tally()
        self.failures_of_proven: dict[str, list[Tally]] = {}

    def flow_begun(self, flow_id: str, purpose: Purpose, browser: int, happened: str) -> Flow:
        """A new flow, after what began it."""
        flow = Flow(
            id=flow_id,
            purpose=purpose,
            browser=browser,
            begun_at=self.now,
            expires_at=self.now + self.rules.flow_lifetime,
            mails=Tally(self.rules.mails_per_flow, 2 * self.rules.flow_lifetime),
        )
        self.lead(flow, happened)
        self.flows[flow_id] = flow
        return flow

    def lead(self, flow: Flow, happened: str) -> None:
        """Where the table says."""
        self.hits.add((flow.purpose, flow.stage, happened))
        stage = leads_to(flow.purpose, flow.stage, happened)
        assert stage is not None, f"the model's table has no {happened} at {flow.purpose}, {flow.stage}"
        flow.stage, flow.end = stage, happened if stage == "ended" else ""

    def end_of(self, flow: Flow) -> str:
        """Why it takes no further act; "" while it does."""
        if flow.stage == "done":
            return "completed"
        if flow.stage == "ended":
            return flow.end
        if self.now >= flow.expires_at:
            return "expired"
        if flow.account is not None and flow.epoch != flow.account.epoch:
            return "superseded"
        guessed_at = flow.stage in ("one_time_code", "authenticator_code")
        if guessed_at and flow.guesses >= self.rules.guesses_per_flow:
            return f"{flow.stage}_exhausted"
        return ""

    def stands(self, flow: Flow) -> str:
        """What `current` shows."""
        flow = flow.led_on
        end = self.end_of(flow)
        return f"ended: {end}" if end else STEP[flow.stage]

    def open(self, flow: Flow, browser: int, happened: str) -> str:
        """The refusal of an unsafe call, "" where the flow is open to it; an end that time brought is written."""
        if browser != flow.browser:
            return "flow_unknown"
        if happened != "authorization_returned":  # a callback belongs to the flow that made the trip
            flow = flow.led_on
        end = self.end_of(flow)
        if end:
            if end in ("expired", "superseded") and flow.stage != "ended":
                self.lead(flow, end)
            return REFUSED_AS[end]
        return "" if leads_to(flow.purpose, flow.stage, happened) else "out_of_order"

    def choices(self, person: Person | None) -> list[Account]:
        """The accounts in use that are bound to that person."""
        return [
            account
            for account in self.accounts.values()
            if account.status == "active" and person is not None and account.holder == person
        ]

    def opens_now(self, person: Person | None) -> list[Account]:
        """Those of them that need no password."""
        return [one for one in self.choices(person) if self.rules.sign_in[one.kind] == "thaid"]

    def minimum_length(self, account: Account) -> int:
        """Of its password: shorter will do where a second factor comes along (R2.1)."""
        alone = self.rules.sign_in[account.kind] == "password"
        return self.rules.minimum_length if alone else self.rules.minimum_beside
