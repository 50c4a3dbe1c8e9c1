"""What every store keeps when many write at once: a part of `StoreContract`."""

from __future__ import annotations

from dataclasses import replace

from elaas_identity.accounts.account import AccountRecord
from elaas_identity.change import (
    Budget,
    Change,
    Conflict,
    Done,
    Exhausted,
    Key,
    Unchanged,
)
from elaas_identity.events import Event
from elaas_identity.flow.transitions import Stage
from elaas_identity.ports import Store
from elaas_identity.testing.contract import Contract, same
from elaas_identity.testing.store_examples import (
    ACCOUNT,
    DAY,
    GUESSES,
    NOW,
    a_charge,
    a_flow,
    a_used_assertion,
    an_account,
    an_event,
)
from elaas_identity.testing.store_races import CROWD, commit_together


class StoreRacesContract(Contract):
    """Of many at once as many win as there is room for, and nothing that was counted is lost."""

    def test_one_writer_wins_a_version(self, store: Store) -> None:
        """Invariant 2, R9.2: of all who write one version at once, exactly one must succeed."""
        store.commit(Change(inserts=(an_account(),)))
        changes = [
            Change(writes=(an_account(version=1, epoch=10 + each),), inserts=(an_event(f"event-{each}"),))
            for each in range(CROWD)
        ]
        outcomes = commit_together(store, changes)
        same([1, CROWD - 1], [outcomes.count(Done()), outcomes.count(Conflict())])
        events = Key(Event, "account-1", "account_id")
        snapshot = store.load(ACCOUNT, events)
        winner = outcomes.index(Done())
        same(an_account(version=2, epoch=10 + winner), snapshot.one(ACCOUNT))
        same([f"event-{winner}"], [event.id for event in snapshot.all(events)])

    def test_one_insert_wins_a_username(self, store: Store) -> None:
        """R1.3: two administrators who provision one list at once must not make two accounts of one username."""
        changes = [
            Change(inserts=(an_account(f"account-{each}", username_index="k.one"),)) for each in range(CROWD)
        ]
        outcomes = commit_together(store, changes)
        same([1, CROWD - 1], [outcomes.count(Done()), outcomes.count(Conflict())])

    def test_charges_never_pass_the_limit(self, store: Store) -> None:
        """Invariant 2, R9.2: of N guesses at once at most the limit may be compared, from a fresh budget too."""
        changes = [Change(charges=(a_charge(f"c{each}"),)) for each in range(CROWD)]
        outcomes = commit_together(store, changes)
        same(GUESSES.limit, outcomes.count(Done()))
        same(CROWD - GUESSES.limit, outcomes.count(Exhausted(GUESSES, DAY)))
        same(GUESSES.limit, store.load(GUESSES).used(GUESSES, NOW))

    def test_refunds_and_charges_at_once_lose_nothing(self, store: Store) -> None:
        """Invariant 2: a refund that overwrote a charge made meanwhile would give a wrong guess back."""
        roomy = replace(GUESSES, limit=2 * CROWD)
        store.commit(Change(charges=tuple(a_charge(f"old-{each}", budget=roomy) for each in range(CROWD))))
        half = CROWD // 2
        refunds = [Change(refunds=(a_charge(f"old-{each}", budget=roomy),)) for each in range(half)]
        charges = [Change(charges=(a_charge(f"new-{each}", budget=roomy),)) for each in range(half)]
        same([Done()] * CROWD, commit_together(store, refunds + charges))
        left = {f"old-{each}" for each in range(half, CROWD)} | {f"new-{each}" for each in range(half)}
        same(left, set(store.load(roomy).charges[roomy]))

    def test_several_rows_in_any_order_never_block_each_other(self, store: Store) -> None:
        """Invariant 5: changes that meet on several rows and budgets must each end, and every charge be counted."""
        roomy = [Budget("sign_in", f"digest-{each}", limit=CROWD, window=DAY) for each in range(4)]
        flows = [f"flow-{each}" for each in range(CROWD)]
        store.commit(
            Change(inserts=(an_account(), an_account("account-2"), *(a_flow(each) for each in flows)))
        )
        changes: list[Change] = []
        for number, flow_id in enumerate(flows):
            order = 1 if number % 2 else -1
            expects = [
                Unchanged(Key(AccountRecord, each), {"epoch": 1}) for each in ("account-1", "account-2")
            ]
            charges = [a_charge(f"c{number}", budget=budget) for budget in roomy]
            changes.append(
                Change(
                    writes=(a_flow(flow_id, version=1, stage=Stage.EMAIL),),
                    expects=tuple(expects[::order]),
                    charges=tuple(charges[::order]),
                )
            )
        same([Done()] * CROWD, commit_together(store, changes))
        snapshot = store.load(*roomy)
        same([CROWD] * len(roomy), [snapshot.used(budget, NOW) for budget in roomy])

    def test_expected_account_cannot_move_under_a_commit(self, store: Store) -> None:
        """Invariant 7: whoever expects an epoch while another bumps it comes wholly before the bump or conflicts."""
        store.commit(Change(inserts=(an_account(),)))
        bump = Change(writes=(an_account(version=1, epoch=2),), clears=(GUESSES,))
        expecting = [
            Change(
                expects=(Unchanged(ACCOUNT, {"epoch": 1}),),
                charges=(a_charge(f"c{each}", budget=replace(GUESSES, limit=CROWD)),),
            )
            for each in range(CROWD - 1)
        ]
        middle = len(expecting) // 2
        outcomes = commit_together(store, [*expecting[:middle], bump, *expecting[middle:]])
        same(Done(), outcomes[middle])
        same(set(), {each for each in outcomes if each not in (Done(), Conflict())})
        # What came before the bump was cleared by it, and nothing came after.
        same(0, store.load(GUESSES).used(GUESSES, NOW))

    def test_one_insert_wins_an_id(self, store: Store) -> None:
        """R9.2: of all who use one assertion at once, exactly one may have it."""
        outcomes = commit_together(store, [Change(inserts=(a_used_assertion(),))] * CROWD)
        same([1, CROWD - 1], [outcomes.count(Done()), outcomes.count(Conflict())])
