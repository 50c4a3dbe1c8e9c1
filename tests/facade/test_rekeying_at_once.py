"""Re-keying to the letter: what moves, what it does beside others, and how it gives up (R7.4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from elaas_identity import Keyring, Misconfigured, ProviderFailed
from elaas_identity.accounts import rekeying
from elaas_identity.accounts.account import AccountRecord
from elaas_identity.change import Change, Conflict, Done, Key
from elaas_identity.flow.opening import MOST_CONFLICTS
from tests.facade.portal import CHOSEN, ISSUED, OFFICER, USERNAME, Portal, made
from tests.facade.stored import stored_account
from tests.facade.test_rekeying import BOTH, NEWER, duplicated, with_keys
from tests.facade.waiting import WHY

NEW_ONLY = Keyring({"k2": NEWER}, current="k2")


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    """One whose store another process can write to in between."""
    with made("sync-memory", tmp_path) as portal:
        yield portal


def beside(portal: Portal, act: Any, *, times: int = 1) -> list[Change]:
    """Let `act` happen just before each of the next commits of a record; all that was to be committed."""
    commit, met = portal.store.commit, list[Change]()

    def raced(change: Change) -> Any:
        if change.writes:
            met.append(change)
            if len(met) <= times:
                act(commit, change)
        return commit(change)

    portal.store.commit = raced
    return met


def test_r7_4_a_letter_that_nobody_has_used_moves_with_all_that_is_on_it(portal: Portal) -> None:
    """Its person, its office or its name would be lost with the old key."""
    account_id = portal.provision(contact="office@sommut.example.go.th")
    before = stored_account(portal, account_id)
    with_keys(portal, Keyring(BOTH, current="k2"))
    assert 1 == portal.elaas.accounts.rekey("k1")
    moved = stored_account(portal, account_id)
    assert moved.username_sealed != before.username_sealed
    assert USERNAME == NEW_ONLY.open(f"account.username:{account_id}", moved.username_sealed)
    national_id = OFFICER.national_id.reveal()
    assert moved.expected_person_sealed is not None
    assert moved.contact_sealed is not None
    assert national_id == NEW_ONLY.open(f"account.person:{account_id}", moved.expected_person_sealed)
    contact = NEW_ONLY.open(f"account.contact:{account_id}", moved.contact_sealed)
    assert "office@sommut.example.go.th" == contact
    assert NEW_ONLY.index("person", national_id) == moved.expected_person_index
    assert NEW_ONLY.index("username", USERNAME) == moved.username_index
    with_keys(portal, NEW_ONLY)
    browser = portal.browser()
    flow_id = portal.begin(browser, password=ISSUED).flow_id
    answered = portal.elaas.receive_callback(portal.callback_query(flow_id, browser), browser=browser)
    assert "provide_email" == answered.step.kind


@pytest.mark.parametrize("key_id", ["k1", "k2"])
def test_r1_2_a_digest_of_a_password_stays_while_its_key_does(portal: Portal, key_id: str) -> None:
    """A digest under a key that is going would be kept for nothing; or one under the new key be lost."""
    made_by = Keyring(BOTH, current=key_id)
    digest = made_by.digest("password", ISSUED)
    record = replace(
        stored_account(portal, portal.provision()),
        issued_fingerprint=digest,
        password_fingerprints=(digest, digest),
    )
    moved = rekeying.rekeyed_account(Keyring(BOTH, current="k2"), record)
    kept = key_id == "k2"
    assert (digest if kept else None) == moved.issued_fingerprint
    assert ((digest, digest) if kept else ()) == moved.password_fingerprints


def test_who_writes_an_account_while_it_is_moved_loses_nothing(portal: Portal) -> None:
    """An administrator's act would be undone by the job, or the account left under the old key."""
    account_id = portal.provision()
    with_keys(portal, Keyring(BOTH, current="k2"))
    accounts = portal.elaas.accounts
    beside(portal, lambda *_: accounts.suspend(account_id, **WHY))
    assert 1 == accounts.rekey("k1")
    stored = stored_account(portal, account_id)
    assert ("k2", "suspended") == (stored.key_id, stored.status)


def test_of_two_jobs_at_once_each_counts_what_it_moved_itself(portal: Portal) -> None:
    """Two machines would report more records than there are."""
    account_id = portal.provision()
    with_keys(portal, Keyring(BOTH, current="k2"))
    beside(portal, lambda commit, change: commit(change))
    assert 0 == portal.elaas.accounts.rekey("k1")
    assert ("k2", 2) == (
        stored_account(portal, account_id).key_id,
        stored_account(portal, account_id).version,
    )


def test_an_account_that_another_one_always_writes_is_given_up_as_contended(portal: Portal) -> None:
    """The job would never end."""
    portal.provision()
    with_keys(portal, Keyring(BOTH, current="k2"))
    commit, lost = portal.store.commit, list[Change]()

    def conflicts(change: Change) -> Any:
        if not change.writes:
            return commit(change)
        lost.append(change)
        return Conflict()

    portal.store.commit = conflicts
    with pytest.raises(ProviderFailed) as failed:
        portal.elaas.accounts.rekey("k1")
    assert ("store_contended", MOST_CONFLICTS) == (failed.value.code, len(lost))


def test_a_store_that_does_not_take_back_the_old_key_is_a_failure_of_ours(portal: Portal) -> None:
    """A keyring without the old key could then not provision, and nobody would know why."""
    portal.provision()
    with_keys(portal, Keyring(BOTH, current="k2"))
    portal.store.commit = lambda _: Conflict()
    with pytest.raises(ProviderFailed) as failed:
        portal.elaas.accounts.rekey("k1")
    assert "store_contended" == failed.value.code


def test_r7_4_one_round_moves_more_than_a_page(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 22,000 accounts the job would move ten pages, and then say that another machine still writes."""
    account = stored_account(portal, portal.provision())
    keyring = portal.keyring
    more = tuple(
        replace(
            account,
            id=f"{number:032x}",
            version=0,
            username_index=keyring.index("username", f"office-{number}"),
            username_sealed=keyring.seal(f"account.username:{number:032x}", f"office-{number}"),
            expected_person_sealed=None,
            expected_person_index=None,
        )
        for number in range(130)
    )
    assert Done() == portal.store.commit(Change(inserts=more))
    monkeypatch.setattr(rekeying, "MOST_ROUNDS", 2)
    with_keys(portal, Keyring(BOTH, current="k2"))
    assert 131 == portal.elaas.accounts.rekey("k1")
    left = Key(AccountRecord, "k1", field="key_id")
    assert () == portal.store.load(left).all(left)


def test_r7_4_a_record_that_is_purged_while_it_is_moved_is_no_failure(portal: Portal) -> None:
    """The job would fail untyped because a session had ended."""
    portal.provision()
    portal.onboarded()
    portal.clock.shift(minutes=2)
    portal.elaas.sessions.start(portal.begin(portal.browser(), password=CHOSEN).step)
    with_keys(portal, Keyring(BOTH, current="k2"))
    far, purged = portal.clock() + timedelta(days=999), list[int]()

    def purge(commit: Any, change: Change) -> None:
        if type(change.writes[0]).__name__ == "SessionRecord":
            purged.append(portal.store.purge(far))

    beside(portal, purge, times=9)
    assert 2 == portal.elaas.accounts.rekey("k1")
    assert purged


@pytest.mark.parametrize("refused", ["current", "taken", "still"])
def test_what_stands_in_the_way_of_re_keying_is_a_matter_of_the_keyring(portal: Portal, refused: str) -> None:
    """A program could not tell it from other settings."""
    if refused == "taken":
        duplicated(portal)
    else:
        account = stored_account(portal, portal.provision())
    if refused == "still":
        with_keys(portal, Keyring(BOTH, current="k2"))
        commit = portal.store.commit

        def undone(change: Change) -> Any:
            outcome = commit(change)
            if change.writes:
                now = stored_account(portal, account.id).version
                commit(Change(writes=(replace(account, version=now),)))
            return outcome

        portal.store.commit = undone
    with pytest.raises(Misconfigured) as failed:
        portal.elaas.accounts.rekey("k1")
    assert "keyring" == failed.value.code


def test_r7_4_a_closed_account_gives_its_name_up_to_the_one_that_goes_on(portal: Portal) -> None:
    """The closed one would be found under its own id, or under nothing at all."""
    first, second = duplicated(portal)
    portal.elaas.accounts.close_account(first, **WHY)
    assert 1 == portal.elaas.accounts.rekey("k1")
    assert NEW_ONLY.index("username.closed", first) == stored_account(portal, first).username_index
    assert NEW_ONLY.index("username", USERNAME) == stored_account(portal, second).username_index
