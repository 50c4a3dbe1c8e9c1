"""What the model remembers: people, accounts, flows, and how often something was done."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from pyotp.totp import TOTP

from tests.fuzz.model_table import Purpose

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
APPROVED = "whoever is approved"
"""For whom an account opens that wants an approval."""

Kind = Literal["local_government", "provincial_office", "subordinate_agency"]
SignIn = Literal["password", "password_and_thaid", "password_and_totp", "thaid"]
Ration = Literal["flows", "guesses", "app_guesses", "session_flows", "email_changes", "mail_attempts"]
"""What an account has so many of; an administrator gives it back."""


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

    def wait(self, now: datetime) -> timedelta:
        """How long until there is room; nothing where there is."""
        full = [at for at in self.times if now - at < self.window][-self.limit :]
        return full[0] + self.window - now if len(full) == self.limit else timedelta(0)

    def charge(self, now: datetime) -> None:
        self.times.append(now)

    def refund(self) -> None:
        self.times.pop()


class Person(NamedTuple):
    """A natural person: national ID **and** what the identity provider calls them (R1.4)."""

    national_id: str
    subject: str


class Visit(NamedTuple):
    """Somebody signed in at the portal: what they go on with."""

    account_id: str
    binding: tuple[str, int]
    epoch: int
    ref: str


def codes_around(secret: str, now: datetime) -> dict[int, str]:
    """What an app shows now, a step before and a step after (RFC 6238)."""
    step = int(now.timestamp()) // 30
    return {each: TOTP(secret).generate_otp(each) for each in (step - 1, step, step + 1)}


@dataclass
class App:
    """An authenticator app that counts."""

    secret: str
    used_step: int
    """Neither its code nor an earlier one is good any more."""
    recovery_codes: list[str]
    """The unused ones."""
    spent: list[str] = field(default_factory=list)
    """What was good once."""

    def takes(self, typed: str, now: datetime) -> bool:
        """Whether that is a good code, which it is once."""
        for step, code in sorted(codes_around(self.secret, now).items(), reverse=True):
            if code == typed and step > self.used_step:
                self.used_step = step
                self.spent.append(typed)
                return True
        if typed in self.recovery_codes:
            self.recovery_codes.remove(typed)
            self.spent.append(typed)
            return True
        return False


@dataclass
class Account:
    """An agency's seat."""

    id: str
    username: str
    expected: str | None
    """The national ID that it opens for; None: whoever comes first."""
    password: str
    issued_until: datetime
    rations: dict[Ration, Tally]
    kind: Kind = "local_government"
    needs_approval: bool = False
    issued: str = ""
    """The newest password of a letter."""
    opened_with: str | None = None
    """The letter's password that somebody took it up with: never one of their own (R1.2)."""
    status: str = "issued"
    is_issued: bool = True
    """Its password is a letter's."""
    epoch: int = 1
    holder: Person | None = None
    mailbox: str = ""
    """The address that its holder confirmed."""
    email_changed_at: datetime | None = None
    past_holders: int = 0
    credentials: int = 1
    """How many passwords it has had."""
    app: App | None = None

    def __post_init__(self) -> None:
        self.issued = self.password

    @property
    def binding(self) -> tuple[str, int]:
        """Who holds it, as one of those who ever did."""
        return self.id, self.past_holders

    def is_for(self, person: Person) -> bool:
        """An account opens for its expected person, and once bound for the very same one (R1.4)."""
        return self.expected in (None, person.national_id) and self.holder in (None, person)


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
    begun_at: datetime
    expires_at: datetime
    mails: Tally
    stage: str = "start"
    account: Account | None = None
    """None where the person comes first, before one is chosen."""
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
    secret: str = ""
    """Of the app that is being enrolled."""
    visit: Visit | None = None
    digest: str = ""
    chosen: str = ""
    """The password that waits for an approval."""
    end: str = ""
    began: Flow | None = None
    """What a flow that proved somebody has led to: who comes to it again is led on."""

    @property
    def led_on(self) -> Flow:
        """Itself, or what it has begun."""
        return self.began or self

    def pin(self, account: Account) -> None:
        """From now on it is for that account as it stands (invariant 7)."""
        self.account, self.epoch = account, account.epoch

    @property
    def proven_person(self) -> Person:
        """Whom the identity provider has named."""
        assert self.person is not None
        return self.person

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
    minimum_beside: int
    """Of a password that is not the only factor."""
    sign_in: dict[Kind, SignIn]
    approval_lifetime: timedelta
    step_up_lifetime: timedelta
    email_cool_off: timedelta
    sign_in_failures: list[Limit]
    person_failures: list[Limit]
    rations: dict[Ration, Limit]
    mails: Limit
    mails_per_address: Limit
    recoveries_per_client: Limit
    recoveries_per_person: Limit
    identity_first_per_client: Limit
