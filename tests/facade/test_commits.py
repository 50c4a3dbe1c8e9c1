"""What each row of the table commits: the budgets it charges, gives back and clears, and what it expects unchanged."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import takewhile
from pathlib import Path
from re import findall

import pytest

from elaas_identity.accounts.account import AccountRecord
from elaas_identity.change import Change, Charge
from elaas_identity.effects import Commit
from elaas_identity.events import Event
from elaas_identity.flow.flow import FlowRecord
from elaas_identity.flow.policy import Limit
from elaas_identity.flow.transitions import TABLE, Input, Purpose, Stage
from tests.facade.interposed import interposed
from tests.facade.kinds import BY_KIND
from tests.facade.portal import USERNAME, Portal, made
from tests.facade.stored import stored_flow
from tests.facade.test_events import acts_for

GUESSES = ("sign_in.60", "sign_in.900", "sign_in.3600", "sign_in.86400", "sign_in.consecutive")
FAILURE = (*GUESSES, "sign_in.client")
PERSON = ("sign_in.person.900", "sign_in.person.86400")
MAIL = ("mail.cool_down", "mail.account_address", "mail.address", "mail.flow", "mail.attempts")
CODE = ("one_time_code.flow", "one_time_code.account")
IN_A_ROW = ("sign_in.consecutive", "sign_in.in_a_row")
OF_NAME = (FAILURE, FAILURE, IN_A_ROW)
"""A right password: its failure was charged beforehand and is taken back, and the row of failures is over."""
OF_PERSON = (PERSON, PERSON, IN_A_ROW)
MAILED = (MAIL, (), ())
CONFIRMED = (CODE, ("one_time_code.account",), ())
NOTHING: tuple[tuple[str, ...], ...] = ((), (), ())
ENDS = (Input.EXPIRED, Input.SUPERSEDED)

BUDGETS: dict[tuple[Purpose, Stage, Input], tuple[tuple[str, ...], ...]] = {
    (Purpose.ONBOARDING, Stage.START, Input.CREDENTIAL_ACCEPTED): ((*FAILURE, "flows"), *OF_NAME[1:]),
    (Purpose.ONBOARDING, Stage.START, Input.CREDENTIAL_OF_PROVEN_PERSON): (
        (*PERSON, "flows"),
        *OF_PERSON[1:],
    ),
    (Purpose.ONBOARDING, Stage.EMAIL, Input.EMAIL_GIVEN): MAILED,
    (Purpose.ONBOARDING, Stage.ONE_TIME_CODE, Input.EMAIL_GIVEN): MAILED,
    (Purpose.ONBOARDING, Stage.ONE_TIME_CODE, Input.CODE_RESENT): MAILED,
    (Purpose.ONBOARDING, Stage.ONE_TIME_CODE, Input.CODE_CONFIRMED): CONFIRMED,
    (Purpose.ONBOARDING, Stage.ONE_TIME_CODE, Input.CODE_AND_PASSWORD_SET): CONFIRMED,
    (Purpose.ONBOARDING, Stage.ONE_TIME_CODE, Input.APPROVAL_ASKED): CONFIRMED,
    (Purpose.SIGN_IN, Stage.START, Input.CREDENTIAL_ACCEPTED): OF_NAME,
    (Purpose.SIGN_IN, Stage.START, Input.CREDENTIAL_TOO_WEAK): OF_NAME,
    (Purpose.SIGN_IN, Stage.START, Input.CREDENTIAL_AWAITS_IDENTITY): OF_NAME,
    (Purpose.SIGN_IN, Stage.START, Input.CREDENTIAL_AWAITS_AUTHENTICATOR): OF_NAME,
    (Purpose.SIGN_IN, Stage.AUTHENTICATOR_CODE, Input.AUTHENTICATOR_CODE_ACCEPTED): (
        ("one_time_code.flow", "authenticator_code.account"),
        ("authenticator_code.account",),
        (),
    ),
    (Purpose.RECOVERY, Stage.START, Input.ASKED): (("recovery.client",), (), ()),
    (Purpose.RECOVERY, Stage.IDENTITY, Input.PERSON_RECOGNISED): (("recovery.person",), (), ()),
    (Purpose.RECOVERY, Stage.ACCOUNT, Input.ACCOUNT_CHOSEN): MAILED,
    (Purpose.RECOVERY, Stage.ONE_TIME_CODE, Input.CODE_RESENT): MAILED,
    (Purpose.RECOVERY, Stage.ONE_TIME_CODE, Input.CODE_CONFIRMED): CONFIRMED,
    (Purpose.RECOVERY, Stage.ONE_TIME_CODE, Input.CODE_AND_PASSWORD_SET): (
        *CONFIRMED[:2],
        (*GUESSES, "sign_in.in_a_row", "authenticator_code.account"),
    ),
    (Purpose.RECOVERY, Stage.PASSWORD, Input.PASSWORD_SET): (
        (),
        (),
        (*GUESSES, "sign_in.in_a_row", "authenticator_code.account"),
    ),
    (Purpose.IDENTITY_FIRST, Stage.START, Input.ASKED): (("identity_first.client",), (), ()),
    (Purpose.IDENTITY_FIRST, Stage.CREDENTIAL, Input.CREDENTIAL_ACCEPTED): (
        (*PERSON, "flows"),
        *OF_PERSON[1:],
    ),
    (Purpose.AUTHENTICATOR, Stage.START, Input.ASKED): (("flows.session",), (), ()),
    (Purpose.AUTHENTICATOR, Stage.START, Input.CREDENTIAL_ACCEPTED): OF_NAME,
    (Purpose.AUTHENTICATOR, Stage.AUTHENTICATOR, Input.AUTHENTICATOR_CONFIRMED): (
        (),
        (),
        ("authenticator_code.account",),
    ),
    (Purpose.STEP_UP, Stage.START, Input.ASKED): (("flows.session",), (), ()),
    (Purpose.EMAIL_CHANGE, Stage.START, Input.ASKED): (("flows.session", "email_change"), (), ()),
    (Purpose.EMAIL_CHANGE, Stage.EMAIL, Input.EMAIL_GIVEN): MAILED,
    (Purpose.EMAIL_CHANGE, Stage.ONE_TIME_CODE, Input.EMAIL_GIVEN): MAILED,
    (Purpose.EMAIL_CHANGE, Stage.ONE_TIME_CODE, Input.CODE_RESENT): MAILED,
    (Purpose.EMAIL_CHANGE, Stage.ONE_TIME_CODE, Input.CODE_CONFIRMED): CONFIRMED,
    (Purpose.PASSWORD_CHANGE, Stage.START, Input.CREDENTIAL_ACCEPTED): (
        (*FAILURE, "flows.session"),
        *OF_NAME[1:],
    ),
}
BUDGETS |= {
    row: (("trips.flow", "trips.client"), (), ()) for row in TABLE if row[2] is Input.AUTHORIZATION_REQUESTED
}
"""(charged, given back, cleared), by the row; one that is not here has nothing to do with budgets."""


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    """One in which every row can be reached."""
    with made("sync-memory", tmp_path, BY_KIND) as built:
        yield built


def commits(portal: Portal, purpose: Purpose, stage: Stage, happened: Input) -> list[Change]:
    """What the row's act commits, in order: nothing is committed after the row's own event."""
    acts = acts_for(portal, purpose, stage, happened)
    acts.arrive(purpose, stage)
    with interposed(portal, lambda _: None) as effects:
        getattr(acts, happened.value)()
    changes = [effect.change for effect in effects if isinstance(effect, Commit)]
    event = TABLE[purpose, stage, happened].event
    (last,) = (
        position
        for position, change in enumerate(changes)
        if any(
            isinstance(told, Event) and (told.kind, told.purpose) == (event, purpose.value)
            for told in (*change.inserts, *change.tells)
        )
    )
    # What comes before and stores nothing belongs to it: a reservation, or a charge that is given back.
    before = changes[:last]
    while before and not (before[-1].inserts or before[-1].tells):
        last -= 1
        before.pop()
    return changes[last:]


def names(charges: tuple[Charge, ...]) -> list[str]:
    return [charge.budget.name for charge in charges]


@pytest.mark.parametrize(("purpose", "stage", "happened"), list(TABLE))
def test_r3_5_every_row_touches_the_budgets_of_the_table_and_no_others(
    portal: Portal, purpose: Purpose, stage: Stage, happened: Input
) -> None:
    """A guess would be free, a right answer would count as a wrong one, or an act clear what was used up."""
    changes = commits(portal, purpose, stage, happened)
    if happened is Input.AUTHORIZATION_RETURNED:
        changes = changes[:1]
    charged, refunded, cleared = BUDGETS.get((purpose, stage, happened), NOTHING)
    assert sorted(charged) == sorted(name for change in changes for name in names(change.charges))
    assert sorted(refunded) == sorted(name for change in changes for name in names(change.refunds))
    assert sorted(cleared) == sorted(budget.name for change in changes for budget in change.clears)
    made_before = {(charge.budget, charge.id) for change in changes for charge in change.charges}
    assert {(charge.budget, charge.id) for change in changes for charge in change.refunds} <= made_before


@pytest.mark.parametrize(("purpose", "stage", "happened"), list(TABLE))
def test_inv7_every_row_holds_its_account_as_it_was_read(
    portal: Portal, purpose: Purpose, stage: Stage, happened: Input
) -> None:
    """An administrator's act between reading and committing would be overtaken: a suspended account would sign in."""
    for change in commits(portal, purpose, stage, happened):
        flows = [record for record in (*change.writes, *change.inserts) if isinstance(record, FlowRecord)]
        of_account = {flow.account_id for flow in flows if flow.account_id}
        written = {record.id for record in change.writes if isinstance(record, AccountRecord)}
        expected = {
            expects.key.value
            for expects in change.expects
            if expects.key.record is AccountRecord and {"epoch", "status"} == set(expects.fields)
        }
        if happened in ENDS:
            assert (set(), set()) == (written, expected)  # the flow alone ends
        else:
            assert of_account <= written | expected, change


RIGHT_PASSWORD, RECOVERED, ENROLLED, ADMINISTERED = range(4)


def cleared_by_the_docs() -> dict[int, set[str]]:
    """Column by column, what the table of `docs/flow.md` says is cleared."""
    lines = Path("docs/flow.md").read_text(encoding="utf-8").splitlines()
    rows = lines[next(n for n, line in enumerate(lines) if line.startswith("| budget |")) + 2 :]
    cleared: dict[int, set[str]] = {column: set() for column in range(-1, 4)}
    for line in takewhile(str.strip, rows):
        budget, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        named = set(findall("`([a-z_.0-9]+)`", budget.partition(":")[0]))
        cleared[-1] |= named
        for column, cell in enumerate(cells):
            cleared[column] |= named if cell == "yes" else set()
    return cleared


@pytest.mark.parametrize(("purpose", "stage", "happened"), list(TABLE))
def test_f62_every_row_clears_what_the_docs_say_and_nothing_else(
    portal: Portal, purpose: Purpose, stage: Stage, happened: Input
) -> None:
    """A change of password, say, would give a guesser the guesses back."""
    docs, nothing = cleared_by_the_docs(), set[str]()
    changes = commits(portal, purpose, stage, happened)
    cleared = {budget.name for change in changes for budget in change.clears}
    with_password = stage in (Stage.START, Stage.CREDENTIAL) and happened.startswith("credential")
    if with_password:
        expected = docs[RIGHT_PASSWORD]
    elif purpose is Purpose.RECOVERY and happened in (Input.PASSWORD_SET, Input.CODE_AND_PASSWORD_SET):
        expected = docs[RECOVERED]
    else:
        expected = docs[ENROLLED] if happened is Input.AUTHENTICATOR_CONFIRMED else nothing
    assert expected == cleared
    charged = {charge.budget.name for change in changes for charge in change.charges}
    assert charged <= docs[-1], "the docs do not name a budget"


@pytest.mark.parametrize("act", ["unlock", "reissue", "suspend", "close_account"])
def test_f62_an_administrators_act_clears_what_the_docs_say(portal: Portal, act: str) -> None:
    """An officer who calls would be told that all is clear, and be kept out all the same."""
    account_id = portal.provision()
    portal.onboarded()
    with interposed(portal, lambda _: None) as effects:
        getattr(portal.elaas.accounts, act)(account_id, by="admin-1", reason="officer called")
    (change,) = (effect.change for effect in effects if isinstance(effect, Commit) and effect.change.clears)
    assert cleared_by_the_docs()[ADMINISTERED] == {budget.name for budget in change.clears}


CODE_FOOTING = {"stage", "one_time_code_id"}


@pytest.mark.parametrize(
    ("purpose", "stage", "happened", "footing"),
    [
        (Purpose.ONBOARDING, Stage.IDENTITY, Input.IDENTITY_VERIFIED, {"stage", "live_attempts"}),
        (Purpose.RECOVERY, Stage.IDENTITY, Input.PERSON_RECOGNISED, {"stage", "live_attempts"}),
        (Purpose.ONBOARDING, Stage.ONE_TIME_CODE, Input.CODE_CONFIRMED, CODE_FOOTING),
        (Purpose.RECOVERY, Stage.ONE_TIME_CODE, Input.CODE_AND_PASSWORD_SET, CODE_FOOTING),
        (Purpose.SIGN_IN, Stage.AUTHENTICATOR_CODE, Input.AUTHENTICATOR_CODE_ACCEPTED, {"stage"}),
    ],
)
def test_inv2_what_is_used_up_beforehand_expects_its_flow_and_account(
    portal: Portal, purpose: Purpose, stage: Stage, happened: Input, footing: set[str]
) -> None:
    """An attempt would be used up for a flow that has moved on, or compared with a code that was replaced."""
    acts = acts_for(portal, purpose, stage, happened)
    acts.arrive(purpose, stage)
    standing = stored_flow(portal, acts.flow_id)
    with interposed(portal, lambda _: None) as effects:
        getattr(acts, happened.value)()
    expectations = [
        (effect.change, expects)
        for effect in effects
        if isinstance(effect, Commit)
        for expects in effect.change.expects
        if expects.key.record is FlowRecord
    ]
    ((change, expects),) = expectations
    assert (standing.id, footing) == (expects.key.value, set(expects.fields))
    assert stage is expects.fields["stage"]
    others = [other.key.value for other in change.expects if other is not expects]
    assert [acts.account_id] * bool(standing.account_id) == others


def test_r4_1_a_failure_is_charged_to_name_and_client_as_the_policy_says(portal: Portal) -> None:
    """A budget would be somebody else's, or shorter, or longer, than its policy."""
    portal.provision()
    with interposed(portal, lambda _: None) as effects:
        portal.begin(portal.browser())
    charges = next(effect.change.charges for effect in effects if isinstance(effect, Commit))
    policy, keyring = portal.policy, portal.keyring
    of_name = keyring.index("budget.username", USERNAME)
    limits = (*policy.sign_in_failures, Limit(policy.consecutive_failures.limit, timedelta(days=1)))
    expected = [
        (name, of_name, limit.limit, limit.window) for name, limit in zip(GUESSES, limits, strict=True)
    ]
    client = policy.client_failures
    expected.append(
        ("sign_in.client", keyring.index("budget.client", "192.0.2.1"), client.limit, client.window)
    )
    assert expected == [
        (charge.budget.name, charge.budget.subject, charge.budget.limit, charge.budget.window)
        for charge in charges
    ]
    assert {portal.clock()} == {charge.at for charge in charges}
    assert len({charge.id for charge in charges}) == len(charges)
