"""What people do to one flow, several acts long: what single acts drawn at random would hardly ever come to."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.fuzz import drawn
from tests.fuzz.drawn import ADDRESSES, FATES, LONG, SHORT
from tests.fuzz.model_state import MINUTE, Flow, Person
from tests.fuzz.model_table import ENDS, PLACES, Purpose
from tests.fuzz.walks import Walks

WITH_A_CODE = [purpose for purpose, stage in PLACES if stage == "one_time_code"]


class Stories(Walks):
    """People in their flows."""

    def new_password(self, flow: Flow, which: str) -> str:
        return self.password(which, flow.account) if flow.account else which

    @precondition(lambda self: self.model.flows)
    @rule(which=drawn.flows, acts=st.integers(1, 4), new=st.sampled_from([*LONG, SHORT]))
    def do_as_told(self, which: str | int, acts: int, new: str) -> None:
        """What the page offers, several times over."""
        flow = self.flow(which)
        for _ in range(acts):
            self.act_in(flow, new)

    @rule(
        purpose=st.sampled_from([purpose for purpose, stage in PLACES if stage == "identity"]),
        people=st.lists(drawn.somebody, min_size=2, max_size=6),
        stranger=st.booleans(),
    )
    def they_come_back_from_thaid(self, purpose: Purpose, people: list[Person | str], stranger: bool) -> None:
        """One after the other, the first perhaps in another browser too."""
        flow = self.due((purpose, "identity")) or self.walked_to(purpose, "identity")
        if flow is None:
            return
        for somebody in people:
            self.do_authorize(flow, flow.browser)
            if stranger:
                self.do_callback(flow, flow.browser ^ 1, flow.past_attempts[-1], self.who(flow, somebody))
            self.do_callback(flow, flow.browser, flow.past_attempts[-1], self.who(flow, somebody))
            stranger = False

    @rule(
        purpose=st.sampled_from(WITH_A_CODE),
        fate=st.sampled_from(FATES),
        address=st.sampled_from(["", *ADDRESSES]),
        again=drawn.fates,
    )
    def a_mail_goes_astray(self, purpose: Purpose, fate: str, address: str, again: str) -> None:
        """Its code is good, or is not; another is asked for at once, or the address is corrected."""
        flow = self.due((purpose, "one_time_code")) or self.walked_to(purpose, "one_time_code")
        if flow is not None:
            self.pass_time(MINUTE)
            self.do_resend(flow, flow.browser, fate)
            if address:
                self.do_submit_email(flow, flow.browser, address, again)
            else:
                self.do_resend(flow, flow.browser, again)
            self.do_submit_code(flow, flow.browser, flow.code)

    @precondition(lambda self: self.model.flows)
    @rule(which=drawn.flows, seconds=st.sampled_from([599, 600]))
    def a_code_waits_in_the_mailbox(self, which: str | int, seconds: int) -> None:
        flow = self.flow(which, "one_time_code")
        self.pass_time(timedelta(seconds=seconds))
        self.do_submit_code(flow, flow.browser, self.code(flow, "right"))

    @precondition(lambda self: self.model.flows)
    @rule(which=drawn.flows, times=st.integers(1, 6))
    def somebody_guesses_codes(self, which: str | int, times: int) -> None:
        flow = self.flow(which, "one_time_code")
        for _ in range(times):
            self.do_submit_code(flow, flow.browser, self.code(flow, "wrong"))

    @rule(purpose=st.sampled_from(WITH_A_CODE))
    def somebody_guesses_in_flow_after_flow(self, purpose: Purpose) -> None:
        for _ in range(2):
            self.pass_time(MINUTE)
            flow = self.due((purpose, "one_time_code")) or self.walked_to(purpose, "one_time_code")
            if flow is None:
                return
            for _ in range(5):
                self.do_submit_code(flow, flow.browser, self.code(flow, "wrong"))

    @rule(purpose=st.sampled_from(WITH_A_CODE), new=st.sampled_from(["", *LONG]))
    def code_and_password_come_in_one_form(self, purpose: Purpose, new: str) -> None:
        """The new one may be the one of the letter."""
        flow = self.due((purpose, "one_time_code")) or self.walked_to(purpose, "one_time_code")
        if flow is not None:
            new = new or flow.began_with or SHORT
            self.do_confirm(flow, flow.browser, self.code(flow, "right"), new)

    @rule(new=st.sampled_from(["", *LONG, SHORT]))
    def a_password_becomes_too_short(self, new: str) -> None:
        """They sign in with it, and change it or do not."""
        weak = self.walked_to("sign_in", "password")
        if weak is not None and new:
            self.do_set_password(weak, weak.browser, new)

    @rule(place=st.sampled_from(PLACES), first=st.integers(0, 2))
    def it_ends_here(self, place: tuple[Purpose, str], first: int) -> None:
        """Every way that a flow can end there; and somebody tries to go on with it."""
        for how in (*ENDS[first:], *ENDS[:first]):
            flow = self.due(place) or self.walked_to(*place)
            if flow is not None:
                self.end(flow, how)

    def end(self, flow: Flow, how: str) -> None:
        if how == "expired":
            self.pass_time(flow.expires_at - self.model.now)
        if how == "superseded":
            # Of a flow that is for no account yet, no administrator's act is the end.
            self.administer("unlock", flow.account or self.account(0))
        self.do_cancel(flow, flow.browser)
