"""A Hypothesis machine that does anything in any order, and asks the model after each act what should come of it."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from elaas_identity import (
    AccountStatus,
    Browser,
    ElaasIdentityError,
    Ended,
    PasswordPolicy,
    ProviderFailed,
    Refused,
)
from elaas_identity.accounts.account import AccountRecord, BindingRecord
from elaas_identity.change import Key
from elaas_identity.flow.policy import FOR_TESTS, Limit
from elaas_identity.passwords.hashing import CHEAPEST_FOR_TESTS
from elaas_identity.testing.citizens import LOW_ASSURANCE
from tests.facade.portal import ISSUED, OFFICER, STRANGER, USERNAME, code_in, wrong
from tests.faults.world import Faults, World
from tests.fuzz.model import DAY, HOUR, MINUTE, STEP, Flow, Model, Rules

POLICY = replace(
    FOR_TESTS,
    passwords=PasswordPolicy(minimum_length=8, hashing=CHEAPEST_FOR_TESTS),
    live_attempts=2,
    sign_in_failures=(Limit(4, MINUTE), Limit(8, 15 * MINUTE)),
    flows_per_account=Limit(7, HOUR),
    code_attempts_per_account=Limit(9, DAY),
    mails_per_account_and_address=Limit(3, HOUR),
    mails_per_address=Limit(4, HOUR),
    mails_per_flow=4,
)
"""Tight, so that a run of a few dozen acts meets every limit."""
STRICTER = replace(POLICY, passwords=PasswordPolicy(minimum_length=15, hashing=CHEAPEST_FOR_TESTS))

SHORT, TINY, COMMON = "มะม่วงสุก12", "สั้น", "passwordpassword"
LONG = ("ข้าวเหนียวมะม่วง อร่อยที่สุดในโลก", "กล้วยบวชชีใส่กะทิ หวานน้อยหน่อย")
HOSTILE = (
    "\ud800",
    "\x00" * 9,
    "\u202emoc.live",
    "x" * 5000,
    "' OR 1=1 --",
    "\r\nSet-Cookie: a=b",
    "",
    "๑๒๓๔",
)
ADDRESSES = ("clerk@sommut.example.go.th", "palad@sommut.example.go.th")
FATES = ("sent", "sent", "sent", "mail_recipient_refused", "mail_not_accepted", "mail_outcome_unknown")
PASSES = (timedelta(seconds=1), MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, HOUR, DAY, 30 * DAY)

ENDS = ("cancelled", "expired", "superseded")

browsers = st.sampled_from([0, 1])
strangers = st.sampled_from([0, 0, 0, 0, 0, 1])
"""1: the browser that the flow is not of."""
flows = st.sampled_from([0, 0, 0, 1, 2, 3])
"""0: one at which the act is due; it is walked there where there is none."""
passwords = st.sampled_from(["current", "current", "current", "issued", *LONG, SHORT, TINY, COMMON, *HOSTILE])
typed_codes = st.sampled_from(["right", "right", "wrong", "old", "12", "12345678", *HOSTILE])
verdicts = st.sampled_from(
    ["", "", "", "person_mismatch", "identity_assurance_low", "identity_stale", "identity_denied", "down"]
)


class AnyOrder(RuleBasedStateMachine):
    """The facade beside its model."""

    flavour: ClassVar[str] = "sync-memory"
    template: ClassVar[Path | None] = None
    hits: ClassVar[set[tuple[str, str, str]]] = set()
    codes: ClassVar[set[str]] = set()

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        runner = self.stack.enter_context(asyncio.Runner())
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.world = World(self.flavour, folder, self.template, runner.run)
        self.stack.callback(self.world.close)
        self.world.policy = POLICY
        self.elaas = self.world.facade(Faults())
        self.idp, self.outbox = self.world.idp, self.world.outbox
        self.browsers = [
            Browser.new(self.world.keyring, random=bytes([number]) * 32, address="192.0.2.1")
            for number in (1, 2)
        ]
        self.issued = ISSUED
        self.model = Model(
            self.world.clock(),
            Rules(
                flow_lifetime=HOUR,
                attempt_lifetime=15 * MINUTE,
                live_attempts=2,
                guesses_per_flow=5,
                mails_per_flow=4,
                minimum_length=8,
            ),
            ISSUED,
            sign_in=[(4, MINUTE), (8, 15 * MINUTE)],
            flows=(7, HOUR),
            guesses=(9, DAY),
            mails=(3, HOUR),
            mails_per_address=(4, HOUR),
        )

    def teardown(self) -> None:
        AnyOrder.hits |= self.model.hits
        self.stack.close()

    # How an answer is compared with the model's

    def outcome(self, call: Callable[[], Any]) -> tuple[str, Any]:
        """The kind of the next step, or the code of the typed error; anything else that is raised fails the machine."""
        try:
            answer = call()
        except ElaasIdentityError as error:
            self.codes.add(error.code)
            assert (None, None) == (error.__cause__, error.__context__)
            return error.code, error.progress
        return getattr(getattr(answer, "step", None), "kind", "authorization"), answer

    def agree(self, expected: str, actual: str) -> None:
        assert expected == actual, f"the model says {expected}, the facade {actual}"

    def flow(self, number: int, *due_at: str) -> Flow:
        """One of the newest; or, where it shall be due, one at that stage."""
        if number == 0 and due_at:
            here = self.due(due_at) or self.walked_to(due_at[0])
            if here is not None:
                return here
        known = list(reversed(self.model.flows.values()))[:4]
        return known[number % len(known)]

    def due(self, stages: tuple[str, ...]) -> Flow | None:
        """The newest flow at one of these stages."""
        shown = {STEP[stage] for stage in stages}
        return next(
            (flow for flow in reversed(self.model.flows.values()) if self.model.stands(flow) in shown), None
        )

    def walked_to(self, stage: str) -> Flow | None:
        """A new flow that has come as far as that stage, unless a limit stands in the way."""
        if self.model.active:
            self.reissue()
        before = set(self.model.flows)
        self.begin(0, USERNAME, "current")
        for flow_id in set(self.model.flows) - before:
            flow = self.model.flows[flow_id]
            for _ in range(4):
                if flow.stage != stage:
                    self.act_in(flow, LONG[0])
            return flow if self.model.stands(flow) == STEP[stage] else None
        return None

    def act_in(self, flow: Flow, new: str) -> None:
        """What the page offers."""
        number = list(reversed(self.model.flows)).index(flow.id)
        match self.model.stands(flow):
            case "verify_identity":
                self._authorize(flow, flow.browser, fails=False)
                self._callback(flow, flow.browser, flow.past_attempts[-1], "")
            case "provide_email":
                self._submit_email(flow, flow.browser, ADDRESSES[number % 2], "sent")
            case "enter_one_time_code":
                self._submit_one_time_code(flow, flow.browser, flow.code)
            case "set_password":
                self._set_password(flow, flow.browser, new)

    def password(self, which: str) -> str:
        return {"current": self.model.password, "issued": self.issued}.get(which, which)

    def code_of(self, flow: Flow, which: str) -> str:
        match which:
            case "right" if flow.code:
                return flow.code
            case "wrong" if flow.code:
                return wrong(flow.code)
            case "old" if flow.old_codes:
                return flow.old_codes[-1]
            case "right" | "wrong" | "old":
                return "00000000"
        return which

    # Acts

    @initialize()
    def a_flow_to_begin_with(self) -> None:
        self.begin(0, USERNAME, "current")

    @rule(
        browser=browsers,
        username=st.sampled_from([USERNAME, USERNAME, USERNAME.upper(), "laas-nobody", *HOSTILE]),
        which=passwords,
    )
    def begin(self, browser: int, username: str, which: str) -> None:
        password = self.password(which)
        kind, answer = self.outcome(
            lambda: self.elaas.begin(username, password, browser=self.browsers[browser])
        )
        known = username.casefold() == USERNAME
        flow_id = getattr(answer, "flow_id", "")
        name = USERNAME if known else username.strip()[:256]
        self.agree(self.model.begin(flow_id, browser, name, password, known=known), kind)

    @precondition(lambda self: self.model.flows)
    @rule(number=flows, stranger=strangers, fails=st.sampled_from([False, False, False, True]))
    def authorize(self, number: int, stranger: int, fails: bool) -> None:
        flow = self.flow(number, "identity")
        browser = flow.browser ^ stranger
        self._authorize(flow, browser, fails=fails)

    def _authorize(self, flow: Flow, browser: int, *, fails: bool) -> None:
        self.idp.url_failure = ProviderFailed("identity_provider_unavailable") if fails else None
        kind, answer = self.outcome(lambda: self.elaas.authorize(flow.id, browser=self.browsers[browser]))
        url = getattr(answer, "url", "")
        state = parse_qs(urlsplit(url).query)["state"][0] if url else ""
        self.agree(self.model.authorize(flow, browser, state, fails=fails), kind)

    @precondition(lambda self: self.model.flows)
    @rule(number=flows, stranger=strangers, verdict=verdicts, back=st.integers(1, 4))
    def callback(self, number: int, stranger: int, verdict: str, back: int) -> None:
        flow = self.flow(number, "identity")
        browser = flow.browser ^ stranger
        if not flow.past_attempts:
            return
        state = flow.past_attempts[-min(back, len(flow.past_attempts))]
        self._callback(flow, browser, state, verdict)

    def _callback(self, flow: Flow, browser: int, state: str, verdict: str) -> None:
        self.idp.failure, self.idp.citizen, self.idp.auth_time = None, OFFICER, "now"
        match verdict:
            case "person_mismatch":
                self.idp.citizen = STRANGER
            case "identity_assurance_low":
                self.idp.citizen = LOW_ASSURANCE
            case "identity_stale":
                self.idp.auth_time = self.world.clock() - DAY
            case "identity_denied":
                self.idp.failure = Refused("identity_denied")
            case "down":
                self.idp.failure = ConnectionResetError("no answer")
        before = self.idp.redeemed
        kind, _ = self.outcome(
            lambda: self.elaas.receive_callback(
                f"code=authorization-code&state={state}", browser=self.browsers[browser]
            )
        )
        verdict = "identity_provider_unavailable" if verdict == "down" else verdict
        expected = self.model.callback(flow, browser, state, verdict)
        self.agree(expected, kind)
        asked = expected in (verdict, "provide_email")
        assert int(asked) == self.idp.redeemed - before

    @rule(browser=browsers, query=st.sampled_from([f"code=a&state=k1.{'A' * 43}", "code=a", *HOSTILE]))
    def stray_callback(self, browser: int, query: str) -> None:
        before = self.idp.redeemed
        kind, _ = self.outcome(lambda: self.elaas.receive_callback(query, browser=self.browsers[browser]))
        self.agree("callback_unknown" if "state=" in query else "callback_malformed", kind)
        assert before == self.idp.redeemed

    @precondition(lambda self: self.model.flows)
    @rule(
        number=flows,
        stranger=strangers,
        address=st.sampled_from([*ADDRESSES, *ADDRESSES, *HOSTILE]),
        fate=st.sampled_from(FATES),
    )
    def submit_email(self, number: int, stranger: int, address: str, fate: str) -> None:
        flow = self.flow(number, "email", "one_time_code")
        browser = flow.browser ^ stranger
        self._submit_email(flow, browser, address, fate)

    def _submit_email(self, flow: Flow, browser: int, address: str, fate: str) -> None:
        self.send(
            flow,
            browser,
            "email_given",
            address,
            fate,
            lambda: self.elaas.submit_email(flow.id, address, browser=self.browsers[browser]),
        )

    @precondition(lambda self: self.model.flows)
    @rule(number=flows, stranger=strangers, fate=st.sampled_from(FATES))
    def resend(self, number: int, stranger: int, fate: str) -> None:
        flow = self.flow(number, "one_time_code")
        browser = flow.browser ^ stranger
        self.send(
            flow,
            browser,
            "code_resent",
            "",
            fate,
            lambda: self.elaas.resend_one_time_code(flow.id, browser=self.browsers[browser]),
        )

    def send(
        self, flow: Flow, browser: int, happened: str, address: str, fate: str, call: Callable[[], Any]
    ) -> None:
        """A mail, whose fate is known. Even one that fails is read by this test: its code must not be good later."""
        self.outbox._failures.clear()
        if fate != "sent":
            self.outbox.fail_next(fate, arrives=True)  # type: ignore[arg-type]
        before = len(self.outbox.mails)
        kind, _ = self.outcome(call)
        mailed = len(self.outbox.mails) - before
        code = code_in(self.outbox.latest.text) if mailed else ""
        expected = self.model.mail(flow, browser, happened, address, code, fate)
        self.agree(expected, kind)
        assert int(expected in (fate, "enter_one_time_code", "email_not_accepted")) == mailed

    @precondition(lambda self: self.model.flows)
    @rule(number=flows, stranger=strangers, which=typed_codes)
    def submit_one_time_code(self, number: int, stranger: int, which: str) -> None:
        flow = self.flow(number, "one_time_code")
        browser = flow.browser ^ stranger
        self._submit_one_time_code(flow, browser, self.code_of(flow, which))

    def _submit_one_time_code(self, flow: Flow, browser: int, typed: str) -> None:
        kind, _ = self.outcome(
            lambda: self.elaas.submit_one_time_code(flow.id, typed, browser=self.browsers[browser])
        )
        self.agree(self.model.submit_code(flow, browser, typed), kind)

    @precondition(lambda self: self.model.flows)
    @rule(number=flows, stranger=strangers, which=st.sampled_from(["issued", *LONG, SHORT, TINY, COMMON]))
    def set_password(self, number: int, stranger: int, which: str) -> None:
        flow, password = self.flow(number, "password"), self.password(which)
        browser = flow.browser ^ stranger
        self._set_password(flow, browser, password)

    def _set_password(self, flow: Flow, browser: int, password: str) -> None:
        kind, _ = self.outcome(
            lambda: self.elaas.set_password(flow.id, password, browser=self.browsers[browser])
        )
        self.agree(self.model.set_password(flow, browser, password, common=password == COMMON), kind)

    @precondition(lambda self: self.model.flows)
    @rule(
        number=flows,
        stranger=strangers,
        which=typed_codes,
        new=st.sampled_from(["issued", *LONG, SHORT, TINY, COMMON]),
    )
    def confirm(self, number: int, stranger: int, which: str, new: str) -> None:
        flow, password = self.flow(number, "one_time_code"), self.password(new)
        browser = flow.browser ^ stranger
        typed = self.code_of(flow, which)
        kind, _ = self.outcome(
            lambda: self.elaas.confirm(flow.id, typed, password, browser=self.browsers[browser])
        )
        self.agree(self.model.confirm(flow, browser, typed, password, common=password == COMMON), kind)

    @precondition(lambda self: self.model.flows)
    @rule(number=flows, stranger=strangers)
    def cancel(self, number: int, stranger: int) -> None:
        flow = self.flow(number)
        browser = flow.browser ^ stranger
        self._cancel(flow, browser)

    def _cancel(self, flow: Flow, browser: int) -> None:
        kind, _ = self.outcome(lambda: self.elaas.cancel(flow.id, browser=self.browsers[browser]))
        self.agree(self.model.cancel(flow, browser), kind)

    @rule(flow_id=st.sampled_from(HOSTILE), browser=browsers)
    def no_such_flow(self, flow_id: str, browser: int) -> None:
        for call in (self.elaas.authorize, self.elaas.current, self.elaas.cancel):
            kind, _ = self.outcome(partial(call, flow_id, browser=self.browsers[browser]))
            self.agree("flow_unknown", kind)

    @precondition(lambda self: self.model.flows)
    @rule(number=flows, acts=st.integers(1, 4), new=st.sampled_from([*LONG, SHORT]))
    def do_as_told(self, number: int, acts: int, new: str) -> None:
        """What the page offers, several times over."""
        flow = self.flow(number)
        for _ in range(acts):
            self.act_in(flow, new)

    @precondition(lambda self: self.model.flows)
    @rule(number=flows, times=st.integers(1, 6))
    def somebody_guesses_codes(self, number: int, times: int) -> None:
        flow = self.flow(number, "one_time_code")
        for _ in range(times):
            self._submit_one_time_code(flow, flow.browser, self.code_of(flow, "wrong"))

    @rule(times=st.integers(3, 6))
    def somebody_guesses_passwords(self, times: int) -> None:
        for _ in range(times):
            self.begin(1, USERNAME, "not the password")

    @precondition(lambda self: self.model.flows)
    @rule(number=flows, seconds=st.sampled_from([599, 600]))
    def a_code_waits_in_the_mailbox(self, number: int, seconds: int) -> None:
        flow = self.flow(number, "one_time_code")
        self.time_passes(timedelta(seconds=seconds))
        self._submit_one_time_code(flow, flow.browser, self.code_of(flow, "right"))

    @rule(days=st.sampled_from([89, 90]))
    def a_letter_lies_in_a_drawer(self, days: int) -> None:
        self.reissue()
        self.time_passes(timedelta(days=days))
        self.begin(0, USERNAME, "current")

    @rule(verdict=verdicts, stranger_first=st.booleans())
    def somebody_comes_back_from_thaid(self, verdict: str, stranger_first: bool) -> None:
        flow = self.flow(0, "identity") if self.model.flows else self.walked_to("identity")
        if flow is not None and self.model.stands(flow) == STEP["identity"]:
            self._authorize(flow, flow.browser, fails=False)
            if stranger_first:
                self._callback(flow, flow.browser ^ 1, flow.past_attempts[-1], verdict)
            self._callback(flow, flow.browser, flow.past_attempts[-1], verdict)

    @rule(new=st.sampled_from(["", *LONG, SHORT]), how=st.sampled_from(["", *ENDS]))
    def a_password_becomes_too_short(self, new: str, how: str) -> None:
        """Somebody sets a short one; the policy becomes stricter; they sign in, and change it or do not."""
        self.the_portal_is_restarted(stricter=False)
        flow = self.due(("password",)) or self.walked_to("password")
        if flow is None or flow.purpose == "sign_in":
            return
        self._set_password(flow, flow.browser, SHORT)
        self.begin(flow.browser, USERNAME, "current")
        self.the_portal_is_restarted(stricter=True)
        self.begin(flow.browser, USERNAME, "current")
        weak = self.due(("password",))
        if weak is not None and how:
            self._end(weak, how)
        elif weak is not None and new:
            self._set_password(weak, weak.browser, new)

    @rule(times=st.integers(5, 9))
    def somebody_begins_again_and_again(self, times: int) -> None:
        for _ in range(times):
            self.begin(1, USERNAME, "current")

    @rule(times=st.integers(2, 3))
    def somebody_guesses_in_flow_after_flow(self, times: int) -> None:
        for _ in range(times):
            self.time_passes(MINUTE)
            flow = self.due(("one_time_code",)) or self.walked_to("one_time_code")
            for _ in range(5 if flow else 0):
                assert flow is not None
                self._submit_one_time_code(flow, flow.browser, self.code_of(flow, "wrong"))

    @precondition(lambda self: self.model.flows)
    @rule(
        number=flows,
        stage=st.sampled_from(list(STEP)),
        how=st.sampled_from(ENDS),
    )
    def it_ends_here(self, number: int, stage: str, how: str) -> None:
        """The flow ends, and somebody tries to go on with it."""
        self._end(self.flow(number, stage), how)

    def _end(self, flow: Flow, how: str) -> None:
        if how == "expired":
            self.time_passes(HOUR)
        if how == "superseded":
            self.unlock()
        self._cancel(flow, flow.browser)

    # The administrator, the operator and time

    @rule(passing=st.sampled_from(PASSES))
    def time_passes(self, passing: timedelta) -> None:
        self.model.now = self.world.clock.advance(passing)

    @rule()
    def a_moment_passes(self) -> None:
        self.model.now = self.world.clock.advance(timedelta(seconds=61))

    @rule()
    def unlock(self) -> None:
        self.elaas.accounts.unlock(self.world.account_id, by="admin-1", reason="called")
        self.model.unlock(USERNAME)

    @rule()
    def reissue(self) -> None:
        self.issued = self.elaas.accounts.reissue(self.world.account_id, by="admin-1", reason="lost").password
        self.model.reissue(USERNAME, self.issued)

    @rule()
    def import_the_list_again(self) -> None:
        (there,) = self.elaas.accounts.provision([self.world.letter()], by="admin-1", reason="again")
        assert not there.created

    @rule()
    def purge(self) -> None:
        self.elaas.purge()
        self.model.purge()

    @rule(stricter=st.booleans())
    def the_portal_is_restarted(self, stricter: bool) -> None:
        self.world.policy = STRICTER if stricter else POLICY
        self.model.rules.minimum_length = 15 if stricter else 8
        self.elaas = self.world.facade(Faults())

    # What must hold after every act

    @invariant()
    def every_flow_stands_where_the_model_says(self) -> None:
        for flow in list(self.model.flows.values())[-4:]:
            step = self.elaas.current(flow.id, browser=self.browsers[flow.browser]).step
            shown = f"ended: {step.reason}" if isinstance(step, Ended) else step.kind
            self.agree(self.model.stands(flow), shown)

    @invariant()
    def the_account_is_the_letters_or_the_persons(self) -> None:
        store, account_id = self.world.inspected, self.world.account_id
        key = Key(AccountRecord, account_id)
        bound = Key(BindingRecord, account_id, field="account_id")
        read = store.load(key, bound)
        account = read.one(key)
        assert (self.model.epoch, self.model.active, not self.model.active) == (
            account.epoch,
            account.status is AccountStatus.ACTIVE,
            account.password_is_issued,
        )
        assert len(read.all(bound)) <= 1
