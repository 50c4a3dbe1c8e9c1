"""What people read: every id in both languages with the same places, Thai that is Thai, and nothing told too much."""

from __future__ import annotations

import re
import string
import unicodedata
from datetime import timedelta
from typing import get_args

import pytest

from elaas_identity.errors import (
    ElaasIdentityError,
    Misconfigured,
    MisconfiguredCode,
    ProviderFailed,
    ProviderFailedCode,
    Refused,
    RefusedCode,
)
from elaas_identity.flow.outcomes import EndReason
from elaas_identity.messages import Message, say, waiting
from scripts.messages import PACKAGE, wordings

CODES: tuple[str, ...] = (*get_args(RefusedCode), *get_args(ProviderFailedCode), *get_args(MisconfiguredCode))
LOCALE = PACKAGE / "messages" / "locale"
WORDINGS = {
    language: {
        message_id: wording
        for domain in ("elaas_identity", "pages")
        for message_id, wording in wordings(LOCALE / language / "LC_MESSAGES" / f"{domain}.po").items()
    }
    for language in ("th", "en")
}
IDS = sorted(WORDINGS["th"])


def every(language: str) -> list[tuple[str, str]]:
    return sorted(WORDINGS[language].items())


# Errors and ends


@pytest.mark.parametrize("code", CODES)
def test_every_error_says_what_to_do_next(code: str) -> None:
    """A refusal without a way on strands the person; a code without a wording is a KeyError on top of the error."""
    said = ElaasIdentityError(code, retry_after=timedelta(seconds=90)).message
    assert "โปรด" in said.th
    assert re.search(r"\b(please|sign in)\b", said.en, re.IGNORECASE)
    assert "{" not in str(said)


@pytest.mark.parametrize("reason", get_args(EndReason))
def test_every_end_says_what_to_do_next(reason: str) -> None:
    """The same, where a flow takes no further act."""
    said = say(f"ended.{reason}")
    assert "โปรด" in said.th
    assert re.search(r"\b[Pp]lease (sign in|contact)\b", said.en)


def test_no_error_is_worded_that_does_not_exist() -> None:
    """A wording of a code that is gone would be kept in order for nobody."""
    assert {f"error.{code}" for code in CODES} == {each for each in IDS if each.startswith("error.")}
    assert {f"ended.{reason}" for reason in get_args(EndReason)} == {
        each for each in IDS if each.startswith("ended.")
    }


def test_errors_have_one_place_at_most() -> None:
    """An error is worded from its code and its wait alone, so that nothing secret can get into it (R7.2)."""
    places = {each: places_of(WORDINGS["th"][f"error.{each}"]) for each in CODES}
    assert {"wait"} == set().union(*places.values())
    assert {code for code, names in places.items() if names} == {
        "sign_in_throttled",
        "flow_limit",
        "mail_throttled",
        "one_time_code_throttled",
        "authenticator_code_throttled",
        "recovery_limit",
        "identity_first_limit",
        "trip_limit",
        "email_change_limit",
        "email_cooling_off",
    }


def test_misconfiguration_names_the_code_to_tell() -> None:
    """The person can change nothing; the administrator needs a word to look up, in either language."""
    for code in get_args(MisconfiguredCode):
        said = Misconfigured(code, detail="for the developer").message
        assert said.th.endswith(f" {code}")
        assert said.en.endswith(f" {code}.")
        assert "ผู้ดูแลระบบ" in said.th
        assert "for the developer" not in str(said)


def test_wrong_credential_tells_nothing_of_the_account() -> None:
    """R4.2: neither that the name exists, nor that it is suspended, nor which of the two was wrong."""
    said = Refused("credential_wrong").message
    assert not re.search("ระงับ|ไม่พบ|ไม่มีบัญชี|ปิด", said.th)
    assert not re.search("suspend|unknown|not found|exist|closed|no account", said.en, re.IGNORECASE)


def test_mismatch_tells_nothing_of_whom_it_expects() -> None:
    """R1.4: no name, no number, no agency; but whom to turn to."""
    said = Refused("person_mismatch").message
    assert "officer whom your agency named" in said.en
    assert "ผู้ดูแลระบบ" in said.th
    assert not places_of(WORDINGS["th"]["error.person_mismatch"])


@pytest.mark.parametrize("code", ["browser_unknown", "flow_unknown"])
def test_lost_browser_is_told_the_way_back(code: RefusedCode) -> None:
    """ThaID, the user's side: LINE's browser, and cookies that are refused, are what people meet."""
    said = Refused(code).message
    for words in (("คุกกี้", "เบราว์เซอร์เดียวกัน", "LINE"), ("cookies", "same browser", "LINE")):
        assert all(word in str(said) for word in words)


def test_message_never_shows_the_detail() -> None:
    """The detail is for developers: it may name hosts and settings."""
    failed = ProviderFailed("mail_not_accepted", detail="before: the server answered 535")
    assert "535" not in str(failed.message)


# Waiting


@pytest.mark.parametrize(
    ("seconds", "thai", "english"),
    [
        (0, "สักครู่", "a moment"),
        (1, "1 วินาที", "1 second"),
        (2, "2 วินาที", "2 seconds"),
        (119, "119 วินาที", "119 seconds"),
        (120, "2 นาที", "2 minutes"),
        (121, "3 นาที", "3 minutes"),
        (3_600, "60 นาที", "60 minutes"),
        (7_199, "120 นาที", "120 minutes"),
        (7_200, "2 ชั่วโมง", "2 hours"),
        (86_400, "24 ชั่วโมง", "24 hours"),
        (172_800, "2 วัน", "2 days"),
        (172_801, "3 วัน", "3 days"),
    ],
)
def test_wait_is_said_in_words_and_never_too_short(seconds: int, thai: str, english: str) -> None:
    """R4.1: 31,535,999 seconds help nobody; who waits as told must not be told to wait again."""
    assert Message(th=thai, en=english) == waiting(seconds)


def test_throttled_error_says_how_long() -> None:
    """R4.1: throttled answers are open."""
    said = Refused("sign_in_throttled", retry_after=timedelta(seconds=180.5)).message
    assert "โปรดรอ 4 นาที แล้วลองใหม่อีกครั้ง" in said.th
    assert "Please wait 4 minutes, then try again" in said.en
    assert "โปรดรอ สักครู่ แล้ว" in Refused("sign_in_throttled").message.th


# say


def test_values_are_no_formats() -> None:
    """R7.2: a name with braces in it must not read attributes of what else is said."""
    hostile = "{agency.__class__} {0} {"
    said = say("mail.greeting", agency=hostile)
    assert said.th.endswith(hostile)
    assert said.en.endswith(hostile)


def test_message_in_a_message_keeps_to_its_language() -> None:
    """A Thai month in an English sentence."""
    said = say("mail.greeting", agency=Message(th="เทศบาล", en="municipality"))
    assert said.th.endswith("ของ เทศบาล")
    assert said.en.endswith("of municipality")


def test_unknown_id_and_missing_value_are_errors() -> None:
    """An id on a page in place of a sentence would go unnoticed in tests."""
    for message_id in ("error.no_such", "page.no_such", "mail.greeting"):
        with pytest.raises(KeyError):
            say(message_id)


def test_message_reads_thai_first() -> None:
    """R8.4, and everywhere."""
    message = Message(th="ไทย", en="English")
    assert ("ไทย\nEnglish", "ไทย", "English") == (str(message), message.text("th"), message.text("en"))


# The catalogues' language


def places_of(wording: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(wording) if name is not None}


def test_both_languages_have_every_id_with_the_same_places() -> None:
    """What is filled in for one language and not for the other is a KeyError for half of the readers."""
    assert IDS == sorted(WORDINGS["en"])
    assert {each: places_of(WORDINGS["th"][each]) for each in IDS} == {
        each: places_of(WORDINGS["en"][each]) for each in IDS
    }


THAI = "ก-๛"
WRONG_THAI = {
    "two เ in place of แ": ("เเ", "เเจ้ง"),
    "ํ and า in place of ำ": ("ํ[่-๋]?า", "ทํา"),
    "a tone before its vowel": ("[่-๋][ัิ-ู]", "ที่นี่่ี"),
    "two marks of one kind": ("[่-๋]{2}|[ัิ-ู]{2}", "ครั้้ง"),
    "a mark with no letter": ("(^|[^ก-ฮ])[ัิ-ฺ]", "เิดิน"),
    "a letter of another script in a Thai word": (f"[{THAI}][A-Za-zͰ-ϿЀ-ӿ]|[A-Za-zͰ-ϿЀ-ӿ][{THAI}]", "รหัสOTP"),
    "Lao in place of Thai": ("[\u0e80-\u0eff]", "\u0e81"),
    "a Thai digit among Arabic ones": ("[๐-๙]", "๑0"),
    "spaces that nobody meant": ("  |^ | $", "รหัส  ผ่าน"),
    "a full stop at the end": (r"(?<!น)\.$", "รหัสไม่ถูกต้อง."),
    "a letter four times": (f"([{THAI}])\\1{{3}}", "มาาาาก"),
    "a repetition mark without its space": ("[^ ]ๆ|ๆ[^ ]", "ใดๆ"),
}
"""What looks right and is written wrongly: a pattern, and something that it has to find."""


@pytest.mark.parametrize("fault", WRONG_THAI)
def test_thai_is_written_with_thai_letters(fault: str) -> None:
    """A screen reader reads such a word out wrongly, and no search finds it."""
    pattern, example = WRONG_THAI[fault]
    assert re.search(pattern, example)
    assert [] == [(each, text) for each, text in every("th") if re.search(pattern, text)]


def test_thai_is_polite_and_of_one_kind() -> None:
    """Neutral and formal: no particle of one sex, no word that a clerk would not use to a citizen."""
    assert [] == [
        (each, text) for each, text in every("th") if re.search("ครับ|ค่ะ|คะ$|คุณ(?!ภาพ)|กรุณา|มึง|ต้องทำ", text)
    ]


def test_english_has_no_letter_of_another_script() -> None:
    """A Thai word left in an English sentence, or a letter that only looks Latin."""
    assert [] == [
        (each, text)
        for each, text in every("en")
        if any(char.isalpha() and not unicodedata.name(char).startswith("LATIN") for char in text)
    ]


@pytest.mark.parametrize("language", ["th", "en"])
def test_wordings_are_plain_text(language: str) -> None:
    """R3.9, R7.3: no control or invisible character, no tag, no link, and NFC as it will be compared."""
    for message_id, text in every(language):
        assert unicodedata.is_normalized("NFC", text), message_id
        assert not re.search(r"[<>]|://|www\.", text), message_id
        assert not [char for char in text if unicodedata.category(char) in ("Cc", "Cf", "Co", "Cn", "Cs")], (
            message_id
        )
