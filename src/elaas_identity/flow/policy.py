"""The numbers of the flow, each with its source. The defaults are the mandated ones (`MANDATED`).

"Our choice" marks a number that no source gives, with its reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from elaas_identity.change import Budget
from elaas_identity.errors import Misconfigured
from elaas_identity.one_time_code.email_address import EmailPolicy
from elaas_identity.passwords.hashing import CHEAPEST_FOR_TESTS
from elaas_identity.passwords.policy import PasswordPolicy
from elaas_identity.person.assurance import IAL


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `limit` within any rolling `window`."""

    limit: int
    window: timedelta

    def of(self, name: str, subject: str) -> Budget:
        """The budget of that name for one subject."""
        return Budget(name, subject, self.limit, self.window)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowPolicy:
    """How the mandated flow is run. Change a number with `FlowPolicy(flow_lifetime=…)`.

    Raises:
        Misconfigured: `policy`, where a number would break a rule that the flow rests on.
    """

    passwords: PasswordPolicy = field(default_factory=PasswordPolicy)
    email: EmailPolicy = field(default_factory=EmailPolicy)

    flow_lifetime: timedelta = timedelta(minutes=60)
    """How long an onboarding may take. Our choice: ThaID alone takes minutes, a slow mail server as many again."""
    attempt_lifetime: timedelta = timedelta(minutes=15)
    """How long a trip to the identity provider may take: scanning, opening the app and the face check take minutes."""
    live_attempts: int = 5
    """Authorization attempts open at once in a flow; a sixth replaces the oldest. Our choice: tabs and retries fit."""
    flows_per_account: Limit = Limit(30, timedelta(hours=1))
    """Onboardings begun for one account. Our choice: bounds what a holder of the issued letter can pile up."""

    recoveries_per_client: Limit = Limit(30, timedelta(hours=1))
    """Recoveries begun from one client address, which nobody has signed in for. Our choice."""
    recoveries_per_person: Limit = Limit(10, timedelta(days=1))
    """Times that one person is recognised in a recovery: each may mail a code. Our choice."""

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
    """At most 10 minutes (ASVS 6.5.5)."""
    code_attempts_per_flow: int = 5
    """Wrong one-time codes that end a flow; a resend gives none back (ASVS 6.6.3)."""
    code_attempts_per_account: Limit = Limit(20, timedelta(days=1))
    """Across flows, in a rolling day; then an administrator's re-issue or unlock (SP 800-63B-4 §3.1.3.2)."""

    mail_cool_down: timedelta = timedelta(seconds=60)
    """Between two mails to the same address for the same account (OWASP MFA cheat sheet)."""
    mails_per_account_and_address: Limit = Limit(5, timedelta(hours=1))
    """OWASP MFA cheat sheet: bound the mails."""
    mails_per_address: Limit = Limit(30, timedelta(hours=1))
    """Higher, since a small municipality shares one mailbox among several accounts. Our choice."""
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
    """At most 100 consecutive failures (SP 800-63B-4 §3.2.2); a success, a re-issue or an unlock starts anew."""
    client_failures: Limit = Limit(300, timedelta(hours=1))
    """Failed sign-ins of one client address. Our choice: a provincial office behind one address still gets in."""

    def __post_init__(self) -> None:
        bounds: tuple[tuple[bool, str], ...] = (
            (
                self.one_time_code_lifetime <= timedelta(minutes=10),
                "one_time_code_lifetime: at most 10 minutes",
            ),
            (6 <= self.one_time_code_digits <= 10, "one_time_code_digits: 6 to 10"),
            (1 <= self.code_attempts_per_flow <= 10, "code_attempts_per_flow: 1 to 10"),
            (1 <= self.live_attempts <= 20, "live_attempts: 1 to 20"),
            (1 <= self.mails_per_flow <= 50, "mails_per_flow: 1 to 50"),
            (self.attempt_lifetime >= timedelta(minutes=1), "attempt_lifetime: at least a minute"),
            (self.flow_lifetime >= self.attempt_lifetime, "flow_lifetime: at least attempt_lifetime"),
            (1 <= self.consecutive_failures.limit <= 100, "consecutive_failures: 1 to 100"),
            (all(step.limit >= 1 for step in self._limits()), "every limit: at least 1"),
            (all(step.window > timedelta(0) for step in self._limits()), "every window: longer than nothing"),
        )
        broken = [rule for holds, rule in bounds if not holds]
        if broken:
            raise Misconfigured("policy", detail="FlowPolicy: " + "; ".join(broken))

    def _limits(self) -> tuple[Limit, ...]:
        return (
            *self.sign_in_failures,
            self.consecutive_failures,
            self.client_failures,
            self.flows_per_account,
            self.recoveries_per_client,
            self.recoveries_per_person,
            self.code_attempts_per_account,
            self.mails_per_account_and_address,
            self.mails_per_address,
        )


MANDATED = FlowPolicy()
"""The defaults: what the circular asks, run as the sources ask."""

FOR_TESTS = FlowPolicy(passwords=PasswordPolicy(hashing=CHEAPEST_FOR_TESTS))
"""`MANDATED` with password hashing that protects nothing and costs nothing. Only for testing!"""
