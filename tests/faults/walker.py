"""Somebody who comes back: does what the page offers, keeps going, and remembers what they have really done."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from pyotp.totp import TOTP

from elaas_identity import (
    Browser,
    ElaasIdentityError,
    Ended,
    EnrolAuthenticator,
    EnterOneTimeCode,
    Expected,
    FirstUse,
    FlowPolicy,
    Progress,
    ProvideCredential,
    Refused,
    SignedIn,
)
from elaas_identity.accounts.account import AccountRecord
from elaas_identity.authenticator_app.totp import DIGITS, STEP_SECONDS
from elaas_identity.change import Key
from elaas_identity.flow.flow import FlowRecord
from elaas_identity.flow.policy import FOR_TESTS
from elaas_identity.flow.transitions import Purpose, Stage
from tests.facade.portal import CHOSEN, ISSUED, USERNAME, code_in
from tests.faults.world import ADDRESS, THE_OFFICER, Faults, Person, World

NEXT_ADDRESS, NEXT_PASSWORD = "next@sommut.example.go.th", "อีกรหัสหนึ่ง ที่ยาวพอและไม่ซ้ำเดิม"

PASSWORD, IDENTITY, EMAIL, CODE, SET = "password", "identity", "email", "one-time code", "new password"
FACTOR, CHOICE, USE = "authenticator code", "choice of account", "use of the proof"

NEEDED: Mapping[tuple[Purpose, Stage], set[str]] = {
    (Purpose.ONBOARDING, Stage.IDENTITY): {PASSWORD},
    (Purpose.ONBOARDING, Stage.EMAIL): {PASSWORD, IDENTITY},
    (Purpose.ONBOARDING, Stage.ONE_TIME_CODE): {PASSWORD, IDENTITY, EMAIL},
    (Purpose.ONBOARDING, Stage.APPROVAL): {PASSWORD, IDENTITY, EMAIL, CODE, SET},
    (Purpose.ONBOARDING, Stage.DONE): {PASSWORD, IDENTITY, EMAIL, CODE, SET},
    (Purpose.SIGN_IN, Stage.IDENTITY): {PASSWORD},
    (Purpose.SIGN_IN, Stage.AUTHENTICATOR_CODE): {PASSWORD},
    (Purpose.IDENTITY_FIRST, Stage.IDENTITY): set(),
    (Purpose.IDENTITY_FIRST, Stage.CREDENTIAL): {IDENTITY},
    (Purpose.IDENTITY_FIRST, Stage.DONE): {IDENTITY, CHOICE},
    (Purpose.AUTHENTICATOR, Stage.IDENTITY): set(),
    (Purpose.AUTHENTICATOR, Stage.AUTHENTICATOR): {IDENTITY},
    (Purpose.AUTHENTICATOR, Stage.DONE): {IDENTITY, FACTOR},
    (Purpose.STEP_UP, Stage.IDENTITY): set(),
    (Purpose.STEP_UP, Stage.PROOF): {IDENTITY},
    (Purpose.STEP_UP, Stage.DONE): {IDENTITY, USE},
    (Purpose.EMAIL_CHANGE, Stage.IDENTITY): set(),
    (Purpose.EMAIL_CHANGE, Stage.EMAIL): {IDENTITY},
    (Purpose.EMAIL_CHANGE, Stage.ONE_TIME_CODE): {IDENTITY, EMAIL},
    (Purpose.EMAIL_CHANGE, Stage.DONE): {IDENTITY, EMAIL, CODE},
    (Purpose.PASSWORD_CHANGE, Stage.PASSWORD): {PASSWORD},
    (Purpose.PASSWORD_CHANGE, Stage.DONE): {PASSWORD, SET},
}
"""What has to have been given before a flow stands there, written from the requirements; a sign-in's end is the
scenario's own. A pair that is not here stands nowhere."""


class Walker:
    """One operation, act by act. A scenario says how it begins, what ends it, and what it changes."""

    POLICY: ClassVar[FlowPolicy] = FOR_TESTS
    OPENS_FOR: ClassVar[Expected | FirstUse] = THE_OFFICER
    BEGINS_WITH: ClassVar[set[str]] = {PASSWORD}
    """What the person gives to begin."""
    SIGNED_IN_BY: ClassVar[set[str]] = set()
    """What a sign-in has to have been given before it is done."""
    GOALS: ClassVar[set[str]] = {"signed_in"}
    """Kinds of step that end it."""
    ONBOARDED: ClassVar[bool] = True

    def __init__(self, world: World) -> None:
        self.world, self.faults, self.elaas = world, Faults(), world.facade(Faults())
        self.browser = Browser.new(world.keyring, random=bytes(32), address="192.0.2.1")
        self.flow_id: str | None = None
        self.reached = False
        self.given: dict[str, set[str]] = {}
        self.unclaimed: set[str] = set()
        """What may have been given to a flow whose beginning was never answered."""
        self.queries: list[str] = []
        self.typed: defaultdict[str, list[str]] = defaultdict(list)
        """Flow → the second factors that were typed into it; where it is done, the last one was accepted."""
        self.one_time_codes: list[str] = []
        self.secret, self.recovery_codes = "", list[str]()
        self.passwords = [CHOSEN, ISSUED]
        self.seen: list[Any] = []
        """The steps that were answered."""
        self.prepare()
        self.before = set(self.flows())

    def prepare(self) -> None:
        """Come to where the operation begins, in a world without faults."""
        if self.ONBOARDED:
            person = Person(self.world, single_form=True).use(self.elaas)
            person.go_on(until=lambda: bool(person.codes_typed))
            self.world.clock.advance(timedelta(minutes=2))

    def signed_in(self) -> SignedIn:
        """Signed in, with the password alone."""
        step = self.elaas.begin(USERNAME, self.passwords[0], browser=self.browser).step
        assert isinstance(step, SignedIn)
        return step

    def use(self, faults: Faults) -> None:
        """Another process of the portal, whose calls may fail."""
        self.faults, self.elaas = faults, self.world.facade(faults)

    # What a scenario says

    def start(self) -> Progress:
        """How it begins."""
        return self._answered(self.elaas.begin(USERNAME, self.passwords[0], browser=self.browser))

    def whole(self) -> tuple[object, ...]:
        """What the operation changes: all of it true, or none."""
        return ()

    # What is in the store

    def records(self, record: Any, field: str = "account_id") -> list[Any]:
        key = Key(record, self.world.account_id, field=field, limit=1000)
        return list(self.world.inspected.load(key).all(key))

    def account(self) -> AccountRecord:
        (account,) = self.records(AccountRecord, "id")
        assert isinstance(account, AccountRecord)
        return account

    def flows(self) -> dict[str, FlowRecord]:
        """Of the account, and of those for no account yet."""
        key = Key(FlowRecord, "", field="account_id", limit=1000)
        nobodys = self.world.inspected.load(key).all(key)
        return {flow.id: flow for flow in (*self.records(FlowRecord), *nobodys)}

    # The acts

    def act(self) -> None:
        """One act: what the page offers. Only typed errors come out, or the process dies."""
        if self.flow_id is None:
            self.unclaimed |= self.BEGINS_WITH
            self._arrived(self.start(), set(self.BEGINS_WITH))
            return
        stands = self.elaas.current(self.flow_id, browser=self.browser)
        if stands.flow_id != self.flow_id:  # led on to what it has begun
            self.given.setdefault(stands.flow_id, set(self.unclaimed))
            self.flow_id = stands.flow_id
        act: Callable[[Any], None] = getattr(self, f"_{stands.step.kind}")
        act(stands.step)

    def _arrived(self, progress: Progress, given: set[str] | None = None) -> None:
        self.flow_id = progress.flow_id
        self.given.setdefault(progress.flow_id, given or set())
        self.seen.append(progress.step)
        self.reached |= progress.step.kind in self.GOALS

    def _answered(self, answer: object) -> Progress:
        assert isinstance(answer, Progress)
        return answer

    def _give(self, what: str) -> str:
        assert self.flow_id is not None
        self.given[self.flow_id].add(what)
        return self.flow_id

    def _verify_identity(self, step: object) -> None:
        request = self.elaas.authorize(self.flow_id, browser=self.browser)
        (state,) = parse_qs(urlsplit(request.url).query)["state"]
        self.queries.append(f"code=authorization-code&state={state}")
        self.faults.identity_given = False
        try:
            answer = self.elaas.receive_callback(self.queries[-1], browser=self.browser)
        finally:
            if self.faults.identity_given:
                self._give(IDENTITY)
        self._arrived(answer)

    def _provide_credential(self, step: ProvideCredential) -> None:
        flow_id = self._give(CHOICE)
        given = self.given[flow_id] | {PASSWORD}
        self.unclaimed |= given
        answer = self.elaas.submit_credential(flow_id, USERNAME, self.passwords[0], browser=self.browser)
        self._arrived(answer, given)

    def _provide_email(self, step: object) -> None:
        address = ADDRESS if self.account().binding_id is None else NEXT_ADDRESS
        self.elaas.submit_email(self._give(EMAIL), address, browser=self.browser)

    def _enter_one_time_code(self, step: EnterOneTimeCode) -> None:
        mails = [mail for mail in self.world.outbox.mails if step.reference in mail.subject]
        assert len(mails) <= 1, "one code was mailed twice"
        if not mails:
            self.world.clock.advance(max(step.resend_at - self.world.clock(), timedelta(0)))
            self.elaas.resend_one_time_code(self.flow_id, browser=self.browser)
            return
        self.one_time_codes.append(code := code_in(mails[0].text))
        flow_id = self._give(CODE)
        if self.account().binding_id is None:
            self._give(SET)
            self._arrived(self.elaas.confirm_and_set_password(flow_id, code, CHOSEN, browser=self.browser))
        else:
            self._arrived(self.elaas.submit_one_time_code(flow_id, code, browser=self.browser))

    def _set_password(self, step: object) -> None:
        self.passwords = [NEXT_PASSWORD, CHOSEN]
        self._arrived(self.elaas.set_password(self._give(SET), NEXT_PASSWORD, browser=self.browser))

    def _enrol_authenticator(self, step: EnrolAuthenticator) -> None:
        self.secret = step.secret
        flow_id = self._give(FACTOR)
        self.typed[flow_id].append(self.factor())
        answer = self.elaas.confirm_authenticator(flow_id, self.factor(), browser=self.browser)
        self._arrived(answer)

    def _enter_authenticator_code(self, step: object) -> None:
        flow_id = self._give(FACTOR)
        self.typed[flow_id].append(self.factor())
        answer = self.elaas.submit_authenticator_code(flow_id, self.factor(), browser=self.browser)
        self._arrived(answer)

    def _ended(self, step: Ended) -> None:
        self.flow_id = None

    def factor(self) -> str:
        """What the app shows now, or the next recovery code on the sheet."""
        if self.recovery_codes:
            return self.recovery_codes[0]
        return TOTP(self.secret, digits=DIGITS, interval=STEP_SECONDS).at(self.world.clock())

    # Going on

    def refused(self, refused: Refused) -> None:
        """What the person does about it."""
        if refused.retry_after is not None:
            self.world.clock.advance(refused.retry_after)
        elif refused.code == "authenticator_code_wrong":
            # It was used up, whatever came of it: the next one.
            del self.recovery_codes[:1]
            self.world.clock.advance(timedelta(seconds=STEP_SECONDS))
        elif refused.code in ("credential_wrong", "sign_in_outdated"):
            self.passwords.reverse()

    def go_on(self, acts: int = 40) -> None:
        """Act until it is reached."""
        for _ in range(acts):
            if self.reached:
                return
            try:
                self.act()
            except Refused as refused:
                self.refused(refused)
            except ElaasIdentityError:
                continue
        raise AssertionError(f"no act leads on from {self.flow_id}")
