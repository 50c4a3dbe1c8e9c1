"""Mailers that send nothing: what they are given stays in a list, for a test to read."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Generator
from contextlib import contextmanager
from typing import Literal, TypeAlias, get_args

from elaas_identity._discreet import discreet
from elaas_identity.errors import ProviderFailed
from elaas_identity.mail.composing import Mail
from elaas_identity.testing.received_mail import Arrivals, ReceivedMail

MailFailure: TypeAlias = Literal["mail_recipient_refused", "mail_not_accepted", "mail_outcome_unknown"]
"""How a mailer may fail: by the recipient, for certain, or nobody knows."""


@discreet
class Outbox:
    """Satisfies `ports.Mailer`. May be shared by threads."""

    def __init__(self) -> None:
        self._arrivals: Arrivals[Mail] = Arrivals(ReceivedMail.of)
        self._failures: deque[tuple[MailFailure, bool]] = deque()
        self._failures_wait = False

    @property
    def mails(self) -> list[Mail]:
        """What arrived, oldest first."""
        return self._arrivals.mails

    @property
    def held(self) -> list[Mail]:
        """What was sent since `hold`, oldest first."""
        return self._arrivals.held

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
            try:
                return ReceivedMail.of(mail).one_time_code
            except LookupError:
                continue
        raise LookupError("no mail with a one-time code was sent")

    def wait_for(self, address: str, *, timeout: float = 5.0, count: int = 1) -> ReceivedMail:
        """The newest mail to that address; waits for a mail that another thread sends.

        Args:
            address: as its owner writes it.
            timeout: how many seconds to wait for it.
            count: how many mails to that address there have to be by then.

        Raises:
            LookupError: it did not come.
        """
        return self._arrivals.wait_for(address, timeout, count)

    def fail_next(self, code: MailFailure, *, arrives: bool = False) -> None:
        """Let the next mail fail; said twice, the next two. `arrives`: it gets to its mailbox all the same.

        Raises:
            ValueError: a mailer does not fail so.
        """
        if code not in get_args(MailFailure):
            raise ValueError(f"no mailer fails by {code!r}: choose from {', '.join(get_args(MailFailure))}")
        self._failures.append((code, arrives))

    @contextmanager
    def without_failures(self) -> Generator[None]:
        """Failures wait, and mails arrive at once, meanwhile: what a test does to get where it begins meets none."""
        waited, self._failures_wait = self._failures_wait, True
        try:
            with self._arrivals.arriving():
                yield
        finally:
            self._failures_wait = waited

    @property
    def failures_left(self) -> tuple[MailFailure, ...]:
        """The failures that no mail has met yet."""
        return tuple(code for code, _ in self._failures)

    def check_failures_met(self) -> None:
        """See that every failure was met: a test whose mail never failed has shown nothing.

        Raises:
            AssertionError: naming those that were not.
        """
        if self._failures:
            left = ", ".join(map(repr, self.failures_left))
            raise AssertionError(f"said of the mailer and never happened, since no mail was sent: {left}")

    def hold(self) -> None:
        """From now on mails are taken, and arrive when they are delivered."""
        self._arrivals.hold()

    def deliver(self, *places: int) -> None:
        """Let mails of `held` arrive: `deliver(1, 0)` out of order, `deliver(0, 0)` twice.

        Without a place all others arrive, in their order, and mails are held no more.

        Raises:
            IndexError: there is no such mail.
        """
        self._arrivals.deliver(*places)

    def send(self, mail: Mail) -> None:
        """Keep the mail.

        Raises:
            ProviderFailed: as `fail_next` said.
        """
        meets_one = self._failures and not self._failures_wait
        code, arrives = self._failures.popleft() if meets_one else (None, True)
        if arrives:
            self._arrivals.take(mail)
        if code is not None:
            raise ProviderFailed(code, detail="the outbox was told to fail")

    def close(self) -> None:
        """Nothing to close: the mails stay."""


@discreet
class AsyncOutbox:
    """Satisfies `ports.AsyncMailer`; everything else is that of its `outbox`.

    Args:
        outbox: one that a synchronous facade uses, too.
    """

    def __init__(self, outbox: Outbox | None = None) -> None:
        self.outbox = Outbox() if outbox is None else outbox
        self.fail_next = self.outbox.fail_next
        self.check_failures_met = self.outbox.check_failures_met
        self.hold = self.outbox.hold
        self.deliver = self.outbox.deliver

    @property
    def mails(self) -> list[Mail]:
        """See `Outbox`."""
        return self.outbox.mails

    @property
    def held(self) -> list[Mail]:
        """See `Outbox`."""
        return self.outbox.held

    @property
    def failures_left(self) -> tuple[MailFailure, ...]:
        """See `Outbox`."""
        return self.outbox.failures_left

    @property
    def latest(self) -> Mail:
        """See `Outbox`."""
        return self.outbox.latest

    @property
    def code(self) -> str:
        """See `Outbox`."""
        return self.outbox.code

    async def wait_for(self, address: str, *, timeout: float = 5.0, count: int = 1) -> ReceivedMail:  # noqa: ASYNC109
        """See `Outbox`; other tasks go on meanwhile."""
        return await asyncio.to_thread(self.outbox.wait_for, address, timeout=timeout, count=count)

    async def send(self, mail: Mail) -> None:
        """See `Outbox`."""
        self.outbox.send(mail)

    async def close(self) -> None:
        """See `Outbox`."""
