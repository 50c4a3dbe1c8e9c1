"""What every store keeps when one key of a load follows another: a part of `StoreContract`."""

from __future__ import annotations

from functools import partial
from typing import Any

from elaas_identity.accounts.account import AccountRecord, BindingRecord
from elaas_identity.change import Budget, Change, Done, FieldOf, Key, Snapshot, Unchanged
from elaas_identity.flow.flow import AttemptRecord, FlowRecord
from elaas_identity.flow.transitions import Stage
from elaas_identity.ports import Store
from elaas_identity.testing.contract import Contract, refused, same
from elaas_identity.testing.store_examples import (
    ACCOUNT,
    FLOW,
    GUESSES,
    NOW,
    a_binding,
    a_charge,
    a_flow,
    an_account,
    an_attempt,
)
from elaas_identity.testing.store_races import load_while_committing

ITS_ACCOUNT = Key(AccountRecord, FieldOf(FLOW, "account_id"))
ITS_BINDING = Key(BindingRecord, FieldOf(ITS_ACCOUNT, "binding_id"))
ATTEMPT = Key(AttemptRecord, "attempt-1")


class StoreFollowedKeysContract(Contract):
    """Loads whose keys follow one another, and that every load is one snapshot."""

    def test_keys_follow_flow_account_and_binding(self, store: Store) -> None:
        """R11.3: without it an act would need a load for each record that it decides on."""
        bound = an_account(binding_id="binding-1")
        others = (a_flow("flow-2", account_id="account-2"), an_account("account-2"), a_binding("binding-2"))
        store.commit(Change(inserts=(bound, a_flow(), a_binding(), *others), charges=(a_charge("c1"),)))
        snapshot = store.load(FLOW, ITS_ACCOUNT, GUESSES, ITS_BINDING)
        same(a_flow(version=1), snapshot.one(FLOW))
        same(an_account(binding_id="binding-1", version=1), snapshot.one(ITS_ACCOUNT))
        same(a_binding(version=1), snapshot.one(ITS_BINDING))
        same(1, snapshot.used(GUESSES, NOW))

    def test_keys_follow_a_unique_look_up(self, store: Store) -> None:
        """Who signs in is known by a username: the account is found by it, and its binding in the same load."""
        bound = an_account(binding_id="binding-1")
        store.commit(Change(inserts=(bound, a_binding(), a_flow(account_id="account-1"))))
        by_name: Key[AccountRecord] = Key(AccountRecord, bound.username_index, "username_index")
        binding = Key(BindingRecord, FieldOf(by_name, "binding_id"))
        flows = Key(FlowRecord, FieldOf(by_name, "id"), "account_id")
        snapshot = store.load(by_name, binding, flows)
        same([1, 1, 1], _counts(snapshot, by_name, binding, flows))

    def test_key_that_follows_nothing_finds_nothing(self, store: Store) -> None:
        """A field that is None, a pointer to nobody and a followed key that finds nothing are no errors."""
        store.commit(Change(inserts=(an_account(binding_id=None), a_flow(), a_binding())))
        snapshot = store.load(FLOW, ITS_ACCOUNT, ITS_BINDING)
        same([1, 1, 0], _counts(snapshot, FLOW, ITS_ACCOUNT, ITS_BINDING))
        dangling = store.load(FLOW, ITS_ACCOUNT, Key(AttemptRecord, FieldOf(FLOW, "account_id")))
        same((), dangling.all(Key(AttemptRecord, FieldOf(FLOW, "account_id"))))
        nobody = Key(FlowRecord, "flow-9")
        its_account = Key(AccountRecord, FieldOf(nobody, "account_id"))
        its_flows = Key(FlowRecord, FieldOf(its_account, "id"), "account_id")
        empty = store.load(nobody, its_account, its_flows)
        same([0, 0, 0], _counts(empty, nobody, its_account, its_flows))

    def test_key_may_follow_several_records(self, store: Store) -> None:
        """What any of them points at is found once, oldest id first, and no more of it than the limit."""
        flows = [
            a_flow(f"flow-{n}", account_id=f"account-{account}") for n, account in enumerate((3, 1, 3, 2))
        ]
        attempts = [an_attempt(f"attempt-{n}", flow_id=f"flow-{n % 3}") for n in range(6)]
        accounts = [an_account(f"account-{n}", agency_code="c") for n in (1, 2, 3, 4)]
        store.commit(Change(inserts=(*flows, *attempts, *accounts, a_flow("other", account_id="account-4"))))
        sealed = Key(AccountRecord, "k", "key_id", limit=3)
        its_flows = Key(FlowRecord, FieldOf(sealed, "id"), "account_id")
        some_flows = Key(FlowRecord, FieldOf(sealed, "id"), "account_id", limit=2)
        back = Key(AccountRecord, FieldOf(its_flows, "account_id"))
        some_back = Key(AccountRecord, FieldOf(its_flows, "account_id"), limit=2)
        its_attempts = Key(AttemptRecord, FieldOf(some_flows, "id"), "flow_id", limit=3)
        snapshot = store.load(sealed, its_flows, some_flows, back, some_back, its_attempts)
        same(
            [
                ["flow-0", "flow-1", "flow-2", "flow-3"],
                ["flow-0", "flow-1"],
                ["account-1", "account-2", "account-3"],
                ["account-1", "account-2"],
                ["attempt-0", "attempt-1", "attempt-3"],
            ],
            _ids(snapshot, its_flows, some_flows, back, some_back, its_attempts),
        )

    def test_limit_of_a_single_key_holds(self, store: Store) -> None:
        """A limit of nothing is nothing, by id too, and what follows it finds nothing."""
        store.commit(Change(inserts=(an_account(), a_flow())))
        none = Key(FlowRecord, "flow-1", limit=0)
        its_account = Key(AccountRecord, FieldOf(none, "account_id"))
        snapshot = store.load(none, its_account)
        same([0, 0], _counts(snapshot, none, its_account))

    def test_one_key_may_be_followed_twice_and_asked_twice(self, store: Store) -> None:
        """An act puts its keys together from parts, which may name one key each."""
        store.commit(Change(inserts=(an_account(), a_flow(), an_attempt())))
        flow = Key(FlowRecord, FieldOf(ATTEMPT, "flow_id"))
        account = Key(AccountRecord, FieldOf(flow, "account_id"))
        attempts = Key(AttemptRecord, FieldOf(flow, "id"), "flow_id")
        snapshot = store.load(ATTEMPT, flow, GUESSES, account, flow, attempts, ACCOUNT, ATTEMPT, GUESSES)
        same([1] * 5, _counts(snapshot, ATTEMPT, flow, account, attempts, ACCOUNT))
        same(snapshot.one(ACCOUNT), snapshot.one(account))

    def test_key_that_cannot_be_followed_is_a_type_error(self, store: Store) -> None:
        """The caller's mistake, told at once and in words: out of order, not asked for, no such field, no text."""
        wrong: tuple[tuple[tuple[Key[Any] | Budget, ...], str], ...] = (
            ((ITS_ACCOUNT, FLOW), "does not stand before it"),
            ((GUESSES, ITS_ACCOUNT, FLOW), "does not stand before it"),
            ((ITS_ACCOUNT,), "does not stand before it"),
            ((FLOW, ITS_BINDING), "does not stand before it"),
            ((FLOW, Key(AccountRecord, FieldOf(FLOW, "owner"))), "FlowRecord has no text field 'owner'"),
            ((FLOW, Key(AccountRecord, FieldOf(FLOW, "expires_at"))), "no text field 'expires_at'"),
            ((FLOW, Key(AccountRecord, FieldOf(FLOW, "live_attempts"))), "no text field 'live_attempts'"),
            ((FLOW, Key(AccountRecord, FieldOf(FLOW, "account_id"), "province")), "no look-up by 'province'"),
        )
        for keys, said in wrong:
            refused(said, partial(store.load, *keys))
        followed = Change(expects=(Unchanged(ITS_ACCOUNT, {}),))
        refused("named by a value", lambda: store.commit(followed))

    def test_load_is_one_snapshot(self, store: Store) -> None:
        """F67: a flow and an account that never stood together would let an act decide on what never was."""
        store.commit(Change(inserts=(an_account(), a_flow(), an_attempt()), charges=(a_charge("c0"),)))
        several = Key(FlowRecord, "account-1", "account_id")
        of_them = Key(AttemptRecord, FieldOf(several, "id"), "flow_id")
        single = (FLOW, ITS_ACCOUNT, ATTEMPT)
        for keys in (single, (*single, several, of_them)):
            first = store.load(*single)
            start = _versions(first, single)[0]
            changes = [
                Change(
                    writes=(
                        an_account(version=version, epoch=version),
                        a_flow(version=version, stage=Stage.EMAIL),
                        an_attempt(version=version),
                    )
                )
                for version in range(start, start + 60)
            ]
            asked: tuple[Key[Any] | Budget, ...] = keys
            for snapshot in load_while_committing(store, asked, changes, loads=60):
                same(1, len(set(_versions(snapshot, keys))))

    def test_records_and_budgets_are_one_snapshot(self, store: Store) -> None:
        """F67: an attempt that is charged but not yet seen as reserved would be allowed once more."""
        store.commit(Change(inserts=(a_flow(),)))
        roomy = Budget("one_time_code.flow", "flow-1", limit=1_000, window=GUESSES.window)
        changes = [
            Change(writes=(a_flow(version=number),), charges=(a_charge(f"c{number}", budget=roomy),))
            for number in range(1, 61)
        ]
        several = Key(FlowRecord, "account-1", "account_id")
        for snapshot in load_while_committing(store, (FLOW, roomy, several), changes[:30], loads=30):
            (flow,) = snapshot.all(several)
            same(flow, snapshot.one(FLOW))
            same(flow.version - 1, snapshot.used(roomy, NOW))
        for snapshot in load_while_committing(store, (FLOW, roomy), changes[30:], loads=30):
            (flow,) = snapshot.all(FLOW)
            same(flow.version - 1, snapshot.used(roomy, NOW))
        same(Done(), store.commit(Change()))


def _versions(snapshot: Snapshot, keys: tuple[Key[Any], ...]) -> list[int]:
    return [record.version for key in keys for record in snapshot.all(key)]


def _counts(snapshot: Snapshot, *keys: Key[Any]) -> list[int]:
    return [len(snapshot.all(key)) for key in keys]


def _ids(snapshot: Snapshot, *keys: Key[Any]) -> list[list[str]]:
    return [[record.id for record in snapshot.all(key)] for key in keys]
