"""Username and password: alike for every name that fails (R4.2), throttled (R4.1), upgraded (R2.5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import bcrypt
import pytest
from argon2.exceptions import HashingError, VerificationError

from elaas_identity import (
    EnterOneTimeCode,
    FlowPolicy,
    PasswordPolicy,
    ProviderFailed,
    Refused,
    SetPassword,
    SignedIn,
    VerifyIdentity,
)
from elaas_identity.accounts.account import AccountRecord, AccountStatus
from elaas_identity.change import Change
from elaas_identity.effects import Commit
from elaas_identity.flow.policy import FOR_TESTS, Limit
from elaas_identity.passwords.hashing import CHEAPEST_FOR_TESTS
from elaas_identity.testing.clock import SeededRandom
from tests.facade.interposed import interposed, once
from tests.facade.portal import CHOSEN, ISSUED, USERNAME, Portal, made
from tests.facade.stored import stored_account

WRONG = "not the password of anybody"
FIFTEEN = "มะม่วงสุก 12 ลู"
STRICTER = replace(FOR_TESTS, passwords=PasswordPolicy(minimum_length=20, hashing=CHEAPEST_FOR_TESTS))
"""Where fifteen characters were enough once."""


def refusal(
    portal: Portal, username: str = USERNAME, password: str = WRONG, address: str | None = "192.0.2.1"
) -> Refused:
    """What a failed sign-in is told."""
    with pytest.raises(Refused) as refused:
        portal.elaas.begin(username, password, browser=portal.browser(address))
    return refused.value


def suspend(portal: Portal, account_id: str) -> None:
    """The account as an administrator would have suspended it."""
    account: AccountRecord = stored_account(portal, account_id)
    portal.store.commit(Change(writes=(replace(account, status=AccountStatus.SUSPENDED),)))


def test_r4_2_unknown_wrong_and_suspended_look_alike(portal: Portal) -> None:
    """An attacker would learn which usernames exist, in words or in the number of hashes."""
    portal.provision()
    suspended = portal.provision("laas-suspended")
    suspend(portal, suspended)
    hashing = getattr(portal.elaas, "_driven", portal.elaas)._driver._hashing
    verified: list[str] = []
    verify = hashing.verify

    def counted(stored: str, prepared: str) -> bool:
        verified.append(stored)
        return bool(verify(stored, prepared))

    hashing.verify = counted
    answers = [
        refusal(portal),
        refusal(portal, "laas-nobody"),
        refusal(portal, "laas-suspended", ISSUED),
        refusal(portal, "\u202ehostile\x00" * 1000),
        refusal(portal, password="x" * 5000),
        refusal(portal, password="with a zero width\u200bspace"),
    ]
    assert 1 == len({(a.code, str(a), str(a.message), a.field, a.retry_after, a.progress) for a in answers})
    assert len(answers) == len(verified)


def test_r4_1_the_delay_grows_and_throttled_answers_are_the_same_for_names_that_do_not_exist(
    portal: Portal,
) -> None:
    """Guessing would go on unhindered, or the throttle would tell which names exist."""
    portal.provision()
    waits: dict[str, list[tuple[str, Any]]] = {}
    for name in (USERNAME, "laas-nobody"):
        waits[name] = []
        start = portal.clock()
        while portal.clock() - start < timedelta(hours=3):
            answer = refusal(portal, name, address=f"192.0.2.{len(waits[name]) % 250}")
            waits[name].append((answer.code, answer.retry_after))
            assert len(waits[name]) < 1000, "never throttled"
            if answer.retry_after is not None:
                portal.clock.shift(answer.retry_after)
    assert waits[USERNAME] == waits["laas-nobody"]
    delays = [wait for code, wait in waits[USERNAME] if code == "sign_in_throttled"]
    assert timedelta(minutes=1) == delays[0]
    assert max(delays) > timedelta(minutes=30)


def test_r4_1_a_throttled_answer_costs_no_argon2(portal: Portal) -> None:
    """The throttle would let an attacker spend our processor."""
    portal.provision()
    for _ in range(5):
        refusal(portal)
    hashing = getattr(portal.elaas, "_driven", portal.elaas)._driver._hashing
    verified: list[str] = []
    hashing.verify = lambda stored, prepared: verified.append(stored)
    assert "sign_in_throttled" == refusal(portal, password=ISSUED).code
    assert [] == verified


def test_r4_1_the_101st_in_a_row_is_refused_even_if_right(tmp_path: Path) -> None:
    """A patient attacker could go on guessing for ever."""
    with made("sync-memory", tmp_path, replace(FOR_TESTS, sign_in_failures=())) as portal:
        account_id = portal.provision()
        for _ in range(100):
            assert "credential_wrong" == refusal(portal, address="192.0.2.9").code
            portal.clock.shift(minutes=13)
        assert "sign_in_throttled" == refusal(portal, password=ISSUED).code
        portal.elaas.accounts.unlock(account_id, by="admin-1", reason="officer called")
        assert isinstance(portal.begin(portal.browser()).step, VerifyIdentity)


def test_r4_1_a_success_starts_the_count_anew(tmp_path: Path) -> None:
    """Failures of a whole year would add up although the person signs in every day."""
    policy = replace(FOR_TESTS, sign_in_failures=(), consecutive_failures=Limit(3, timedelta(days=365)))
    with made("sync-memory", tmp_path, policy) as portal:
        portal.provision()
        for _ in range(4):
            refusal(portal)
            refusal(portal)
            assert isinstance(portal.begin(portal.browser()).step, VerifyIdentity)


def test_r4_1_success_is_never_counted_as_a_failure(portal: Portal) -> None:
    """An officer who signs in often would be throttled."""
    portal.provision()
    portal.onboarded()
    for _ in range(12):
        assert isinstance(portal.begin(portal.browser(), password=CHOSEN).step, SignedIn)


def test_r4_1_a_client_address_is_limited_whatever_names_it_tries(tmp_path: Path) -> None:
    """One address could try one password on every username."""
    policy = replace(FOR_TESTS, client_failures=Limit(3, timedelta(hours=1)))
    with made("sync-memory", tmp_path, policy) as portal:
        portal.provision()
        for number in range(3):
            assert "credential_wrong" == refusal(portal, f"laas-{number}").code
        assert "sign_in_throttled" == refusal(portal, "laas-3").code
        assert "credential_wrong" == refusal(portal, "laas-3", address="198.51.100.7").code


def test_r2_5_a_weaker_hash_is_upgraded_once_at_sign_in(tmp_path: Path) -> None:
    """Old hashes would stay weak for ever, or be hashed anew at each sign-in; or the epoch would change."""
    with made("sync-sqlite", tmp_path) as portal:
        account_id = portal.provision()
        portal.onboarded()
        weak = stored_account(portal, account_id)
        with made("sync-sqlite", tmp_path, FlowPolicy(), random=SeededRandom(8)) as stronger:
            for _ in range(2):
                assert isinstance(stronger.begin(stronger.browser(), password=CHOSEN).step, SignedIn)
            strong = stored_account(stronger, account_id)
            assert ["password_hash.upgraded"] == [k for k in stronger.kinds() if "upgraded" in k]
    assert "m=19456,t=2,p=1" in strong.password_hash
    assert "m=19456" not in weak.password_hash
    assert (weak.epoch, weak.credential_version) == (strong.epoch, strong.credential_version)


class Bcrypt:
    """What a portal passes for the hashes of its old system."""

    def recognises(self, stored: str) -> bool:
        return stored.startswith("$2b$")

    def verify(self, stored: str, password: str) -> bool:
        return bcrypt.checkpw(password.encode(), stored.encode())


def test_r2_5_a_legacy_hash_migrates_at_the_first_sign_in(tmp_path: Path) -> None:
    """An account provisioned with a foreign hash could not be taken up."""
    legacy = bcrypt.hashpw(ISSUED.encode(), bcrypt.gensalt(4)).decode()
    with made("sync-memory", tmp_path, legacy_verifiers=[Bcrypt()]) as portal:
        account_id = portal.provision(password=None, password_hash=legacy)
        assert "credential_wrong" == refusal(portal).code
        portal.clock.shift(minutes=2)
        assert isinstance(portal.begin(portal.browser()).step, VerifyIdentity)
        account = stored_account(portal, account_id)
        assert account.password_hash.startswith("$argon2id$")
        assert portal.clock() == account.updated_at


def test_r2_5_of_two_sign_ins_at_once_one_replaces_the_hash(tmp_path: Path) -> None:
    """The hash would be replaced twice, or by nothing, and the password open no account any more."""
    legacy = bcrypt.hashpw(ISSUED.encode(), bcrypt.gensalt(4)).decode()
    with made("sync-memory", tmp_path, legacy_verifiers=[Bcrypt()]) as portal:
        account_id = portal.provision(password=None, password_hash=legacy)
        other_tab = once(Commit, lambda: portal.begin(portal.browser()), at=2)
        with interposed(portal, other_tab):
            portal.begin(portal.browser())
        replaced = stored_account(portal, account_id).password_hash
        assert 1 == portal.kinds().count("password_hash.upgraded")
        portal.begin(portal.browser())
        assert replaced == stored_account(portal, account_id).password_hash


def test_r2_1_a_password_shorter_than_todays_policy_opens_its_own_change_and_nothing_else(
    tmp_path: Path,
) -> None:
    """A stricter policy would lock people out, or not be looked at again at sign-in."""
    with made("sync-sqlite", tmp_path) as portal:
        portal.provision()
        browser = portal.browser()
        flow_id = portal.confirmed(browser).flow_id
        portal.elaas.set_password(flow_id, FIFTEEN, browser=browser)
    with made("sync-sqlite", tmp_path, STRICTER, random=SeededRandom(8)) as portal:
        browser = portal.browser()
        progress = portal.begin(browser, password=FIFTEEN)
        assert isinstance(progress.step, SetPassword)
        assert 20 == progress.step.minimum_length
        with pytest.raises(Refused, match="out_of_order"):
            portal.elaas.authorize(progress.flow_id, browser=browser)
        portal.elaas.set_password(progress.flow_id, CHOSEN, browser=browser)
        assert isinstance(portal.begin(browser, password=CHOSEN).step, SignedIn)


def test_r2_3_a_password_in_thai_works_however_it_is_composed(portal: Portal) -> None:
    """A password typed on another keyboard, equal under NFC, would not sign in."""
    portal.provision()
    browser = portal.browser()
    flow_id = portal.confirmed(browser).flow_id
    portal.elaas.set_password(flow_id, "cafe\u0301 กาแฟเย็นหวานน้อย", browser=browser)
    assert isinstance(portal.begin(browser, password="caf\u00e9 กาแฟเย็นหวานน้อย").step, SignedIn)
    assert isinstance(portal.begin(browser, password="caf\u00e9\u00a0กาแฟเย็นหวานน้อย").step, SignedIn)


def test_r2_6_one_notice_without_the_password_after_it_was_set(portal: Portal) -> None:
    """The person would not hear that the password was set, or would read it in a mail."""
    portal.provision()
    portal.onboarded()
    mails = portal.outbox.mails
    assert ["clerk@sommut.example.go.th"] * 2 == [mail.recipient.value for mail in mails]
    assert CHOSEN not in mails[-1].text + mails[-1].html


def test_r2_2_no_password_expires_by_itself(portal: Portal) -> None:
    """R2.2: people who must change a password count it up; ASVS 6.2.10 forbids to ask for it."""
    portal.provision()
    portal.onboarded()
    portal.clock.shift(days=3650)
    assert "signed_in" == portal.begin(portal.browser(), password=CHOSEN).step.kind


def test_r2_6_the_credential_version_lets_a_portal_drop_old_sessions(portal: Portal) -> None:
    """A session from before a change of password could not be told from one after it."""
    account_id = portal.provision()
    portal.onboarded()
    signed_in = portal.begin(portal.browser(), password=CHOSEN).step
    assert isinstance(signed_in, SignedIn)
    portal.elaas.accounts.reissue(account_id, by="admin-1", reason="test")
    assert stored_account(portal, account_id).credential_version > signed_in.credential_version


def test_r2_6_a_change_of_password_ends_the_other_flows_of_the_account(tmp_path: Path) -> None:
    """A flow from before the change, in a browser that only knew the old password, would set another one."""
    with made("sync-sqlite", tmp_path) as portal:
        account_id = portal.provision()
        browser = portal.browser()
        portal.elaas.set_password(portal.confirmed(browser).flow_id, FIFTEEN, browser=browser)
    with made("sync-sqlite", tmp_path, STRICTER, random=SeededRandom(8)) as portal:
        before = stored_account(portal, account_id)
        one, two = portal.browser(), portal.browser()
        first, second = (portal.begin(b, password=FIFTEEN).flow_id for b in (one, two))
        portal.elaas.set_password(first, CHOSEN, browser=one)
        with pytest.raises(Refused, match="flow_superseded"):
            portal.elaas.set_password(second, "another long phrase of mine", browser=two)
        after = stored_account(portal, account_id)
        assert (1, 1) == (after.epoch - before.epoch, after.credential_version - before.credential_version)


@pytest.mark.parametrize("fails", ["out of memory", "no threads"])
def test_f5_hashing_that_fails_is_no_wrong_password(portal: Portal, fails: str) -> None:
    """Five right passwords on a machine that is short of memory would lock their person out."""
    portal.provision()
    portal.onboarded()
    hashing = getattr(portal.elaas, "_driven", portal.elaas)._driver._hashing
    verify = hashing.verify

    def broken(stored: str, prepared: str) -> bool:
        raise VerificationError(fails)

    hashing.verify = broken
    for _ in range(6):
        with pytest.raises(ProviderFailed) as failed:
            portal.begin(portal.browser(), password=CHOSEN)
        assert "hashing_failed" == failed.value.code
    hashing.verify = verify
    assert isinstance(portal.begin(portal.browser(), password=CHOSEN).step, SignedIn)


@pytest.mark.parametrize("invisible", ["\u200b", "\ufeff", "\t", "\n", "\u200e"], ids=ascii)
def test_f50_a_pasted_username_is_the_username(portal: Portal, invisible: str) -> None:
    """A username that was copied from a list would be counted as a wrong password, for what nobody sees in it."""
    portal.provision()
    progress = portal.begin(portal.browser(), username=f"{invisible}{USERNAME}{invisible}")
    assert isinstance(progress.step, VerifyIdentity)


class Raising(Bcrypt):
    """bcrypt 5: it takes no more than 72 bytes."""

    def verify(self, stored: str, password: str) -> bool:
        raise ValueError(f"password cannot be longer than 72 bytes: {password}")


@pytest.mark.parametrize("flavour", ["sync-memory", "async-memory"])
def test_f2_a_legacy_verifier_that_raises_is_told_to_the_operator_and_not_to_the_person(
    tmp_path: Path, flavour: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The person would see an error of the portal's, and the name would be told from others."""
    with made(flavour, tmp_path, legacy_verifiers=[Raising()]) as portal:
        portal.provision(password=None, password_hash=bcrypt.hashpw(b"x", bcrypt.gensalt(4)).decode())
        assert str(refusal(portal, "laas-nobody")) == str(refusal(portal))
    assert "a stored password hash could not be verified: ValueError" in caplog.text
    assert WRONG not in caplog.text


def test_f5_a_hash_that_cannot_be_renewed_is_no_wrong_password(tmp_path: Path) -> None:
    """Who has a former system's hash would be shut out by right passwords, on a machine that is short of memory."""
    legacy = bcrypt.hashpw(ISSUED.encode(), bcrypt.gensalt(4)).decode()
    with made("sync-memory", tmp_path, legacy_verifiers=[Bcrypt()]) as portal:
        portal.provision(password=None, password_hash=legacy)
        hashing = portal.elaas._driver._hashing
        hashing.hash = broken_hash
        for _ in range(6):
            with pytest.raises(ProviderFailed, match="hashing_failed"):
                portal.begin(portal.browser())
        del hashing.hash
        assert isinstance(portal.begin(portal.browser()).step, VerifyIdentity)


def broken_hash(prepared: str, salt: bytes) -> str:
    raise HashingError("Memory allocation error")


def test_f5_hashing_that_fails_costs_the_account_no_attempt_at_the_code(portal: Portal) -> None:
    """The single form would shut the account for a day, while the machine is short of memory."""
    portal.provision()
    browser = portal.browser()
    flow_id, code = portal.mailed(browser).flow_id, portal.code()
    hashing = getattr(portal.elaas, "_driven", portal.elaas)._driver._hashing
    hashing.hash = broken_hash
    for left in (4, 3, 2):
        with pytest.raises(ProviderFailed, match="hashing_failed") as failed:
            portal.elaas.confirm_and_set_password(flow_id, code, CHOSEN, browser=browser)
        assert failed.value.progress is not None
        step = failed.value.progress.step
        assert isinstance(step, EnterOneTimeCode)
        assert left <= step.attempts_left <= 5
    del hashing.hash
    portal.elaas.confirm_and_set_password(flow_id, code, CHOSEN, browser=browser)
    assert isinstance(portal.begin(browser, password=CHOSEN).step, SignedIn)


@pytest.mark.parametrize(
    ("stored", "told"),
    [
        (
            "$argon2id$v=19$m=1048576,t=32,p=1$AAECAwQFBgcICQoLDA0ODw$" + "A" * 43,
            "outside of the policy's bounds",
        ),
        ("$argon2id$v=19$m=8,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$!", "cannot be read"),
        ("$2b$31$" + "A" * 53, "no legacy verifier recognises it"),
    ],
)
def test_f12_a_stored_hash_that_is_not_run_is_a_wrong_password_and_told_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, stored: str, told: str
) -> None:
    """A hash that was imported before would keep a server busy, or its person out, and nobody would hear of it."""
    with made("sync-memory", tmp_path) as portal:
        account = stored_account(portal, portal.provision())
        portal.store.commit(Change(writes=(replace(account, password_hash=stored),)))
        with pytest.raises(Refused, match="credential_wrong"):
            portal.begin(portal.browser())
    assert told in caplog.text
    assert stored not in caplog.text
