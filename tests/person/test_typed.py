"""What people type: spaces, dashes and Thai digits (R3.7)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elaas_identity.person.typed import LONGEST, compact, trimmed


def test_spaces_and_dashes_of_any_kind_are_left_out() -> None:
    """A code that was pasted from a mail or read from paper would be wrong (R3.7)."""
    assert "12345678" == compact(" 1\u00a02\u20093\u30004-5\u20116\u20137\u2212 8 ")


def test_thai_digits_are_digits() -> None:
    """A person with a Thai keyboard would be refused (R3.7)."""
    assert "0123456789" == compact("๐๑๒๓๔๕๖๗๘๙")


def test_all_else_stays() -> None:
    """Letters would be taken for digits, or a code with a letter for one without (R3.7)."""
    assert "aZก²_." == compact("aZก\t\n²_.")


def test_a_text_that_is_too_long_is_nothing() -> None:
    """A hostile form would be worked through, or its beginning pass for a code."""
    assert "1" * LONGEST == compact("1" * LONGEST)
    assert "" == compact("1" * (LONGEST + 1))
    assert "" == compact("12345678" + " " * 10_000_000)


@given(st.text(st.characters(codec=None, categories=None), max_size=70))
def test_what_is_compact_stays_as_it_is(text: str) -> None:
    """What is typed in two ways would be two codes (R3.7)."""
    assert compact(text) == compact(compact(text))


PASTED = [
    "\t",
    "\n",
    "\r\n",
    "\u200b",
    "\u200e",
    "\u2060",
    "\ufeff",
    "\u00ad",
    "\u3000",
    "\u00a0",
    "\u2028",
    "\u202a",
]


@pytest.mark.parametrize("invisible", PASTED, ids=ascii)
def test_f50_what_pasting_brings_along_is_dropped(invisible: str) -> None:
    """A code that was copied from a mail would be refused, for a character that nobody sees (R3.7)."""
    assert "12345678" == compact(f"{invisible}1234{invisible}5678{invisible}")
    assert "a b" == trimmed(f"{invisible}{invisible}a b{invisible}")
    assert "" == trimmed(invisible * 3)


def test_f50_full_width_digits_are_digits() -> None:
    """A person with a full-width keyboard would be refused (R3.7)."""
    assert "0123456789" == compact("０１２３４５６７８９")


@given(st.text(st.characters(codec=None, categories=None), max_size=30))
def test_f50_what_is_seen_stays(text: str) -> None:
    """A username or an address would lose a letter at its end."""
    kept = trimmed(text)
    assert kept in text
    assert kept == trimmed(f" {text}\u200b")
    assert not kept or kept[0].isprintable() or not kept[0].isspace()
