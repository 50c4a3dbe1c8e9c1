"""Common passwords and patterns (R2.4)."""

from __future__ import annotations

import gzip
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elaas_identity.passwords.blocklist import is_common

ENTRIES = (
    gzip.decompress((files("elaas_identity.passwords") / "blocklist.txt.gz").read_bytes())
    .decode()
    .splitlines()
)


def test_the_list_is_sorted_folded_and_long_enough_to_matter() -> None:
    """An entry in capitals or below the least length would never match."""
    assert sorted(set(ENTRIES)) == ENTRIES
    assert len(ENTRIES) > 20_000
    assert not [
        entry for entry in ENTRIES if len(entry) < 8 or entry != entry.casefold() or entry != entry.strip()
    ]


def test_the_list_says_where_it_comes_from() -> None:
    """A portal's lawyers could not tell under which licence the list is."""
    licence = (files("elaas_identity.passwords") / "blocklist.LICENSE.txt").read_text("utf-8")

    assert f"holds {len(ENTRIES)} common passwords" in licence
    assert "Permission is hereby granted" in licence
    assert "Redistribution and use in source and binary forms" in licence


@given(st.sampled_from(ENTRIES))
def test_every_entry_is_common_in_any_case(entry: str) -> None:
    """A listed password would pass when typed in capitals (R2.4)."""
    assert is_common(entry)
    assert is_common(entry.upper())


@pytest.mark.parametrize(
    "password",
    [
        "password",
        "passwordpassword",
        "passwordpasswo",
        "Password2024!!!",
        "1234567password",
        "aaaaaaaaaaaaaaa",
        "abcabcabcabcabc",
        "abcdabcdabcdabc",
        "1234567890123456",
        "098765432109876",
        "abcdefghijklmno",
        "zyxwvutsrqponml",
        "qwertyuiopasdfg",
        "poiuytrewqlkjhg",
        "zaqxswcdevfrbgt",
        "1qaz2wsx3edc4rfv5tgb",
        "asdfasdfasdfasdf",
        "asdfghjk12345678",
        "111222333444555",
        "abcdefghijkvmtb",
        "รหัสผ่านรหัสผ่าน",
        "กขคงจฉชซฌญฎฏฐฑฒ",
        "๑๒๓๔๕๖๗๘๙๐๑๒๓๔๕",
        "ฟหกดเ้่าสวงผปแอิืท",
        "ๆไำพะัีรนยบลฟหกดเ",
        "ๅ/-ภถุึคตจขชๅ/-ภถุึคตจขช",
        "ยฟหหไนพกยฟหหไนพก",
        "ยฟหหไนพก!!!",
    ],
)
def test_patterns_are_common_on_both_keyboards(password: str) -> None:
    """Keyboard walks and repetitions, which every attack tries, would pass for long passwords (R2.4)."""
    assert is_common(password)


@pytest.mark.parametrize(
    "password",
    [
        "my dog ate the password yesterday",
        "passwords are fun",
        "password12345678x",
        "abcde abcdf abcdg",
        "abcdefghijvmtbx",
        "kmvtbxqzhdwpjrnc",
        "abc837465018273",
        "837465018273645",
        "ฉันชอบกินข้าวผัดกะเพราทุกวัน",
        "รหัสผ่านของฉันยาวมาก",
        "correct horse battery staple",
        "112233445566778",
        "abxabyabzabwabv",
    ],
)
def test_a_phrase_is_compared_whole(password: str) -> None:
    """A good phrase would be refused for a part of it (R2.4)."""
    assert not is_common(password)


def test_decoration_is_less_than_half() -> None:
    """A random number would be taken for decoration, or a common word with a few digits for a good password."""
    assert is_common("password" + "9381645")
    assert is_common("password" + "93816457")
    assert not is_common("password" + "938164572")


@given(st.text(st.characters(codec="utf-8"), min_size=8, max_size=128))
def test_any_text_has_an_answer(text: str) -> None:
    """A password would be a server error."""
    assert is_common(text) in (True, False)
    assert is_common(text[0] * 15)
