"""What an administrator's act does to an account in the model, as the table in `docs/operations.md` has it."""

from __future__ import annotations

from datetime import datetime

from tests.fuzz.model_ground import Ground
from tests.fuzz.model_state import DAY, Account

ACTS: dict[str, frozenset[str]] = {
    "unlock": frozenset({"issued", "active"}),
    "reissue": frozenset({"issued", "active"}),
    "set_expected": frozenset({"issued"}),
    "hand_over": frozenset({"issued", "active", "suspended"}),
    "suspend": frozenset({"issued", "active"}),
    "restore": frozenset({"suspended"}),
    "close": frozenset({"issued", "active", "suspended"}),
}
"""Act → the statuses in which it makes sense."""


class Administration(Ground):
    """The administrators."""

    def provision(self, account_id: str, username: str, password: str, expected: str | None) -> None:
        """A new letter."""
        self.accounts[account_id] = Account(
            id=account_id,
            username=username,
            expected=expected,
            password=password,
            issued_until=self.now + 90 * DAY,
            begun=self.rules.flows.tally(),
            guessed=self.rules.guesses.tally(),
        )

    def may(self, act: str, account: Account) -> bool:
        """Nobody but a hand-over takes an account away from who holds it (R1.3)."""
        return account.status in ACTS[act] and not (act == "set_expected" and account.holder)

    def administer(
        self, act: str, account: Account, *, expected: str | None = None, password: str = ""
    ) -> str:
        """`expected`, `password`: whom the act names, and the password that it issued, where it does."""
        if not self.may(act, account):
            return "account_status"
        match act:
            case "suspend":
                account.status = "suspended"
            case "restore":
                account.status = "issued" if account.is_issued else "active"
            case "close":
                account.status = "closed"
                _end_binding(account)
            case "reissue":
                _issue(account, password, self.now)
            case "hand_over":
                _issue(account, password, self.now)
                _end_binding(account)
                account.expected = expected
            case "set_expected":
                account.expected = expected
        # Every act ends the flows that are under way, and clears the budgets.
        account.epoch += 1
        account.begun.times.clear()
        account.guessed.times.clear()
        self.sign_ins.pop(account.username, None)
        return "done"


def _issue(account: Account, password: str, now: datetime) -> None:
    account.status, account.is_issued = "issued", True
    account.password = account.issued = password
    account.issued_until = now + 90 * DAY


def _end_binding(account: Account) -> None:
    account.past_holders += account.holder is not None
    account.holder = None
