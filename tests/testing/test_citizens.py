"""Invented people, and nobody else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from elaas_identity.person.assurance import IAL
from elaas_identity.testing.citizens import CITIZENS, COLLEAGUE, LOW_ASSURANCE, MARK, NO_ASSURANCE, OFFICER
from elaas_identity.testing.thaid_published import SCOPES, V1_SCOPES


def test_there_are_at_least_four_and_no_two_are_one() -> None:
    """Two people with one national ID would make every test of a mismatch pass for nothing (R1.4)."""
    assert 4 <= len(CITIZENS) == len({citizen.national_id for citizen in CITIZENS})


def test_each_says_that_it_is_invented() -> None:
    """Nobody may find a relative among them: marked in Thai and in English, from an office that does not exist."""
    for citizen in CITIZENS:
        assert MARK in citizen.name
        assert citizen.name_en.endswith("(invented)")
        assert "9999" == citizen.national_id.reveal()[1:5]


def test_an_unmarked_person_is_refused() -> None:
    """No real person's data gets into the emulator by copying."""
    with pytest.raises(ValueError, match=MARK):
        replace(OFFICER, given_name="ใจดี")


def test_their_assurance_differs() -> None:
    """R1.5 needs one who is strong, one who is weak, and one of whom nothing is said."""
    assert [IAL(2, 3), IAL(2, 3), IAL(1, 1), None] == [
        IAL.parse_or_none(citizen.ial) for citizen in (OFFICER, COLLEAGUE, LOW_ASSURANCE, NO_ASSURANCE)
    ]


def test_names_in_full() -> None:
    """A Thai title is written together with the name, and a middle name is not lost."""
    assert "นายสมมติ ตัวอย่าง" == OFFICER.name
    assert "นางสาวสมมติรัก ทดลอง ทดสอบดี" == COLLEAGUE.name
    assert "Miss Sommutrak Thotlong Thotsopdi (invented)" == COLLEAGUE.name_en


def test_every_scope_but_openid_has_a_claim() -> None:
    """A scope without a claim could not be tested at all."""
    assert {*SCOPES, *V1_SCOPES} - {"openid"} == COLLEAGUE.claims().keys()
