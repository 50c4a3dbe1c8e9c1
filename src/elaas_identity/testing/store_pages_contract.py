"""What every store keeps when a look-up is asked for in pages: a part of `StoreContract`."""

from __future__ import annotations

from dataclasses import replace

from elaas_identity.accounts.account import AccountRecord
from elaas_identity.change import Change, FieldOf, Key
from elaas_identity.flow.flow import FlowRecord
from elaas_identity.flow.transitions import Stage
from elaas_identity.ports import Store
from elaas_identity.testing.contract import Contract, refused, same
from elaas_identity.testing.store_examples import FLOW, a_flow, an_account

OF_ACCOUNT = Key(FlowRecord, "account-1", "account_id", limit=2)


class StorePagesContract(Contract):
    """Look-ups that go on behind an id, and that name further fields."""

    def test_look_up_goes_on_behind_an_id(self, store: Store) -> None:
        """Whatever is behind the first page would never be seen, or some of it twice."""
        ids = sorted(["b", "B", "a-1", "a1", "_"])
        store.commit(Change(inserts=tuple(map(a_flow, ids))))
        pages, key = [], OF_ACCOUNT
        for _ in range(4):  # one more than there are
            page = store.load(key).all(key)
            pages.append([flow.id for flow in page])
            key = replace(key, after=page[-1].id if page else ids[-1])
        same([ids[:2], ids[2:4], ids[4:], []], pages)

    def test_look_up_by_further_fields_is_bounded_by_what_it_finds(self, store: Store) -> None:
        """Records that nobody asked for would use up the limit, and hide the one that was."""
        others = tuple(a_flow(f"a-{number}") for number in range(3))
        store.commit(Change(inserts=(*others, a_flow("b", stage=Stage.APPROVAL), an_account())))
        key = replace(OF_ACCOUNT, where=(("stage", Stage.APPROVAL),))
        same(["b"], [flow.id for flow in store.load(key).all(key)])
        same((), store.load(further := replace(key, after="b")).all(further))
        refused("no field", lambda: store.load(replace(key, where=(("nothing", ""),))))

    def test_a_key_by_id_keeps_to_its_other_words_too(self, store: Store) -> None:
        """A key that follows another one, or names an id, would find what it was told to leave out."""
        store.commit(Change(inserts=(a_flow(), an_account())))
        its_account = Key(AccountRecord, FieldOf(FLOW, "account_id"))
        late = replace(its_account, after="account-1")
        suspended = replace(its_account, where=(("status", "suspended"),))
        issued = replace(its_account, where=(("status", "issued"),))
        read = store.load(FLOW, its_account, late, suspended, issued)
        same([1, 0, 0, 1], [len(read.all(key)) for key in (its_account, late, suspended, issued)])
