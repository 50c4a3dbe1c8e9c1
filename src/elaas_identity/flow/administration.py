"""What an administrator does to an account. Each act has `by` and `reason`, bumps the epoch and leaves an event (R1.3).

An administrator never chooses a password: the only one they ever see is issued, generated and good for onboarding only.
"""

from __future__ import annotations

from dataclasses import replace

from elaas_identity.accounts.account import AccountRecord, AccountStatus
from elaas_identity.change import Budget, Change
from elaas_identity.errors import Refused
from elaas_identity.flow import budgets
from elaas_identity.flow.advance import Rules, plain_event
from elaas_identity.flow.events import EventKind
from elaas_identity.flow.moment import Moment
from elaas_identity.passwords.preparation import prepare_username

_MAY_CHANGE = (AccountStatus.ISSUED, AccountStatus.ACTIVE)


def signed_for(by: str, reason: str) -> tuple[str, str]:
    """Who acts and why, on one line each, for the audit trail.

    Raises:
        Refused: `account_invalid`, when either is empty or over 500 characters.
    """
    for name, text in (("by", by), ("reason", reason)):
        if not text.strip() or len(text) > 500:
            raise Refused("account_invalid", field=name, detail="1 to 500 characters")
    return _one_line(by), _one_line(reason)


def _one_line(text: str) -> str:
    """Line feeds, escapes and direction marks would forge or hide lines of the trail (ASVS 16.4.1)."""
    return "".join(
        character if character.isprintable() else f"\\u{ord(character):04x}" for character in text.strip()
    )


def provisioned(account: AccountRecord, moment: Moment, *, by: str, reason: str) -> Change:
    """A new account: inserted, so that one which exists is never reset."""
    event = plain_event(moment, "account.provisioned", account_id=account.id, by=by, reason=reason)
    return Change(inserts=(account, event))


def reissued(
    rules: Rules, account: AccountRecord, moment: Moment, *, password_hash: str, by: str, reason: str
) -> Change:
    """A fresh issued password. The person who was bound, or expected, stays the expected one."""
    renewed = replace(
        account,
        status=AccountStatus.ISSUED,
        password_hash=password_hash,
        password_is_issued=True,
        password_expires_at=moment.now + rules.policy.issued_credential_lifetime,
        credential_version=account.credential_version + 1,
    )
    return _acted(rules, renewed, moment, "account.reissued", by=by, reason=reason)


def unlocked(rules: Rules, account: AccountRecord, moment: Moment, *, by: str, reason: str) -> Change:
    """The account's budgets are cleared; its password stays."""
    return _acted(rules, account, moment, "account.unlocked", by=by, reason=reason)


def _acted(
    rules: Rules, account: AccountRecord, moment: Moment, kind: EventKind, *, by: str, reason: str
) -> Change:
    if account.status not in _MAY_CHANGE:
        raise Refused("account_status", detail=f"the account is {account.status.value}")
    event = plain_event(
        moment, kind, account_id=account.id, binding_id=account.binding_id, by=by, reason=reason
    )
    return Change(
        writes=(replace(account, epoch=account.epoch + 1, updated_at=moment.now),),
        inserts=(event,),
        clears=_budgets_of(rules, account),
    )


def _budgets_of(rules: Rules, account: AccountRecord) -> tuple[Budget, ...]:
    username = prepare_username(account.view(rules.keyring).username)
    return budgets.of_account(rules.policy, rules.keyring, account.id, username)
