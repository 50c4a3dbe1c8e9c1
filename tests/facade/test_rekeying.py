"""Keys rotate (R7.4): accept, promote, re-key, retire; and nobody is locked out meanwhile."""

from __future__ import annotations

import ast
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import elaas_identity
from elaas_identity import Keyring, Misconfigured, SetPassword, SignedIn
from elaas_identity.authenticator_app.authenticator import AuthenticatorRecord
from elaas_identity.authenticator_app.second_factor import accepted
from elaas_identity.change import Change, Done, Key
from elaas_identity.flow.budgets import keys_in_use
from tests.authenticator_app.apps import confirm, enrolled, shown
from tests.facade.portal import CHOSEN, OFFICER, SECRET, USERNAME, Portal, made
from tests.facade.stored import stored_account, stored_bindings, stored_flow
from tests.facade.waiting import WHY, await_it, provisioned

NEWER = "YW5vdGhlciBzZWNyZXQgb2YgdGhlIHRlc3Qgc3VpdGUsIGxvbmcgZW5vdWdo"
BOTH = {"k1": SECRET, "k2": NEWER}


def test_r7_4_after_rotation_and_re_keying_the_old_key_opens_nothing(portal: Portal) -> None:
    """A retired key would still be needed, or would still open what is stored."""
    account_id = portal.provision(contact="office@sommut.example.go.th")
    portal.onboarded()
    promoted = Keyring(BOTH, current="k2")
    with_keys(portal, promoted)
    assert 2 == portal.elaas.accounts.rekey("k1")
    assert 0 == portal.elaas.accounts.rekey("k1")

    account, (binding,) = stored_account(portal, account_id), stored_bindings(portal, account_id)
    assert ("k2", "k2") == (account.key_id, binding.key_id)
    assert "k1." not in f"{account!r}{binding!r}"
    with_keys(portal, Keyring({"k2": NEWER}, current="k2"))
    assert account_id == portal.elaas.accounts.find(USERNAME).id
    signed_in = portal.begin(portal.browser(), password=CHOSEN).step
    assert isinstance(signed_in, SignedIn)
    assert OFFICER.national_id == signed_in.person.national_id


def test_r7_4_a_flow_begun_under_the_old_key_is_finished_under_the_new_one(portal: Portal) -> None:
    """A rotation would end the flows under way."""
    account_id = portal.provision()
    browser = portal.browser()
    flow_id = portal.mailed(browser).flow_id
    with_keys(portal, Keyring(BOTH, current="k2"))
    portal.elaas.accounts.rekey("k1")
    progress = portal.elaas.submit_one_time_code(flow_id, portal.code(), browser=browser)
    assert isinstance(progress.step, SetPassword)
    portal.elaas.set_password(flow_id, CHOSEN, browser=browser)
    account = stored_account(portal, account_id)
    assert "k2" == account.key_id
    assert (
        account.issued_fingerprint is None
    )  # a digest under the old key, which nothing can be compared with later


def test_r7_4_who_finishes_after_a_rotation_is_found_without_the_old_key(portal: Portal) -> None:
    """Indexed under the old key, and called the new one's: no re-keying would move it, and its person would be lost."""
    account_id = provisioned(portal)
    await_it(portal)
    with_keys(portal, Keyring(BOTH, current="k2"))
    portal.elaas.accounts.rekey("k1")
    (pending,) = portal.elaas.accounts.awaiting_approval(account_id)
    portal.elaas.accounts.approve(account_id, pending.flow_id, **WHY)

    account, (binding,) = stored_account(portal, account_id), stored_bindings(portal, account_id)
    assert ("k2", "k2") == (account.key_id, binding.key_id)
    assert "k1." not in f"{account!r}{binding!r}"
    with_keys(portal, Keyring({"k2": NEWER}, current="k2"))
    browser = portal.browser()
    flow_id = portal.elaas.recover(browser=browser).flow_id
    step = portal.elaas.receive_callback(portal.callback_query(flow_id, browser), browser=browser).step
    assert [account_id] == [choice.account.id for choice in step.choices]
    assert isinstance(portal.begin(browser, password=CHOSEN).step, SignedIn)


def test_r7_4_an_authenticator_app_moves_too(portal: Portal) -> None:
    """Everybody with a second factor would be locked out on the day the old key is taken out."""
    app, now = enrolled(), portal.clock()
    fresh = confirm(app, shown(app.uri, now), now, keys=portal.keyring)
    assert fresh is not None
    assert Done() == portal.store.commit(Change(inserts=(fresh.record,)))
    with_keys(portal, Keyring(BOTH, current="k2"))
    assert 1 == portal.elaas.accounts.rekey("k1")
    assert 0 == portal.elaas.accounts.rekey("k1")

    key = Key(AuthenticatorRecord, fresh.record.id)
    record = portal.store.load(key).one(key)
    assert ("k2", 2) == (record.key_id, record.version)
    assert "k1." not in repr(record)
    only, later = Keyring({"k2": NEWER}, current="k2"), now + timedelta(minutes=1)
    assert accepted(only, record, shown(app.uri, later), later) is not None
    assert accepted(only, record, fresh.codes[9], later) is not None
    assert accepted(only, record, shown(app.uri, now), now) is None


def test_the_current_key_is_not_retired(portal: Portal) -> None:
    """The job would never end, or move records onto the key that is to go."""
    with pytest.raises(Misconfigured, match="promote"):
        portal.elaas.accounts.rekey("k1")


def test_a_key_that_is_gone_already_is_named(portal: Portal) -> None:
    """Who takes the old key out too early would not learn what is wrong."""
    portal.provision()
    with_keys(portal, Keyring({"k2": NEWER}, current="k2"))
    with pytest.raises(Misconfigured):
        portal.elaas.accounts.rekey("k1")


def test_what_a_flow_keeps_is_of_schema_version_1(portal: Portal) -> None:
    """A record would not say by which version it is to be read after an upgrade."""
    portal.provision()
    assert 1 == stored_flow(portal, portal.begin(portal.browser()).flow_id).schema


def duplicated(portal: Portal) -> tuple[str, str]:
    """One username twice, as machines with different keys could once make it; both were onboarded by nobody."""
    first = portal.provision()
    with_keys(portal, Keyring({"k2": NEWER}, current="k2"))
    portal.elaas.accounts._driver.store._budgets.clear()
    second = portal.provision()
    with_keys(portal, Keyring(BOTH, current="k2"))
    return first, second


NOT_IN_THIS_KEYRING = "accounts are provisioned under a key that is not in this keyring: add it everywhere"


def test_f10_a_key_that_nobody_has_used_for_the_longest_rotation_is_in_nobodys_way(portal: Portal) -> None:
    """A key that was lost years ago would stop every import."""
    portal.provision()
    with_keys(portal, Keyring({"k2": NEWER}, current="k2"))
    portal.clock.shift(keys_in_use(portal.keyring).window - timedelta(seconds=1))
    with pytest.raises(Misconfigured, match="not in this keyring"):
        portal.provision("another")
    portal.clock.shift(seconds=1)
    assert portal.provision("another")


@pytest.mark.parametrize("keys", [{"k2": NEWER}, {"k2": NEWER, "k3": bytes(32)}])
def test_f10_an_import_without_a_key_that_is_in_use_is_refused(
    portal: Portal, keys: dict[str, str | bytes]
) -> None:
    """Two accounts would have one name, and the letters of one of them would open nothing."""
    account_id = portal.provision()
    with_keys(portal, Keyring(keys, current="k2"))
    with pytest.raises(Misconfigured) as refused:
        portal.provision()
    assert ("keyring", NOT_IN_THIS_KEYRING) == (refused.value.code, refused.value.detail)
    with_keys(portal, Keyring(BOTH, current="k2"))
    assert account_id == portal.provision()
    assert portal.provision("another")
    with_keys(portal, Keyring({"k1": SECRET}, current="k1"))
    with pytest.raises(Misconfigured, match="not in this keyring"):
        portal.provision("another")
    with_keys(portal, Keyring(BOTH, current="k2"))
    portal.elaas.accounts.rekey("k1")
    with_keys(portal, Keyring({"k2": NEWER}, current="k2"))
    assert portal.provision("third")


@pytest.mark.parametrize(
    ("first", "second", "refused"),
    [
        (BOTH, BOTH, False),
        ({"k1": SECRET}, BOTH, True),
        (BOTH, {"k2": NEWER}, False),
        ({"k1": SECRET}, {"k2": NEWER}, True),
    ],
)
def test_f10_of_two_imports_at_once_under_two_keys_one_makes_the_account(
    tmp_path: Path, first: dict[str, str | bytes], second: dict[str, str | bytes], refused: bool
) -> None:
    """Each would look before the other has written, and both would write."""
    with made("sync-memory", tmp_path) as portal:
        with_keys(portal, Keyring(first, current="k1"))
        commit = portal.store.commit

        def raced(change: Change) -> Any:
            if "k1" == portal.keyring.current:
                with_keys(portal, Keyring(second, current="k2"))
                portal.provision()
                with_keys(portal, Keyring(first | second, current="k2"))
            return commit(change)

        portal.store.commit = raced
        if refused:
            with pytest.raises(Misconfigured, match="not in this keyring"):
                portal.provision()
        else:
            assert portal.provision() == portal.elaas.accounts.find(USERNAME).id
        assert 1 == portal.kinds().count("account.provisioned")
        assert 1 == len(portal.elaas.accounts.page())


def test_f10_rekeying_two_accounts_of_one_name_ends_and_says_what_to_do(tmp_path: Path) -> None:
    """It would never return, and nothing would tell why."""
    with made("sync-memory", tmp_path) as portal:
        first, second = duplicated(portal)
        for _ in range(2):
            with pytest.raises(Misconfigured, match=f"username of account {first}: close one"):
                portal.elaas.accounts.rekey("k1")
        portal.elaas.accounts.close_account(first, **WHY)
        assert 1 == portal.elaas.accounts.rekey("k1")
        assert second == portal.elaas.accounts.find(USERNAME).id
        assert {"k2"} == {stored_account(portal, each).key_id for each in (first, second)}


def test_f10_rekeying_beside_a_machine_that_still_writes_under_the_old_key_ends(tmp_path: Path) -> None:
    """It would run for as long as that machine does."""
    with made("sync-memory", tmp_path) as portal:
        account_id = portal.provision()
        with_keys(portal, Keyring(BOTH, current="k2"))
        commit, old = portal.store.commit, stored_account(portal, account_id)

        def undone(change: Change) -> Any:
            outcome = commit(change)
            if change.writes:
                commit(Change(writes=(replace(old, version=stored_account(portal, account_id).version),)))
            return outcome

        portal.store.commit = undone
        with pytest.raises(Misconfigured, match="still written under key 'k1'"):
            portal.elaas.accounts.rekey("k1")


def test_f10_no_act_tries_without_end() -> None:
    """A loop that only another process can end would keep a worker for as long as that one likes."""
    package = Path(elaas_identity.__file__).parent
    acts = ("accounts", "assertions", "audit", "authenticator_app", "flow", "sessions")
    loops = [
        loop
        for folder in acts
        for path in (package / folder).glob("*.py")
        for loop in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(loop, ast.While)
    ]
    assert loops
    assert not [ast.unparse(loop) for loop in loops if isinstance(loop.test, ast.Constant)]


def with_keys(portal: Portal, keyring: Keyring) -> None:
    """The portal as it runs after it was restarted with that keyring."""
    facade: Any = getattr(portal.elaas, "_driven", portal.elaas)
    rules = replace(facade._rules, keyring=keyring)
    for part in parts_of(facade, []):
        for name in {"rules", "_rules"} & set(vars(part)):
            setattr(part, name, rules)
    portal.keyring = keyring


def parts_of(part: Any, found: list[Any]) -> list[Any]:
    """A part of the facade, and all that it is made of."""
    is_ours = type(part).__module__.startswith(("elaas_identity._sync", "elaas_identity._async"))
    if is_ours and not any(part is each for each in found):
        found.append(part)
        for value in vars(part).values():
            parts_of(value, found)
    return found
