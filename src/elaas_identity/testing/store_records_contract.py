"""What every store keeps of records and changes: a part of `StoreContract`."""

from __future__ import annotations

from dataclasses import replace

from elaas_identity.accounts.account import AccountRecord, AccountStatus
from elaas_identity.change import (
    Change,
    Conflict,
    Done,
    Key,
    Snapshot,
    Unchanged,
)
from elaas_identity.flow.flow import FlowRecord
from elaas_identity.flow.transitions import Purpose, Stage
from elaas_identity.ports import Store
from elaas_identity.testing.contract import Contract, came_back, refused, same
from elaas_identity.testing.store_examples import (
    ACCOUNT,
    DAY,
    FLOW,
    GUESSES,
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


class StoreRecordsContract(Contract):
    """Records come back, and a change happens whole or not at all."""

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
        if found is None:
            raise AssertionError("the account was not found")
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
