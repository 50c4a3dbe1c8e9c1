"""What every store has to keep, as tests that any store can be put to, a portal's own included:

    class TestOurStore(StoreContract):
        @pytest.fixture
        def store(self):
            return OurStore(...)                      # empty, a new one for each test
            # or, for an async one: with asyncio.Runner() as runner: yield Awaited(OurAsyncStore(...), runner)

Needs no pytest to be imported; each test is a method that takes a store.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from elaas_identity.accounts.account import AccountRecord, AccountStatus
from elaas_identity.change import (
    Budget,
    Change,
    Conflict,
    Done,
    Exhausted,
    Key,
    Snapshot,
    Unchanged,
)
from elaas_identity.events import Event
from elaas_identity.flow.flow import AttemptRecord, FlowRecord
from elaas_identity.flow.transitions import Purpose, Stage
from elaas_identity.ports import Store
from elaas_identity.testing.contract import came_back, refused, same
from elaas_identity.testing.store_examples import (
    ACCOUNT,
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
from elaas_identity.testing.store_followed_keys_contract import StoreFollowedKeysContract
from elaas_identity.testing.store_pages_contract import StorePagesContract
from elaas_identity.testing.store_races import CROWD, commit_together
from elaas_identity.testing.store_sessions_contract import StoredSessionsContract

__all__ = ["CROWD", "StoreContract", "commit_together"]


class StoreContract(StoreFollowedKeysContract, StorePagesContract, StoredSessionsContract):
    """The promises of `elaas_identity.ports.Store`, one test each."""

    # Records

    def test_record_comes_back_as_it_went_in(self, store: Store) -> None:
        """Invariant 11: every type and every field, times to the microsecond, or stores would differ."""
        records = (
            an_account(),
            an_account(
                "account-2",
                password_expires_at=None,
                binding_id="binding-1",
                first_use=True,
                needs_approval=True,
            ),
            a_binding(),
            a_binding("binding-2", ended_at=NOW + DAY, erased_at=NOW + DAY, email_changed_at=NOW),
            a_flow(),
            a_flow(
                "flow-2",
                stage=Stage.ENDED,
                live_attempts=("b", "a"),
                end="cancelled",
                email_sealed="ก\x7f'\"",
            ),
            a_flow(
                "flow-3",
                purpose=Purpose.STEP_UP,
                stage=Stage.PROOF,
                session_digest="k.session",
                transaction_digest="digest",
                authenticator_sealed="k.sealed",
                password_hash="$argon2id$invented",  # noqa: S106 - not one
            ),
            an_attempt(),
            an_attempt("attempt-2", consumed_at=NOW),
            an_event(),
            an_event(
                "event-2", outcome="refused", code="flow_expired", by="ผู้ดูแล (invented)", reason="", client="d"
            ),
            an_event("event-3", kind="assertion.issued", audience="https://gfms.example.go.th"),
            a_person_reference(),
            a_used_assertion(),
            an_authenticator(),
            an_authenticator("binding-2", secret_sealed=None, last_used_step=0, recovery_codes_sealed=()),
            an_asked_act(),
        )
        same(Done(), store.commit(Change(inserts=records)))
        keys = [Key(type(record), record.id) for record in records]
        snapshot = store.load(*keys)
        came_back(records, [snapshot.one(key) for key in keys])

    def test_unknown_is_none(self, store: Store) -> None:
        """What was never stored must be found as nothing, not fail."""
        snapshot = store.load(ACCOUNT, GUESSES)
        same(None, snapshot.one(ACCOUNT))
        same((), snapshot.all(ACCOUNT))
        same(0, snapshot.used(GUESSES, NOW))

    def test_look_up_gives_the_oldest_ids_first_up_to_its_limit(self, store: Store) -> None:
        """Several records under a look-up must come in one order everywhere, and bounded (invariant 10)."""
        ids = ["b", "B", "a-1", "a1", "ก", "_"]
        store.commit(
            Change(inserts=(*(a_flow(each) for each in ids), a_flow("other", account_id="account-2")))
        )
        every = Key(FlowRecord, "account-1", "account_id")
        some = Key(FlowRecord, "account-1", "account_id", limit=2)
        snapshot = store.load(every, some)
        same(sorted(ids), [flow.id for flow in snapshot.all(every)])
        same(sorted(ids)[:2], [flow.id for flow in snapshot.all(some)])

    def test_undeclared_look_up_is_a_type_error(self, store: Store) -> None:
        """A field without an index would read the whole table: the caller's mistake, told at once."""
        key = Key(AccountRecord, "6990001", "agency_code")
        refused("no look-up", lambda: store.load(key))
        refused("no look-up", lambda: store.commit(Change(expects=(Unchanged(key, {}),))))

    def test_snapshot_stays_as_it_was(self, store: Store) -> None:
        """A snapshot that changed under its reader would let a decision rest on two moments."""
        store.commit(Change(inserts=(an_account(),), charges=(a_charge("c1"),)))
        before = store.load(ACCOUNT, GUESSES)
        found = before.one(ACCOUNT)
        assert found is not None, "the account was not found"
        store.commit(Change(writes=(replace(found, epoch=2),), charges=(a_charge("c2"),)))
        same(found, before.one(ACCOUNT))
        same(1, before.used(GUESSES, NOW))

    def test_look_up_follows_a_changed_field(self, store: Store) -> None:
        """A record must be found under its new value and no more under its old one."""
        store.commit(Change(inserts=(a_flow(),)))
        store.commit(Change(writes=(a_flow(version=1, account_id="account-2"),)))
        old, new = (Key(FlowRecord, account, "account_id") for account in ("account-1", "account-2"))
        snapshot = store.load(old, new)
        same([[], ["flow-1"]], [[flow.id for flow in snapshot.all(key)] for key in (old, new)])

    # Inserts, writes, expectations

    def test_insert_of_what_exists_is_a_conflict(self, store: Store) -> None:
        """R1.3: provisioning inserts and never resets, by id and by unique field; nothing of the change stays."""
        store.commit(Change(inserts=(an_account(),)))
        again = an_account(epoch=9)
        same_username = an_account("account-2", username_index=again.username_index)
        for record in (again, same_username):
            same(Conflict(), store.commit(Change(inserts=(a_flow(), record), charges=(a_charge("c1"),))))
        twice = an_account("account-3")
        same(Conflict(), store.commit(Change(inserts=(twice, twice))))
        snapshot = store.load(ACCOUNT, FLOW, GUESSES, Key(AccountRecord, "account-3"))
        same(replace(an_account(), version=1), snapshot.one(ACCOUNT))
        same(None, snapshot.one(FLOW))
        same(None, snapshot.one(Key(AccountRecord, "account-3")))
        same(0, snapshot.used(GUESSES, NOW))

    def test_write_moves_the_version_on(self, store: Store) -> None:
        """Invariant 2: of two writes of one version the second must lose, or both would win."""
        store.commit(Change(inserts=(an_account(), a_flow())))
        same(Done(), store.commit(Change(writes=(an_account(version=1, epoch=2),))))
        stale = Change(writes=(a_flow(version=1, stage=Stage.EMAIL), an_account(version=1, epoch=3)))
        same(Conflict(), store.commit(stale))
        snapshot = store.load(ACCOUNT, FLOW)
        same(an_account(version=2, epoch=2), snapshot.one(ACCOUNT))
        same(a_flow(version=1), snapshot.one(FLOW))

    def test_write_of_what_is_not_there_is_a_conflict(self, store: Store) -> None:
        """A purged flow must not rise again, and a write must not stand in for an insert."""
        same(Conflict(), store.commit(Change(writes=(a_flow(version=1),))))
        same(Conflict(), store.commit(Change(writes=(a_flow(version=0),))))
        same(None, store.load(FLOW).one(FLOW))

    def test_write_onto_a_taken_unique_field_is_a_conflict(self, store: Store) -> None:
        """Two accounts under one username would be one credential for two agencies."""
        store.commit(Change(inserts=(an_account(), an_account("account-2"))))
        taken = an_account("account-2", version=1, username_index=an_account().username_index)
        same(Conflict(), store.commit(Change(writes=(taken,))))

    def test_two_writes_of_one_record_are_a_conflict(self, store: Store) -> None:
        """Which of them would count?"""
        store.commit(Change(inserts=(a_flow(),)))
        first, second = a_flow(version=1, stage=Stage.EMAIL), a_flow(version=1, stage=Stage.ENDED)
        same(Conflict(), store.commit(Change(writes=(first, second))))
        same(a_flow(version=1), store.load(FLOW).one(FLOW))

    def test_expectation_holds_or_nothing_happens(self, store: Store) -> None:
        """Invariant 7: a flow must not go on over an account that an administrator has moved."""
        store.commit(Change(inserts=(an_account(),)))
        by_name = Key(AccountRecord, an_account().username_index, "username_index")
        for fields, outcome in (
            ({"epoch": 2}, Conflict()),
            ({"epoch": 1, "status": AccountStatus.SUSPENDED}, Conflict()),
            ({"binding_id": "binding-1"}, Conflict()),
            ({}, Done()),
            ({"epoch": 1, "status": AccountStatus.ISSUED, "binding_id": None, "created_at": NOW}, Done()),
        ):
            for place, key in enumerate((ACCOUNT, by_name)):
                flow = a_flow(f"flow-{len(fields)}-{place}")
                change = Change(inserts=(flow,), expects=(Unchanged(key, fields),))
                same(outcome, store.commit(change))
                found = Key(FlowRecord, flow.id)
                same(outcome == Done(), store.load(found).one(found) is not None)
        missing = Unchanged(Key(AccountRecord, "account-2"), {})
        same(Conflict(), store.commit(Change(expects=(missing,))))

    def test_change_of_nothing_is_done(self, store: Store) -> None:
        """A caller with nothing to say must not need a special case."""
        same(Done(), store.commit(Change()))
        same(Snapshot({}, {}), store.load())

    def test_one_insert_wins_an_id(self, store: Store) -> None:
        """R9.2: of all who use one assertion at once, exactly one may have it."""
        outcomes = commit_together(store, [Change(inserts=(a_used_assertion(),))] * CROWD)
        same([1, CROWD - 1], [outcomes.count(Done()), outcomes.count(Conflict())])

    # Budgets

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

    # Purge

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

    # Races

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
