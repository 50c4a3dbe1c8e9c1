"""The table of an administrator's acts on an account, and what each makes of it (R1.3).

Each bumps the account's epoch and leaves an event beside. An administrator never chooses a password: the only one they
ever see is issued, generated, and good for onboarding only. Approval has a file of its own.
"""

# ruff: noqa: ARG001 - `AccountAct.after` has one signature for all acts

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from elaas_identity.accounts.account import AccountRecord, AccountStatus
from elaas_identity.accounts.provisioning import Expected, FirstUse, Person
from elaas_identity.accounts.rekeying import rekeyed_account
from elaas_identity.events import EventKind
from elaas_identity.flow.advance import Rules
from elaas_identity.flow.moment import Moment
from elaas_identity.flow.policy import AdministratorAct
from elaas_identity.mail.notices import NoticeKind


@dataclass(frozen=True, slots=True)
class Given:
    """What an act is given beside the account."""

    person: Person | None = field(default=None, repr=False)
    password_hash: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountAct:
    """One act on an account.

    Attributes:
        event: what tells of it.
        allowed: in which status of the account there is such an act.
        after: the account after it; the epoch is bumped beside it.
        notice: the mail that tells the account's person; None: nobody is told.
        issues_password: it comes with a fresh issued password.
        ends_binding: whoever is bound to the account is not bound any more.
        removes_authenticator: their authenticator app counts no more.
    """

    event: EventKind
    allowed: frozenset[AccountStatus]
    after: Callable[[Rules, AccountRecord, Moment, Given], AccountRecord]
    notice: NoticeKind | None = None
    issues_password: bool = False
    ends_binding: bool = False
    removes_authenticator: bool = False


def _same(rules: Rules, account: AccountRecord, moment: Moment, given: Given) -> AccountRecord:
    return account


def _with_issued_password(
    rules: Rules, account: AccountRecord, moment: Moment, given: Given
) -> AccountRecord:
    """The person who was bound, or expected, stays the expected one."""
    return replace(
        account,
        status=AccountStatus.ISSUED,
        password_hash=given.password_hash,
        password_is_issued=True,
        password_is_generated=True,
        password_expires_at=moment.now + rules.policy.issued_credential_lifetime,
        credential_version=account.credential_version + 1,
    )


def _suspended(rules: Rules, account: AccountRecord, moment: Moment, given: Given) -> AccountRecord:
    """Nobody signs in until it is restored; it answers like a name that does not exist."""
    return replace(account, status=AccountStatus.SUSPENDED)


def _restored(rules: Rules, account: AccountRecord, moment: Moment, given: Given) -> AccountRecord:
    """What it was before it was suspended."""
    was = AccountStatus.ISSUED if account.password_is_issued else AccountStatus.ACTIVE
    return replace(account, status=was)


def _closed(rules: Rules, account: AccountRecord, moment: Moment, given: Given) -> AccountRecord:
    """Whom it expected, and whom to tell, serves nothing any more and is deleted (PDPA s.37)."""
    return replace(
        account,
        status=AccountStatus.CLOSED,
        binding_id=None,
        expected_person_index=None,
        expected_person_sealed=None,
        contact_sealed=None,
        password_fingerprints=(),
    )


def _handed_over(rules: Rules, account: AccountRecord, moment: Moment, given: Given) -> AccountRecord:
    """The named person onboards anew."""
    renewed = _with_issued_password(rules, account, moment, given)
    return _opening_for(rules, replace(renewed, binding_id=None, password_fingerprints=()), moment, given)


def _opening_for(rules: Rules, account: AccountRecord, moment: Moment, given: Given) -> AccountRecord:
    """Whom it opens for. What is sealed here is sealed by the current key, so all of the record is."""
    keyring, person = rules.keyring, given.person
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


_OPEN = frozenset({AccountStatus.ISSUED, AccountStatus.ACTIVE})
_NOT_CLOSED = _OPEN | {AccountStatus.SUSPENDED}

ACTS: Mapping[AdministratorAct, AccountAct] = MappingProxyType(
    {
        # The one way on for who has lost their authenticator app: a recovery leaves it alone.
        "reissue": AccountAct(
            event="account.reissued",
            allowed=_OPEN,
            after=_with_issued_password,
            notice="account.reissued",
            issues_password=True,
            removes_authenticator=True,
        ),
        "unlock": AccountAct(event="account.unlocked", allowed=_OPEN, after=_same, notice="account.unlocked"),
        "suspend": AccountAct(
            event="account.suspended", allowed=_OPEN, after=_suspended, notice="account.suspended"
        ),
        "restore": AccountAct(
            event="account.restored",
            allowed=frozenset({AccountStatus.SUSPENDED}),
            after=_restored,
            notice="account.restored",
        ),
        "close_account": AccountAct(
            event="account.closed",
            allowed=_NOT_CLOSED,
            after=_closed,
            notice="account.closed",
            ends_binding=True,
        ),
        # The binding ends and is kept, so that old records go on pointing at the officer who made them.
        "hand_over": AccountAct(
            event="account.handed_over",
            allowed=_NOT_CLOSED,
            after=_handed_over,
            notice="account.handed_over",
            issues_password=True,
            ends_binding=True,
        ),
        "set_expected": AccountAct(
            event="account.expected_set",
            allowed=frozenset({AccountStatus.ISSUED}),
            after=_opening_for,
        ),
    }
)
"""Every act on an account but approval. What is not here does not exist."""
