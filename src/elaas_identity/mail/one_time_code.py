"""The mail with the one-time code.

The reference stands in the subject, the code never does: a locked telephone shows subjects.
"""

from __future__ import annotations

from datetime import datetime

from elaas_identity.mail.address import EmailAddress
from elaas_identity.mail.composing import About, Mail, Shown, composed, date_and_time
from elaas_identity.mail.texts import LIBRARY_TEXTS, MailTexts
from elaas_identity.messages import waiting


def one_time_code_mail(
    *,
    recipient: EmailAddress,
    code: str,
    reference: str,
    about: About,
    purpose: str,
    expires_at: datetime,
    lifetime_minutes: int,
    texts: MailTexts = LIBRARY_TEXTS,
) -> Mail:
    """The mail that carries a one-time code.

    Args:
        code: its digits, in plain text in two groups, as people read numbers aloud.
        reference: shown on the page too, so that two mails can be told apart (R3.7).
        purpose: what the code is for: the `Purpose` of its flow.
        expires_at: aware; told to the minute, rounded down: who is in time by the mail is in time.
    """
    say, middle = texts.say, len(code) // 2
    return composed(
        texts,
        recipient,
        about,
        say("mail.one_time_code.subject", reference=reference),
        say(f"mail.one_time_code.purpose.{purpose}"),
        Shown(say("mail.one_time_code.code"), code, in_text=f"{code[:middle]} {code[middle:]}"),
        Shown(say("mail.one_time_code.reference"), reference),
        say(
            "mail.one_time_code.lifetime",
            lifetime=waiting(60 * lifetime_minutes, say),
            until=date_and_time(expires_at, say),
        ),
        say("mail.one_time_code.use"),
        say("mail.one_time_code.never_tell"),
        say("mail.one_time_code.not_you"),
    )
