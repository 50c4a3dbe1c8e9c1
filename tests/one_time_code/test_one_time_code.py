"""The one-time code: drawn evenly, typed as people type, bound to where it belongs (R3.1, R3.3, R3.4, R3.7)."""

from __future__ import annotations

import random
import secrets
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elaas_identity.errors import Misconfigured, Refused
from elaas_identity.keyring import Keyring
from elaas_identity.one_time_code.one_time_code import (
    REFERENCE_ALPHABET,
    FreshCode,
    digest,
    fresh_code,
    matches,
    normalise,
)

keyring = Keyring({"2026a": bytes(range(32))}, current="2026a")
another_keyring = Keyring({"2026a": bytes(range(1, 33))}, current="2026a")
PLACE = {"flow_id": "flow-1", "account_id": "account-1", "email": "sommut@example.go.th", "code_id": "code-1"}


def scripted(*numbers: int) -> tuple[Callable[[int], int], list[int]]:
    """A source that gives these numbers, and the bounds that it was asked for."""
    left, bounds = list(numbers), list[int]()

    def below(bound: int) -> int:
        bounds.append(bound)
        return left.pop(0)

    return below, bounds


@pytest.mark.parametrize(
    ("digits", "number", "code"),
    [
        (8, 0, "00000000"),
        (8, 42, "00000042"),
        (8, 99999999, "99999999"),
        (6, 7, "000007"),
        (10, 1, "0000000001"),
    ],
)
def test_leading_zeros_are_kept(digits: int, number: int, code: str) -> None:
    """One code in ten would be shorter than the form takes (R3.1)."""
    below, bounds = scripted(number, 0, 0, 0, 0)

    assert code == fresh_code(below, bytes, digits).code
    assert [10**digits, 16, 16, 16, 16] == bounds


@pytest.mark.parametrize("digits", [0, 5, 11])
def test_other_lengths_are_refused(digits: int) -> None:
    """A code of five digits could be guessed within its attempts (R3.1)."""
    with pytest.raises(Misconfigured) as problem:
        fresh_code(secrets.randbelow, secrets.token_bytes, digits)

    assert ("policy", "a one-time code has 6 to 10 digits") == (problem.value.code, problem.value.detail)


def test_a_million_codes_are_uniform_by_chi_squared() -> None:
    """Some codes would be likelier than others, as HOTP's digits are (R3.1)."""
    seeded = random.Random("elaas-identity")
    zeros = bytes(16)

    def below(bound: int) -> int:
        # The reference is drawn evenly elsewhere: a constant here keeps a million draws quick.
        return seeded.randrange(bound) if bound == 10**8 else 0

    leading, trailing = Counter[str](), Counter[str]()
    for _ in range(1_000_000):
        code = fresh_code(below, lambda count: zeros).code
        leading[code[:2]] += 1
        trailing[code[-2:]] += 1

    # χ² with 99 degrees of freedom exceeds 167 once in 20,000 times (p = 0.99995).
    for buckets in (leading, trailing):
        assert 100 == len(buckets)
        assert sum((count - 10_000) ** 2 / 10_000 for count in buckets.values()) < 167


def test_the_bias_of_hotp_would_be_noticed() -> None:
    """The test of uniformity above would pass whatever the source (R3.1)."""
    seeded = random.Random("elaas-identity")
    leading = Counter(f"{seeded.randrange(2**31) % 10**8:08}"[:2] for _ in range(1_000_000))

    assert sum((count - 10_000) ** 2 / 10_000 for count in leading.values()) > 167


def test_the_number_of_the_source_is_the_code() -> None:
    """What `secrets` draws evenly would be bent on its way into the code (R3.1)."""
    drawn: list[int] = []

    def below(bound: int) -> int:
        drawn.append(secrets.randbelow(bound))
        return drawn[-1]

    for _ in range(1000):
        fresh = fresh_code(below, secrets.token_bytes)
        number, *letters = drawn
        drawn.clear()
        assert f"{number:08}" == fresh.code
        assert "".join(REFERENCE_ALPHABET[letter] for letter in letters) == fresh.reference


def test_a_reference_is_four_unambiguous_capitals() -> None:
    """Two mails could not be told apart over the telephone (R3.7)."""
    assert 16 == len(set(REFERENCE_ALPHABET))
    assert not set(REFERENCE_ALPHABET) & set("AEIOUQSZBG0123456789")
    below, _ = scripted(0, 5, 7, 10, 11)
    assert "KMRT" == fresh_code(below, bytes).reference


def test_the_id_is_128_random_bits() -> None:
    """Two codes would have one salt (R3.4)."""
    asked: list[int] = []

    def random_bytes(count: int) -> bytes:
        asked.append(count)
        return bytes(range(count))

    assert "AAECAwQFBgcICQoLDA0ODw" == fresh_code(lambda bound: 0, random_bytes).id
    assert [16] == asked


def test_the_repr_does_not_show_the_code() -> None:
    """A log line would hold it (R7.2)."""
    assert "FreshCode(id='i', reference='KMRT')" == repr(FreshCode(id="i", code="12345678", reference="KMRT"))


@pytest.mark.parametrize(
    "typed",
    [
        "12345678",
        "๑๒๓๔-๕๖๗๘",
        "๑๒๓๔๕๖๗๘",
        "1234 5678",
        " 12345678 ",
        "1234\u00a05678",
        "1234\u20095678",
        "12-34-56-78",
        "1234‐5678",
        "1234‑5678",
        "1234‒5678",
        "1234–5678",
        "1234—5678",
        "๑2๓4๕6๗8",
        " " * 28 + "12345678" + " " * 28,
    ],
)
def test_codes_are_taken_as_people_type_them(typed: str) -> None:
    """A person with a Thai keyboard, or who pastes with spaces, would lose an attempt (R3.7)."""
    assert "12345678" == normalise(typed, 8)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "1234567",
        "123456789",
        "1234567x",
        "12345678x",
        "x12345678",
        "1234_5678",
        "1234.5678",
        "+12345678",
        "١٢٣٤٥٦٧٨",
        "१२३४५६७८",
        "1234567²",
        "1234567Ⅷ",
        "12345678\x00",
        "1234567\ud800",
        "-" * 8,
        " " * 28 + "12345678" + " " * 29,
    ],
)
def test_anything_else_is_refused_and_not_repeated(typed: str) -> None:
    """Nonsense would cost an attempt, or be compared; the error would tell what was typed (R3.7)."""
    with pytest.raises(Refused) as refused:
        normalise(typed, 8)

    assert ("one_time_code_malformed", "one_time_code") == (refused.value.code, refused.value.field)
    assert "not 8 digits" == refused.value.detail


@pytest.mark.parametrize("digits", [6, 8, 10])
def test_the_number_of_digits_is_the_policys(digits: int) -> None:
    """A policy of six digits could not be met (R3.1)."""
    assert "1" * digits == normalise("๑" * digits, digits)
    for count in (digits - 1, digits + 1):
        with pytest.raises(Refused):
            normalise("1" * count, digits)


def test_ten_megabytes_are_refused() -> None:
    """A hostile form would be worked through."""
    with pytest.raises(Refused):
        normalise(" " * 10_000_000, 8)


@given(st.text(st.characters(codec=None, categories=None), max_size=70), st.sampled_from([6, 8, 10]))
def test_any_text_gives_ascii_digits_or_a_refusal(text: str, digits: int) -> None:
    """Something else than digits would be compared, or a hostile form be a server error (R9.4)."""
    try:
        code = normalise(text, digits)
    except Refused:
        return
    assert len(code) == digits
    assert set(code) <= set("0123456789")


def test_a_digest_matches_its_code_alone() -> None:
    """A wrong code would be right (R3.3)."""
    stored = digest(keyring, "12345678", **PLACE)

    assert matches(keyring, stored, "12345678", **PLACE)
    assert not matches(keyring, stored, "12345679", **PLACE)
    assert not matches(keyring, stored, "", **PLACE)
    assert not matches(another_keyring, stored, "12345678", **PLACE)


@pytest.mark.parametrize("name", ["flow_id", "account_id", "email", "code_id"])
def test_a_code_is_bound_to_flow_account_address_and_id(name: str) -> None:
    """A code would be right in another flow, for another account, or after its address was changed (R3.3)."""
    stored = digest(keyring, "12345678", **PLACE)

    assert not matches(keyring, stored, "12345678", **PLACE | {name: PLACE[name] + "x"})


def test_what_binds_a_code_does_not_run_together() -> None:
    """Two ids that join to one text would share their codes (R3.3)."""
    stored = digest(keyring, "12345678", **PLACE | {"flow_id": "ab", "account_id": "c"})

    assert not matches(keyring, stored, "12345678", **PLACE | {"flow_id": "a", "account_id": "bc"})


def test_equal_codes_have_different_digests_and_none_shows_the_code() -> None:
    """A dump of the store would tell codes, or which are equal (R3.4)."""
    first = digest(keyring, "12345678", **PLACE)
    second = digest(keyring, "12345678", **PLACE | {"code_id": "code-2"})

    assert first != second
    assert "12345678" not in first
