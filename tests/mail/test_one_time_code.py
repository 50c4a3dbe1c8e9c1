"""R8.4: each mail as golden files; R3.9: nothing in them to follow or to fetch; names cannot break out of their place.

After a wanted change of wording: `UPDATE_GOLDEN=1 python -m pytest tests/mail/test_one_time_code.py`, and read the
difference.
"""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from elaas_identity.mail.one_time_code import one_time_code_mail
from tests.mail.mails import (
    AGENCY,
    AT,
    CODE,
    KINDS,
    MAILS,
    NEW_MASKED,
    PERSON,
    RECIPIENT,
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
        "http",
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
    shown = Visible.of(mail.html)
    assert said == [line.replace("\n", ": ") for line in shown]
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
    """R8.4: a locked telephone shows the subject to whoever holds it; the reference is for everybody to see."""
    mail = a_code_mail(code)
    assert (2, 2) == (mail.text.count(shown), mail.html.count(shown))
    assert not re.search(r"\d", mail.subject)
    assert 2 == mail.subject.count("KMRT")


@pytest.mark.parametrize(
    ("at", "thai", "english"),
    [
        (
            datetime(2026, 11, 24, 2, 15, 59, tzinfo=UTC),
            "24 พฤศจิกายน 2569 เวลา 09.15 น.",
            "24 November 2026, 09:15",
        ),
        (datetime(2026, 12, 31, 17, 0, tzinfo=UTC), "1 มกราคม 2570 เวลา 00.00 น.", "1 January 2027, 00:00"),
        (
            datetime(2028, 2, 29, 16, 59, tzinfo=UTC),
            "29 กุมภาพันธ์ 2571 เวลา 23.59 น.",
            "29 February 2028, 23:59",
        ),
    ],
)
def test_times_are_of_bangkok_and_years_of_the_buddhist_era(at: datetime, thai: str, english: str) -> None:
    """R8.4: seven hours or 543 years off would send people to the help desk; past the minute told is never in time."""
    text = a_code_mail(expires_at=at).text
    assert f"วันที่ {thai}" in text
    assert f"{english} (Bangkok time)" in text


def test_months_are_all_named() -> None:
    """R8.4: a month that is missing in one language fails once a year."""
    texts = [a_code_mail(expires_at=datetime(2026, month, 1, tzinfo=UTC)).text for month in range(1, 13)]
    assert 12 == len({re.search(r"1 (\S+) 2569", text)[1] for text in texts})  # type: ignore[index]
    assert 12 == len({re.search(r"1 (\S+) 2026", text)[1] for text in texts})  # type: ignore[index]


@pytest.mark.parametrize(
    ("name", "place"),
    [
        *((name, "agency_name") for name in MAILS),
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
    names = {"agency_name": AGENCY, "person_name": PERSON, "new_masked": NEW_MASKED, place: hostile}
    mail = (
        a_code_mail(agency_name=hostile)
        if kind is None
        else a_notice(
            kind,
            agency_name=names["agency_name"],
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
        agency_name=AGENCY,
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
