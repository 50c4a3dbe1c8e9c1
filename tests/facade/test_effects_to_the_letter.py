"""What each act asks of the outside, to the letter: all that it writes, expects, charges and tells (R7.1, R9.6).

The files of text are what a reader compares by eye. Where an act changes on purpose, write them anew with
`python -m tests.facade.effects_shown`, and read the difference before it is committed.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from elaas_identity.flow.transitions import TABLE, Input, Purpose, Stage
from tests.facade.effects_shown import (
    OF_FAILURES,
    OF_REFUSALS,
    OF_ROWS,
    SECTIONS_OF_FAILURES,
    of_failure,
    of_refusal,
    of_row,
    read,
    title,
)
from tests.facade.refusing import Refusing
from tests.facade.test_refusals import REFUSALS

read_once = cache(read)


@pytest.mark.parametrize(("purpose", "stage", "happened"), list(TABLE))
def test_r7_1_a_row_of_the_table_does_what_is_written_down(
    tmp_path: Path, purpose: Purpose, stage: Stage, happened: Input
) -> None:
    """A field would be written, an event told, or an expectation left out, that nobody looked at."""
    written_down = read_once(OF_ROWS)[f"{purpose} / {stage} / {happened}"]
    assert written_down == of_row(tmp_path, purpose, stage, happened)


@pytest.mark.parametrize(
    ("name", "code", "refusing"),
    [(title(number, code), code, refusing) for number, (code, *_, refusing) in enumerate(REFUSALS)],
    ids=[title(number, case[0]) for number, case in enumerate(REFUSALS)],
)
def test_r7_1_a_refusal_does_what_is_written_down(
    tmp_path: Path, name: str, code: str, refusing: Refusing
) -> None:
    """A refusal would cost a guess that it should not, or leave a charge, and nobody would notice."""
    assert read_once(OF_REFUSALS)[name] == of_refusal(tmp_path, code, refusing)


@pytest.mark.parametrize("name", SECTIONS_OF_FAILURES)
def test_r9_5_where_a_provider_fails_the_act_does_what_is_written_down(tmp_path: Path, name: str) -> None:
    """A charge would be kept, an event lost, or a page be told nothing, and nobody would notice."""
    written_down = read_once(OF_FAILURES)[name]
    assert written_down
    assert written_down == of_failure(tmp_path, *SECTIONS_OF_FAILURES[name])


def test_nothing_is_written_down_that_no_act_does() -> None:
    """A section of a row or refusal that is gone would stay for ever."""
    assert {" / ".join(row) for row in TABLE} == set(read_once(OF_ROWS))
    assert set(SECTIONS_OF_FAILURES) == set(read_once(OF_FAILURES))
    titles = {title(number, code) for number, (code, *_) in enumerate(REFUSALS)}
    assert titles == set(read_once(OF_REFUSALS))
