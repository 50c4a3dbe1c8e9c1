"""What an administrator does to an account. Each act has `by` and `reason`, bumps the epoch and leaves an event (R1.3).

An administrator never chooses a password: the only one they ever see is issued, generated and good for onboarding only.
"""

from __future__ import annotations

from dataclasses import replace

from elaas_identity.accounts.account import AccountRecord, AccountStatus, BindingRecord
from elaas_identity.accounts.provisioning import Expected, FirstUse, Person
from elaas_identity.accounts.rekeying import rekeyed_account
from elaas_identity.authenticator_app.authenticator import AuthenticatorRecord, removed
from elaas_identity.change import Budget, Change
from elaas_identity.errors import Refused
from elaas_identity.events import EventKind
from elaas_identity.flow import budgets
from elaas_identity.flow.advance import Rules, plain_event
from elaas_identity.flow.moment import Moment
from elaas_identity.keyring import Keyring
from elaas_identity.passwords.preparation import prepare_username


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
    rules: Rules,
    account: AccountRecord,
    authenticator: AuthenticatorRecord | None,
    moment: Moment,
    *,
    password_hash: str,
    by: str,
    reason: str,
) -> Change:
    """A fresh issued password. The person who was bound, or expected, stays the expected one.

    Their authenticator app counts no more: this is the one way on for who has lost it (a recovery leaves it alone).
    """
    renewed = _with_issued_password(rules, account, moment, password_hash)
    change = _acted(rules, account, renewed, moment, "account.reissued", by=by, reason=reason)
    if authenticator is None:
        return change
    return replace(change, writes=(*change.writes, removed(authenticator)))


def unlocked(rules: Rules, account: AccountRecord, moment: Moment, *, by: str, reason: str) -> Change:
    """The account's budgets are cleared; its password stays."""
    return _acted(rules, account, account, moment, "account.unlocked", by=by, reason=reason)


def suspended(rules: Rules, account: AccountRecord, moment: Moment, *, by: str, reason: str) -> Change:
    """Nobody signs in until the account is restored; it answers like a name that does not exist."""
    stopped = replace(account, status=AccountStatus.SUSPENDED)
    return _acted(rules, account, stopped, moment, "account.suspended", by=by, reason=reason)


def restored(rules: Rules, account: AccountRecord, moment: Moment, *, by: str, reason: str) -> Change:
    """The account is again what it was before it was suspended."""
    was = AccountStatus.ISSUED if account.password_is_issued else AccountStatus.ACTIVE
    return _acted(
        rules, account, replace(account, status=was), moment, "account.restored", by=by, reason=reason
    )


def closed(
    rules: Rules,
    account: AccountRecord,
    binding: BindingRecord | None,
    moment: Moment,
    *,
    by: str,
    reason: str,
) -> Change:
    """The end of an account: its binding ends with it, its history stays, and no act opens it again.

    Whom it expected, and whom to tell, serves nothing any more and is forgotten (PDPA s.37).
    """
    over = replace(
        account,
        status=AccountStatus.CLOSED,
        binding_id=None,
        expected_person_index=None,
        expected_person_sealed=None,
        contact_sealed=None,
    )
    change = _acted(rules, account, over, moment, "account.closed", by=by, reason=reason)
    return _without(binding, change, moment)


def handed_over(
    rules: Rules,
    account: AccountRecord,
    binding: BindingRecord | None,
    moment: Moment,
    *,
    person: Person,
    password_hash: str,
    by: str,
    reason: str,
) -> Change:
    """The account passes to a new officer: the binding ends and is kept, and the named person onboards anew."""
    renewed = _with_issued_password(rules, account, moment, password_hash)
    passed_on = _opening_for(rules.keyring, replace(renewed, binding_id=None), person)
    change = _acted(rules, account, passed_on, moment, "account.handed_over", by=by, reason=reason)
    return _without(binding, change, moment)


def expected_set(
    rules: Rules, account: AccountRecord, moment: Moment, *, person: Person, by: str, reason: str
) -> Change:
    """The list named the wrong person, and nobody has taken the account up yet.

    Raises:
        Refused: `account_status`, when somebody is bound: only a hand-over ends that.
    """
    if account.binding_id is not None:
        raise Refused("account_status", detail="somebody is bound to the account: hand it over")
    corrected = _opening_for(rules.keyring, account, person)
    return _acted(rules, account, corrected, moment, "account.expected_set", by=by, reason=reason)


_OPEN = frozenset({AccountStatus.ISSUED, AccountStatus.ACTIVE})
_ALLOWED: dict[EventKind, frozenset[AccountStatus]] = {
    "account.reissued": _OPEN,
    "account.unlocked": _OPEN,
    "account.suspended": _OPEN,
    "account.restored": frozenset({AccountStatus.SUSPENDED}),
    "account.closed": _OPEN | {AccountStatus.SUSPENDED},
    "account.handed_over": _OPEN | {AccountStatus.SUSPENDED},
    "account.expected_set": frozenset({AccountStatus.ISSUED}),
}
"""Which acts there are in which status of the account. What is not here does not exist."""


def _acted(
    rules: Rules,
    account: AccountRecord,
    after: AccountRecord,
    moment: Moment,
    kind: EventKind,
    *,
    by: str,
    reason: str,
) -> Change:
    """The account after the act, its epoch bumped and its budgets cleared, and the event that tells of it."""
    if account.status not in _ALLOWED[kind]:
        raise Refused("account_status", detail=f"the account is {account.status.value}")
    event = plain_event(
        moment, kind, account_id=account.id, binding_id=account.binding_id, by=by, reason=reason
    )
    return Change(
        writes=(replace(after, epoch=account.epoch + 1, updated_at=moment.now),),
        inserts=(event,),
        clears=_budgets_of(rules, account),
    )


def _without(binding: BindingRecord | None, change: Change, moment: Moment) -> Change:
    if binding is None:
        return change
    return replace(change, writes=(*change.writes, replace(binding, ended_at=moment.now)))


def _with_issued_password(
    rules: Rules, account: AccountRecord, moment: Moment, password_hash: str
) -> AccountRecord:
    return replace(
        account,
        status=AccountStatus.ISSUED,
        password_hash=password_hash,
        password_is_issued=True,
        password_expires_at=moment.now + rules.policy.issued_credential_lifetime,
        credential_version=account.credential_version + 1,
    )


def _opening_for(keyring: Keyring, account: AccountRecord, person: Person) -> AccountRecord:
    """What is sealed here is sealed by the current key, so all of the record is."""
    digits = person.national_id.reveal() if isinstance(person, Expected) else None
    return replace(
        rekeyed_account(keyring, account),
        first_use=digits is None,
        needs_approval=isinstance(person, FirstUse) and person.needs_approval,
        expected_person_index=None if digits is None else keyring.index("person", digits),
        expected_person_sealed=(
            None if digits is None else keyring.seal(f"account.person:{account.id}", digits)
        ),
    )


def _budgets_of(rules: Rules, account: AccountRecord) -> tuple[Budget, ...]:
    username = prepare_username(account.view(rules.keyring).username)
    of_account = budgets.of_account(rules.policy, rules.keyring, account.id, username)
    if account.expected_person_sealed is None:
        return of_account
    person = rules.keyring.open(f"account.person:{account.id}", account.expected_person_sealed)
    of_person = budgets.person_failures(rules.policy, rules.keyring.index("person", person))
    return (*of_account, *of_person)
