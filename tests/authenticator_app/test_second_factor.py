"""The app's code or a recovery code, in one field: what is accepted, and what is used up by it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elaas_identity.authenticator_app.authenticator import AuthenticatorRecord, removed
from elaas_identity.authenticator_app.second_factor import AcceptedFactor, accepted
from elaas_identity.errors import Misconfigured
from tests.authenticator_app.apps import NOW, STEP, another, counting, enrolled, keyring, shown

URI, FRESH = counting()
record, CODES = FRESH.record, FRESH.codes
STEP_NOW = int(NOW.timestamp()) // 30


def test_the_apps_code_is_accepted_and_its_step_used() -> None:
    """Nobody would sign in with their phone, or a code be good twice (ASVS 6.5.1)."""
    factor = accepted(keyring, record, shown(URI, NOW), NOW)

    assert factor is not None
    assert AcceptedFactor(replace(record, last_used_step=STEP_NOW), by_recovery_code=False) == factor
    assert accepted(keyring, factor.record, shown(URI, NOW), NOW) is None
    assert accepted(keyring, factor.record, shown(URI, NOW - STEP), NOW) is None
    assert accepted(keyring, factor.record, shown(URI, NOW + STEP), NOW) is not None


def test_a_recovery_code_is_accepted_and_used_up() -> None:
    """Who has lost their phone would be locked out, or a sheet be good for ever (ASVS 6.5.1)."""
    factor = accepted(keyring, record, CODES[3], NOW)

    assert factor is not None
    unused = record.recovery_codes_sealed[:3] + record.recovery_codes_sealed[4:]
    assert AcceptedFactor(replace(record, recovery_codes_sealed=unused), by_recovery_code=True) == factor
    assert accepted(keyring, factor.record, CODES[3], NOW) is None
    assert accepted(keyring, factor.record, CODES[4], NOW) is not None


def test_either_leaves_what_the_other_used_up_as_it_is() -> None:
    """A recovery code would make a used code of the app good again, or the other way round (ASVS 6.5.1)."""
    by_app = accepted(keyring, record, shown(URI, NOW), NOW)
    assert by_app is not None
    by_code = accepted(keyring, by_app.record, CODES[0], NOW)
    assert by_code is not None

    assert accepted(keyring, by_code.record, shown(URI, NOW), NOW) is None
    by_app_again = accepted(keyring, by_code.record, shown(URI, NOW + STEP), NOW)
    assert by_app_again is not None
    assert accepted(keyring, by_app_again.record, CODES[0], NOW) is None


@pytest.mark.parametrize("style", ["{0} {1}", "{0}-{1}"])
def test_either_is_taken_as_people_type_it(style: str) -> None:
    """A Thai keyboard, or capitals on a sheet of paper, would lock somebody out (R3.7)."""
    code = shown(URI, NOW).translate(str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙"))

    assert accepted(keyring, record, style.format(code[:3], code[3:]), NOW) is not None
    assert accepted(keyring, record, CODES[0].upper().replace("-", " "), NOW) is not None


def test_neither_is_none() -> None:
    """Another person's phone, or part of a code, would do for any account (R6.5)."""
    wrong = (shown(enrolled(phone=2).uri, NOW), shown(URI, NOW + 2 * STEP), CODES[0][:-1], "0" * 24, "")

    assert [None] * 5 == [accepted(keyring, record, typed, NOW) for typed in wrong]


@given(st.text(st.characters(codec=None, categories=None), max_size=70))
def test_any_text_is_answered(typed: str) -> None:
    """A hostile form would be a server error (R9.4)."""
    current = int(NOW.timestamp()) // 30
    factor = accepted(keyring, record, typed, NOW)

    assert factor is None or factor.record.last_used_step in range(current - 1, current + 2)


@pytest.mark.parametrize(
    "without",
    [
        AuthenticatorRecord(id=record.id, key_id=record.key_id),
        removed(record),
        replace(record, secret_sealed=None),
    ],
)
def test_where_no_app_counts_nothing_is_accepted(without: AuthenticatorRecord) -> None:
    """A sheet of paper alone would be a second factor, after the app was removed."""
    for typed in (shown(URI, NOW), CODES[0]):
        assert accepted(keyring, without, typed, NOW) is None


@pytest.mark.parametrize("typed", [shown(URI, NOW), CODES[0]], ids=["app", "recovery_code"])
def test_a_record_of_another_binding_or_key_does_not_open(typed: str) -> None:
    """Who can write to the database would copy their own app, or sheet, over another's."""
    for moved, keys in ((replace(record, id="binding-2"), keyring), (record, another)):
        with pytest.raises(Misconfigured) as problem:
            accepted(keys, moved, typed, NOW)
        assert "keyring" == problem.value.code
