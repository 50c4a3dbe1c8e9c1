"""Anything in any order, against a model of the requirements (R9.3)."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from elaas_identity.flow.transitions import TABLE
from elaas_identity.providers.sql import upgrade
from tests.fuzz.machine import AnyOrder
from tests.fuzz.model_table import Row, rows
from tests.fuzz.tour import tour

ORDINARY = settings(
    max_examples=12,
    stateful_step_count=50,
    derandomize=True,
    database=None,
    deadline=None,
    print_blob=False,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
LONG = settings(ORDINARY, max_examples=2_000, stateful_step_count=100)

REFUSALS_MET = {
    "account_status",
    "account_unknown",
    "approval_unknown",
    "authenticator_code_exhausted",
    "authenticator_code_malformed",
    "authenticator_code_throttled",
    "authenticator_code_wrong",
    "callback_malformed",
    "callback_other_browser",
    "callback_unknown",
    "credential_wrong",
    "current_password_wrong",
    "email_change_limit",
    "email_cooling_off",
    "email_invalid",
    "email_not_accepted",
    "email_same_as_before",
    "flow_ended",
    "flow_expired",
    "flow_limit",
    "flow_superseded",
    "flow_unknown",
    "identity_assurance_low",
    "identity_denied",
    "identity_first_limit",
    "identity_provider_unavailable",
    "identity_stale",
    "issued_credential_expired",
    "mail_not_accepted",
    "mail_outcome_unknown",
    "mail_throttled",
    "one_time_code_exhausted",
    "one_time_code_expired",
    "one_time_code_malformed",
    "one_time_code_throttled",
    "one_time_code_wrong",
    "out_of_order",
    "password_common",
    "password_outdated",
    "password_same_as_before",
    "password_too_short",
    "person_mismatch",
    "person_without_account",
    "recovery_limit",
    "sign_in_outdated",
    "sign_in_throttled",
    "step_up_mismatch",
}
CHOICES_MET = {0, 1, 2}
"""How many accounts there were to choose from."""

LEAST_ROUNDS, MOST_ROUNDS = 3, 20
"""Of the ordinary run: it ends when everything has been met, and fails when this many rounds have not."""


def start(flavour: str, template: Path | None) -> None:
    """From nothing, over that flavour."""
    AnyOrder.flavour, AnyOrder.template = flavour, template
    AnyOrder.hits, AnyOrder.codes, AnyOrder.choices = set(), set(), set()


def play(number: int, how: settings) -> None:
    """One round, the same whenever it is played."""
    run_state_machine_as_test(seed(number)(AnyOrder), settings=how)


def every_row() -> set[Row]:
    """The table's rows, in the model's words."""
    return {(purpose.value, stage.value, happened.value) for purpose, stage, happened in TABLE}


def all_met() -> bool:
    return every_row() <= AnyOrder.hits and REFUSALS_MET <= AnyOrder.codes and CHOICES_MET <= AnyOrder.choices


def test_r9_3_the_model_has_the_rows_of_the_library() -> None:
    """A row, or a purpose, would be in no walk of the machine; or one of the two would lead elsewhere."""
    assert {
        (purpose.value, stage.value, happened.value): row.stage.value
        for (purpose, stage, happened), row in TABLE.items()
    } == rows()


def test_r9_3_the_facade_agrees_with_the_model_whatever_is_called() -> None:
    """A sequence of calls that nobody thought of would skip a step, strand a person, or raise something untyped."""
    start("sync-memory", None)
    tour()
    for number in range(MOST_ROUNDS):
        play(number, ORDINARY)
        if number + 1 >= LEAST_ROUNDS and all_met():
            break
    assert every_row() == AnyOrder.hits
    assert set() == REFUSALS_MET - AnyOrder.codes
    assert set() == CHOICES_MET - AnyOrder.choices


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with our tables in it."""
    path = tmp_path_factory.mktemp("template") / "elaas.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.mark.parametrize("flavour", ["async-memory", "async-sqlite"])
def test_r9_3_the_other_flavours_agree_too(flavour: str, template: Path) -> None:
    """Async, or a database, would behave otherwise than the model (invariant 11)."""
    start(flavour, template)
    tour()
    assert every_row() == AnyOrder.hits
    play(0, settings(ORDINARY, max_examples=4))


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("flavour", "share"), [("sync-memory", 1), ("async-memory", 4), ("sync-sqlite", 10)])
def test_r9_3_the_facade_agrees_with_the_model_for_long(flavour: str, share: int, template: Path) -> None:
    """The same, further into the tree of sequences."""
    start(flavour, template)
    play(0, settings(LONG, max_examples=LONG.max_examples // share))
    assert every_row() == AnyOrder.hits
