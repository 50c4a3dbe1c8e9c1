"""What the mandated flow should do, written from the requirements: lists and ifs, no store, no cryptography.

A refusal is its code; a success, the kind of the step that the person sees next. Written without a look at the
library's own rules: where the two differ, one of them is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

Purpose = Literal["onboarding", "sign_in"]
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

STEP = {
    "identity": "verify_identity",
    "email": "provide_email",
    "one_time_code": "enter_one_time_code",
    "password": "set_password",
}
"""Stage → what the person is shown."""


@dataclass
class Tally:
    """At most so many within a rolling window (invariant 3)."""

    limit: int
    window: timedelta
    times: list[datetime] = field(default_factory=list)

    def room(self, now: datetime) -> bool:
        return sum(now - at < self.window for at in self.times) < self.limit

    def charge(self, now: datetime) -> None:
        self.times.append(now)

    def refund(self) -> None:
        self.times.pop()


@dataclass
class Attempt:
    state: str
    expires_at: datetime
    consumed: bool = False


@dataclass
class Flow:
    id: str
    purpose: Purpose
    stage: str
    epoch: int
    browser: int
    began_with: str
    expires_at: datetime
    attempts: list[Attempt] = field(default_factory=list)
    past_attempts: list[str] = field(default_factory=list)
    email: str = ""
    code: str = ""
    old_codes: list[str] = field(default_factory=list)
    code_expires_at: datetime | None = None
    guesses: int = 0
    mails: Tally = field(default_factory=lambda: Tally(0, DAY))
    end: str = ""


@dataclass
class Rules:
    """The numbers, given to both."""

    flow_lifetime: timedelta
    attempt_lifetime: timedelta
    live_attempts: int
    guesses_per_flow: int
    mails_per_flow: int
    minimum_length: int


class Model:
    """One account, its flows and its budgets."""

    def __init__(
        self,
        now: datetime,
        rules: Rules,
        password: str,
        *,
        sign_in: list[tuple[int, timedelta]],
        flows: tuple[int, timedelta],
        guesses: tuple[int, timedelta],
        mails: tuple[int, timedelta],
        mails_per_address: tuple[int, timedelta],
    ) -> None:
        self.now, self.rules = now, rules
        self.active = False
        self.epoch = 1
        self.password, self.issued_until = password, now + timedelta(days=90)
        self.flows: dict[str, Flow] = {}
        self.hits: set[tuple[str, str, str]] = set()
        self.sign_in_limits = sign_in
        self.sign_ins: dict[str, list[Tally]] = {}
        self.begun, self.guessed = Tally(*flows), Tally(*guesses)
        self.mail_limits, self.address_limits = mails, mails_per_address
        self.mailed: dict[str, list[Tally]] = {}

    def _hit(self, purpose: str, stage: str, happened: str) -> None:
        self.hits.add((purpose, stage, happened))

    # Signing in

    def begin(self, flow_id: str, browser: int, username: str, password: str, *, known: bool) -> str:
        failures = self.sign_ins.setdefault(username, [Tally(*limit) for limit in self.sign_in_limits])
        if not all(tally.room(self.now) for tally in failures):
            return "sign_in_throttled"
        if not known or password != self.password:
            for tally in failures:
                tally.charge(self.now)
            return "credential_wrong"
        if not self.active:
            if self.now >= self.issued_until:
                return "issued_credential_expired"
            if not self.begun.room(self.now):
                return "flow_limit"
            self.begun.charge(self.now)
        weak = self.active and len(password) < self.rules.minimum_length
        flow = Flow(
            id=flow_id,
            purpose="sign_in" if self.active else "onboarding",
            stage=("password" if weak else "done") if self.active else "identity",
            epoch=self.epoch,
            browser=browser,
            began_with=password,
            expires_at=self.now + self.rules.flow_lifetime,
            mails=Tally(self.rules.mails_per_flow, 2 * self.rules.flow_lifetime),
        )
        self.flows[flow_id] = flow
        self._hit(flow.purpose, "start", "credential_too_weak" if weak else "credential_accepted")
        return "signed_in" if flow.stage == "done" else STEP[flow.stage]

    # Where a flow stands

    def end_of(self, flow: Flow) -> str:
        """Why it takes no further act; "" while it does."""
        if flow.stage == "done":
            return "completed"
        if flow.stage == "ended":
            return flow.end
        if self.now >= flow.expires_at:
            return "expired"
        if flow.epoch != self.epoch or self.active != (flow.purpose == "sign_in"):
            return "superseded"
        if flow.stage == "one_time_code" and flow.guesses >= self.rules.guesses_per_flow:
            return "one_time_code_exhausted"
        return ""

    def stands(self, flow: Flow) -> str:
        """What `current` shows."""
        end = self.end_of(flow)
        return f"ended: {end}" if end else STEP[flow.stage]

    def open(self, flow: Flow, browser: int, *stages: str) -> str:
        """The refusal of an unsafe call, "" where the flow is open to it; an end that time brought is written."""
        if browser != flow.browser:
            return "flow_unknown"
        end = self.end_of(flow)
        if end:
            if end in ("expired", "superseded") and flow.stage != "ended":
                self._hit(flow.purpose, flow.stage, end)
                flow.stage, flow.end = "ended", end
            return {
                "completed": "flow_ended",
                "cancelled": "flow_ended",
                "expired": "flow_expired",
                "superseded": "flow_superseded",
                "one_time_code_exhausted": "one_time_code_exhausted",
            }[end]
        if flow.stage not in stages:
            return "out_of_order"
        return ""

    # Verifying identity

    def authorize(self, flow: Flow, browser: int, state: str, *, fails: bool) -> str:
        refusal = self.open(flow, browser, "identity")
        if refusal:
            return refusal
        if fails:
            return "identity_provider_unavailable"
        expires_at = min(self.now + self.rules.attempt_lifetime, flow.expires_at)
        flow.attempts = [*flow.attempts, Attempt(state, expires_at)][-self.rules.live_attempts :]
        flow.past_attempts.append(state)
        self._hit(flow.purpose, "identity", "authorization_requested")
        return "authorization"

    def callback(self, flow: Flow, browser: int, state: str, verdict: str) -> str:
        """`verdict`: the refusal that the identity provider or its evidence leads to; "" for the right person."""
        attempt = next((one for one in flow.attempts if one.state == state), None)
        live = attempt is not None and not attempt.consumed and self.now < attempt.expires_at
        if browser != flow.browser:
            if live and attempt is not None:
                attempt.consumed = True
            return "callback_other_browser"
        refusal = self.open(flow, browser, "identity")
        if refusal:
            return refusal
        if not live or attempt is None:
            return "callback_unknown"
        attempt.consumed = True
        self._hit(flow.purpose, "identity", "authorization_returned")
        if verdict:
            return verdict
        self._hit(flow.purpose, "identity", "identity_verified")
        flow.stage, flow.attempts = "email", []
        return STEP["email"]

    # The mailbox

    def mail(self, flow: Flow, browser: int, happened: str, address: str, code: str, fate: str) -> str:
        """An address given, or a resend. `fate`: "sent", or the mailer's failure."""
        stages = ("email", "one_time_code") if happened == "email_given" else ("one_time_code",)
        refusal = self.open(flow, browser, *stages)
        if refusal:
            return refusal
        if happened == "code_resent":
            address = flow.email
        if "@" not in address:
            return "email_invalid"
        tallies = [
            *self.mailed.setdefault(address, [Tally(1, MINUTE), Tally(*self.mail_limits)]),
            *self.mailed.setdefault(f"any account, {address}", [Tally(*self.address_limits)]),
            flow.mails,
        ]
        if not all(tally.room(self.now) for tally in tallies):
            return "mail_throttled"
        for tally in tallies:
            tally.charge(self.now)
        self._hit(flow.purpose, flow.stage, happened)
        flow.stage, flow.email = "one_time_code", address
        if flow.code:
            flow.old_codes.append(flow.code)
        flow.code, flow.code_expires_at = code, self.now + 10 * MINUTE
        if fate in ("mail_recipient_refused", "mail_not_accepted"):
            for tally in tallies:
                tally.refund()
        if fate == "sent":
            return STEP["one_time_code"]
        return "email_not_accepted" if fate == "mail_recipient_refused" else fate

    def submit_code(self, flow: Flow, browser: int, typed: str) -> str:
        refusal = self.open(flow, browser, "one_time_code") or self._guess(flow, typed)
        if refusal:
            return refusal
        self._hit(flow.purpose, "one_time_code", "code_confirmed")
        flow.stage = "password"
        flow.old_codes.append(flow.code)
        return STEP["password"]

    def _guess(self, flow: Flow, typed: str) -> str:
        if len(typed) != 8 or not typed.isdigit():
            return "one_time_code_malformed"
        assert flow.code_expires_at is not None
        if self.now >= flow.code_expires_at:
            return "one_time_code_expired"
        if not self.guessed.room(self.now):
            return "one_time_code_throttled"
        flow.guesses += 1
        if typed == flow.code:
            return ""
        self.guessed.charge(self.now)
        return "one_time_code_wrong"

    # The new password

    def set_password(self, flow: Flow, browser: int, password: str, *, common: bool) -> str:
        refusal = self.open(flow, browser, "password") or self._unfit(flow, password, common)
        return refusal or self._complete(flow, "password_set", password)

    def confirm(self, flow: Flow, browser: int, typed: str, password: str, *, common: bool) -> str:
        refusal = self.open(flow, browser, "one_time_code")
        if not refusal and flow.purpose == "sign_in":
            refusal = "out_of_order"
        refusal = refusal or self._unfit(flow, password, common) or self._guess(flow, typed)
        return refusal or self._complete(flow, "code_and_password_set", password)

    def _unfit(self, flow: Flow, password: str, common: bool) -> str:
        if len(password) < self.rules.minimum_length:
            return "password_too_short"
        if common:
            return "password_common"
        return "password_same_as_before" if password == flow.began_with else ""

    def _complete(self, flow: Flow, happened: str, password: str) -> str:
        self._hit(flow.purpose, flow.stage, happened)
        flow.stage = "done"
        self.active, self.password = True, password
        self.epoch += 1
        return "password_set"

    def cancel(self, flow: Flow, browser: int) -> str:
        refusal = self.open(flow, browser, *STEP)
        if refusal:
            return refusal
        self._hit(flow.purpose, flow.stage, "cancelled")
        flow.stage, flow.end = "ended", "cancelled"
        return "ended"

    # The administrator, and time

    def unlock(self, username: str) -> None:
        self.epoch += 1
        self.sign_ins.pop(username, None)
        self.begun.times.clear()
        self.guessed.times.clear()

    def reissue(self, username: str, password: str) -> None:
        self.unlock(username)
        self.active = False
        self.password, self.issued_until = password, self.now + timedelta(days=90)

    def purge(self) -> None:
        self.flows = {key: flow for key, flow in self.flows.items() if flow.expires_at >= self.now - DAY}
