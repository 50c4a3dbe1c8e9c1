"""Mailers that send nothing: what they are given stays in a list, for a test to read."""

from __future__ import annotations

import re
from collections import deque
from typing import Literal, TypeAlias

from elaas_identity._discreet import discreet
from elaas_identity.errors import ProviderFailed
from elaas_identity.mail.composing import Mail

MailFailure: TypeAlias = Literal["mail_recipient_refused", "mail_not_accepted", "mail_outcome_unknown"]
"""How a mailer may fail: by the recipient, for certain, or nobody knows."""

_CODE = re.compile(r"^.+: (\d{3,5}) (\d{3,5})$", re.MULTILINE)


@discreet
class Outbox:
    """Satisfies `ports.Mailer`.

    Attributes:
        mails: what was sent, oldest first.
    """

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self._failures: deque[tuple[MailFailure, bool]] = deque()

    @property
    def latest(self) -> Mail:
        """The newest mail.

        Raises:
            LookupError: there is none.
        """
        if not self.mails:
            raise LookupError("no mail was sent")
        return self.mails[-1]

    @property
    def code(self) -> str:
        """The one-time code in the newest mail that has one, as its reader would type it.

        Raises:
            LookupError: there is none.
        """
        for mail in reversed(self.mails):
            if found := _CODE.search(mail.text):
                return found[1] + found[2]
        raise LookupError("no mail with a one-time code was sent")

    def fail_next(self, code: MailFailure, *, arrives: bool = False) -> None:
        """Let the next mail fail; said twice, the next two. `arrives`: it gets to its mailbox all the same."""
        self._failures.append((code, arrives))

    def send(self, mail: Mail) -> None:
        """Keep the mail.

        Raises:
            ProviderFailed: as `fail_next` said.
        """
        code, arrives = self._failures.popleft() if self._failures else (None, True)
        if arrives:
            self.mails.append(mail)
        if code is not None:
            raise ProviderFailed(code, detail="the outbox was told to fail")

    def close(self) -> None:
        """Nothing to close: the mails stay."""


@discreet
class AsyncOutbox:
    """Satisfies `ports.AsyncMailer`; everything else is that of its `outbox`."""

    def __init__(self) -> None:
        self.outbox = Outbox()
        self.fail_next = self.outbox.fail_next

    @property
    def mails(self) -> list[Mail]:
        """See `Outbox`."""
        return self.outbox.mails

    @property
    def latest(self) -> Mail:
        """See `Outbox`."""
        return self.outbox.latest

    @property
    def code(self) -> str:
        """See `Outbox`."""
        return self.outbox.code

    async def send(self, mail: Mail) -> None:
        """See `Outbox`."""
        self.outbox.send(mail)

    async def close(self) -> None:
        """See `Outbox`."""
