"""R8.4: each mail as golden files; R3.9: nothing in them to follow or to fetch; names cannot break out of their place.

After a wanted change of wording: `UPDATE_GOLDEN=1 python -m pytest tests/mail/test_one_time_code.py`, and read the
difference.
"""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from elaas_identity.flow.transitions import TABLE, Stage
from elaas_identity.mail.one_time_code import one_time_code_mail
from tests.mail.mails import (
    ABOUT,
    AGENCY,
    AT,
    CODE,
    KINDS,
    MAILS,
    NEW_MASKED,
    PERSON,
    RECIPIENT,
    USERNAME,
    a_code_mail,
    a_notice,
)

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", MAILS)
def test_mail_is_golden(name: str) -> None:
    """R8.4: people compare a mail with the last one they had; a change is meant, and read, or it is a fault."""
    mail = MAILS[name]
    for suffix, actual in (("txt", f"{mail.subject}\n\n{mail.text}"), ("html", mail.html)):
        golden = GOLDEN / f"{name}.{suffix}"
        if "UPDATE_GOLDEN" in os.environ:
            golden.parent.mkdir(exist_ok=True)
            golden.write_text(actual, encoding="utf-8")
        assert golden.read_text(encoding="utf-8") == actual


def test_every_golden_file_is_of_a_mail() -> None:
    """R8.4: one that no mail is compared with reads as if it were still sent."""
    assert {f"{name}.{suffix}" for name in MAILS for suffix in ("txt", "html")} == {
        each.name for each in GOLDEN.iterdir()
    }


@pytest.mark.parametrize("name", MAILS)
def test_nothing_to_follow_or_to_fetch(name: str) -> None:
    """R3.9, R8.5: mail scanners follow links and fetch images; who never sees a link learns to mistrust one."""
    mail = MAILS[name]
    for fetched in (
        "://",
        "http",
        "ftp:",
        "mailto:",
        "tel:",
        "line:",
        "www.",
        "src=",
        "href",
        "url(",
        "@import",
        "<a",
        "<img",
        "<link",
        "<script",
        "action=",
    ):
        assert fetched not in mail.html.lower()
        assert fetched not in mail.text.lower()


@pytest.mark.parametrize("name", MAILS)
def test_thai_comes_first_and_both_parts_say_the_same(name: str) -> None:
    """R8.4: who reads the text part misses nothing that the HTML part says, in the same order."""
    mail = MAILS[name]
    said = [line for line in mail.text.split("\n") if line and set(line) != {"-"}]
    shown = [line.replace("\n", ": ").replace(CODE, "0123 4567") for line in Visible.of(mail.html)]
    assert said == shown
    thai, english = mail.text.split("-" * 40)
    assert re.search("[ก-๙]", thai)
    assert not re.search("[ก-๙]", english.replace(AGENCY, "").replace("นาย สมมติ ต•••", ""))


class Visible(HTMLParser):
    """The text of each paragraph; a line break stays one."""

    def __init__(self) -> None:
        super().__init__()
        self.paragraphs: list[str] = []
        self.tags: list[str] = []

    @classmethod
    def of(cls, html: str) -> list[str]:
        parser = cls()
        parser.feed(html)
        parser.close()
        return parser.paragraphs

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)
        if tag == "p":
            self.paragraphs.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "p":
            self.tags.append("/p")

    def handle_data(self, data: str) -> None:
        open_paragraph = (
            "p" in self.tags and "/p" not in self.tags[len(self.tags) - self.tags[::-1].index("p") :]
        )
        if open_paragraph:
            self.paragraphs[-1] += data


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("123456", "123 456"),
        ("1234567", "123 4567"),
        ("01234567", "0123 4567"),
        ("0123456789", "01234 56789"),
    ],
)
def test_code_stands_in_both_parts_and_not_in_the_subject(code: str, shown: str) -> None:
    """R8.4: a locked telephone shows the subject to whoever holds it; the reference is for everybody to see.

    F22: in HTML a double click takes the whole code, which its style spaces.
    """
    mail = a_code_mail(code)
    assert (2, 2) == (mail.text.count(shown), mail.html.count(f">{code}</strong>"))
    assert "letter-spacing" in mail.html
    assert not re.search(r"\d", mail.subject)
    assert 2 == mail.subject.count("KMRT")


@pytest.mark.parametrize(
    ("at", "thai", "english"),
    [
        (
            datetime(2026, 11, 24, 2, 15, 59, tzinfo=UTC),
            "24 พฤศจิกายน 2569 เวลา 09.15\N{NO-BREAK SPACE}น.",
            "24 November 2026, 09:15",
        ),
        (
            datetime(2026, 12, 31, 17, 0, tzinfo=UTC),
            "1 มกราคม 2570 เวลา 00.00\N{NO-BREAK SPACE}น.",
            "1 January 2027, 00:00",
        ),
        (
            datetime(2028, 2, 29, 16, 59, tzinfo=UTC),
            "29 กุมภาพันธ์ 2571 เวลา 23.59\N{NO-BREAK SPACE}น.",
            "29 February 2028, 23:59",
        ),
    ],
)
def test_times_are_of_bangkok_and_years_of_the_buddhist_era(at: datetime, thai: str, english: str) -> None:
    """R8.4: seven hours or 543 years off would send people to the help desk; past the minute told is never in time."""
    text = a_code_mail(expires_at=at).text
    assert f"วันที่ {thai}" in text
    assert f"{english} (Bangkok time)" in text


@pytest.mark.parametrize("name", MAILS)
def test_f22_each_mail_says_which_account_it_is_about(name: str) -> None:
    """F22: a clerk who looks after three accounts would not know for which one the code, or the notice, is."""
    mail = MAILS[name]
    assert (1, 1) == (mail.text.count(f"ชื่อผู้ใช้งาน: {USERNAME}"), mail.text.count(f"Username: {USERNAME}"))
    assert 2 == mail.html.count(f": {USERNAME}</p>")


@pytest.mark.parametrize("name", MAILS)
def test_f22_a_mail_that_is_not_open_shows_its_purpose_and_no_code(name: str) -> None:
    """F22: a locked telephone shows the mail's first words, which were the code's, to whoever holds it."""
    mail = MAILS[name]
    shown = unescape(re.sub("<[^>]+>", "", mail.html.partition("<body")[2].partition(">")[2]))[:150]
    thai, english = (part.split("\n\n")[2] for part in mail.text.split("-" * 40 + "\n\n"))
    assert f"{thai} · {english}"[:150].strip() in shown.strip() or shown.strip() in f"{thai} · {english}"
    assert not [secret for secret in (CODE, CODE[:4], PERSON, USERNAME) if secret in shown]


def test_f22_a_code_says_what_it_is_for_whatever_flow_asks_for_it() -> None:
    """F22: who is talked into reading a code aloud could see that it changes the address."""
    purposes = {purpose for purpose, stage, _ in TABLE if stage is Stage.ONE_TIME_CODE}
    said = {a_code_mail(purpose=purpose.value).text.split("\n\n")[2] for purpose in purposes}
    assert len(purposes) == len(said) == 3


def test_months_are_all_named() -> None:
    """R8.4: a month that is missing in one language fails once a year."""
    texts = [a_code_mail(expires_at=datetime(2026, month, 1, tzinfo=UTC)).text for month in range(1, 13)]
    assert 12 == len({re.search(r"1 (\S+) 2569", text)[1] for text in texts})  # type: ignore[index]
    assert 12 == len({re.search(r"1 (\S+) 2026", text)[1] for text in texts})  # type: ignore[index]


@pytest.mark.parametrize(
    ("name", "place"),
    [
        *((name, "agency_name") for name in MAILS),
        *((name, "username") for name in MAILS),
        ("account.taken_up", "person_name"),
        ("approval.asked", "person_name"),
        ("email.changed.to_old", "new_masked"),
    ],
)
def test_names_stay_in_their_place(name: str, place: str) -> None:
    """R8.1, R7.3: a name from a list must not write a paragraph, a tag, a header or right to left."""
    hostile = (
        "<img src=x onerror=y>&\"'\n\nYour code: 0000 0000\r\n"
        "\x00\x1b[31m\u202eevil\u2028\ud800{recipient.value} end"
    )
    plain = MAILS[name]
    kind = next((kind for kind in KINDS if kind == name), None)
    names = {"agency_name": AGENCY, "person_name": PERSON, "new_masked": NEW_MASKED, "username": USERNAME}
    names |= {place: hostile}
    mail = (
        a_code_mail(
            agency_name=names["agency_name"],
            username=names["username"],
            purpose=name.partition(".")[2] or "onboarding",
        )
        if kind is None
        else a_notice(
            kind,
            agency_name=names["agency_name"],
            username=names["username"],
            person_name=names["person_name"],
            new_masked=names["new_masked"],
        )
    )
    assert plain.subject == mail.subject
    assert plain.text.count("\n") == mail.text.count("\n")
    assert plain.html.count("<") == mail.html.count("<")
    assert "{recipient.value}" in mail.text
    for text in (mail.text, mail.html):
        text.encode()
        assert not [each for each in text if each in "\r\x00\x1b\u202e\u2028"]
        assert RECIPIENT.value not in text


def test_lifetime_of_a_minute_is_worded() -> None:
    """ "1 minutes" looks like the work of somebody who is not the department."""
    mail = one_time_code_mail(
        recipient=RECIPIENT,
        code=CODE,
        reference="KMRT",
        about=ABOUT,
        purpose="onboarding",
        expires_at=AT,
        lifetime_minutes=1,
    )
    assert "รหัสนี้ใช้ได้ภายใน 60 วินาที จนถึงวันที่" in mail.text
    assert "The code is good for 60 seconds, until" in mail.text


@pytest.mark.parametrize("name", MAILS)
def test_repr_shows_neither_code_nor_address(name: str) -> None:
    """R7.2: a mail ends up in a log with the exception that stopped it."""
    shown = repr(MAILS[name])
    assert not [secret for secret in ("0123", "somchai", "example.go.th", "สมมติ") if secret in shown]
