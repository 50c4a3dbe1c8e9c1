"""The mails that tell somebody what happened to an account: nothing in them opens anything (ASVS 6.3.7, R3.9, R8.4).

Each is a defence: who acts in somebody's name cannot keep the person, or the agency, from hearing of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal

from elaas_identity.mail.address import EmailAddress
from elaas_identity.mail.composing import About, Mail, Shown, composed, date_and_time, one_line
from elaas_identity.mail.texts import LIBRARY_TEXTS, MailTexts

NoticeKind = Literal[
    "password.set",
    "account.taken_up",
    "approval.asked",
    "account.approved",
    "account.rejected",
    "email.changed.to_old",
    "email.changed.to_new",
    "authenticator.enrolled",
    "authenticator.recovery_code_used",
    "account.reissued",
    "account.suspended",
    "account.restored",
    "account.closed",
    "account.handed_over",
    "account.unlocked",
]
"""What a notice tells of, named as its event is named.

Some have no event of their own. `account.taken_up` tells the contact given at provisioning that a person took the
account up: a defence against a relayed QR code (R1.4). `email.changed` is told to two mailboxes: a thief of the session
reads the new one only. `approval.asked` goes to the contact too, while the person can still be refused.
"""

_MESSAGES: Mapping[NoticeKind, tuple[str, ...]] = MappingProxyType(
    {
        "password.set": ("mail.password.set.subject", "mail.password.set.what", "mail.password.set.not_you"),
        "account.taken_up": (
            "mail.account.taken_up.subject",
            "mail.account.taken_up.what",
            "mail.who",
            "mail.account.taken_up.not_yours",
        ),
        "approval.asked": (
            "mail.approval.asked.subject",
            "mail.approval.asked.what",
            "mail.who",
            "mail.approval.asked.means",
            "mail.approval.asked.not_yours",
        ),
        "account.approved": (
            "mail.account.approved.subject",
            "mail.account.approved.what",
            "mail.account.approved.means",
            "mail.account.approved.not_you",
        ),
        "account.rejected": (
            "mail.account.rejected.subject",
            "mail.account.rejected.what",
            "mail.account.rejected.ask",
        ),
        "email.changed.to_old": (
            "mail.email.changed.subject",
            "mail.email.changed.to_old.what",
            "mail.email.changed.to_old.new",
            "mail.not_you",
            "mail.email.changed.to_old.hold",
        ),
        "email.changed.to_new": (
            "mail.email.changed.subject",
            "mail.email.changed.to_new.what",
            "mail.email.changed.to_new.from_now_on",
            "mail.not_you",
        ),
        "authenticator.enrolled": (
            "mail.authenticator.enrolled.subject",
            "mail.authenticator.enrolled.what",
            "mail.authenticator.enrolled.means",
            "mail.not_you",
        ),
        "authenticator.recovery_code_used": (
            "mail.authenticator.recovery_code_used.subject",
            "mail.authenticator.recovery_code_used.what",
            "mail.authenticator.recovery_code_used.left",
            "mail.authenticator.recovery_code_used.new_ones",
            "mail.not_you",
        ),
        "account.reissued": (
            "mail.account.reissued.subject",
            "mail.account.reissued.what",
            "mail.account.reissued.means",
            "mail.ask_administrator",
        ),
        "account.suspended": (
            "mail.account.suspended.subject",
            "mail.account.suspended.what",
            "mail.account.suspended.means",
            "mail.ask_administrator",
        ),
        "account.restored": (
            "mail.account.restored.subject",
            "mail.account.restored.what",
            "mail.account.restored.means",
            "mail.ask_administrator",
        ),
        "account.closed": (
            "mail.account.closed.subject",
            "mail.account.closed.what",
            "mail.account.closed.means",
            "mail.ask_administrator",
        ),
        "account.handed_over": (
            "mail.account.handed_over.subject",
            "mail.account.handed_over.what",
            "mail.account.handed_over.means",
            "mail.ask_administrator",
        ),
        "account.unlocked": (
            "mail.account.unlocked.subject",
            "mail.account.unlocked.what",
            "mail.account.unlocked.means",
            "mail.ask_administrator",
        ),
    }
)
"""What each notice says: its subject, then what stands between its greeting and its last line, in order."""

_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "mail.who": "person_name",
        "mail.email.changed.to_old.new": "new_masked",
        "mail.authenticator.recovery_code_used.left": "left",
    }
)
"""The messages that are labels, and which value each one labels."""

_HIDDEN = "•••"
_LEADING_VOWELS = ("เ", "แ", "โ", "ใ", "ไ")
_ALMOST_A_MINUTE = timedelta(minutes=1) - timedelta(microseconds=1)


def notice(
    kind: NoticeKind,
    *,
    recipient: EmailAddress,
    about: About,
    at: datetime,
    person_name: str | None = None,
    new_masked: str | None = None,
    until: datetime | None = None,
    left: int | None = None,
    texts: MailTexts = LIBRARY_TEXTS,
) -> Mail:
    """The notice of that kind. A value that it does not tell is ignored.

    Of an administrator's act neither who acted nor why is said: both are the audit trail's, for other readers.

    Args:
        at: aware; when it happened.
        person_name: for `account.taken_up` and `approval.asked`: as verified, and empty where the identity provider
            released none. The mail shows the surname's first letter only, which a colleague recognises.
        new_masked: for `email.changed.to_old`: `EmailAddress.masked` of the new address.
        until: for `email.changed.to_old`: aware; when a forgotten password can be reset by mail again. Rounded up to
            the minute: who tries it then is not refused.
        left: for `authenticator.recovery_code_used`: how many codes are still good.

    Raises:
        KeyError: a value that the notice tells is missing.
    """
    say = texts.say
    told: dict[str, object] = {"at": date_and_time(at, say)}
    if person_name is not None:
        told["person_name"] = _partly(one_line(person_name))
    if new_masked is not None:
        told["new_masked"] = one_line(new_masked)
    if until is not None:
        told["until"] = date_and_time(until + _ALMOST_A_MINUTE, say)
    if left is not None:
        told["left"] = left
    subject, what, *message_ids = _MESSAGES[kind]
    paragraphs = [
        Shown(say(message_id), str(told[_LABELS[message_id]]))
        if message_id in _LABELS
        else say(message_id, **told)
        for message_id in message_ids
    ]
    return composed(
        texts,
        recipient,
        about,
        say(subject),
        say(what, **told),
        *(each for each in paragraphs if not isinstance(each, Shown) or each.what),
    )


def _partly(name: str) -> str:
    """A name with the first letter of its last word: a vowel that is written first brings its consonant along."""
    *before, last = name.split(" ")
    letters = 2 if last.startswith(_LEADING_VOWELS) else 1
    return " ".join((*before, last[:letters] + _HIDDEN)) if name else ""
