"""The table, as it is and as it must not be."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import get_args

import pytest

from elaas_identity.events import EventKind
from elaas_identity.flow.transitions import LIVE, TABLE, WITHOUT_ACCOUNT, Input, Purpose, Stage, row

EVERY_PAIR = tuple(itertools.product(Purpose, Stage, Input))
ENDS = {Input.CANCELLED, Input.EXPIRED, Input.SUPERSEDED}

MANDATED_ORDER = (
    (Stage.START, Input.CREDENTIAL_ACCEPTED, Stage.IDENTITY),
    (Stage.IDENTITY, Input.AUTHORIZATION_REQUESTED, Stage.IDENTITY),
    (Stage.IDENTITY, Input.AUTHORIZATION_RETURNED, Stage.IDENTITY),
    (Stage.IDENTITY, Input.IDENTITY_VERIFIED, Stage.EMAIL),
    (Stage.EMAIL, Input.EMAIL_GIVEN, Stage.ONE_TIME_CODE),
    (Stage.ONE_TIME_CODE, Input.CODE_CONFIRMED, Stage.PASSWORD),
    (Stage.PASSWORD, Input.PASSWORD_SET, Stage.DONE),
)

CREDENTIAL = (Input.CREDENTIAL_ACCEPTED,)
ASKED = (Input.ASKED,)
PERSON = (Input.IDENTITY_VERIFIED,)
NEW_PASSWORD = (
    (Input.CODE_CONFIRMED, Input.PASSWORD_SET),
    # The circular's single form, code and password together.
    (Input.CODE_AND_PASSWORD_SET,),
)
APPROVED_PASSWORD = (
    (Input.CODE_CONFIRMED, Input.APPROVAL_ASKED, Input.APPROVED),
    (Input.APPROVAL_ASKED, Input.APPROVED),
)

WAYS: dict[Purpose, set[tuple[Input, ...]]] = {
    # R1.1: credential, identity, mailbox, password; the person may come before the credential, and an approval after.
    Purpose.ONBOARDING: {
        (*proven, Input.EMAIL_GIVEN, *rest)
        for proven in (CREDENTIAL + PERSON, (Input.CREDENTIAL_OF_PROVEN_PERSON,))
        for rest in (*NEW_PASSWORD, *APPROVED_PASSWORD)
    },
    Purpose.SIGN_IN: {
        CREDENTIAL,  # SignInPolicy.PASSWORD, or a proven person's
        (Input.CREDENTIAL_TOO_WEAK, Input.PASSWORD_SET),
        (Input.CREDENTIAL_AWAITS_IDENTITY, *PERSON),
        (Input.CREDENTIAL_AWAITS_AUTHENTICATOR, Input.AUTHENTICATOR_CODE_ACCEPTED),
        (Input.ACCOUNT_CHOSEN,),  # SignInPolicy.THAID
    },
    # ThaID, the person's accounts, a code to the bound address, a new password: in that order, and all of them.
    Purpose.RECOVERY: {
        (*ASKED, Input.PERSON_RECOGNISED, Input.ACCOUNT_CHOSEN, *rest) for rest in NEW_PASSWORD
    },
    Purpose.IDENTITY_FIRST: {(*ASKED, *PERSON, *CREDENTIAL), (*ASKED, *PERSON, Input.ACCOUNT_CHOSEN)},
    # Never by the password alone.
    Purpose.AUTHENTICATOR: {
        (*begun, *PERSON, Input.AUTHENTICATOR_CONFIRMED) for begun in (ASKED, CREDENTIAL)
    },
    Purpose.STEP_UP: {(*ASKED, *PERSON, Input.PROOF_USED)},
    Purpose.EMAIL_CHANGE: {(*ASKED, *PERSON, Input.EMAIL_GIVEN, Input.CODE_CONFIRMED)},
    Purpose.PASSWORD_CHANGE: {(*CREDENTIAL, Input.PASSWORD_SET)},
}
"""What must have occurred before a flow of that purpose is done: by the circular and the guides, not by the table."""

LEADS_NOWHERE_ELSE = {
    (Stage.IDENTITY, Input.AUTHORIZATION_REQUESTED),
    (Stage.IDENTITY, Input.AUTHORIZATION_RETURNED),
    (Stage.ONE_TIME_CODE, Input.EMAIL_GIVEN),
    (Stage.ONE_TIME_CODE, Input.CODE_RESENT),
}
"""What may occur again and again, and proves nothing."""


def ways(purpose: Purpose, stage: Stage = Stage.START) -> Iterator[tuple[Input, ...]]:
    """Every way from there to `DONE`, without what leads nowhere else."""
    if stage is Stage.DONE:
        yield ()
        return
    for (p, at, happened), led in TABLE.items():
        if (p, at) == (purpose, stage) and led.stage not in (stage, Stage.ENDED):
            for rest in ways(purpose, led.stage):
                yield (happened, *rest)


@pytest.mark.parametrize(("stage", "happened", "leads_to"), MANDATED_ORDER)
def test_the_circulars_order_is_the_tables(stage: Stage, happened: Input, leads_to: Stage) -> None:
    """Clause 1 of the circular would not be what runs (R1.1)."""
    led = row(Purpose.ONBOARDING, stage, happened)
    assert led is not None
    assert leads_to is led.stage


@pytest.mark.parametrize("purpose", Purpose)
def test_r1_1_no_path_reaches_the_end_without_every_stage(purpose: Purpose) -> None:
    """Something that must be proven first could be skipped, or come in another order (invariant 1)."""
    assert sorted(WAYS[purpose]) == sorted(ways(purpose))


def test_r1_1_what_leads_nowhere_else_is_the_trip_and_the_mail() -> None:
    """A stage could be stood at for ever by something that is meant to lead on; or two stages lead to one another."""
    staying = {(stage, happened) for (_, stage, happened), led in TABLE.items() if led.stage is stage}
    assert LEADS_NOWHERE_ELSE == staying


def test_inv5_a_flow_ends_early_only_by_its_person_time_an_administrator() -> None:
    """A proof that somebody has given would end their flow."""
    ending = {happened for (_, _, happened), led in TABLE.items() if led.stage is Stage.ENDED}
    assert ENDS | {Input.REJECTED} == ending


def test_only_an_approval_is_an_administrators_to_give() -> None:
    """A person could approve themselves, or a rejection let somebody in."""
    at_approval = {
        happened: led.stage for (_, stage, happened), led in TABLE.items() if stage is Stage.APPROVAL
    }
    assert {
        Input.APPROVED: Stage.DONE,
        Input.REJECTED: Stage.ENDED,
        **dict.fromkeys(ENDS, Stage.ENDED),
    } == at_approval


@pytest.mark.parametrize(("purpose", "stage", "happened"), EVERY_PAIR)
def test_r1_1_every_pair_leads_somewhere_known_or_nowhere(
    purpose: Purpose, stage: Stage, happened: Input
) -> None:
    """An ended flow would move, or a row would lead back to before the beginning."""
    led = row(purpose, stage, happened)
    if stage in (Stage.DONE, Stage.ENDED):
        assert led is None
    if led is not None:
        assert led.stage is not Stage.START
        assert (purpose, stage, happened) in TABLE


def test_inv5_every_stage_that_waits_for_a_person_can_be_left_by_an_act() -> None:
    """A person could stand where no act leads on (invariant 5: no dead end)."""
    for purpose in Purpose:
        waiting = {stage for p, stage, _ in TABLE if p is purpose and stage in LIVE}
        for stage in waiting:
            inputs = {happened for p, s, happened in TABLE if (p, s) == (purpose, stage)}
            assert {Input.CANCELLED, Input.EXPIRED} <= inputs
            assert (Input.SUPERSEDED in inputs) is ((purpose, stage) not in WITHOUT_ACCOUNT)
            assert inputs - ENDS


def test_every_stage_but_the_start_is_reached() -> None:
    """The table would hold a stage that nothing leads to."""
    for purpose in Purpose:
        stages = {stage for p, stage, _ in TABLE if p is purpose}
        reached = {led.stage for (p, _, _), led in TABLE.items() if p is purpose}
        assert stages <= reached | {Stage.START}


def test_r7_1_every_end_has_its_own_event_and_every_event_is_one() -> None:
    """The trail would tell a cancelled flow as an expired one, or by a name that nobody looks for."""
    assert {row.event for row in TABLE.values()} <= set(get_args(EventKind))
    ends = {(happened, row.stage, row.event) for (_, _, happened), row in TABLE.items() if happened in ENDS}
    assert {(end, Stage.ENDED, f"flow.{end.value}") for end in ENDS} == ends
