"""What an administrator does to an account: one table of acts, and the one act that carries each of them out (R1.3).

Each has `by` and `reason`, bumps the account's epoch and leaves an event. An administrator never chooses a password:
the only one they ever see is issued, generated, and good for onboarding only. Approval has a file of its own.
"""

# ruff: noqa: ARG001 - `AccountAct.after` has one signature for all acts

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from elaas_identity.accounts.account import Account, AccountRecord, AccountStatus, BindingRecord
from elaas_identity.accounts.authorship import Signed, sign
from elaas_identity.accounts.four_eyes import AskedAct, ask, asked_id, is_seconded, second
from elaas_identity.accounts.provisioning import Expected, FirstUse, Person, Reissued, told_apart
from elaas_identity.accounts.rekeying import rekeyed_account
from elaas_identity.authenticator_app.authenticator import AuthenticatorRecord, removed
from elaas_identity.change import Budget, Change, Done, Key, Record
from elaas_identity.effects import Act, commit, draw, hash_password, load
from elaas_identity.errors import ProviderFailed, Refused
from elaas_identity.events import EventKind
from elaas_identity.flow import budgets
from elaas_identity.flow.advance import Rules, Seen, plain_event
from elaas_identity.flow.flow import FlowRecord
from elaas_identity.flow.moment import Moment, is_id
from elaas_identity.flow.notices import notify
from elaas_identity.flow.opening import MOST_CONFLICTS, holder_keys, told
from elaas_identity.flow.policy import AdministratorAct
from elaas_identity.flow.standing import address_of, bound_address
from elaas_identity.mail.notices import NoticeKind
from elaas_identity.passwords.issued import generate_issued_password
from elaas_identity.passwords.preparation import prepare, prepare_username

# The table


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


# The acts


@dataclass(frozen=True, slots=True)
class Found:
    """An account as an act finds it, with who is bound to it, and the flow that the act is about."""

    account: AccountRecord
    binding: BindingRecord | None
    authenticator: AuthenticatorRecord | None
    waiting: Seen | None = None
    flows: tuple[FlowRecord, ...] = ()


def administer(
    rules: Rules,
    moment: Moment,
    act: AdministratorAct,
    account_id: str,
    *,
    by: str,
    reason: str,
    person: Person | None = None,
) -> Act[Account]:
    """Carry out one of `ACTS`, and tell the account's person by mail."""
    return (yield from _administer(rules, moment, act, account_id, by, reason, Given(person)))


def issue_anew(
    rules: Rules,
    moment: Moment,
    act: AdministratorAct,
    account_id: str,
    *,
    by: str,
    reason: str,
    person: Person | None = None,
) -> Act[Reissued]:
    """Carry out one of `ACTS` that comes with a fresh issued password."""
    yield from sign(moment, by, reason)
    password = yield from draw(lambda random: generate_issued_password(random.below))
    password_hash = yield from hash_password(prepare(password))
    given = Given(person, password_hash)
    account = yield from _administer(rules, moment, act, account_id, by, reason, given)
    return Reissued(account, password, moment.now + rules.policy.issued_credential_lifetime)


def _administer(
    rules: Rules,
    moment: Moment,
    act: AdministratorAct,
    account_id: str,
    by: str,
    reason: str,
    given: Given,
) -> Act[Account]:
    told_by_id = "" if given.person is None else told_apart(given.person)
    found, change = yield from carry_out(
        rules,
        moment,
        act,
        account_id,
        by,
        reason,
        lambda found, signed: change_account(rules, act, found, moment, signed, given),
        given=told_by_id,
    )
    account = next(record for record in change.writes if isinstance(record, AccountRecord))
    notice = ACTS[act].notice
    if notice is not None and found.binding is not None:
        # To who is bound, or was until now; an account that nobody took up has nobody to tell.
        yield from notify(rules, moment, account, notice, bound_address(rules, found.binding))
    return account.view(rules.keyring)


def carry_out(
    rules: Rules,
    moment: Moment,
    act: AdministratorAct,
    account_id: str,
    by: str,
    reason: str,
    decide: Callable[[Found, Signed], Change],
    *,
    given: str = "",
    flow_id: str | None = None,
) -> Act[tuple[Found, Change]]:
    """Load, decide, commit; after a lost race again, since an administrator's act is not lost to somebody else's.

    Where the policy asks for four eyes, the first asking is kept, and the act is carried out by the second.

    Args:
        given: what tells this act from the same act with something else given; for four eyes.
        flow_id: the flow that the act is about.

    Raises:
        Refused: `account_unknown`, `approval_unknown`, what `decide` refuses; `second_person_needed`: this was the
            first asking.
    """
    signed = yield from sign(moment, by, reason)
    try:
        for _ in range(MOST_CONFLICTS):
            found = yield from _find(account_id, flow_id)
            change = decide(found, signed)
            if act in rules.policy.four_eyes:
                key = Key(AskedAct, asked_id(rules, found.account, act, given))
                before = (yield from load(key)).one(key)
                if before is None or not is_seconded(before, signed.by, moment.now):
                    asking = ask(
                        rules, found.account, before, moment, act=act, given=given, **signed._asdict()
                    )
                    if isinstance((yield from commit(asking)), Done):
                        raise Refused("second_person_needed")
                    continue
                change = second(change, before, moment.now)
            if isinstance((yield from commit(change)), Done):
                return found, change
    except Refused as refusal:
        if refusal.code != "second_person_needed":  # its event is in the trail
            named = account_id if is_id(account_id) else None
            yield from told(moment, "account.refused", refusal, account_id=named, **signed._asdict())
        raise
    raise ProviderFailed("store_contended")


def _find(account_id: str, flow_id: str | None) -> Act[Found]:
    """The account with who holds it, and the flow that the act is about, in one load."""
    if not is_id(account_id):
        raise Refused("account_unknown")
    account_key, binding_key, authenticator_key = holder_keys(Key(AccountRecord, account_id))
    # What cannot be an id is never asked of a store.
    flow_key = Key(FlowRecord, flow_id if flow_id is not None and is_id(flow_id) else "")
    flows_key = Key(FlowRecord, account_id, field="account_id")
    read = yield from load(account_key, binding_key, authenticator_key, flow_key, flows_key)
    account, binding, flow = read.one(account_key), read.one(binding_key), read.one(flow_key)
    if account is None:
        raise Refused("account_unknown")
    if flow_id is not None and (flow is None or flow.account_id != account_id):
        raise Refused("approval_unknown")
    waiting = None if flow is None else Seen(flow, account, binding=binding)
    return Found(account, binding, read.one(authenticator_key), waiting, read.all(flows_key))


# Decisions


def change_account(
    rules: Rules, act: AdministratorAct, found: Found, moment: Moment, signed: Signed, given: Given
) -> Change:
    """The account after the act, its epoch bumped and its budgets cleared, and the event that tells of it.

    Raises:
        Refused: `account_status`, where there is no such act in the account's status; or, for `set_expected`, when
            somebody is bound: only a hand-over ends that.
    """
    spec, account = ACTS[act], found.account
    if act == "set_expected" and account.binding_id is not None:
        raise Refused("account_status", detail="somebody is bound to the account: hand it over")
    after = spec.after(rules, account, moment, given)
    if account.status not in spec.allowed:
        raise Refused("account_status", detail=f"the account is {account.status.value}")
    event = plain_event(
        moment, spec.event, account_id=account.id, binding_id=account.binding_id, **signed._asdict()
    )
    writes: tuple[Record, ...] = (replace(after, epoch=account.epoch + 1, updated_at=moment.now),)
    if spec.ends_binding and found.binding is not None:
        writes = (*writes, replace(found.binding, ended_at=moment.now))
    if spec.removes_authenticator and found.authenticator is not None:
        writes = (*writes, removed(found.authenticator))
    return Change(writes=writes, inserts=(event,), clears=_budgets_of(rules, found, moment.now))


def _budgets_of(rules: Rules, found: Found, now: datetime) -> tuple[Budget, ...]:
    """Everything that can keep the account's own person out."""
    account, policy, keyring = found.account, rules.policy, rules.keyring
    addresses = [
        address_of(rules, Seen(flow, account))
        for flow in found.flows
        if flow.email_sealed is not None and now < flow.expires_at
    ]
    if found.binding is not None:
        addresses.append(bound_address(rules, found.binding))
    username = prepare_username(account.view(keyring).username)
    of_account = budgets.of_account(policy, keyring, account.id, username, addresses)
    if account.expected_person_sealed is None:
        return of_account
    person = keyring.index(
        "person", keyring.open(f"account.person:{account.id}", account.expected_person_sealed)
    )
    return (*of_account, *budgets.person_failures(policy, person))
