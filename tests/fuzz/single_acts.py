"""A person's acts after onboarding, and an administrator's approval, one by one: due or not, right or wrong."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.fuzz import drawn
from tests.fuzz.acts_of_life import ASKED_BY
from tests.fuzz.drawn import DIGESTS, HOSTILE
from tests.fuzz.model_table import Purpose
from tests.fuzz.walks import Walks


class SingleActs(Walks):
    """Everything that can be called by who has an account."""

    @rule(browser=drawn.browsers)
    def begin_with_thaid(self, browser: int) -> None:
        self.do_begin_with_thaid(browser)

    @precondition(lambda self: self.model.flows)
    @rule(
        which=drawn.flows,
        stranger=drawn.strangers,
        number=drawn.accounts,
        name=st.sampled_from(["their own", "their own", "another", "another", "laas-nobody", *HOSTILE]),
        password=drawn.passwords,
    )
    def submit_credential(
        self, which: str | int, stranger: int, number: int, name: str, password: str
    ) -> None:
        flow = self.flow(which, "credential")
        account = self.account(number)
        if name == "their own" and flow.person is not None:
            account = self.account_of(flow.person)
        known = name in ("their own", "another")
        self.do_submit_credential(
            flow,
            flow.browser ^ stranger,
            account.username if known else name,
            account if known else None,
            self.password(password, account),
        )

    @precondition(lambda self: self.model.flows)
    @rule(which=drawn.flows, stranger=drawn.strangers, typed=drawn.app_codes)
    def submit_authenticator_code(self, which: str | int, stranger: int, typed: str) -> None:
        flow = self.flow(which, "authenticator_code")
        self.do_submit_app_code(flow, flow.browser ^ stranger, self.app_code(flow, typed))

    @precondition(lambda self: self.model.flows)
    @rule(which=drawn.flows, stranger=drawn.strangers, typed=drawn.app_codes)
    def confirm_authenticator(self, which: str | int, stranger: int, typed: str) -> None:
        flow = self.flow(which, "authenticator")
        self.do_confirm_app(flow, flow.browser ^ stranger, self.app_code(flow, typed))

    @rule(
        purpose=st.sampled_from(list(ASKED_BY)),
        browser=drawn.browsers,
        which=drawn.sessions,
        digest=drawn.digests,
        password=drawn.passwords,
    )
    def ask(self, purpose: Purpose, browser: int, which: str, digest: int, password: str) -> None:
        own = self.session()
        if own is None:
            return
        session = self.which_session(which, own)
        account = self.model.accounts[own[1].account_id]
        self.do_ask(
            purpose,
            browser,
            session,
            digest=DIGESTS[digest],
            password=self.password(password, account),
        )

    @precondition(lambda self: self.sessions and self.model.flows)
    @rule(which=drawn.flows, stranger=drawn.strangers, whose=drawn.sessions, digest=drawn.digests)
    def consume_step_up(self, which: str | int, stranger: int, whose: str, digest: int) -> None:
        flow = self.flow(which, "proof")
        session = self.which_session(whose, self.asked.get(flow.id) or self.sessions[-1])
        self.do_consume_step_up(flow, flow.browser ^ stranger, session, DIGESTS[digest])

    @precondition(lambda self: self.model.flows)
    @rule(
        which=drawn.flows,
        act=st.sampled_from(["approve", "reject"]),
        number=drawn.accounts,
        its_own=st.sampled_from([True, True, False]),
        text=st.sampled_from(["", "", *HOSTILE]),
    )
    def decide(self, which: str | int, act: str, number: int, its_own: bool, text: str) -> None:
        """On the flow's own account, or on another."""
        flow = self.flow(which, "approval")
        account = flow.account if its_own and flow.account is not None else self.account(number)
        self.do_decide(act, account, None if text else flow, text)
