"""Administrators and persons who act at the same moment, on a real database: one wins, and the other is told."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier
from typing import Any

from elaas_identity import AccountStatus, Ended, Progress, Refused
from elaas_identity.accounts.account import Account
from elaas_identity.accounts.provisioning import Reissued
from elaas_identity.flow.policy import FOR_TESTS
from tests.facade.portal import OFFICER, STRANGER, Portal, made
from tests.facade.stored import stored_account, stored_bindings
from tests.facade.waiting import WHY, accounts_of, await_it, provisioned

ROUNDS = 6


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """All of them at once: what each returned, or the code that it was refused with."""
    start = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        start.wait(30)
        try:
            return call()
        except Refused as refused:
            return refused.code

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


def approve_while_cancelling(portal: Portal, username: str) -> None:
    account_id = provisioned(portal, username)
    waiting = await_it(portal, email=f"{username}@sommut.example.go.th", username=username)
    approved, cancelled = at_once(
        lambda: accounts_of(portal).approve(account_id, waiting.flow_id, **WHY),
        lambda: portal.elaas.cancel(waiting.flow_id, browser=waiting.browser),
    )
    after = stored_account(portal, account_id)
    if isinstance(approved, Account):
        assert ("flow_ended", AccountStatus.ACTIVE) == (cancelled, after.status)
    else:
        assert ("approval_unknown", AccountStatus.ISSUED) == (approved, after.status)
        assert isinstance(cancelled, Progress)


def test_inv2_of_approving_and_cancelling_at_once_one_wins(tmp_path: Path) -> None:
    """An account would open for who has cancelled, or both would be told that theirs was done."""
    with made("sync-sqlite", tmp_path) as portal:
        for number in range(ROUNDS):
            approve_while_cancelling(portal, f"laas-{number}")


def approve_two(portal: Portal, username: str) -> None:
    account_id = provisioned(portal, username)
    one, other = (
        await_it(portal, citizen, f"{username}{who}@sommut.example.go.th", username=username)
        for who, citizen in enumerate((OFFICER, STRANGER))
    )
    answers = at_once(
        lambda: accounts_of(portal).approve(account_id, one.flow_id, **WHY),
        lambda: accounts_of(portal).approve(account_id, other.flow_id, **WHY),
    )
    assert ["approval_unknown"] == [each for each in answers if not isinstance(each, Account)]
    person, loser = (OFFICER, other) if isinstance(answers[0], Account) else (STRANGER, one)
    (binding,) = stored_bindings(portal, account_id)
    assert portal.keyring.same_index(binding.person_index, "person", person.national_id.reveal())
    assert Ended(reason="superseded") == portal.elaas.current(loser.flow_id, browser=loser.browser).step


def test_inv2_of_two_people_approved_at_once_one_wins(tmp_path: Path) -> None:
    """Two administrators who answer at once would give one account to two people."""
    with made("sync-sqlite", tmp_path) as portal:
        for number in range(ROUNDS):
            approve_two(portal, f"laas-{number}")


def test_r1_3_of_two_second_administrators_one_carries_it_out(tmp_path: Path) -> None:
    """What one asked for once would happen twice, and the letter of the first of them would be void."""
    policy = replace(FOR_TESTS, four_eyes=frozenset({"reissue"}))
    with made("sync-sqlite", tmp_path, policy) as portal:
        for number in range(ROUNDS):
            account_id, accounts = portal.provision(f"laas-{number}"), accounts_of(portal)
            before = stored_account(portal, account_id)
            assert ["second_person_needed"] == at_once(
                lambda: accounts.reissue(account_id, by="admin-1", reason="lost")  # noqa: B023
            )
            answers = at_once(
                *(
                    lambda by=by: accounts.reissue(account_id, by=by, reason="lost")  # noqa: B023
                    for by in ("admin-2", "admin-3")
                )
            )
            assert ["second_person_needed"] == [each for each in answers if not isinstance(each, Reissued)]
            assert before.epoch + 1 == stored_account(portal, account_id).epoch
            (asked,) = accounts.awaiting_second_person(account_id)
            assert asked.by in ("admin-2", "admin-3")
