"""A username and a password as submitted: what an attempt is charged to, and what a right password gives back."""

from __future__ import annotations

from dataclasses import dataclass

from elaas_identity.accounts.account import AccountRecord
from elaas_identity.change import Budget, Change, Charge, Done, Exhausted, Key
from elaas_identity.effects import Act, commit, log, verify_password
from elaas_identity.errors import ElaasIdentityError, ProviderFailed, Refused
from elaas_identity.flow import budgets
from elaas_identity.flow.advance import Rules, Seen
from elaas_identity.flow.moment import Moment
from elaas_identity.flow.opening import exhausted, told
from elaas_identity.passwords.hashing import Verified
from elaas_identity.passwords.issued import as_generated
from elaas_identity.passwords.preparation import prepare, prepare_username


@dataclass(frozen=True, slots=True)
class Attempt:
    """A username as submitted: where its account may stand, what is charged, and what a right password clears."""

    keys: tuple[Key[AccountRecord], ...]
    charges: tuple[Charge, ...]
    clears: tuple[Budget, ...]


def charge(moment: Moment, tried: Attempt) -> Act[None]:
    """Charge a failure before the password is looked at: a right one takes it back.

    Raises:
        Refused: `sign_in_throttled` with `retry_after`, before any Argon2.
    """
    outcome = yield from commit(Change(charges=tried.charges))
    if isinstance(outcome, Exhausted):
        raise (yield from told(moment, "sign_in.throttled", exhausted(outcome)))
    if not isinstance(outcome, Done):
        raise ProviderFailed("store_contended")


def verify(tried: Attempt, password_hash: str | None, prepared: str) -> Act[Verified]:
    """Verify once; None: a decoy. Where the hashing itself fails, nothing was tried, and the charge is given back.

    Raises:
        ProviderFailed: `hashing_failed`.
    """
    try:
        return (yield from verify_password(password_hash, prepared))
    except ProviderFailed:
        try:
            yield from commit(Change(refunds=tried.charges))
        except ElaasIdentityError as problem:
            yield from log("a charge was not given back", problem.code)
        raise


def refund(tried: Attempt) -> Change:
    """The password was right: the failure that was charged beforehand did not happen."""
    return Change(refunds=tried.charges, clears=tried.clears)


def attempt_of_name(rules: Rules, moment: Moment, username: str, address: str | None) -> Attempt:
    """The attempt of whoever comes, whether or not there is such a name: counted by name and by client."""
    prepared = prepare_username(username)
    of_name = budgets.username_failures(rules.policy, rules.keyring, prepared)
    of_client = () if address is None else (budgets.client_failures(rules.policy, rules.keyring, address),)
    return Attempt(
        keys=account_keys(rules, prepared),
        charges=budgets.charges(moment, (*of_name, *of_client)),
        clears=of_name[-1:],
    )


def attempt_of_person(rules: Rules, moment: Moment, username: str, proven: Seen) -> Attempt:
    """The attempt of a proven person: counted by who they are and by nothing else, so that no guesser's failures are
    theirs (R4.1)."""
    prepared = prepare_username(username)
    assert proven.flow.person_index is not None
    of_person = budgets.person_failures(rules.policy, proven.flow.person_index)
    return Attempt(
        keys=account_keys(rules, prepared),
        charges=budgets.charges(moment, of_person),
        clears=budgets.username_failures(rules.policy, rules.keyring, prepared)[-1:],
    )


def account_keys(rules: Rules, prepared_username: str) -> tuple[Key[AccountRecord], ...]:
    """Where the account of a username may stand: under every accepted key."""
    return tuple(
        Key(AccountRecord, index, field="username_index")
        for index in rules.keyring.indexes("username", prepared_username)
    )


def submitted_password(password: str, account: AccountRecord | None) -> str:
    """The password in the form that is hashed; one that cannot be prepared becomes one that nothing matches.

    It is not told apart from a wrong one, in words or in work.
    """
    if account is not None and account.password_is_issued and account.password_is_generated:
        password = as_generated(password)
    try:
        return prepare(password)
    except Refused:
        return "\x00"
