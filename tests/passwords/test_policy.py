"""What a new password must be (R2.1, R2.2, R2.4)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from elaas_identity.errors import Misconfigured, Refused
from elaas_identity.passwords.policy import PasswordPolicy, context_words, prepare

NOW = datetime(2026, 10, 1, 3, 0, tzinfo=UTC)
WORDS = context_words(
    username="laas5100101", agency_name="เทศบาลตำบลตัวอย่างสมมติ", province="จังหวัดสมมติธานี", now=NOW
)
policy = PasswordPolicy()
short = PasswordPolicy(minimum_length=8)


def verdict(password: str, rules: PasswordPolicy = short) -> str:
    """The code of the refusal, or "good"."""
    try:
        rules.check(prepare(password), context_words=WORDS)
    except Refused as refused:
        return refused.code
    return "good"


GOOD = "kmvtbxqzhdwpjrnc"


@pytest.mark.parametrize(
    ("password", "rules", "expected"),
    [
        (GOOD[:14], policy, "password_too_short"),
        (GOOD[:15], policy, "good"),
        (GOOD[:7], short, "password_too_short"),
        (GOOD[:8], short, "good"),
        ("ก็" * 7, policy, "password_too_short"),
        ((GOOD * 10)[:127] + "1", policy, "good"),
        ((GOOD * 10)[:128] + "1", policy, "password_too_long"),
        ("🔑" + (GOOD * 10)[:127], policy, "good"),
    ],
)
def test_length_is_counted_in_code_points(password: str, rules: PasswordPolicy, expected: str) -> None:
    """The boundary would be one off, or bytes would be counted and Thai be favoured (R2.1)."""
    assert expected == verdict(password, rules)


def test_the_bytes_are_bounded_too() -> None:
    """A password within its code points would be dearer than the policy says (R2.1)."""
    bounded = PasswordPolicy(maximum_bytes=256)

    longest = "".join(f"ข้{number:02}🔑" for number in range(21)) + "kmv"

    assert 255 == len(longest.encode())
    assert "good" == verdict(longest + "t", bounded)
    assert "password_too_long" == verdict(longest + "tb", bounded)


@pytest.mark.parametrize(
    "numbers",
    [
        {"minimum_length": 7},
        {"minimum_length": 65},
        {"maximum_length": 63},
        {"maximum_bytes": 255},
        {"maximum_bytes": 1025},
    ],
)
def test_numbers_that_break_the_rules_are_refused(numbers: dict[str, int]) -> None:
    """A portal would start with a policy that SP 800-63B-4 forbids (R2.1)."""
    with pytest.raises(Misconfigured) as problem:
        PasswordPolicy(**numbers)  # type: ignore[arg-type]

    assert "policy" == problem.value.code
    assert next(iter(numbers)) in problem.value.detail


def test_the_numbers_at_the_bounds_are_taken() -> None:
    """A portal that adds ThaID at sign-in could not ask for the 8 characters that are enough then (R2.1)."""
    assert 8 == PasswordPolicy(minimum_length=8).minimum_length
    assert 64 == PasswordPolicy(minimum_length=64, maximum_length=64).maximum_length
    assert 256 == PasswordPolicy(maximum_bytes=256).maximum_bytes
    assert (15, 128, 1024) == (policy.minimum_length, policy.maximum_length, policy.maximum_bytes)


@pytest.mark.parametrize(
    "password",
    ["abcxyzkmvtbxqzh", "ABCXYZKMVTBXQZH", "837461950284617", "!#%&(*@$^)(!&#%@", "ฉันชอบกินข้าวผัดตอนเย็น"],
)
def test_no_kind_of_character_is_asked_for(password: str) -> None:
    """Composition rules would make passwords worse (R2.2)."""
    assert "good" == verdict(password, policy)


@pytest.mark.parametrize(
    "password",
    [
        "laas5100101",
        "LAAS5100101",
        "laas5100101laas5100101",
        "laas-5100-101",
        "laas51001011234",
        "laas5100101!!!!!!",
        "เทศบาลตำบลตัวอย่างสมมติ",
        "เทศบาลตำบล ตัวอย่างสมมติ 2569",
        "ตัวอย่างสมมติ",
        "ตัวอย่างสมมติ๒๕๖๙",
        "จังหวัดสมมติธานี",
        "สมมติธานี",
        "E-LAAS 2569",
        "New e-LAAS",
        "new e-laas 2570",
        "elaas2569elaas2569",
        "laas2026laas",
        "e-LAAS@ThaID!!!",
        "25692569",
        "20262569",
        "2025-2027",
        "25682570",
    ],
)
def test_what_names_the_account_its_agency_or_the_service_is_refused(password: str) -> None:
    """Whoever knows the agency would guess the password (R2.4)."""
    assert "password_contextual" == verdict(password)


@pytest.mark.parametrize(
    "word",
    [
        "laas5100101",
        "เทศบาลตำบลตัวอย่างสมมติ",
        "ตัวอย่างสมมติ",
        "อบต.ตัวอย่างสมมติ",
        "จังหวัดสมมติธานี",
        "สมมติธานี",
        "e-LAAS",
        "ｅＬＡＡＳ",
        "new e-laas",
        "งบประมาณ",
    ],
)
@pytest.mark.parametrize(
    "around",
    [
        "{}2569",
        "{}2026",
        "{} ๒๕๖๙",
        "{}/69",
        "2569{}",
        "๒๕๖๙-{}",
        "1234{}",
        "{}123456",
        "0123456789{}!!",
        "{}2569/2570",
        "12{}๓๔",
        "--{}--123456--",
        "{}２５６９𝟐𝟓𝟔𝟗",
        "{}²⁵⁶⁹",
    ],
)
def test_digits_and_separators_around_a_context_word_hide_nothing(word: str, around: str) -> None:
    """F57: the agency's name with a year behind it is among the first guesses, and was accepted."""
    with pytest.raises(Refused, match="password_contextual"):
        short.check(prepare(around.format(word)), context_words=WORDS)


@pytest.mark.parametrize(
    "password", ["837462026195123", "202683746195123", "256983746195123", "laas51001o1kmvt2569"]
)
def test_a_number_that_holds_a_year_is_no_year(password: str) -> None:
    """F57: digits are stripped around words alone, or each long number with a year in it would be refused."""
    assert "good" == verdict(password)


@pytest.mark.parametrize(
    "password",
    [
        "xlaas5100101",
        "laas5100101x",
        "we pay bills in e-laas every monday",
        "เทศบาลตำบลตัวอย่างสมมติมีต้นไม้ใหญ่หนึ่งต้น",
        "2566-2024-kmvt",
        "elaas of our province",
    ],
)
def test_a_long_phrase_that_contains_such_a_word_is_good(password: str) -> None:
    """The whole password is compared: good phrases would be refused (R2.4)."""
    assert "good" == verdict(password)


@pytest.mark.parametrize(
    "password", ["password1", "Sunshine!2024", "qwertyuiop", "aaaaaaaaaaaaaaaaaa", "password" * 16]
)
def test_a_common_password_is_refused_with_its_reason(password: str) -> None:
    """The first guesses of every attack would open the account, or the person would not know why (R2.4)."""
    assert "password_common" == verdict(password)


def test_short_words_are_no_context() -> None:
    """An agency called "ab" would make every text of those letters contextual; an empty word every text."""
    for word in ("", "km", "--"):
        short.check("kmkmvtbx", context_words=[word])
    with pytest.raises(Refused):
        short.check("kmvkmvkmv", context_words=["kmv"])


@pytest.mark.parametrize(
    ("now", "years"),
    [
        (datetime(2024, 9, 17, tzinfo=UTC), {"2023", "2024", "2025", "2566", "2567", "2568"}),
        (datetime(2024, 12, 31, 16, 59, 59, tzinfo=UTC), {"2023", "2024", "2025", "2566", "2567", "2568"}),
        (datetime(2024, 12, 31, 17, tzinfo=UTC), {"2024", "2025", "2026", "2567", "2568", "2569"}),
    ],
)
def test_the_years_are_those_around_now_in_both_calendars(now: datetime, years: set[str]) -> None:
    """The fiscal year on everybody's lips would be a password (R2.4); Bangkok is seven hours ahead."""
    words = context_words(username="u", agency_name="a", province="p", now=now)

    assert years == {word for word in words if word.isdigit()}


def test_context_words_hold_names_with_and_without_their_kind_once() -> None:
    """The agency's bare name, which everybody uses, would pass (R2.4)."""
    words = context_words(
        username="น", agency_name="องค์การบริหารส่วนตำบลสมมติ", province="จังหวัดสมมติ", now=NOW + timedelta(0)
    )

    assert {"องค์การบริหารส่วนตำบลสมมติ", "สมมติ", "จังหวัดสมมติ", "น", "elaas", "laas"} <= set(words)
    assert len(words) == len(set(words))
    assert "" not in context_words(username="", agency_name="", province="", now=NOW)
