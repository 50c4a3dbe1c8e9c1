"""ASVS 6.3.7, R1.4: who is told what, and nothing that opens anything. The wordings are golden: `test_mail.py`."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from elaas_identity.mail.notices import NoticeKind, notice
from tests.mail.mails import ABOUT, AGENCY, AT, KINDS, NEW_MASKED, NOTICES, PERSON, RECIPIENT, a_notice

OF_A_PERSON: tuple[NoticeKind, ...] = ("account.taken_up", "approval.asked")


@pytest.mark.parametrize("name", NOTICES)
def test_notices_hold_no_secret(name: str) -> None:
    """ASVS 6.3.7: a notice tells that something happened, and nothing that opens anything."""
    mail = NOTICES[name]
    assert not re.search(r"\d{3} \d{3}", mail.text)
    assert not [each for each in (RECIPIENT.value, PERSON) if each in f"{mail.subject}{mail.text}{mail.html}"]


@pytest.mark.parametrize("name", NOTICES)
def test_subjects_name_nobody(name: str) -> None:
    """R8.4: a locked telephone shows the subject to whoever holds it."""
    subject = NOTICES[name].subject
    assert not [each for each in (AGENCY, "สมมติ", "•", "@", "example") if each in subject]
    assert not re.search(r"\d", subject)


@pytest.mark.parametrize("name", NOTICES)
def test_notices_tell_when_and_whom_to_turn_to(name: str) -> None:
    """ASVS 6.3.7: who reads of an act that was not theirs needs to know which one, and who can stop it."""
    thai, english = NOTICES[name].text.split("-" * 40)
    assert 1 == thai.count("เมื่อวันที่ 24 พฤศจิกายน 2569 เวลา 09.15\N{NO-BREAK SPACE}น.")
    assert 1 == english.count("on 24 November 2026, 09:15 (Bangkok time)")
    assert re.search("โปรด(แจ้ง|ติดต่อ)(ผู้ดูแลระบบ|หน่วยงานของท่าน)", thai)
    assert re.search("please (tell|contact) your (administrator|agency)", english)


@pytest.mark.parametrize("kind", OF_A_PERSON)
@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("นาย สมมติ ตัวอย่าง", "นาย สมมติ ต•••"),
        ("นาง สมมติ เพชรงาม", "นาง สมมติ เพ•••"),
        ("Sommut Tuayang", "Sommut T•••"),
        ("นามสมมุติ", "น•••"),
    ],
)
def test_notice_names_the_person_in_part(kind: NoticeKind, name: str, shown: str) -> None:
    """Invariant 6, residual risk: a colleague recognises who it was; a stranger at the mailbox learns no full name."""
    text = a_notice(kind, person_name=name).text
    assert 2 == text.count(f": {shown}\n")
    assert name not in text


@pytest.mark.parametrize("kind", OF_A_PERSON)
def test_notice_of_a_nameless_person_has_no_empty_line_for_it(kind: NoticeKind) -> None:
    """The identity provider may release no name."""
    text = a_notice(kind, person_name="").text
    assert "•••" not in text
    assert "\n\n\n" not in text


def test_old_address_learns_the_new_one_in_part() -> None:
    """Its owner sees whether the new one is their own; whoever else reads the old mailbox cannot write to it."""
    assert "tu•••@example.or.th" == NEW_MASKED
    assert 2 == a_notice("email.changed.to_old").text.count(f": {NEW_MASKED}\n")


@pytest.mark.parametrize(
    ("until", "thai", "english"),
    [
        (
            datetime(2026, 11, 27, 2, 15, tzinfo=UTC),
            "27 พฤศจิกายน 2569 เวลา 09.15\N{NO-BREAK SPACE}น.",
            "27 November 2026, 09:15",
        ),
        (
            datetime(2026, 11, 27, 2, 15, 0, 1, tzinfo=UTC),
            "27 พฤศจิกายน 2569 เวลา 09.16\N{NO-BREAK SPACE}น.",
            "27 November 2026, 09:16",
        ),
        (
            datetime(2026, 12, 31, 16, 59, 1, tzinfo=UTC),
            "1 มกราคม 2570 เวลา 00.00\N{NO-BREAK SPACE}น.",
            "1 January 2027, 00:00",
        ),
    ],
)
def test_hold_is_told_to_the_minute_after_it(until: datetime, thai: str, english: str) -> None:
    """Rounded down, who tries at the minute told would be refused by a clock that the mail does not show."""
    text = a_notice("email.changed.to_old", until=until).text
    assert f"จนถึงวันที่ {thai}\n" in text
    assert f"until {english} (Bangkok time).\n" in text


@pytest.mark.parametrize("left", [0, 1, 9])
def test_recovery_codes_left_are_counted(left: int) -> None:
    """Who is not told learns it on the day that the phone is gone and the paper has nothing left."""
    text = a_notice("authenticator.recovery_code_used", left=left).text
    assert f"\n\nจำนวนรหัสสำรองที่เหลือ: {left}\n\n" in text
    assert f"\n\nRecovery codes left: {left}\n\n" in text


def test_each_notice_reads_differently() -> None:
    """A suspension that reads like a hand-over sends the officer to the wrong desk."""
    assert len(KINDS) == len({mail.text for mail in NOTICES.values()})
    both_mailboxes = 1
    assert len(KINDS) - both_mailboxes == len({mail.subject for mail in NOTICES.values()})


@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        ("account.taken_up", "person_name"),
        ("approval.asked", "person_name"),
        ("email.changed.to_old", "new_masked"),
        ("authenticator.recovery_code_used", "left"),
    ],
)
def test_notice_without_what_it_tells_is_not_made(kind: NoticeKind, missing: str) -> None:
    """A label with nothing behind it would be mailed, and the caller's fault never seen."""
    with pytest.raises(KeyError, match=missing):
        notice(kind, recipient=RECIPIENT, about=ABOUT, at=AT, until=AT)


def test_notice_of_a_hold_without_its_end_is_not_made() -> None:
    """The old mailbox would be told that a reset waits, and not for how long."""
    with pytest.raises(KeyError, match="until"):
        notice("email.changed.to_old", recipient=RECIPIENT, about=ABOUT, at=AT, new_masked=NEW_MASKED)
