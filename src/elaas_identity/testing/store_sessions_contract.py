"""What every store keeps of sessions: a part of `StoreContract`."""

from __future__ import annotations

from dataclasses import replace

from elaas_identity.accounts.account import AccountRecord
from elaas_identity.change import Change, Conflict, Done, FieldOf, Key
from elaas_identity.ports import Store
from elaas_identity.sessions.records import SessionRecord
from elaas_identity.testing.contract import Contract, same
from elaas_identity.testing.store_examples import DAY, MINUTE, NOW, a_session, an_account

BY_TOKEN = Key(SessionRecord, "k.index-of-session-1", "token_index")
OF_ACCOUNT = Key(SessionRecord, "account-1", "account_id")


class StoredSessionsContract(Contract):
    """Sessions: found by their token with their account, one to a token, and gone once they are over."""

    def test_session_comes_with_its_account(self, store: Store) -> None:
        """R6.6: every request of somebody who is signed in asks for both, in one load."""
        account = Key(AccountRecord, FieldOf(BY_TOKEN, "account_id"))
        store.commit(Change(inserts=(an_account(), a_session(), a_session("session-2", sealed=None))))
        snapshot = store.load(BY_TOKEN, account, OF_ACCOUNT)
        same(a_session(version=1), snapshot.one(BY_TOKEN))
        same(an_account(version=1), snapshot.one(account))
        same(
            [a_session(version=1), a_session("session-2", sealed=None, version=1)],
            list(snapshot.all(OF_ACCOUNT)),
        )

    def test_token_is_one_sessions(self, store: Store) -> None:
        """R6.6: a token that names two sessions would be somebody else's."""
        store.commit(Change(inserts=(a_session(),)))
        second = a_session("session-2", token_index=BY_TOKEN.value)
        same(Conflict(), store.commit(Change(inserts=(second,))))

    def test_session_that_takes_a_new_token_is_not_found_by_the_old_one(self, store: Store) -> None:
        """R6.6: a cookie from before a change of password would still be good."""
        store.commit(Change(inserts=(a_session(),)))
        renewed = replace(a_session(), version=1, token_index="k.another")  # noqa: S106 - not one
        same(Done(), store.commit(Change(writes=(renewed,))))
        fresh = Key(SessionRecord, "k.another", "token_index")
        snapshot = store.load(BY_TOKEN, fresh)
        same(None, snapshot.one(BY_TOKEN))
        same(replace(renewed, version=2), snapshot.one(fresh))

    def test_sign_out_beats_a_request_that_is_under_way(self, store: Store) -> None:
        """R6.6: the request that writes when it was seen would bring the session back."""
        store.commit(Change(inserts=(a_session(),)))
        read = replace(a_session(), version=1)
        same(Done(), store.commit(Change(writes=(replace(read, sealed=None),))))
        same(Conflict(), store.commit(Change(writes=(replace(read, last_seen_at=NOW + MINUTE),))))

    def test_purge_takes_sessions_that_are_over(self, store: Store) -> None:
        """Sessions would pile up, or live ones be lost."""
        live = a_session("session-2", expires_at=NOW + DAY)
        store.commit(Change(inserts=(a_session(), live)))
        same(1, store.purge(NOW + DAY))
        same([replace(live, version=1)], list(store.load(OF_ACCOUNT).all(OF_ACCOUNT)))
