"""A mail as it arrived, however it came: what a test reads, and where it waits for it."""

from __future__ import annotations

import email.policy
import re
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Generic, TypeVar

from elaas_identity._discreet import discreet
from elaas_identity.errors import Refused
from elaas_identity.mail.address import EmailPolicy, parse_email
from elaas_identity.mail.composing import Mail

_CODE = re.compile(r"^[^\n]+: (\d{3,5}) (\d{3,5})\n\n[^\n]+: (\S+)$", re.MULTILINE)
"""The code in its two groups and the reference below it, whatever words stand before them."""


@discreet
@dataclass(frozen=True, slots=True)
class ReceivedMail:
    """A mail as it arrived. It holds addresses and a one-time code, so the repr shows nothing.

    Attributes:
        sender: of the envelope; empty in an `Outbox`, which has none.
        recipients: of the envelope, which alone decide where a mail goes.
        message: parsed by `email.policy.default`.
    """

    sender: str = field(repr=False)
    recipients: tuple[str, ...] = field(repr=False)
    message: EmailMessage = field(repr=False)

    @classmethod
    def of(cls, mail: Mail) -> ReceivedMail:
        """The mail that a mailer was handed, as its reader gets it."""
        message = EmailMessage(email.policy.SMTPUTF8)
        message["Subject"] = mail.subject
        message["To"] = mail.recipient.value
        message.set_content(mail.text)
        message.add_alternative(mail.html, subtype="html")
        return cls("", (mail.recipient.value,), message)

    @property
    def subject(self) -> str:
        """As its reader sees it."""
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        """The part in plain text; empty where there is none."""
        return self._part("plain")

    @property
    def html(self) -> str:
        """The part in HTML; empty where there is none."""
        return self._part("html")

    @property
    def one_time_code(self) -> str:
        """The code as its reader would type it, without the space between its groups.

        Raises:
            LookupError: there is none in this mail.
        """
        found = self._code()
        return found[1] + found[2]

    @property
    def reference(self) -> str:
        """What the page shows too, so that two mails can be told apart.

        Raises:
            LookupError: there is none in this mail.
        """
        return self._code()[3]

    def _code(self) -> re.Match[str]:
        for found in _CODE.finditer(self.text):
            if found[3] in self.subject:  # else it is an agency's name that looks like a code
                return found
        raise LookupError("there is no one-time code in this mail, or no reference in its subject")

    def _part(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        return "" if part is None else "\n".join(part.get_content().splitlines())


T = TypeVar("T")


class Arrivals(Generic[T]):
    """Mails that arrive at once, or are held back and arrive late, twice or out of order. Threads may share it.

    Attributes:
        mails: what arrived, oldest first.
        held: what was sent since `hold`, oldest first.
    """

    def __init__(self, read: Callable[[T], ReceivedMail]) -> None:
        self._read = read
        self._changed = threading.Condition()
        self._holding = False
        self._delivered: set[int] = set()
        self.mails: list[T] = []
        self.held: list[T] = []

    def take(self, mail: T) -> None:
        """Let it arrive, or hold it back."""
        with self._changed:
            (self.held if self._holding else self.mails).append(mail)
            self._changed.notify_all()

    def hold(self) -> None:
        """From now on mails are taken and do not arrive."""
        with self._changed:
            self._holding = True

    @contextmanager
    def arriving(self) -> Generator[None]:
        """Mails arrive at once meanwhile."""
        with self._changed:
            held_back, self._holding = self._holding, False
        try:
            yield
        finally:
            with self._changed:
                self._holding = held_back

    def deliver(self, *places: int) -> None:
        """Let these of `held` arrive, in this order; or all that did not, and hold no more.

        Raises:
            IndexError: there is no such mail.
        """
        with self._changed:
            chosen = [self.held[place] for place in places]
            self._delivered.update(range(len(self.held))[place] for place in places)
            if not places:
                chosen = [mail for place, mail in enumerate(self.held) if place not in self._delivered]
                self._holding, self.held, self._delivered = False, [], set()
            self.mails += chosen
            self._changed.notify_all()

    def wait_for(self, address: str, timeout: float, count: int) -> ReceivedMail:
        """The newest mail to that address, once there are so many.

        Raises:
            LookupError: there are not.
        """
        wanted = _normal(address)

        def found() -> list[ReceivedMail]:
            mails = map(self._read, self.mails)
            return [mail for mail in mails if wanted in map(_normal, mail.recipients)]

        with self._changed:
            self._changed.wait_for(lambda: len(found()) >= count, timeout)
            came = found()
            if len(came) >= count:
                return came[-1]
            others, held = len(self.mails) - len(came), len(self.held)
        raise LookupError(
            f"{len(came)} of {count} mails to that address came within {timeout:g} s; "
            f"{others} came to others, {held} are held back"
        )


def _normal(address: str) -> str:
    """As a mailer is given it, so that a test may write the address as a person would."""
    try:
        return parse_email(address, EmailPolicy()).value
    except Refused:
        return address
