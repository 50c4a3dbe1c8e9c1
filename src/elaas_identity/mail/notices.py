"""The mails that tell somebody what happened to an account: nothing in them opens anything (ASVS 6.3.7, R3.9, R8.4).

Each is a defence: who acts in somebody's name cannot keep the person, or the agency, from hearing of it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from elaas_identity.mail.address import EmailAddress
from elaas_identity.mail.one_time_code import Mail, Shown, composed, date_and_time, one_line
from elaas_identity.messages import Message, say

AdministratorAct = Literal["reissued", "suspended", "restored", "closed", "handed_over", "unlocked"]
"""What an administrator did to the account of somebody who is, or was, bound to it."""

_HIDDEN = "•••"
_LEADING_VOWELS = ("เ", "แ", "โ", "ใ", "ไ")


def password_set_notice(*, recipient: EmailAddress, agency_name: str, at: datetime) -> Mail:
    """Tells a person that the account's password was set, without the password (ASVS 6.3.7)."""
    return _notice(
        recipient,
        agency_name,
        say("mail.password_set.subject"),
        say("mail.password_set.what", at=date_and_time(at)),
        say("mail.password_set.not_you"),
    )


def account_taken_up_notice(
    *, recipient: EmailAddress, agency_name: str, person_name: str, at: datetime
) -> Mail:
    """Tells the contact given at provisioning who took the account up: a defence against a relayed QR code (R1.4).

    Args:
        person_name: as verified; the mail shows the surname's first letter only, which a colleague recognises.
    """
    return _notice(
        recipient,
        agency_name,
        say("mail.taken_up.subject"),
        say("mail.taken_up.what", at=date_and_time(at)),
        *_who(person_name),
        say("mail.taken_up.not_yours"),
    )


def approval_awaited_notice(
    *, recipient: EmailAddress, agency_name: str, person_name: str, at: datetime
) -> Mail:
    """Tells the contact given at provisioning who awaits an administrator's approval, while it can be refused (R1.4).

    Args:
        person_name: as verified; shown in part, as in `account_taken_up_notice`.
    """
    return _notice(
        recipient,
        agency_name,
        say("mail.approval_awaited.subject"),
        say("mail.approval_awaited.what", at=date_and_time(at)),
        *_who(person_name),
        say("mail.approval_awaited.means"),
        say("mail.approval_awaited.not_yours"),
    )


def approved_notice(*, recipient: EmailAddress, agency_name: str, at: datetime) -> Mail:
    """Tells a person who was waiting that an administrator approved, and how to sign in."""
    return _notice(
        recipient,
        agency_name,
        say("mail.approved.subject"),
        say("mail.approved.what", at=date_and_time(at)),
        say("mail.approved.means"),
        say("mail.approved.not_you"),
    )


def rejected_notice(*, recipient: EmailAddress, agency_name: str, at: datetime) -> Mail:
    """Tells a person who was waiting that an administrator has not approved. Why, the agency knows."""
    return _notice(
        recipient,
        agency_name,
        say("mail.rejected.subject"),
        say("mail.rejected.what", at=date_and_time(at)),
        say("mail.rejected.ask"),
    )


def email_changed_notice_to_old(
    *, recipient: EmailAddress, agency_name: str, new_masked: str, at: datetime, until: datetime
) -> Mail:
    """Tells the previous mailbox that it is the account's no more: the only one that a thief does not read.

    Args:
        new_masked: `EmailAddress.masked` of the new address.
        until: aware; when a forgotten password can be reset by mail again. Rounded up to the minute: who tries it then
            is not refused.
    """
    return _notice(
        recipient,
        agency_name,
        say("mail.email_changed.subject"),
        say("mail.email_changed_to_old.what", at=date_and_time(at)),
        Shown(say("mail.email_changed_to_old.new"), one_line(new_masked)),
        say("mail.not_you"),
        say("mail.email_changed_to_old.hold", until=date_and_time(until + _ALMOST_A_MINUTE)),
    )


def email_changed_notice_to_new(*, recipient: EmailAddress, agency_name: str, at: datetime) -> Mail:
    """Tells the new mailbox that it is now the account's."""
    return _notice(
        recipient,
        agency_name,
        say("mail.email_changed.subject"),
        say("mail.email_changed_to_new.what", at=date_and_time(at)),
        say("mail.email_changed_to_new.from_now_on"),
        say("mail.not_you"),
    )


def authenticator_enrolled_notice(*, recipient: EmailAddress, agency_name: str, at: datetime) -> Mail:
    """Tells a person that an authenticator app counts now, and that what they had before does not."""
    return _notice(
        recipient,
        agency_name,
        say("mail.authenticator_enrolled.subject"),
        say("mail.authenticator_enrolled.what", at=date_and_time(at)),
        say("mail.authenticator_enrolled.means"),
        say("mail.not_you"),
    )


def recovery_code_used_notice(*, recipient: EmailAddress, agency_name: str, left: int, at: datetime) -> Mail:
    """Tells a person that a recovery code signed in: a sheet of paper was found, or it is time for a new one.

    Args:
        left: how many are still good.
    """
    return _notice(
        recipient,
        agency_name,
        say("mail.recovery_code_used.subject"),
        say("mail.recovery_code_used.what", at=date_and_time(at)),
        Shown(say("mail.recovery_code_used.left"), str(left)),
        say("mail.recovery_code_used.new_ones"),
        say("mail.not_you"),
    )


def administrator_acted_notice(
    *, recipient: EmailAddress, agency_name: str, act: AdministratorAct, at: datetime
) -> Mail:
    """Tells the person who is bound, or was until then, what an administrator did and what that means for them.

    Neither who acted nor why is said: both are the audit trail's, written for other readers.
    """
    return _notice(
        recipient,
        agency_name,
        say(f"mail.administrator_acted.{act}.subject"),
        say(f"mail.administrator_acted.{act}.what", at=date_and_time(at)),
        say(f"mail.administrator_acted.{act}.means"),
        say("mail.administrator_acted.ask"),
    )


def _notice(recipient: EmailAddress, agency_name: str, subject: Message, *blocks: Message | Shown) -> Mail:
    greeting = say("mail.greeting", agency=one_line(agency_name))
    return composed(recipient, subject, greeting, *blocks, say("mail.automatic"))


def _who(person_name: str) -> list[Shown]:
    """Who it was, in part; nothing where the identity provider released no name."""
    who = _partly(one_line(person_name))
    return [Shown(say("mail.who"), who)] if who else []


def _partly(name: str) -> str:
    """A name with the first letter of its last word: a vowel that is written first brings its consonant along."""
    *before, last = name.split(" ")
    letters = 2 if last.startswith(_LEADING_VOWELS) else 1
    return " ".join((*before, last[:letters] + _HIDDEN)) if name else ""


_ALMOST_A_MINUTE = timedelta(minutes=1) - timedelta(microseconds=1)
