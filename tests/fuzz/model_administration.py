"""What an administrator's act does to an account in the model, as the table in `docs/operations.md` has it."""

from __future__ import annotations

from datetime import datetime

from tests.fuzz.model_ground import Ground
from tests.fuzz.model_purposes import AT_THE_END
from tests.fuzz.model_state import APPROVED, DAY, Account, Flow, Kind

ACTS: dict[str, frozenset[str]] = {
    "unlock": frozenset({"issued", "active"}),
    "reissue": frozenset({"issued", "active"}),
    "set_expected": frozenset({"issued"}),
    "hand_over": frozenset({"issued", "active", "suspended"}),
    "suspend": frozenset({"issued", "active"}),
    "restore": frozenset({"suspended"}),
    "close_account": frozenset({"issued", "active", "suspended"}),
}
"""Act → the statuses in which it makes sense."""


class Administration(Ground):
    """The administrators."""

    def provision(
        self,
        account_id: str,
        username: str,
        password: str,
        expected: str | None,
        kind: Kind = "local_government",
    ) -> None:
        """A new letter."""
        account = self.accounts[account_id] = Account(
            id=account_id,
            username=username,
            expected=None,
            password=password,
            issued_until=self.now + 90 * DAY,
            rations={name: limit.tally() for name, limit in self.rules.rations.items()},
            kind=kind,
        )
        _open_for(account, expected)

    def may(self, act: str, account: Account) -> bool:
        """Nobody but a hand-over takes an account away from who holds it (R1.3)."""
        return account.status in ACTS[act] and not (act == "set_expected" and account.holder)

    def administer(
        self, act: str, account: Account, *, expected: str | None = None, password: str = ""
    ) -> str:
        """`expected`, `password`: whom the act names, and the password that it issued, where it does."""
        if not self.may(act, account):
            return "account_status"
        of_person = account.expected
        addresses = {
            flow.email
            for flow in self.flows.values()
            if flow.account is account and flow.stage not in ("done", "ended") and self.now < flow.expires_at
        }
        if account.holder is not None:
            addresses.add(account.mailbox)
        match act:
            case "suspend":
                account.status = "suspended"
            case "restore":
                account.status = "issued" if account.is_issued else "active"
            case "close_account":
                account.status = "closed"
                _end_binding(account)
            case "reissue":
                _issue(account, password, self.now)
            case "hand_over":
                _issue(account, password, self.now)
                _end_binding(account)
                _open_for(account, expected)
            case "set_expected":
                _open_for(account, expected)
        # Every act ends the flows that are under way, and clears the budgets.
        account.epoch += 1
        for ration in account.rations.values():
            ration.times.clear()
        for address in addresses:
            for tally in (*self.mailed.get((account.id, address), ()), *self.mailed.get((address,), ())):
                tally.times.clear()
        self.sign_ins.pop(account.username, None)
        if of_person is not None:
            self.failures_of_proven.pop(of_person, None)
        return "done"

    def decide(self, act: str, account: Account, flow: Flow | None) -> str:
        """An approval, or its refusal, of who awaits it in that flow."""
        awaits = flow is not None and flow.account is account and flow.stage == "approval"
        if flow is None or not awaits or self.end_of(flow):
            return "approval_unknown"
        if act == "approve":
            self.lead(flow, "approved")
            self.settle(flow, flow.chosen)
        else:
            self.lead(flow, "rejected")
        return "done"

    def awaiting(self, account: Account) -> list[str]:
        """The flows that await an approval of that account."""
        return [
            flow.id
            for flow in self.flows.values()
            if flow.account is account and flow.stage == "approval" and not self.end_of(flow)
        ]

    def settle(self, flow: Flow, password: str) -> None:
        """The account has that password from now on, and what else its flow was for has come about."""
        AT_THE_END[flow.purpose](self, flow)
        account = flow.held
        account.status, account.is_issued, account.password = "active", False, password
        account.credentials += 1
        account.epoch += 1


def _open_for(account: Account, expected: str | None) -> None:
    account.needs_approval = expected == APPROVED
    account.expected = None if account.needs_approval else expected


def _issue(account: Account, password: str, now: datetime) -> None:
    account.status, account.is_issued = "issued", True
    account.password = account.issued = password
    account.issued_until = now + 90 * DAY
    account.credentials += 1
    account.app = None


def _end_binding(account: Account) -> None:
    account.past_holders += account.holder is not None
    account.holder = account.app = None
