"""The table, as it is and as it must not be."""

from __future__ import annotations

import itertools

import pytest

from elaas_identity.flow.transitions import LIVE, TABLE, WITHOUT_ACCOUNT, Input, Purpose, Stage, row

EVERY_PAIR = tuple(itertools.product(Purpose, Stage, Input))

MANDATED_ORDER = (
    (Stage.START, Input.CREDENTIAL_ACCEPTED, Stage.IDENTITY),
    (Stage.IDENTITY, Input.AUTHORIZATION_REQUESTED, Stage.IDENTITY),
    (Stage.IDENTITY, Input.AUTHORIZATION_RETURNED, Stage.IDENTITY),
    (Stage.IDENTITY, Input.IDENTITY_VERIFIED, Stage.EMAIL),
    (Stage.EMAIL, Input.EMAIL_GIVEN, Stage.ONE_TIME_CODE),
    (Stage.ONE_TIME_CODE, Input.CODE_CONFIRMED, Stage.PASSWORD),
    (Stage.PASSWORD, Input.PASSWORD_SET, Stage.DONE),
)


@pytest.mark.parametrize(("stage", "happened", "leads_to"), MANDATED_ORDER)
def test_the_circulars_order_is_the_tables(stage: Stage, happened: Input, leads_to: Stage) -> None:
    """Clause 1 of the circular would not be what runs (R1.1)."""
    led = row(Purpose.ONBOARDING, stage, happened)
    assert led is not None
    assert leads_to is led.stage


def test_r1_1_no_path_reaches_the_end_without_every_stage() -> None:
    """A stage of the onboarding could be skipped (invariant 1)."""
    edges = {(s, r.stage) for (p, s, _), r in TABLE.items() if p is Purpose.ONBOARDING}
    order = [Stage.START, Stage.IDENTITY, Stage.EMAIL, Stage.ONE_TIME_CODE, Stage.PASSWORD, Stage.DONE]
    forward = {(a, b) for a, b in edges if b is not Stage.ENDED and order.index(b) - order.index(a) > 1}
    # The circular's single form, code and password together, is the only step of two stages at once.
    assert {(Stage.ONE_TIME_CODE, Stage.DONE)} == forward
    backward = {(a, b) for a, b in edges if b is not Stage.ENDED and order.index(b) < order.index(a)}
    assert set() == backward
    single_form = {
        happened
        for (p, s, happened), r in TABLE.items()
        if p is Purpose.ONBOARDING and s is Stage.ONE_TIME_CODE and r.stage is Stage.DONE
    }
    assert {Input.CODE_AND_PASSWORD_SET} == single_form


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
            assert inputs - {Input.CANCELLED, Input.EXPIRED, Input.SUPERSEDED}


def test_every_stage_but_the_start_is_reached() -> None:
    """The table would hold a stage that nothing leads to."""
    for purpose in Purpose:
        stages = {stage for p, stage, _ in TABLE if p is purpose}
        reached = {led.stage for (p, _, _), led in TABLE.items() if p is purpose}
        assert stages <= reached | {Stage.START}
