"""Four eyes (R1.3): an act that the policy names happens only when a second administrator asks for the very same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest

from elaas_identity import AccountStatus, Expected, FirstUse, FlowPolicy, Refused
from elaas_identity.flow.policy import FOR_TESTS, AdministratorAct
from tests.facade.portal import FLAVOURS, OFFICER, STRANGER, Portal, made
from tests.facade.stored import stored_account, stored_flow
from tests.facade.waiting import accounts_of, await_it, provisioned

ACTS: tuple[AdministratorAct, ...] = get_args(AdministratorAct)
WITHIN = FOR_TESTS.second_person_within
SECOND = timedelta(seconds=1)
STRANGER_NEXT = Expected(STRANGER.national_id)


@pytest.fixture(params=FLAVOURS)
def strict(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Portal]:
    """A portal where every act needs a second person."""
    policy = replace(FOR_TESTS, four_eyes=frozenset(ACTS))
    with made(request.param, tmp_path, policy) as built:
        yield built


@pytest.fixture(params=FLAVOURS)
def lenient(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Portal]:
    """A portal where only a hand-over and a suspension do."""
    policy = replace(FOR_TESTS, four_eyes=frozenset({"hand_over", "suspend"}))
    with made(request.param, tmp_path, policy) as built:
        yield built


def call(portal: Portal, act: str, *arguments: Any, by: str, reason: str = "order 7/2568") -> Any:
    """The act, asked for by somebody."""
    return getattr(accounts_of(portal), act)(*arguments, by=by, reason=reason)


def refused(portal: Portal, act: str, *arguments: Any, by: str) -> None:
    """The act, for which a second person is needed yet."""
    with pytest.raises(Refused, match="second_person_needed"):
        call(portal, act, *arguments, by=by)


def ready_for(portal: Portal, act: str) -> tuple[Any, ...]:
    """An account on which that act makes sense, and what the act is given."""
    if act in ("approve", "reject"):
        account_id = provisioned(portal)
        return account_id, await_it(portal).flow_id
    account_id = portal.provision()
    if act == "restore":
        refused(portal, "suspend", account_id, by="admin-8")
        call(portal, "suspend", account_id, by="admin-9")
    return (account_id, STRANGER_NEXT) if act in ("hand_over", "set_expected") else (account_id,)


def awaited(portal: Portal, account_id: str) -> list[tuple[str, str, str]]:
    """What a second person is awaited for."""
    listed = accounts_of(portal).awaiting_second_person(account_id)
    return [(asked.act, asked.by, asked.reason) for asked in listed]


@pytest.mark.parametrize("act", ACTS)
def test_r1_3_one_administrator_alone_changes_nothing(strict: Portal, act: AdministratorAct) -> None:
    """One administrator could do alone what the agency wants two for, or nobody would know that they tried."""
    arguments = ready_for(strict, act)
    account_id = arguments[0]
    before, mails = stored_account(strict, account_id), len(strict.outbox.mails)
    strict.events.clear()
    refused(strict, act, *arguments, by="admin-1")
    assert before == stored_account(strict, account_id)
    assert mails == len(strict.outbox.mails)
    assert [("account.second_person_awaited", account_id, "admin-1", f"{act}: order 7/2568")] == [
        (event.kind, event.account_id, event.by, event.reason) for event in strict.events
    ]
    assert [(act, "admin-1", "order 7/2568")] == awaited(strict, account_id)


@pytest.mark.parametrize("act", ACTS)
def test_r1_3_a_second_one_carries_it_out(strict: Portal, act: AdministratorAct) -> None:
    """No act would ever happen, it would be the first one's alone, or be listed when it is done."""
    arguments = ready_for(strict, act)
    account_id = arguments[0]
    before = stored_account(strict, account_id)
    refused(strict, act, *arguments, by="admin-1")
    strict.events.clear()
    call(strict, act, *arguments, by="admin-2", reason="seen")
    event = strict.events[0]
    assert ("done", account_id, "admin-2", "seen") == (
        event.outcome,
        event.account_id,
        event.by,
        event.reason,
    )
    assert before.epoch + (act != "reject") == stored_account(strict, account_id).epoch
    assert [] == awaited(strict, account_id)


@pytest.mark.parametrize("act", ["unlock", "reissue", "hand_over", "set_expected"])
def test_r1_3_what_was_seconded_is_used_up(strict: Portal, act: AdministratorAct) -> None:
    """One asking would be good for any number of acts by anybody else."""
    arguments = ready_for(strict, act)
    refused(strict, act, *arguments, by="admin-1")
    call(strict, act, *arguments, by="admin-2")
    refused(strict, act, *arguments, by="admin-3")
    assert [(act, "admin-3", "order 7/2568")] == awaited(strict, arguments[0])


@pytest.mark.parametrize(
    "spelling", ["Somchai Sommut", " somchai sommut ", "SOMCHAI  SOMMUT", "Ｓomchai Sommut"]
)
def test_r1_3_the_same_person_is_no_second_one(strict: Portal, spelling: str) -> None:
    """One administrator who writes the name in another way would have four eyes."""
    account_id = strict.provision()
    refused(strict, "suspend", account_id, by="Somchai Sommut")
    refused(strict, "suspend", account_id, by=spelling)
    assert AccountStatus.ISSUED is stored_account(strict, account_id).status
    assert 1 == len(awaited(strict, account_id))
    call(strict, "suspend", account_id, by="Somying Sommut")
    assert AccountStatus.SUSPENDED is stored_account(strict, account_id).status


def test_r1_3_the_second_one_asks_for_the_very_same(strict: Portal) -> None:
    """Two administrators with two different people in mind would have agreed on the second one's."""
    account_id = strict.provision()
    others = (FirstUse(), FirstUse(needs_approval=True), Expected(OFFICER.national_id))
    refused(strict, "hand_over", account_id, STRANGER_NEXT, by="admin-1")
    for number, person in enumerate(others):
        refused(strict, "hand_over", account_id, person, by=f"admin-2{number}")
    refused(strict, "set_expected", account_id, STRANGER_NEXT, by="admin-3")
    assert 5 == len(awaited(strict, account_id))
    call(strict, "hand_over", account_id, STRANGER_NEXT, by="admin-4")
    expected = stored_account(strict, account_id).expected_person_index
    assert expected is not None
    assert strict.keyring.same_index(expected, "person", STRANGER.national_id.reveal())


def test_r1_3_one_persons_approval_is_not_anothers(strict: Portal) -> None:
    """Somebody would be let in whom only one administrator has spoken with."""
    account_id = provisioned(strict)
    one = await_it(strict)
    other = await_it(strict, STRANGER, "stranger@elsewhere.example.go.th")
    refused(strict, "approve", account_id, one.flow_id, by="admin-1")
    refused(strict, "approve", account_id, other.flow_id, by="admin-2")
    refused(strict, "reject", account_id, one.flow_id, by="admin-2")
    call(strict, "approve", account_id, one.flow_id, by="admin-2")
    assert AccountStatus.ACTIVE is stored_account(strict, account_id).status
    assert "done" == stored_flow(strict, one.flow_id).stage


def test_r1_3_another_account_is_another_act(strict: Portal) -> None:
    """What was asked for one account would second the same act on the next."""
    one, other = strict.provision(), strict.provision("laas-5100102")
    refused(strict, "suspend", one, by="admin-1")
    refused(strict, "suspend", other, by="admin-2")
    assert [("suspend", "admin-1", "order 7/2568")] == awaited(strict, one)
    assert [("suspend", "admin-2", "order 7/2568")] == awaited(strict, other)


def test_what_is_kept_names_nobody(strict: Portal) -> None:
    """The national ID of whom an administrator had in mind would stand in the store (R7.2)."""
    account_id = strict.provision()
    refused(strict, "hand_over", account_id, STRANGER_NEXT, by="admin-1")
    (asked,) = accounts_of(strict).awaiting_second_person(account_id)
    assert STRANGER.national_id.reveal() not in repr(asked)


@pytest.mark.parametrize("late", [False, True])
def test_r1_3_an_asking_lapses(strict: Portal, late: bool) -> None:
    """What somebody asked for last year would be seconded today; or tomorrow's shift could not second it."""
    account_id = strict.provision()
    refused(strict, "suspend", account_id, by="admin-1")
    strict.clock.shift(WITHIN if late else WITHIN - SECOND)
    assert (0 if late else 1) == len(awaited(strict, account_id))
    if not late:
        call(strict, "suspend", account_id, by="admin-2")
        return
    refused(strict, "suspend", account_id, by="admin-2")
    assert [("suspend", "admin-2", "order 7/2568")] == awaited(strict, account_id)
    call(strict, "suspend", account_id, by="admin-1")


def test_who_asks_again_has_another_day(strict: Portal) -> None:
    """The first one could not renew what nobody has seconded yet."""
    account_id = strict.provision()
    refused(strict, "suspend", account_id, by="admin-1")
    strict.clock.shift(WITHIN - SECOND)
    refused(strict, "suspend", account_id, by="admin-1")
    strict.clock.shift(WITHIN - SECOND)
    assert 1 == len(awaited(strict, account_id))
    call(strict, "suspend", account_id, by="admin-2")


def test_what_lapsed_is_purged(strict: Portal) -> None:
    """Askings that nobody seconded would stay for ever."""
    account_id = strict.provision()
    refused(strict, "suspend", account_id, by="admin-1")
    strict.clock.shift(WITHIN + timedelta(days=1) + SECOND)
    assert 1 == strict.elaas.purge()


def test_inv7_an_asking_is_about_the_account_as_it_stood(lenient: Portal) -> None:
    """An account that has changed since would be acted on by what one administrator thought before."""
    account_id = lenient.provision()
    refused(lenient, "suspend", account_id, by="admin-1")
    lenient.onboarded()
    assert [] == awaited(lenient, account_id)
    refused(lenient, "suspend", account_id, by="admin-2")
    assert AccountStatus.ACTIVE is stored_account(lenient, account_id).status


def test_acts_that_are_not_named_need_nobody(lenient: Portal) -> None:
    """A policy for one act would hold up all others."""
    account_id = lenient.provision()
    for act in ("unlock", "reissue"):
        call(lenient, act, account_id, by="admin-1")
    call(lenient, "set_expected", account_id, FirstUse(), by="admin-1")
    assert [] == awaited(lenient, account_id)
    assert "account.second_person_awaited" not in lenient.kinds()


def test_what_is_refused_anyway_is_not_asked_for(strict: Portal) -> None:
    """A second administrator would be called for what can never be done."""
    account_id = strict.provision()
    with pytest.raises(Refused, match="account_status"):
        call(strict, "restore", account_id, by="admin-1")
    with pytest.raises(Refused, match="account_invalid"):
        call(strict, "suspend", account_id, by=" ")
    with pytest.raises(Refused, match="account_unknown"):
        call(strict, "suspend", "no such account", by="admin-1")
    assert [] == awaited(strict, account_id)
    assert () == accounts_of(strict).awaiting_second_person("no such account")


def test_nothing_needs_a_second_one_unless_it_is_said() -> None:
    """An agency with one administrator could do nothing."""
    assert frozenset() == FlowPolicy().four_eyes
