"""The mails that the library sends, composed: no link, no image, nothing to fetch (R3.9, R8.4).

Thai comes first, then English. The reference stands in the subject, the code never does: a locked telephone shows
subjects. What the mails say is in the catalogues.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from html import escape

from elaas_identity.messages import Language, Message, say, waiting
from elaas_identity.one_time_code.email_address import EmailAddress

BANGKOK = timezone(timedelta(hours=7))
"""Thailand has one time zone and no summer time."""

BUDDHIST_ERA = 543
"""Thai years count from the Buddha's passing: 2026 is 2569."""

_HIDDEN = "•••"
_LEADING_VOWELS = ("เ", "แ", "โ", "ใ", "ไ")


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail to one recipient, ready for a mailer. `text` and `html` say the same.

    The parts may hold a one-time code and names, so the repr shows neither.
    """

    recipient: EmailAddress
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)


def one_time_code_mail(
    *,
    recipient: EmailAddress,
    code: str,
    reference: str,
    agency_name: str,
    expires_at: datetime,
    lifetime_minutes: int,
) -> Mail:
    """The mail that carries a one-time code.

    Args:
        code: its digits, shown in two groups as people read numbers aloud.
        reference: shown on the page too, so that two mails can be told apart (R3.7).
        expires_at: aware; told to the minute, rounded down: who is in time by the mail is in time.
    """
    middle = len(code) // 2
    agency = _one_line(agency_name)
    return _mail(
        recipient,
        say("mail.one_time_code.subject", reference=reference),
        say("mail.greeting", agency=agency),
        _Shown(say("mail.one_time_code.code"), f"{code[:middle]} {code[middle:]}"),
        _Shown(say("mail.one_time_code.reference"), reference),
        say(
            "mail.one_time_code.lifetime", lifetime=waiting(60 * lifetime_minutes), until=_moment(expires_at)
        ),
        say("mail.one_time_code.use"),
        say("mail.one_time_code.never_tell"),
        say("mail.one_time_code.not_you"),
        say("mail.automatic"),
    )


def password_set_notice(*, recipient: EmailAddress, agency_name: str, at: datetime) -> Mail:
    """Tells a person that the account's password was set, without the password (ASVS 6.3.7)."""
    return _mail(
        recipient,
        say("mail.password_set.subject"),
        say("mail.greeting", agency=_one_line(agency_name)),
        say("mail.password_set.what", at=_moment(at)),
        say("mail.password_set.not_you"),
        say("mail.automatic"),
    )


def account_taken_up_notice(
    *, recipient: EmailAddress, agency_name: str, person_name: str, at: datetime
) -> Mail:
    """Tells the contact given at provisioning who took the account up: a defence against a relayed QR code (R1.4).

    Args:
        person_name: as verified; the mail shows the surname's first letter only, which a colleague recognises.
    """
    who = _partly(_one_line(person_name))
    return _mail(
        recipient,
        say("mail.taken_up.subject"),
        say("mail.greeting", agency=_one_line(agency_name)),
        say("mail.taken_up.what", at=_moment(at)),
        *([_Shown(say("mail.taken_up.who"), who)] if who else []),
        say("mail.taken_up.not_yours"),
        say("mail.automatic"),
    )


@dataclass(frozen=True, slots=True)
class _Shown:
    """Something to find at a glance: a label, and what it labels."""

    label: Message
    what: str


def _mail(recipient: EmailAddress, subject: Message, *blocks: Message | _Shown) -> Mail:
    return Mail(
        recipient,
        f"{subject.th} · {subject.en}",
        f"{_text('th', blocks)}\n\n{_RULE}\n\n{_text('en', blocks)}\n",
        _HTML.format(subject=escape(subject.th), th=_html("th", blocks), en=_html("en", blocks)),
    )


def _text(language: Language, blocks: tuple[Message | _Shown, ...]) -> str:
    return "\n\n".join(
        f"{block.label.text(language)}: {block.what}" if isinstance(block, _Shown) else block.text(language)
        for block in blocks
    )


def _html(language: Language, blocks: tuple[Message | _Shown, ...]) -> str:
    return "\n".join(
        _SHOWN.format(label=escape(block.label.text(language)), what=escape(block.what))
        if isinstance(block, _Shown)
        else f"<p>{escape(block.text(language))}</p>"
        for block in blocks
    )


def _moment(at: datetime) -> Message:
    """Date and time in Bangkok, to the minute; the Thai one by the Buddhist era."""
    local = at.astimezone(BANGKOK)
    return say(
        "date.moment",
        day=local.day,
        month=say(f"date.month.{local.month}"),
        year=Message(th=str(local.year + BUDDHIST_ERA), en=str(local.year)),
        time=Message(th=f"{local:%H.%M}", en=f"{local:%H:%M}"),
    )


def _one_line(name: str) -> str:
    """A name that can neither begin a line of its own nor turn the direction of the text around it."""
    visible = (each for each in name if each.isspace() or not unicodedata.category(each).startswith("C"))
    return " ".join("".join(visible).split())


def _partly(name: str) -> str:
    """A name with the first letter of its last word: a vowel that is written first brings its consonant along."""
    *before, last = name.split(" ")
    letters = 2 if last.startswith(_LEADING_VOWELS) else 1
    return " ".join((*before, last[:letters] + _HIDDEN)) if name else ""


_RULE = "-" * 40

_SHOWN = """\
<p>{label}<br>
<strong style="font-size: 1.6em; letter-spacing: 0.08em">{what}</strong></p>"""

_HTML = """\
<!doctype html>
<html lang="th">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{subject}</title>
</head>
<body style="margin: 0 auto; padding: 1em; max-width: 36em; font-family: Sarabun, Tahoma, sans-serif; line-height: 1.6">
<div lang="th">
{th}
</div>
<hr>
<div lang="en">
{en}
</div>
</body>
</html>
"""
