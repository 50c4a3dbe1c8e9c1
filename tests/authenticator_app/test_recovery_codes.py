"""Recovery codes: ten, each once, as they are read from paper."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elaas_identity.authenticator_app import recovery_codes
from elaas_identity.authenticator_app.authenticator import AuthenticatorRecord
from elaas_identity.authenticator_app.recovery_codes import (
    ALPHABET,
    CODE_BYTES,
    COUNT,
    fresh_recovery_codes,
    use_recovery_code,
)
from elaas_identity.errors import Misconfigured
from tests.authenticator_app.apps import another, counting, keyring, rotated

record, CODES = (lambda fresh: (fresh.record, fresh.codes))(counting()[1])


def test_there_are_ten_of_120_bits() -> None:
    """Below 112 bits each would need a password hash of its own (SP 800-63B-4 §3.1.2.2, ASVS 6.5.2)."""
    asked: list[int] = []

    def random_bytes(number: int) -> bytes:
        asked.append(number)
        return secrets.token_bytes(number)

    fresh = fresh_recovery_codes(keyring, record, random_bytes)

    assert 10 == COUNT == len(set(fresh.codes))
    assert [CODE_BYTES] * 10 == asked
    assert 120 == 8 * CODE_BYTES >= 112
    assert all(re.fullmatch("[0-9a-hjkmnp-tv-z]{4}(-[0-9a-hjkmnp-tv-z]{4}){5}", code) for code in fresh.codes)


def test_every_random_bit_is_in_the_code() -> None:
    """A code would have fewer bits than were drawn for it (ASVS 6.5.4)."""
    drawn = bytes(range(100, 100 + CODE_BYTES))
    (code, *_) = fresh_recovery_codes(keyring, record, lambda number: drawn).codes
    number = 0
    for letter in code.replace("-", ""):
        number = number * 32 + ALPHABET.index(letter)

    assert drawn == number.to_bytes(CODE_BYTES, "big")
    assert 32 == len(set(ALPHABET))


def test_a_code_is_good_once() -> None:
    """A sheet that was seen once would open the account again and again (ASVS 6.5.1)."""
    left: AuthenticatorRecord | None = record
    for used, code in enumerate(CODES, 1):
        assert left is not None
        left = use_recovery_code(keyring, left, code)
        assert left is not None
        assert COUNT - used == len(left.recovery_codes_sealed)
        assert use_recovery_code(keyring, left, code) is None


def test_using_a_code_changes_nothing_else() -> None:
    """The app would stop counting, or its last step be forgotten and a code replayed (ASVS 6.5.1)."""
    left = use_recovery_code(keyring, record, CODES[3])

    assert left is not None
    assert record.recovery_codes_sealed[:3] + record.recovery_codes_sealed[4:] == left.recovery_codes_sealed
    assert record == replace(left, recovery_codes_sealed=record.recovery_codes_sealed)


def test_new_codes_end_the_ones_before() -> None:
    """A sheet that was lost would stay good after it was replaced."""
    fresh = fresh_recovery_codes(keyring, record, secrets.token_bytes)

    assert use_recovery_code(keyring, fresh.record, CODES[0]) is None
    assert use_recovery_code(keyring, fresh.record, fresh.codes[0]) is not None


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("0123-4567-89ab-cdef-ghjk-mnpq", "0123-4567-89ab-cdef-ghjk-mnpq"),
        ("0123-4567-89ab-cdef-ghjk-mnpq", "0123456789ABCDEFGHJKMNPQ"),
        ("0123-4567-89ab-cdef-ghjk-mnpq", " o123 4567 89AB CDEF GHJK MNPQ "),
        ("0123-4567-89ab-cdef-ghjk-mnpq", "Oi23-4567-89ab-cdef-ghjk-mnpq"),
        ("0123-4567-89ab-cdef-ghjk-mnpq", "OL23–4567–89ab–cdef–ghjk–mnpq"),
        ("0123-4567-89ab-cdef-ghjk-mnpq", "๐๑๒๓-๔๕๖๗-๘๙ab-cdef-ghjk-mnpq"),
    ],
)
def test_codes_are_taken_as_people_read_them(written: str, typed: str) -> None:
    """Who has lost their phone would be locked out by a letter that looks like a digit (R3.7)."""
    raw = base64.b32decode(
        written.replace("-", "")
        .translate(str.maketrans(ALPHABET, "abcdefghijklmnopqrstuvwxyz234567"))
        .upper()
    )
    fresh = fresh_recovery_codes(keyring, record, lambda number: raw)

    assert written == fresh.codes[0]
    assert use_recovery_code(keyring, fresh.record, typed) is not None


@pytest.mark.parametrize("change", ["{0}0", "{1}", "{0}!", "", "u{1}"])
def test_what_only_resembles_a_code_is_none(change: str) -> None:
    """Something that holds a code, or the most of one, would pass for it."""
    assert use_recovery_code(keyring, record, change.format(CODES[0], CODES[0][1:])) is None


@given(st.text(st.characters(codec=None, categories=None), max_size=70))
def test_any_text_is_answered(typed: str) -> None:
    """A hostile form would be a server error (R9.4)."""
    assert use_recovery_code(keyring, record, typed) is None


@given(st.integers(0, 23), st.sampled_from(ALPHABET))
def test_one_wrong_letter_is_wrong(place: int, letter: str) -> None:
    """Part of a code would do."""
    bare = CODES[0].replace("-", "")
    typed = bare[:place] + letter + bare[place + 1 :]

    assert (typed == bare) == (use_recovery_code(keyring, record, typed) is not None)


def test_all_are_compared_wherever_the_right_one_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    """How long an answer takes would say how far down the list a code stands."""
    compared: list[str] = []

    class Watched:
        @staticmethod
        def compare_digest(first: str, second: str) -> bool:
            compared.append(first)
            return hmac.compare_digest(first, second)

    monkeypatch.setattr(recovery_codes, "hmac", Watched)
    for typed in (CODES[0], CODES[9], "0" * 24):
        compared.clear()
        use_recovery_code(keyring, record, typed)
        assert COUNT == len(compared)


def test_new_codes_move_their_record_to_the_current_key() -> None:
    """A record would stand under one key with its secret under another, and be lost with that one (R7.4)."""
    moved = fresh_recovery_codes(rotated, record, secrets.token_bytes).record

    assert moved.secret_sealed is not None
    assert {"2027a"} == {
        moved.key_id,
        *(sealed.partition(".")[0] for sealed in (moved.secret_sealed, *moved.recovery_codes_sealed)),
    }


def test_nothing_stored_gives_a_code_away() -> None:
    """A thief of the database would print the sheets, with the keys or without (ASVS 6.5.2)."""
    opened = [
        keyring.open(f"authenticator.recovery_code:{record.id}", sealed)
        for sealed in record.recovery_codes_sealed
    ]

    assert [hashlib.sha256(code.replace("-", "").encode()).hexdigest() for code in CODES] == opened


def test_a_code_is_good_for_its_own_binding_alone() -> None:
    """Who can write to the database would copy a sheet of their own over another's."""
    for moved, keys in ((replace(record, id="binding-2"), keyring), (record, another)):
        with pytest.raises(Misconfigured) as problem:
            use_recovery_code(keys, moved, CODES[0])
        assert "keyring" == problem.value.code
