"""Carries out the acts of the table in `acts.py` (R1.3): decided again after a lost race, held back until a second
person asks too where the policy wants that, and told by mail.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from elaas_identity.accounts.account import Account, AccountRecord, BindingRecord
from elaas_identity.accounts.acts import ACTS, Given
from elaas_identity.accounts.authorship import Signed, sign
from elaas_identity.accounts.four_eyes import AskedAct, ask, asked_id, is_seconded, second
from elaas_identity.accounts.provisioning import Person, Reissued, told_apart
from elaas_identity.authenticator_app.authenticator import AuthenticatorRecord, removed
from elaas_identity.change import Budget, Change, Done, Key, Record
from elaas_identity.effects import Act, commit, draw, hash_password, load
from elaas_identity.errors import ProviderFailed, Refused
from elaas_identity.flow import budgets
from elaas_identity.flow.advance import Rules, Seen, plain_event
from elaas_identity.flow.flow import FlowRecord
from elaas_identity.flow.moment import Moment, is_id
from elaas_identity.flow.notices import notify
from elaas_identity.flow.opening import MOST_CONFLICTS, holder_keys, told
from elaas_identity.flow.policy import AdministratorAct
from elaas_identity.flow.standing import address_of, bound_address
from elaas_identity.passwords.issued import generate_issued_password
from elaas_identity.passwords.preparation import prepare, prepare_username

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
    given: str,
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
    flows = page = read.all(flows_key)
    while (further := flows_key.next(page)) is not None:
        flows_key = further
        page = (yield from load(flows_key)).all(flows_key)
        flows += page
    account, binding, flow = read.one(account_key), read.one(binding_key), read.one(flow_key)
    if account is None:
        raise Refused("account_unknown")
    if flow_id is not None and (flow is None or flow.account_id != account_id):
        raise Refused("approval_unknown")
    waiting = None if flow is None else Seen(flow, account)  # who waits is not bound yet
    return Found(account, binding, read.one(authenticator_key), waiting, flows)


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
        address_of(rules, Seen(flow, None))
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
