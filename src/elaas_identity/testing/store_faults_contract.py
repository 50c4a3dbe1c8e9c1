"""What every store keeps when a change cannot be made, and what it tells: a part of `StoreContract`."""

from __future__ import annotations

from typing import Any

from elaas_identity.accounts.account import AccountRecord
from elaas_identity.change import Change, Conflict, Done, Key, Unchanged
from elaas_identity.flow.flow import FlowRecord
from elaas_identity.flow.transitions import Stage
from elaas_identity.ports import Store
from elaas_identity.testing.at_once import Actor, Call, at_once
from elaas_identity.testing.contract import Contract, nothing_secret, overheard, same
from elaas_identity.testing.store_examples import ACCOUNT, FLOW, GUESSES, NOW, a_charge, a_flow, an_account

CANARY = "k.canary-that-nobody-may-read"
GUESSERS = 16


class StoreFaultsContract(Contract):
    """A change that fails leaves nothing behind, guesses at once are counted, and nothing secret is told."""

    def test_a_change_that_fails_half_way_leaves_nothing(self, store: Store) -> None:
        """Invariant 5: a flow without its event, or a charge without its code, would strand the person."""
        store.commit(Change(inserts=(an_account(),)))
        no_record: Any = object()
        for change in (
            Change(inserts=(a_flow(), no_record), charges=(a_charge("c1"),)),
            Change(writes=(an_account(version=1, epoch=2), no_record), inserts=(a_flow(),)),
        ):
            try:
                outcome = store.commit(change)
            except Exception:  # whatever it is: what matters is what it left
                outcome = Conflict()
            if outcome == Done():
                raise AssertionError("a change with something that is no record was done")
        snapshot = store.load(ACCOUNT, FLOW, GUESSES)
        same(an_account(version=1), snapshot.one(ACCOUNT))
        same([None, 0], [snapshot.one(FLOW), snapshot.used(GUESSES, NOW)])

    def test_a_store_goes_on_after_a_fault(self, store: Store) -> None:
        """R9.5: one fault would lock everybody out until a restart, by a lock or a transaction that is left open."""
        no_record: Any = object()
        for _ in range(20):
            try:
                store.commit(Change(inserts=(a_flow(), no_record)))
            except Exception:  # noqa: S112 - as above
                continue
        same(Done(), store.commit(Change(inserts=(a_flow(),), charges=(a_charge("c1"),))))
        same(1, store.load(GUESSES).used(GUESSES, NOW))

    def test_of_right_guesses_at_once_one_wins(self, store: Store) -> None:
        """Invariant 2, R9.2: one code would open two sessions, or set two passwords."""
        compared, won = self._guessed(store, right=True)
        same(1, won)
        same(True, 1 <= compared <= GUESSES.limit)

    def test_of_wrong_guesses_at_once_the_limit_is_compared(self, store: Store) -> None:
        """Invariant 2, R9.2: who guesses from many machines at once would have more guesses than were given."""
        same((GUESSES.limit, 0), self._guessed(store, right=False))

    def test_nothing_secret_is_told(self, store: Store) -> None:
        """R7.2: what was sealed, and the database's own password, would stand in logs and error reports."""
        told: list[str] = []
        with overheard() as lines:
            store.commit(Change(inserts=(an_account(username_index=CANARY, username_sealed=CANARY),)))
            store.commit(Change(inserts=(an_account("account-2", username_index=CANARY),)))
            store.load(Key(AccountRecord, CANARY, "username_index"))
            no_record: Any = object()
            undeclared = Unchanged(Key(AccountRecord, CANARY, "agency_code"), {"username_sealed": CANARY})
            for change in (
                Change(inserts=(a_flow(email_sealed=CANARY), no_record)),
                Change(expects=(undeclared,)),
            ):
                try:
                    store.commit(change)
                except Exception as error:  # its words are what is looked at
                    told.append(f"{error!r} {getattr(error, 'detail', '')}")
        secrets = (CANARY, *self.secrets)
        nothing_secret("the log", "\n".join(lines), secrets)
        nothing_secret("an exception", " ".join(told), secrets)
        nothing_secret("the repr", repr(store), secrets)

    def _guessed(self, store: Store, *, right: bool) -> tuple[int, int]:
        """How many of the guesses were compared, and how many won: each reserved, compared and consumed as acts do."""
        store.commit(Change(inserts=(an_account(), a_flow(stage=Stage.ONE_TIME_CODE))))
        compared: list[int] = []

        def guessing(number: int) -> Actor[bool]:
            charge = a_charge(f"c{number}")
            awaits_code = Unchanged(FLOW, {"stage": Stage.ONE_TIME_CODE})
            if (yield Call("commit", (Change(charges=(charge,), expects=(awaits_code,)),))) != Done():
                return False
            compared.append(number)
            if not right:
                return False
            used = a_flow(version=1, stage=Stage.PASSWORD)
            consumed = yield Call("commit", (Change(writes=(used,), refunds=(charge,)),))
            return bool(consumed == Done())

        won = sum(at_once(store, [guessing(number) for number in range(GUESSERS)]))
        same(FlowRecord, type(store.load(FLOW).one(FLOW)))
        return len(compared), won
