"""More than a page of everything: what is bounded is what is answered, never what is searched (F9, F59, F72)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from elaas_identity import AccountStatus, Keyring, Refused
from elaas_identity.accounts.account import BindingRecord
from elaas_identity.accounts.four_eyes import AskedAct
from elaas_identity.change import Change, Done, Key
from elaas_identity.flow.flow import FlowRecord
from elaas_identity.flow.steps import ChooseAccount
from elaas_identity.flow.transitions import Stage
from tests.facade.portal import OFFICER, USERNAME, Portal, made
from tests.facade.stored import stored_account, stored_bindings, stored_flow
from tests.facade.test_rekeying import BOTH, with_keys
from tests.facade.waiting import WHY, await_it, provisioned

MANY = 1_005


@pytest.fixture(params=["sync-memory", "async-sqlite"])
def portal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Portal]:
    """One portal over each kind of store."""
    with made(request.param, tmp_path) as portal:
        yield portal


def insert(portal: Portal, records: list[Any]) -> None:
    assert isinstance(portal.store.commit(Change(inserts=tuple(records))), Done)


def numbered(number: int) -> str:
    """An id older than any that the clock of these tests makes."""
    return f"{number:032x}"


def holding(portal: Portal, count: int) -> tuple[str, list[str]]:
    """An officer who holds so many accounts; the ids of the accounts and of the bindings."""
    first = portal.provision()
    portal.onboarded()
    account, (bound,) = stored_account(portal, first), stored_bindings(portal, first)
    keyring = portal.keyring
    identity = keyring.open(f"binding.identity:{bound.id}", bound.identity_sealed)
    email = keyring.open(f"binding.email:{bound.id}", bound.email_sealed)
    records: list[Any] = []
    for number in range(1, count):
        account_id, binding_id = numbered(number), numbered(count + number)
        username = f"{USERNAME}-{number}"
        records += [
            replace(
                account,
                id=account_id,
                binding_id=binding_id,
                username_index=keyring.index("username", username),
                username_sealed=keyring.seal(f"account.username:{account_id}", username),
            ),
            replace(
                bound,
                id=binding_id,
                account_id=account_id,
                identity_sealed=keyring.seal(f"binding.identity:{binding_id}", identity),
                email_sealed=keyring.seal(f"binding.email:{binding_id}", email),
            ),
        ]
    insert(portal, records)
    return first, [bound.id, *(numbered(count + number) for number in range(1, count))]


def test_f9_a_pending_approval_is_found_behind_a_thousand_flows(portal: Portal) -> None:
    """Whoever holds the letter would hide the person who waits, by beginning again and again."""
    account_id = provisioned(portal)
    begun = stored_flow(portal, portal.begin(portal.browser()).flow_id)
    insert(portal, [replace(begun, id=numbered(number)) for number in range(MANY)])
    waiting = await_it(portal)
    (pending,) = portal.elaas.accounts.awaiting_approval(account_id)
    assert waiting.flow_id == pending.flow_id


def test_f9_who_waits_is_answered_in_pages_and_nobody_is_left_out(portal: Portal) -> None:
    """An answer would have no bound, or its end would be lost."""
    account_id = provisioned(portal)
    waiting = stored_flow(portal, await_it(portal).flow_id)
    keyring = portal.keyring
    sealed = {
        name: keyring.open(f"flow.{name}:{waiting.id}", getattr(waiting, f"{name}_sealed"))
        for name in ("identity", "email")
    }
    ids = [numbered(number) for number in range(230)]
    over = set(ids[10:120])
    insert(
        portal,
        [
            replace(
                waiting,
                id=each,
                expires_at=portal.clock() if each in over else waiting.expires_at,
                identity_sealed=keyring.seal(f"flow.identity:{each}", sealed["identity"]),
                email_sealed=keyring.seal(f"flow.email:{each}", sealed["email"]),
            )
            for each in ids
        ],
    )
    pages, after = [], ""
    while page := portal.elaas.accounts.awaiting_approval(account_id, after=after):
        pages.append(page)
        after = page[-1].flow_id
    assert [100, 21] == [len(page) for page in pages]
    found = [pending.flow_id for page in pages for pending in page]
    assert [*(each for each in ids if each not in over), waiting.id] == found


def test_f9_what_was_asked_for_is_found_behind_a_hundred_askings_that_lapsed(portal: Portal) -> None:
    """A second administrator would not see what the first one asked for."""
    account_id = portal.provision()
    now = portal.clock()
    asked = AskedAct(
        id="z",
        account_id=account_id,
        account_epoch=1,
        act="suspend",
        by="admin-1",
        reason="invented",
        asked_at=now,
        expires_at=now + timedelta(days=1),
    )
    lapsed = [replace(asked, id=numbered(each), expires_at=now) for each in range(120)]
    insert(portal, [asked, *lapsed[:7], replace(asked, id=numbered(7)), *lapsed[8:]])
    assert (numbered(7), "z") == tuple(
        each.id for each in portal.elaas.accounts.awaiting_second_person(account_id)
    )


def test_f72_who_holds_103_accounts_may_choose_any_of_them(portal: Portal) -> None:
    """A person with many accounts could recover no more than a hundred of them."""
    first, _ = holding(portal, 103)
    browser = portal.browser()
    flow_id = portal.elaas.recover(browser=browser).flow_id
    step = portal.elaas.receive_callback(portal.callback_query(flow_id, browser), browser=browser).step
    assert isinstance(step, ChooseAccount)
    assert 103 == len({choice.account.id for choice in step.choices})
    portal.clock.shift(minutes=2)
    portal.elaas.choose_account(flow_id, first, browser=browser)
    assert first == stored_flow(portal, flow_id).account_id


def test_f72_a_person_is_erased_from_all_of_their_103_bindings(portal: Portal) -> None:
    """An erasure would answer as if it were done, and leave three bindings with everything in them."""
    bindings = holding(portal, 103)[1]
    key = Key(
        BindingRecord,
        portal.keyring.index("person", OFFICER.national_id.reveal()),
        field="person_index",
        limit=200,
    )
    ended = tuple(replace(each, ended_at=portal.clock()) for each in portal.store.load(key).all(key))
    assert isinstance(portal.store.commit(Change(writes=ended)), Done)
    erased = portal.elaas.accounts.erase_person(OFFICER.national_id, **WHY)
    assert sorted(bindings) == sorted(erased)
    assert () == portal.store.load(key).all(key)
    assert () == portal.elaas.accounts.erase_person(OFFICER.national_id, **WHY)


def test_f59_accounts_are_got_by_id_and_listed_in_pages(portal: Portal) -> None:
    """An administrator's page could show no account but one whose username is known."""
    first, _ = holding(portal, 103)
    accounts = portal.elaas.accounts
    assert accounts.find(USERNAME) == accounts.get(first)
    assert AccountStatus.ACTIVE is accounts.get(first).status
    for unknown in ("no id at all", "f" * 32):
        with pytest.raises(Refused, match="account_unknown"):
            accounts.get(unknown)
    assert () == accounts.page("no id at all")
    page = accounts.page()
    rest = accounts.page(page[-1].id)
    assert (100, 3, ()) == (len(page), len(rest), accounts.page(rest[-1].id))
    assert [*map(numbered, range(1, 103)), first] == [account.id for account in (*page, *rest)]


def test_f59_a_page_has_the_accounts_of_every_key(portal: Portal) -> None:
    """While keys change, an account would be missing from the list."""
    older = [portal.provision(f"older-{number}") for number in range(2)]
    with_keys(portal, Keyring(BOTH, current="k2"))
    account = stored_account(portal, older[0])
    assert 2 == portal.elaas.accounts.rekey("k1")
    newer = portal.provision("newer")
    assert isinstance(portal.store.commit(Change(writes=(replace(account, version=2),))), Done)
    assert sorted([*older, newer]) == [each.id for each in portal.elaas.accounts.page()]


def test_f9_flows_are_looked_up_by_stage_whatever_else_there_is(portal: Portal) -> None:
    """The store would apply the limit before it looks at the stage."""
    account_id = portal.provision()
    begun = stored_flow(portal, portal.begin(portal.browser()).flow_id)
    where = (("stage", begun.stage), ("account_id", account_id))
    key = Key(FlowRecord, account_id, field="account_id", limit=1, where=where)
    insert(portal, [replace(begun, id=numbered(each), stage=Stage.EMAIL) for each in range(3)])
    assert (begun,) == portal.store.load(key).all(key)
    assert None is key.next(())
    assert replace(key, after=begun.id) == key.next((begun,))
    with pytest.raises(TypeError, match="no field"):
        portal.store.load(replace(key, where=(("nothing", ""),)))
