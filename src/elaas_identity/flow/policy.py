"""The numbers of the flow, each with its source. The defaults are the mandated ones (`MANDATED`).

"Our choice" marks a number that no source gives, with its reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Literal, Self

from elaas_identity._discreet import discreet
from elaas_identity.accounts.account import AccountKind
from elaas_identity.change import Budget
from elaas_identity.errors import Misconfigured
from elaas_identity.mail.address import EmailPolicy
from elaas_identity.passwords.hashing import CHEAPEST_FOR_TESTS
from elaas_identity.passwords.policy import PasswordPolicy
from elaas_identity.person.assurance import IAL
from elaas_identity.sessions.policy import SessionPolicy


@discreet
@dataclass(frozen=True, slots=True)
class Limit:
    """At most `limit` within any rolling `window`; where it `locks`, then none for a `window` after the last."""

    limit: int
    window: timedelta
    locks: bool = False

    def of(self, name: str, subject: str) -> Budget:
        """The budget of that name for one subject."""
        return Budget(name, subject, self.limit, self.window, self.locks)


class SignInPolicy(StrEnum):
    """What a sign-in asks for. A code by mail is none of it: it is no factor (SP 800-63B-4 §3.1.3.1)."""

    PASSWORD = "password"  # noqa: S105 - the name of a policy
    PASSWORD_AND_THAID = "password_and_thaid"  # noqa: S105
    PASSWORD_AND_TOTP = "password_and_totp"  # noqa: S105
    """The code of an authenticator app; who has none yet proves who they are by ThaID, and enrols one."""
    THAID = "thaid"
    """ThaID alone will do (`begin_with_thaid`); with a password it still comes second. It rests on nothing but the
    person's care in the app: whoever approves a stranger's QR code signs the stranger in (docs/security.md)."""


AdministratorAct = Literal[
    "reissue",
    "unlock",
    "suspend",
    "restore",
    "close_account",
    "hand_over",
    "set_expected",
    "approve",
    "reject",
]
"""An administrator's act on one account: the name of its method on `elaas.accounts`."""


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class FlowPolicy:
    """How the mandated flow is run. Change a number with `FlowPolicy(flow_lifetime=…)`.

    Raises:
        Misconfigured: `policy`, where a number would break a rule that the flow rests on.
    """

    passwords: PasswordPolicy = field(default_factory=PasswordPolicy)
    email: EmailPolicy = field(default_factory=EmailPolicy)
    sessions: SessionPolicy = field(default_factory=SessionPolicy)

    sign_in: SignInPolicy = SignInPolicy.PASSWORD
    """What a sign-in asks for. The circular asks for no more once the password is set."""
    sign_in_by_kind: Mapping[AccountKind, SignInPolicy] = field(default_factory=dict)
    """Where a kind of account differs."""
    service_name: str = "New e-LAAS"
    """What an authenticator app shows above its code."""
    four_eyes: frozenset[AdministratorAct] = frozenset()
    """Acts of an administrator that happen only when a second one asks for the same (R1.3)."""
    second_person_within: timedelta = timedelta(days=1)
    """How long the second one may take. Our choice: whoever is on duty the next morning still can."""

    flow_lifetime: timedelta = timedelta(minutes=60)
    """How long an onboarding may take. Our choice: ThaID alone takes minutes, a slow mail server as many again."""
    attempt_lifetime: timedelta = timedelta(minutes=15)
    """How long a trip to the identity provider may take: scanning, opening the app and the face check take minutes."""
    live_attempts: int = 5
    """Authorization attempts open at once in a flow; a sixth replaces the oldest. Our choice: tabs and retries fit."""
    trips_per_flow: int = 100
    """Trips to the identity provider in one flow. Our choice: nobody who means it needs a tenth of them."""
    trips_per_client: Limit = Limit(600, timedelta(hours=1))
    """Trips from one client address. Our choice: twice the flows that begin with ThaID."""
    flows_per_account: Limit = Limit(30, timedelta(hours=1))
    """Onboardings begun for one account. Our choice: bounds what a holder of the issued letter can pile up."""

    approval_lifetime: timedelta = timedelta(days=14)
    """How long an approval may be awaited. Our choice: an administrator may be away for a week."""
    step_up_lifetime: timedelta = timedelta(minutes=5)
    """How long the proof of a step-up is good. Our choice: time to read what is about to be done, and to confirm it."""
    session_flows_per_account: Limit = Limit(60, timedelta(hours=1))
    """Step-ups, changes of e-mail and the like begun by who is signed in. Our choice: a payment a minute."""
    email_cool_off: timedelta = timedelta(hours=24)
    """How long after a change of the address a recovery does not trust it. Our choice: the notice to the old one
    is read within a day, and an administrator can act on it."""
    email_changes_per_account: Limit = Limit(10, timedelta(days=1))
    """Changes of the address begun. Our choice: each one that is finished mails two people."""

    recoveries_per_client: Limit = Limit(30, timedelta(hours=1))
    """Recoveries begun from one client address, which nobody has signed in for. Our choice."""
    recoveries_per_person: Limit = Limit(10, timedelta(days=1))
    """Times that one person is recognised in a recovery: each may mail a code. Our choice."""

    identity_first_per_client: Limit = Limit(300, timedelta(hours=1))
    """Flows that begin with ThaID, from one client address, which nobody has signed in for. Our choice: as many as
    failed sign-ins, so that whoever sits behind a victim's address does not close their way in with a few clicks."""
    person_failures: tuple[Limit, ...] = (Limit(5, timedelta(minutes=15)), Limit(20, timedelta(days=1)))
    """Wrong credentials of one proven person, on a counter of their own: no guesser can use it up (R4.1). Our choice of
    steps: a person who is known by name has less to try than a guesser."""

    issued_credential_lifetime: timedelta = timedelta(days=90)
    """How long an issued password is good. ASVS 6.4.1 asks for an end; 90 days is our choice: letters travel slowly."""

    minimum_ial: IAL | None = field(default_factory=lambda: IAL.parse("2.1"))
    """ThaID enrols in person with the chip card (`2.3`); anything below level 2 is no proven person. Our choice of the
    lowest of that level. None: no minimum."""
    identity_freshness: timedelta = timedelta(seconds=60)
    """How much older than the attempt the login at the identity provider may be, for clocks that differ (R1.6)."""
    absent_auth_time: Literal["tolerate", "refuse"] = "tolerate"
    """Whether an ID token without `auth_time` is taken. Tolerated, with an event, until a probe shows that ThaID always
    sends it (R1.6)."""

    one_time_code_digits: int = 8
    """At least 20 bits (ASVS 6.5.4); six digits are log2 10⁶ = 19.93 bits."""
    one_time_code_lifetime: timedelta = timedelta(minutes=10)
    """At most 10 minutes (ASVS 6.5.5), at least one: a mail takes its time."""
    code_attempts_per_flow: int = 5
    """Wrong one-time codes that end a flow; a resend gives none back (ASVS 6.6.3)."""
    code_attempts_per_account: Limit = Limit(20, timedelta(days=1))
    """Across flows, in a rolling day; then an administrator's re-issue or unlock (SP 800-63B-4 §3.1.3.2)."""
    authenticator_attempts_per_account: Limit = Limit(20, timedelta(days=1))
    """Wrong codes of the authenticator app, across sign-ins: three of a million are right at any time, so that who has
    the password needs thirty years for an even chance. A recovery, a re-issue and an unlock clear it. Our choice."""

    mail_cool_down: timedelta = timedelta(seconds=60)
    """Between two mails to the same address for the same account (OWASP MFA cheat sheet)."""
    mails_per_account_and_address: Limit = Limit(5, timedelta(hours=1))
    """OWASP MFA cheat sheet: bound the mails."""
    mails_per_address: Limit = Limit(30, timedelta(hours=1))
    """Higher, since a small municipality shares one mailbox among several accounts. Our choice."""
    mail_attempts_per_account: Limit = Limit(30, timedelta(days=1))
    """Addresses that are tried, whatever the mail server says of them: who may ask without end finds out which
    mailboxes there are. An unlock clears it. Our choice: a person corrects an address a few times."""
    mails_per_flow: int = 10
    """Our choice: a flow whose address is corrected again and again is no way to mail strangers."""

    sign_in_failures: tuple[Limit, ...] = (
        Limit(5, timedelta(minutes=1)),
        Limit(10, timedelta(minutes=15)),
        Limit(20, timedelta(hours=1)),
        Limit(40, timedelta(days=1)),
    )
    """Failed sign-ins of one username: the delay grows with their number (SP 800-63B-4 §3.2.2). Our choice of steps."""
    consecutive_failures: Limit = Limit(100, timedelta(days=365))
    """At most 100 consecutive failures (SP 800-63B-4 §3.2.2): then a right password is answered like a wrong one, so
    that nobody is told. A success, a recovery or an administrator's act starts anew."""
    client_failures: Limit = Limit(300, timedelta(hours=1))
    """Failed sign-ins of one client address. Our choice: a provincial office behind one address still gets in."""

    def __post_init__(self) -> None:
        bounds: tuple[tuple[bool, str], ...] = (
            (
                timedelta(minutes=1) <= self.one_time_code_lifetime <= timedelta(minutes=10),
                "one_time_code_lifetime: 1 to 10 minutes",
            ),
            (6 <= self.one_time_code_digits <= 10, "one_time_code_digits: 6 to 10"),
            (1 <= self.code_attempts_per_flow <= 10, "code_attempts_per_flow: 1 to 10"),
            (1 <= self.live_attempts <= 20, "live_attempts: 1 to 20"),
            (self.live_attempts <= self.trips_per_flow <= 1000, "trips_per_flow: live_attempts to 1000"),
            (1 <= self.mails_per_flow <= 50, "mails_per_flow: 1 to 50"),
            (self.attempt_lifetime >= timedelta(minutes=1), "attempt_lifetime: at least a minute"),
            (self.flow_lifetime >= self.attempt_lifetime, "flow_lifetime: at least attempt_lifetime"),
            (
                timedelta(seconds=30) <= self.step_up_lifetime <= timedelta(minutes=5),
                "step_up_lifetime: 30 seconds to 5 minutes",
            ),
            (self.approval_lifetime >= self.flow_lifetime, "approval_lifetime: at least flow_lifetime"),
            (self.email_cool_off >= timedelta(0), "email_cool_off: not negative"),
            (self.mail_cool_down >= timedelta(0), "mail_cool_down: not negative"),
            (self.identity_freshness >= timedelta(0), "identity_freshness: not negative"),
            (
                self.issued_credential_lifetime > timedelta(0),
                "issued_credential_lifetime: longer than nothing",
            ),
            (self.second_person_within > timedelta(0), "second_person_within: longer than nothing"),
            (bool(self.service_name.strip()), "service_name: not empty"),
            (
                self.passwords.minimum_length >= 15 or not self._password_alone(),
                "passwords.minimum_length: 15 where the password is the only factor (SP 800-63B-4 §3.1.1.2)",
            ),
            (1 <= self.consecutive_failures.limit <= 100, "consecutive_failures: 1 to 100"),
            (all(step.limit >= 1 for step in self._limits()), "every limit: at least 1"),
            (all(step.window > timedelta(0) for step in self._limits()), "every window: longer than nothing"),
        )
        broken = [rule for holds, rule in bounds if not holds]
        if broken:
            raise Misconfigured("policy", detail="FlowPolicy: " + "; ".join(broken))
        object.__setattr__(self, "sign_in_by_kind", MappingProxyType(dict(self.sign_in_by_kind)))

    @classmethod
    def website_security_standard(cls) -> Self:
        """For a portal that is audited by the Website Security Standard (มาตรฐานความมั่นคงปลอดภัยเว็บไซต์ 2568).

        None of the last five passwords is set anew, five failed sign-ins close a username for 15 minutes, and so long
        an idle session lasts. No default: SP 800-63B-4 asks for none of it. Change more by `dataclasses.replace`.
        """
        lock = Limit(5, timedelta(minutes=15), locks=True)
        return cls(
            passwords=PasswordPolicy(remembered=5),
            sessions=SessionPolicy(idle=timedelta(minutes=15)),
            sign_in_failures=(
                lock,
                *(step for step in MANDATED.sign_in_failures if step.window > lock.window),
            ),
            person_failures=(lock, *(step for step in MANDATED.person_failures if step.window > lock.window)),
        )

    def sign_in_of(self, kind: AccountKind) -> SignInPolicy:
        """What a sign-in to an account of that kind asks for."""
        return self.sign_in_by_kind.get(kind, self.sign_in)

    def passwords_of(self, kind: AccountKind) -> PasswordPolicy:
        """What a new password of such an account must be: shorter will do where a second factor comes along (R2.1)."""
        if self.sign_in_of(kind) is SignInPolicy.PASSWORD:
            return self.passwords
        return replace(self.passwords, minimum_length=self.passwords.minimum_length_beside_factor)

    def _password_alone(self) -> bool:
        return any(self.sign_in_of(kind) is SignInPolicy.PASSWORD for kind in AccountKind)

    def _limits(self) -> tuple[Limit, ...]:
        return (
            *self.sign_in_failures,
            self.consecutive_failures,
            self.client_failures,
            self.flows_per_account,
            self.session_flows_per_account,
            self.email_changes_per_account,
            self.identity_first_per_client,
            self.trips_per_client,
            *self.person_failures,
            self.authenticator_attempts_per_account,
            self.recoveries_per_client,
            self.recoveries_per_person,
            self.code_attempts_per_account,
            self.mails_per_account_and_address,
            self.mails_per_address,
            self.mail_attempts_per_account,
        )


MANDATED = FlowPolicy()
"""The defaults: what the circular asks, run as the sources ask."""

FOR_TESTS = FlowPolicy(passwords=PasswordPolicy(hashing=CHEAPEST_FOR_TESTS))
"""`MANDATED` with password hashing that protects nothing and costs nothing. Only for testing!"""
