"""What people type: spaces, dashes and Thai digits (R3.7)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from elaas_identity.person.typed import LONGEST, compact


def test_spaces_and_dashes_of_any_kind_are_left_out() -> None:
    """A code that was pasted from a mail or read from paper would be wrong (R3.7)."""
    assert "12345678" == compact(" 1\u00a02\u20093\u30004-5\u20116\u20137\u2212 8 ")


def test_thai_digits_are_digits() -> None:
    """A person with a Thai keyboard would be refused (R3.7)."""
    assert "0123456789" == compact("๐๑๒๓๔๕๖๗๘๙")


def test_all_else_stays() -> None:
    """Letters would be taken for digits, or a code with a letter for one without (R3.7)."""
    assert "aZก\t\n²" == compact("aZก\t\n²")


def test_a_text_that_is_too_long_is_nothing() -> None:
    """A hostile form would be worked through, or its beginning pass for a code."""
    assert "1" * LONGEST == compact("1" * LONGEST)
    assert "" == compact("1" * (LONGEST + 1))
    assert "" == compact("12345678" + " " * 10_000_000)


@given(st.text(st.characters(codec=None, categories=None), max_size=70))
def test_what_is_compact_stays_as_it_is(text: str) -> None:
    """What is typed in two ways would be two codes (R3.7)."""
    assert compact(text) == compact(compact(text))
