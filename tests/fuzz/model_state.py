"""What the model remembers: people, accounts, flows, and how often something was done."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from tests.fuzz.model_table import Purpose

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Limit(NamedTuple):
    """At most so many within a rolling window (invariant 3)."""

    most: int
    window: timedelta

    def tally(self) -> Tally:
        """Of one subject, with nothing on it yet."""
        return Tally(*self)


@dataclass
class Tally:
    """When something was done, against its limit."""

    limit: int
    window: timedelta
    times: list[datetime] = field(default_factory=list)

    def room(self, now: datetime) -> bool:
        return sum(now - at < self.window for at in self.times) < self.limit

    def charge(self, now: datetime) -> None:
        self.times.append(now)

    def refund(self) -> None:
        self.times.pop()


class Person(NamedTuple):
    """A natural person: national ID **and** what the identity provider calls them (R1.4)."""

    national_id: str
    subject: str


@dataclass
class Account:
    """An agency's seat."""

    id: str
    username: str
    expected: str | None
    """The national ID that it opens for; None: whoever comes first."""
    password: str
    issued_until: datetime
    begun: Tally
    guessed: Tally
    issued: str = ""
    """The newest password of a letter."""
    status: str = "issued"
    is_issued: bool = True
    """Its password is a letter's."""
    epoch: int = 1
    holder: Person | None = None
    mailbox: str = ""
    """The address that its holder confirmed."""
    past_holders: int = 0

    def __post_init__(self) -> None:
        self.issued = self.password


@dataclass
class Attempt:
    state: str
    expires_at: datetime
    consumed: bool = False


@dataclass
class Flow:
    id: str
    purpose: Purpose
    browser: int
    expires_at: datetime
    mails: Tally
    stage: str = "start"
    account: Account | None = None
    """None in a recovery, before one is chosen."""
    epoch: int = 0
    began_with: str | None = None
    person: Person | None = None
    attempts: list[Attempt] = field(default_factory=list)
    past_attempts: list[str] = field(default_factory=list)
    email: str = ""
    code: str = ""
    old_codes: list[str] = field(default_factory=list)
    code_expires_at: datetime | None = None
    guesses: int = 0
    end: str = ""

    def pin(self, account: Account) -> None:
        """From now on it is for that account as it stands (invariant 7)."""
        self.account, self.epoch = account, account.epoch

    @property
    def held(self) -> Account:
        """The account of a flow that has one."""
        assert self.account is not None
        return self.account


@dataclass
class Rules:
    """The numbers, given to both."""

    flow_lifetime: timedelta
    attempt_lifetime: timedelta
    live_attempts: int
    guesses_per_flow: int
    mails_per_flow: int
    minimum_length: int
    sign_in_failures: list[Limit]
    flows: Limit
    guesses: Limit
    mails: Limit
    mails_per_address: Limit
    recoveries_per_client: Limit
    recoveries_per_person: Limit
