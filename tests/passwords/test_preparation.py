"""One form for passwords and usernames (R2.3, R4.1)."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from precis_i18n import get_profile

from elaas_identity.errors import Refused
from elaas_identity.passwords.preparation import (
    MAXIMUM_BYTES,
    USERNAME_LENGTH,
    is_username,
    prepare,
    prepare_username,
)

ASCII = "".join(map(chr, range(0x21, 0x7F)))
THAI = "".join(map(chr, (*range(0xE01, 0xE3B), *range(0xE3F, 0xE5C))))

any_text = st.text(st.characters(codec=None, categories=None), max_size=60)


def refusal_of(password: str) -> Refused:
    with pytest.raises(Refused) as refused:
        prepare(password)
    assert "password" == refused.value.field
    # The error of the library beneath holds the password.
    assert refused.value.__context__ is None
    assert refused.value.__cause__ is None
    return refused.value


@pytest.mark.parametrize(
    ("typed", "prepared"),
    [
        ("correct horse battery", "correct horse battery"),
        ("CaSe Is Kept", "CaSe Is Kept"),
        ("ครูสมศรีกินข้าว", "ครูสมศรีกินข้าว"),
        ("cafe\u0301", "caf\u00e9"),
        ("a\u00a0b\u2003c\u3000d", "a b c d"),
        (" surrounded ", " surrounded "),
        ("ｆｕｌｌ", "ｆｕｌｌ"),
        ("ﬁ", "ﬁ"),
        ("๑๒๓", "๑๒๓"),
        ("🔑", "🔑"),
    ],
)
def test_the_form_is_nfc_with_plain_spaces_and_nothing_else_changed(typed: str, prepared: str) -> None:
    """A password would be another one on another keyboard, or weaker than what was typed (R2.3)."""
    assert prepared == prepare(typed)


@given(st.text(st.sampled_from("กิ่ป้ำeé\u0301\u0e4d\u0e32 \u00a0ộ\u0302\u0323"), min_size=1, max_size=20))
def test_nfc_equal_inputs_have_one_form(text: str) -> None:
    """A Thai or accented password would open on one machine and not on another (R2.3)."""
    assert prepare(text) == prepare(unicodedata.normalize("NFD", text))
    assert prepare(text) == prepare(prepare(text))


def test_sara_am_and_its_parts_are_different() -> None:
    """The documented difference from NFKC would have gone, and stored hashes with it (R2.3)."""
    assert prepare("น\u0e33") != prepare("น\u0e4d\u0e32")


@pytest.mark.parametrize(
    ("character", "says"),
    [
        ("\u200b", "U+200B ZERO WIDTH SPACE"),
        ("\ufeff", "U+FEFF ZERO WIDTH NO-BREAK SPACE"),
        ("\u202e", "U+202E RIGHT-TO-LEFT OVERRIDE"),
        ("\t", "U+0009 category Cc"),
        ("\n", "U+000A category Cc"),
        ("\x00", "U+0000 category Cc"),
        ("\x7f", "U+007F category Cc"),
        ("\ud800", "U+D800 category Cs"),
        ("\udfff", "U+DFFF category Cs"),
        ("\ue000", "U+E000 category Co"),
        ("\U000e0001", "U+E0001 LANGUAGE TAG"),
        ("\u0378", "U+0378 category Cn"),
        ("\u200d", "U+200D ZERO WIDTH JOINER"),
    ],
)
def test_a_character_that_cannot_be_seen_is_refused_and_named_alone(character: str, says: str) -> None:
    """The person would never know why the password fails, or the error would tell the rest of it (R2.3, R7.2)."""
    refused = refusal_of(f"topsecret{character}phrase")

    assert ("password_character_not_allowed", says) == (refused.code, refused.detail)


def test_1024_bytes_are_taken_and_1025_are_not() -> None:
    """A long phrase would be refused, or a hostile one worked through (R2.1)."""
    assert 1024 == MAXIMUM_BYTES
    for longest in ("a" * 1024, "ก" * 341 + "a", "🔑" * 256):
        assert longest == prepare(longest)
        refused = refusal_of(longest + "a")
        assert "password_too_long" == refused.code


@pytest.mark.parametrize("huge", ["a" * 50_000_000, "\ud800" * 1025, "\u0344" * 513, "\x00" * 2000])
def test_what_is_too_long_is_refused_before_anything_else(huge: str) -> None:
    """Megabytes would be normalised before they are refused, or surrogates would raise an untyped error."""
    assert "password_too_long" == refusal_of(huge).code


def test_nothing_is_too_short() -> None:
    """An empty field would be an untyped error."""
    assert "password_too_short" == refusal_of("").code


@given(any_text)
def test_any_text_is_prepared_or_refused(text: str) -> None:
    """A hostile password would be a server error (R9.4)."""
    try:
        prepared = prepare(text)
    except Refused:
        return
    assert prepared == prepare(prepared)
    assert prepared == prepared.encode().decode()


@pytest.mark.parametrize(
    ("typed", "prepared"),
    [
        ("Somchai01", "somchai01"),
        ("ＬＡＡＳ０１", "laas01"),
        ("  laas01\n", "laas01"),
        ("CAFE\u0301", "caf\u00e9"),
        ("เทศบาลตัวอย่าง", "เทศบาลตัวอย่าง"),
        ("5100101", "5100101"),
        ("laas_01.b-c@x", "laas_01.b-c@x"),
        ("u" * USERNAME_LENGTH, "u" * USERNAME_LENGTH),
    ],
)
def test_spellings_of_a_username_have_one_form(typed: str, prepared: str) -> None:
    """A name typed in capitals or pasted with a space would be another, with failures of its own (R4.1)."""
    assert prepared == prepare_username(typed)
    assert is_username(prepared)


@pytest.mark.parametrize(
    "text", ["", "   ", "a b", "a\x00b", "a\u200bb", "\ud800", "น้ำ", "🔑", "u" * (USERNAME_LENGTH + 1), "אa1"]
)
def test_what_is_no_username_has_a_form_that_none_has(text: str) -> None:
    """Guesses under such a name would go uncounted, or be counted against somebody (R4.1)."""
    form = prepare_username(text)

    assert not is_username(form)
    assert form == prepare_username(text)
    assert form != prepare_username(form)


@example("\x00")
@example("A\u0300" * 256)
@given(any_text)
def test_any_text_has_a_bounded_form(text: str) -> None:
    """A hostile username would be a server error, or cost more than a good one (R4.1, R9.4)."""
    form = prepare_username(text)

    assert len(form) <= USERNAME_LENGTH + 1
    assert not is_username(form) or form == prepare_username(form)


def test_two_texts_that_are_no_usernames_are_counted_apart() -> None:
    """One person's mistyped name would be throttled by another's."""
    assert prepare_username("a b") != prepare_username("a c")


def test_a_huge_username_keeps_only_its_beginning() -> None:
    """Ten megabytes of username would be digested and compared."""
    assert 256 == USERNAME_LENGTH
    assert 1 + USERNAME_LENGTH == len(prepare_username("a" * 10_000_000))
    assert 1 + USERNAME_LENGTH == len(prepare_username("\ud800" * 10_000_000))


@given(st.text(f"{ASCII}{THAI} ", min_size=1))
@example(ASCII)
@example(THAI)
@example("น\u0e48\u0e38")
@example("a\u0e4d\u0e32")
def test_thai_and_ascii_passwords_are_prepared_as_the_profile_says(password: str) -> None:
    """R2.3: a short cut that differed in one character would lock out whoever has it."""
    assert get_profile("OpaqueString").enforce(password) == prepare(password)


@pytest.mark.parametrize("character", "\u0e00\u0e3b\u0e3e\u0e5c\u0e7f\u007f\u001f\u00a0\n")
def test_neighbours_of_thai_and_ascii_are_judged_by_the_profile(character: str) -> None:
    """R2.3: an unassigned code point may become another character in the next Unicode, and a control is none."""
    if character == "\u00a0":
        assert "a b" == prepare("a\u00a0b")
    else:
        assert "password_character_not_allowed" == refusal_of(f"a{character}").code


@given(st.text(ASCII, min_size=1, max_size=USERNAME_LENGTH))
@example(ASCII)
def test_ascii_usernames_are_prepared_as_the_profile_says(username: str) -> None:
    """R4.1: else the index of an account made before would not be found."""
    assert get_profile("UsernameCaseMapped").enforce(username) == prepare_username(username)
