"""How the library's mails are composed: no link, no image, nothing to fetch (R3.9, R8.4).

Thai comes first, then English. What the mails say is in the catalogues; which there are, in `one_time_code.py` and
`notices.py`.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from html import escape

from elaas_identity._discreet import discreet
from elaas_identity.mail.address import EmailAddress
from elaas_identity.mail.texts import MailTexts
from elaas_identity.messages import Language, Message, Say, say
from elaas_identity.not_pickled import NotPickled

BANGKOK = timezone(timedelta(hours=7))
"""Thailand has one time zone and no summer time."""

BUDDHIST_ERA = 543
"""Thai years count from the Buddha's passing: 2026 is 2569."""


@discreet
@dataclass(frozen=True, slots=True)
class Mail(NotPickled):
    """A mail to one recipient, ready for a mailer. `text` and `html` say the same.

    The parts may hold a one-time code and names, so the repr shows neither.
    """

    recipient: EmailAddress
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Shown:
    """Something to find at a glance: a label, and what it labels."""

    label: Message
    what: str
    in_text: str = ""
    """How plain text has it, where that differs: HTML spaces it by its style, so that a double click takes it whole."""


@dataclass(frozen=True, slots=True)
class About:
    """The account that a mail is about: one agency may have several."""

    agency_name: str
    username: str


def composed(
    texts: MailTexts,
    recipient: EmailAddress,
    about: About,
    subject: Message,
    purpose: Message,
    *blocks: Message | Shown,
) -> Mail:
    """A mail in both languages and both parts: who it is for, which account, its purpose, these, whom to ask.

    The purpose is also what a mail program shows beside the subject, of a mail that is not open. So nothing secret may
    stand in it; and what fills the rest of that line keeps the next paragraphs, and the code, out of there.
    """
    everything = (
        texts.say("mail.greeting", agency=one_line(about.agency_name)),
        texts.say("mail.account", username=one_line(about.username)),
        purpose,
        *blocks,
        *texts.whom_to_ask,
        texts.say("mail.automatic"),
    )
    return Mail(
        recipient,
        f"{subject.th} · {subject.en}",
        f"{_text('th', everything)}\n\n{_RULE}\n\n{_text('en', everything)}\n",
        _HTML.format(
            subject=escape(subject.th),
            preheader=escape(f"{purpose.th} · {purpose.en}"),
            filler=_FILLER,
            th=_html("th", everything),
            en=_html("en", everything),
        ),
    )


def _text(language: Language, blocks: tuple[Message | Shown, ...]) -> str:
    return "\n\n".join(
        f"{block.label.text(language)}: {block.in_text or block.what}"
        if isinstance(block, Shown)
        else block.text(language)
        for block in blocks
    )


def _html(language: Language, blocks: tuple[Message | Shown, ...]) -> str:
    return "\n".join(
        _SHOWN.format(label=escape(block.label.text(language)), what=escape(block.what))
        if isinstance(block, Shown)
        else f"<p>{escape(block.text(language))}</p>"
        for block in blocks
    )


def date_and_time(at: datetime, say: Say = say) -> Message:
    """Date and time in Bangkok, to the minute; the Thai one by the Buddhist era."""
    local = at.astimezone(BANGKOK)
    return say(
        "date.moment",
        day=local.day,
        month=say(f"date.month.{local.month}"),
        year=Message(th=str(local.year + BUDDHIST_ERA), en=str(local.year)),
        time=Message(th=f"{local:%H.%M}", en=f"{local:%H:%M}"),
    )


def one_line(name: str) -> str:
    """A name that can neither begin a line of its own nor turn the direction of the text around it."""
    if name.isprintable():  # nothing of category C in it, and no space but U+0020
        return " ".join(name.split())
    visible = (each for each in name if each.isspace() or not unicodedata.category(each).startswith("C"))
    return " ".join("".join(visible).split())


_RULE = "-" * 40

_FILLER = "&#847;&zwnj;&nbsp;" * 40
"""Characters that show nothing: mail programs show some 100 characters of a mail's beginning."""

_SHOWN = """\
<p>{label}<br>
<strong style="font-size: 1.6em; letter-spacing: 0.15em">{what}</strong></p>"""

_HTML = """\
<!doctype html>
<html lang="th">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{subject}</title>
</head>
<body style="margin: 0 auto; padding: 1em; max-width: 36em; font-family: Sarabun, Tahoma, sans-serif; line-height: 1.6">
<div aria-hidden="true" style="display: none; max-height: 0; overflow: hidden">{preheader}{filler}</div>
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
