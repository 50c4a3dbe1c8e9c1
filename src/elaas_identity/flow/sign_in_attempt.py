"""A username and a password as submitted: what an attempt is charged to, and what a right password gives back."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar

from elaas_identity.accounts.account import AccountRecord
from elaas_identity.change import Budget, Change, Charge, Done, Exhausted, Key
from elaas_identity.effects import Act, commit, log, pause, read_clock, verify_password
from elaas_identity.errors import ElaasIdentityError, ProviderFailed, Refused
from elaas_identity.flow import budgets
from elaas_identity.flow.advance import Rules, Seen
from elaas_identity.flow.moment import Moment
from elaas_identity.flow.opening import exhausted, told
from elaas_identity.passwords.hashing import Verified
from elaas_identity.passwords.issued import as_generated
from elaas_identity.passwords.preparation import prepare, prepare_username

T = TypeVar("T")


IN_FLIGHT = timedelta(seconds=10)
"""How long an attempt counts of which nobody knows the end: its process may have died. Our choice: longer than hashing
takes, even behind others, and no longer than a person tries again."""
_TURN = timedelta(milliseconds=100)
"""How often an attempt looks whether those before it are through. Our choice."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A username as submitted: where its account may stand, and what its failure is charged to.

    Attributes:
        charges: counted while it is in flight, and given back where the password was right.
        in_a_row: counts the failures of an account since the last right password; None for a proven person's attempt.
        clears: what a right password clears.
        once: the id under which its failure counts, where one page that is sent twice is to count once.
    """

    keys: tuple[Key[AccountRecord], ...]
    charges: tuple[Charge, ...]
    in_a_row: Charge | None
    clears: tuple[Budget, ...]
    once: str | None = None


def charge(moment: Moment, tried: Attempt) -> Act[Attempt]:
    """Charge the attempt before the password is looked at, as one in flight; the attempt as it was charged.

    No more are in flight than failures would fit. One more waits until those before it are through: it is not their
    failure, and may be the right one.

    Raises:
        Refused: `sign_in_throttled` with `retry_after`, before any Argon2.
    """
    waited = longest = timedelta(0)
    while isinstance(outcome := (yield from commit(Change(charges=_in_flight(tried)))), Exhausted):
        longest = max(longest, outcome.retry_after)
        if longest > IN_FLIGHT or waited >= longest:
            raise (yield from told(moment, "sign_in.throttled", exhausted(outcome)))
        turn = min(_TURN, outcome.retry_after)
        yield from pause(turn)
        waited += turn
        now = yield from read_clock()
        tried = replace(tried, charges=tuple(replace(each, at=now) for each in tried.charges))
    if not isinstance(outcome, Done):
        raise ProviderFailed("store_contended")
    return tried


def _in_flight(tried: Attempt) -> tuple[Charge, ...]:
    return tuple(replace(each, life=IN_FLIGHT) for each in tried.charges)


def verify(tried: Attempt, password_hash: str | None, prepared: str) -> Act[Verified]:
    """Verify once; None: a decoy.

    Raises:
        ProviderFailed: `hashing_failed`.
    """
    verified = yield from unless_failed(tried, verify_password(password_hash, prepared))
    if verified.problem is not None:
        yield from log("a stored password hash could not be verified", verified.problem)
    return verified


def unless_failed(tried: Attempt, hashing: Act[T]) -> Act[T]:
    """What the hashing answers; where it fails itself, nothing was tried, and the charge is given back.

    Raises:
        ProviderFailed: `hashing_failed`.
    """
    try:
        return (yield from hashing)
    except ProviderFailed:
        try:
            yield from commit(Change(refunds=tried.charges))
        except ElaasIdentityError as problem:
            yield from log("a charge was not given back", problem.code)
        raise


def failed(
    moment: Moment, tried: Attempt, verified: Verified, refusal: Refused, account_id: str | None
) -> Act[Refused]:
    """Count the failure, which happened whatever the limits are; the refusal, when it is time for it.

    Where there is no such account nothing is counted for longer than a wait can last.
    """
    failures = tried.charges
    if tried.in_a_row is not None:
        life = None if account_id is not None else budgets.LONGEST_WAIT
        failures = (*failures, replace(tried.in_a_row, life=life))
    counted = tuple(
        replace(each, id=_counts_as(tried, each), budget=replace(each.budget, limit=sys.maxsize))
        for each in failures
    )
    if not isinstance((yield from commit(Change(refunds=tried.charges, charges=counted))), Done):
        raise ProviderFailed("store_contended")
    yield from told(moment, "sign_in.refused", refusal, account_id=account_id)
    yield from pause(verified.rest)
    return refusal


def _counts_as(tried: Attempt, failure: Charge) -> str:
    """The id of a failure. The client's is always its own: each time the page is sent costs an Argon2."""
    of_client = failure.budget.name == budgets.CLIENT_FAILURES
    return failure.id if tried.once is None or of_client else tried.once


def refund(tried: Attempt) -> Change:
    """The password was right: the failure that was charged beforehand did not happen."""
    return Change(refunds=tried.charges, clears=tried.clears)


def attempt_of_name(
    rules: Rules, moment: Moment, username: str, password: str, address: str | None
) -> Attempt:
    """The attempt of whoever comes, whether or not there is such a name: counted by name and by client."""
    prepared = prepare_username(username)
    of_name = budgets.username_failures(rules.policy, rules.keyring, prepared)
    of_client = () if address is None else (budgets.client_failures(rules.policy, rules.keyring, address),)
    (in_a_row,) = budgets.charges(moment, (budgets.in_a_row(rules.policy, rules.keyring, prepared),))
    return Attempt(
        keys=account_keys(rules, prepared),
        charges=budgets.charges(moment, (*of_name, *of_client)),
        in_a_row=in_a_row,
        clears=budgets.consecutive(rules.policy, rules.keyring, prepared),
        once=_once(rules, moment, prepared, password),
    )


def attempt_of_person(rules: Rules, moment: Moment, username: str, password: str, proven: Seen) -> Attempt:
    """The attempt of a proven person: counted by who they are and by nothing else, so that no guesser's failures are
    theirs (R4.1)."""
    prepared = prepare_username(username)
    assert proven.flow.person_index is not None
    of_person = budgets.person_failures(rules.policy, proven.flow.person_index)
    return Attempt(
        keys=account_keys(rules, prepared),
        charges=budgets.charges(moment, of_person),
        in_a_row=None,
        clears=budgets.consecutive(rules.policy, rules.keyring, prepared),
        once=_once(rules, moment, prepared, password),
    )


def _once(rules: Rules, moment: Moment, prepared_username: str, password: str) -> str | None:
    """The id of a failure: the same for a page that is sent twice, as a double click does.

    Twelve bits of a digest tell one password from another. They are too few to find a wrong password by, which may be
    the right one elsewhere; and one other guess in 4,096 counts as the same.
    """
    twelve_bits = rules.keyring.digest("attempt.password", password)[-3:-1]
    return moment.typed(rules.keyring, prepared_username, twelve_bits).attempt


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
