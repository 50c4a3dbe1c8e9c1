"""What each act of an administrator changes, clears, ends and tells, as one table (R1.3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from elaas_identity import AccountStatus, Expected, FirstUse
from elaas_identity.accounts.account import AccountRecord, BindingRecord
from elaas_identity.authenticator_app.authenticator import AuthenticatorRecord
from elaas_identity.change import Change
from elaas_identity.effects import Commit, Send
from elaas_identity.events import Event
from elaas_identity.flow import budgets
from elaas_identity.mail.address import parse_email
from tests.facade.acts import Acts
from tests.facade.interposed import interposed
from tests.facade.kinds import BY_APP, BY_KIND
from tests.facade.portal import OFFICER, STRANGER, USERNAME, Portal, made
from tests.facade.stored import stored_account

WHY: dict[str, str] = {"by": "admin-1", "reason": "order 7/2568"}
ALWAYS = {"epoch", "updated_at"}
ISSUED_ANEW = {
    "status",
    "password_hash",
    "password_is_issued",
    "password_is_generated",
    "password_expires_at",
    "credential_version",
    *ALWAYS,
}
OPENED_FOR = {"expected_person_index", "expected_person_sealed"}
MAILBOX, OFFICE = "clerk@sommut.example.go.th", "palad@sommut.example.go.th"

CHANGES: dict[str, tuple[set[str], str]] = {
    "reissue": (ISSUED_ANEW, "account.reissued"),
    "unlock": (ALWAYS, "account.unlocked"),
    "suspend": ({"status", *ALWAYS}, "account.suspended"),
    "restore": ({"status", *ALWAYS}, "account.restored"),
    "close_account": (
        {
            "status",
            "binding_id",
            "expected_person_index",
            "expected_person_sealed",
            "contact_sealed",
            *ALWAYS,
        },
        "account.closed",
    ),
    "hand_over": ({"binding_id", *ISSUED_ANEW, *OPENED_FOR}, "account.handed_over"),
}


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    """One in which an officer may have an authenticator app."""
    with made("sync-memory", tmp_path, BY_KIND) as built:
        yield built


@pytest.fixture
def acts(portal: Portal) -> Acts:
    """An officer who has onboarded, and has an app."""
    acts = Acts(portal, BY_APP, contact=OFFICE)
    portal.onboarded()
    acts.wait()
    acts.enrolled()
    acts.wait()
    return acts


def carried_out(portal: Portal, act: str, account_id: str, **given: Any) -> tuple[Change, list[Send]]:
    """The one commit of the act, and the mails."""
    arguments = [Expected(STRANGER.national_id)] if act in ("hand_over", "set_expected") else []
    with interposed(portal, lambda _: None) as effects:
        getattr(portal.elaas.accounts, act)(account_id, *arguments, **given, **WHY)
    (commit,) = (effect for effect in effects if isinstance(effect, Commit))
    return commit.change, [effect for effect in effects if isinstance(effect, Send)]


def changed(before: AccountRecord, after: AccountRecord) -> set[str]:
    """The fields that differ."""
    return {
        each.name
        for each in fields(AccountRecord)
        if getattr(before, each.name) != getattr(after, each.name) and each.name != "version"
    }


def cleared_for(portal: Portal, account_id: str, *addresses: str) -> tuple[object, ...]:
    """Everything that could keep the officer out, who gets mail there."""
    to = [parse_email(address, portal.policy.email) for address in addresses]
    person = portal.keyring.index("person", OFFICER.national_id.reveal())
    return (
        *budgets.of_account(portal.policy, portal.keyring, account_id, USERNAME, to),
        *budgets.person_failures(portal.policy, person),
    )


@pytest.mark.parametrize("act", CHANGES)
def test_r1_3_an_act_changes_what_the_table_says_and_clears_what_keeps_its_person_out(
    portal: Portal, acts: Acts, act: str
) -> None:
    """An act would leave its person locked out, or change what it is not for."""
    if act == "restore":
        portal.elaas.accounts.suspend(acts.account_id, **WHY)
        acts.wait()
    before = stored_account(portal, acts.account_id)
    change, mails = carried_out(portal, act, acts.account_id)
    after = stored_account(portal, acts.account_id)
    expected, event = CHANGES[act]
    assert expected == changed(before, after)
    assert (before.epoch + 1, portal.clock()) == (after.epoch, after.updated_at)
    assert before.created_at < after.updated_at
    assert cleared_for(portal, acts.account_id, "clerk@sommut.example.go.th") == change.clears
    assert ((), (), ()) == (change.expects, change.charges, change.refunds)
    (told,) = change.inserts
    assert isinstance(told, Event)
    assert (event, acts.account_id, before.binding_id, "admin-1", "order 7/2568", "done") == (
        told.kind,
        told.account_id,
        told.binding_id,
        told.by,
        told.reason,
        told.outcome,
    )
    (sent,) = mails
    assert MAILBOX == sent.mail.recipient.value
    bindings = [record for record in change.writes if isinstance(record, BindingRecord)]
    ended = act in ("close_account", "hand_over")
    assert [portal.clock()] * ended == [binding.ended_at for binding in bindings]
    apps = [record for record in change.writes if isinstance(record, AuthenticatorRecord)]
    assert [False] * (act == "reissue") == [app.is_confirmed for app in apps]


@pytest.mark.parametrize("act", ["reissue", "hand_over"])
def test_r1_2_a_fresh_issued_password_ends_in_ninety_days_and_outdates_every_session(
    portal: Portal, acts: Acts, act: str
) -> None:
    """A letter would be good for ever, or a session of before would go on."""
    before = stored_account(portal, acts.account_id)
    carried_out(portal, act, acts.account_id)
    after = stored_account(portal, acts.account_id)
    assert AccountStatus.ISSUED is after.status
    assert after.password_is_issued
    assert portal.clock() + timedelta(days=90) == after.password_expires_at
    assert before.credential_version + 1 == after.credential_version


def test_r1_3_a_correction_changes_whom_it_expects_and_nothing_else(portal: Portal) -> None:
    """A correction would do more than it says, or mail somebody."""
    account_id = portal.provision(contact=OFFICE)
    before = stored_account(portal, account_id)
    portal.clock.shift(minutes=1)
    change, mails = carried_out(portal, "set_expected", account_id)
    after = stored_account(portal, account_id)
    assert {*ALWAYS, *OPENED_FOR} == changed(before, after)
    assert cleared_for(portal, account_id) == change.clears
    assert [] == mails
    assert STRANGER.national_id.reveal() == portal.keyring.open(
        f"account.person:{account_id}", after.expected_person_sealed or ""
    )
    assert OFFICE == portal.keyring.open(f"account.contact:{account_id}", after.contact_sealed or "")


def test_r1_3_where_nobody_is_expected_no_persons_budget_is_cleared(portal: Portal) -> None:
    """An unlock of a first-use account would fail, or clear a budget of nobody."""
    account_id = portal.provision(person=FirstUse())
    change, mails = carried_out(portal, "unlock", account_id)
    assert budgets.of_account(portal.policy, portal.keyring, account_id, USERNAME) == change.clears
    assert [] == mails
