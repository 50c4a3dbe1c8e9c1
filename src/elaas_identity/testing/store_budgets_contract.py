"""What every store keeps of budgets, and what a purge takes: a part of `StoreContract`."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from elaas_identity.change import (
    Change,
    Conflict,
    Done,
    Exhausted,
    Key,
)
from elaas_identity.flow.flow import AttemptRecord
from elaas_identity.ports import Store
from elaas_identity.testing.contract import Contract, same
from elaas_identity.testing.store_examples import (
    DAY,
    FLOW,
    GUESSES,
    MAILS,
    MINUTE,
    NOW,
    a_binding,
    a_charge,
    a_flow,
    a_person_reference,
    a_used_assertion,
    an_account,
    an_asked_act,
    an_attempt,
    an_authenticator,
    an_event,
)


class StoreBudgetsContract(Contract):
    """Charges are counted within their window, and nothing goes before its time."""

    def test_budget_takes_its_limit_and_no_more(self, store: Store) -> None:
        """R3.5: the charge after the last must be refused, count nothing and take nothing else with it."""
        for number in range(3):
            same(Done(), store.commit(Change(charges=(a_charge(f"c{number}", NOW + number * MINUTE),))))
        late = NOW + 10 * MINUTE
        refused = Change(inserts=(a_flow(),), charges=(a_charge("m", late, MAILS), a_charge("c3", late)))
        same(Exhausted(GUESSES, DAY - 10 * MINUTE), store.commit(refused))
        snapshot = store.load(GUESSES, MAILS, FLOW)
        same(3, snapshot.used(GUESSES, late))
        same(0, snapshot.used(MAILS, late))
        same(None, snapshot.one(FLOW))

    def test_window_rolls(self, store: Store) -> None:
        """A charge as old as the window must be out of it, and a microsecond younger still in."""
        for number in range(3):
            store.commit(Change(charges=(a_charge(f"c{number}", NOW + number * MINUTE),)))
        instant = timedelta(microseconds=1)
        early = store.commit(Change(charges=(a_charge("c3", NOW + DAY - instant),)))
        same(Exhausted(GUESSES, instant), early)
        same(Done(), store.commit(Change(charges=(a_charge("c3", NOW + DAY),))))
        same(Exhausted(GUESSES, MINUTE), store.commit(Change(charges=(a_charge("c4", NOW + DAY),))))
        same(3, store.load(GUESSES).used(GUESSES, NOW + DAY))

    def test_a_charge_with_a_life_counts_no_longer_than_that(self, store: Store) -> None:
        """What is charged for seconds must not be held against anybody for the whole window, nor be kept."""
        in_flight = tuple(replace(a_charge(f"c{number}"), life=MINUTE) for number in range(3))
        same(Done(), store.commit(Change(charges=in_flight)))
        same(Exhausted(GUESSES, MINUTE), store.commit(Change(charges=(a_charge("c3"),))))
        # Charged again under its id, it is what it is charged as now.
        same(Done(), store.commit(Change(charges=(a_charge("c0"),))))
        later = NOW + MINUTE
        same(Done(), store.commit(Change(charges=(a_charge("c3", later),))))
        same({"c0", "c3"}, set(store.load(GUESSES).charges[GUESSES]))
        store.commit(Change(clears=(GUESSES,)))
        store.commit(Change(charges=in_flight))
        same(store.purge(later), 1)

    def test_charges_of_a_clock_that_was_ahead_count_from_now_on(self, store: Store) -> None:
        """A clock that jumped ahead and back must not keep somebody out until it has come there again."""
        ahead, later = NOW + 30 * DAY, NOW + timedelta(microseconds=1)
        store.commit(Change(charges=tuple(a_charge(f"c{number}", ahead) for number in range(3))))
        refused = Change(charges=(a_charge("c3"),))
        same(Exhausted(GUESSES, 31 * DAY), store.commit(refused))
        same(Done(), store.commit(Change(refunds=refused.charges, latest=NOW)))
        same(Exhausted(GUESSES, DAY), store.commit(refused))
        same(store.load(GUESSES).used(GUESSES, NOW), 3)
        same(store.load(GUESSES).used(GUESSES, NOW + DAY), 0)
        same(store.purge(later + DAY), 1)

    def test_budgets_are_apart_by_name_and_subject(self, store: Store) -> None:
        """One account's wrong guesses must not lock another out."""
        store.commit(Change(charges=tuple(a_charge(f"c{number}") for number in range(3))))
        for other in (replace(GUESSES, subject="account-2"), replace(GUESSES, name="one_time_code.flow")):
            same(Done(), store.commit(Change(charges=(a_charge("c4", budget=other),))))
        same(Exhausted(GUESSES, DAY), store.commit(Change(charges=(a_charge("c4"),))))

    def test_two_charges_of_one_change_both_count(self, store: Store) -> None:
        """A change that charges a budget twice must find room for two."""
        store.commit(Change(charges=(a_charge("c1"), a_charge("c2"))))
        later = NOW + MINUTE
        two = Change(charges=(a_charge("c3", later), a_charge("c4", later)))
        same(Exhausted(GUESSES, DAY - MINUTE), store.commit(two))
        same(2, store.load(GUESSES).used(GUESSES, later))

    def test_same_charge_counts_once(self, store: Store) -> None:
        """A commit repeated after an unknown outcome must not be charged twice."""
        for _ in range(5):
            same(Done(), store.commit(Change(charges=(a_charge("c1"),))))
        same(1, store.load(GUESSES).used(GUESSES, NOW))

    def test_longest_wait_is_reported(self, store: Store) -> None:
        """Who waits as told must not be refused again for another budget that was full as well."""
        store.commit(
            Change(
                charges=(
                    *(a_charge(f"c{n}") for n in range(3)),
                    *(a_charge(f"m{n}", budget=MAILS) for n in range(2)),
                )
            )
        )
        for order in (1, -1):
            both = (a_charge("c4"), a_charge("m4", budget=MAILS))[::order]
            same(Exhausted(GUESSES, DAY), store.commit(Change(charges=both)))

    def test_budget_that_locks_is_closed_from_its_newest_charge(self, store: Store) -> None:
        """R2.7: a lock would end while the standard still wants it, by the oldest charge rolling out."""
        lock = replace(GUESSES, locks=True)
        for number in range(3):
            at = NOW + number * 10 * MINUTE
            same(Done(), store.commit(Change(charges=(a_charge(f"c{number}", at, budget=lock),))))
        late = NOW + DAY + 19 * MINUTE
        same(Exhausted(lock, MINUTE), store.commit(Change(charges=(a_charge("c4", late, budget=lock),))))
        same(Done(), store.commit(Change(charges=(a_charge("c4", late + MINUTE, budget=lock),))))

    def test_limit_of_zero_takes_nothing(self, store: Store) -> None:
        """A policy that closes something must close it."""
        closed = replace(GUESSES, limit=0)
        same(Exhausted(closed, DAY), store.commit(Change(charges=(a_charge("c1", budget=closed),))))

    def test_refund_gives_back_its_charge_only(self, store: Store) -> None:
        """Invariant 2: the right code is refunded, the wrong ones beside it are not."""
        store.commit(Change(charges=(a_charge("c1"), a_charge("c2"))))
        for _ in range(2):
            same(Done(), store.commit(Change(refunds=(a_charge("c1"), a_charge("never")))))
            same(1, store.load(GUESSES).used(GUESSES, NOW))
        same(Done(), store.commit(Change(refunds=(a_charge("c2"),))))
        same(Done(), store.commit(Change(refunds=(a_charge("c2"),))))
        same(0, store.load(GUESSES).used(GUESSES, NOW))

    def test_clear_empties_a_budget(self, store: Store) -> None:
        """Invariant 3: a re-issue or unlock opens what guesses had closed; clearing nothing is no error."""
        store.commit(Change(charges=(*(a_charge(f"c{n}") for n in range(3)), a_charge("m1", budget=MAILS))))
        for _ in range(2):
            same(Done(), store.commit(Change(clears=(GUESSES,))))
        snapshot = store.load(GUESSES, MAILS)
        same([0, 1], [snapshot.used(budget, NOW) for budget in (GUESSES, MAILS)])

    def test_what_a_change_gives_back_it_may_use(self, store: Store) -> None:
        """Clears and refunds come before charges, whatever the order of the arguments."""
        full = Change(charges=tuple(a_charge(f"c{number}") for number in range(3)))
        store.commit(full)
        same(Done(), store.commit(Change(charges=(a_charge("c4"),), refunds=(a_charge("c1"),))))
        same(3, store.load(GUESSES).used(GUESSES, NOW))
        same(Done(), store.commit(Change(charges=(a_charge("c5"),), clears=(GUESSES,))))
        same(1, store.load(GUESSES).used(GUESSES, NOW))

    def test_conflict_comes_before_exhausted(self, store: Store) -> None:
        """Who decided on old facts must load again, rather than be told to wait."""
        closed = replace(GUESSES, limit=0)
        change = Change(writes=(a_flow(version=1),), charges=(a_charge("c1", budget=closed),))
        same(Conflict(), store.commit(change))

    def test_purge_takes_what_has_expired_and_nothing_else(self, store: Store) -> None:
        """R7.4: what has an end goes after it, attempts with their flow; accounts, bindings and events stay."""
        old = NOW - DAY
        kept = (
            an_account(),
            a_binding(),
            an_event(at=old),
            a_person_reference(created_at=old),
            an_authenticator(),
            an_asked_act("live"),
            a_flow("live"),
            an_attempt("live", flow_id="live"),
        )
        gone = (
            a_flow("old", expires_at=old),
            an_attempt("old", flow_id="live", expires_at=old),
            an_attempt("of-old", flow_id="old"),
            a_used_assertion("old", expires_at=NOW - timedelta(microseconds=1)),
            an_asked_act("old", expires_at=old),
        )
        at_the_edge = (
            a_flow("edge", expires_at=NOW),
            an_attempt("edge", flow_id="edge", expires_at=NOW),
            a_used_assertion("edge", expires_at=NOW),
        )
        store.commit(Change(inserts=kept + gone + at_the_edge))
        same(len(gone), store.purge(NOW))
        same(0, store.purge(NOW))
        keys = [Key(type(record), record.id) for record in (*kept, *gone, *at_the_edge)]
        snapshot = store.load(*keys)
        stays = [True] * len(kept) + [False] * len(gone) + [True] * len(at_the_edge)
        same(stays, [snapshot.one(key) is not None for key in keys])
        of_old = Key(AttemptRecord, "old", "flow_id")
        same((), store.load(of_old).all(of_old))

    def test_purge_never_takes_a_budget_inside_its_window(self, store: Store) -> None:
        """Invariant 3: budgets outlive flows; one that was purged early would be a fresh set of guesses."""
        store.commit(
            Change(charges=(a_charge("c1"), a_charge("c2", NOW + MINUTE), a_charge("m", budget=MAILS)))
        )
        same(1, store.purge(NOW + DAY))
        same(1, store.load(GUESSES).used(GUESSES, NOW + DAY))
        same(0, store.purge(NOW + DAY + MINUTE - timedelta(microseconds=1)))
        same(1, store.purge(NOW + DAY + MINUTE))
