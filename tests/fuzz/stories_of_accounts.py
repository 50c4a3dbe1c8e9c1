"""What becomes of an account: guessed at, forgotten, handed over; administrators, the operator, and time."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.fuzz import drawn
from tests.fuzz.drawn import LONG, PASSES, POLICIES
from tests.fuzz.model_administration import ACTS
from tests.fuzz.model_state import MINUTE, Kind, Person
from tests.fuzz.walks import Walks

OFTEN = ("reissue", "hand_over", "restore")
"""What leads on: otherwise soon nobody could do anything."""


class StoriesOfAccounts(Walks):
    """Several flows, or none."""

    @rule(
        number=drawn.accounts,
        acts=st.lists(st.sampled_from([*OFTEN, *ACTS]), min_size=1, max_size=4),
        whom=drawn.expected,
    )
    def an_administrator_acts(self, number: int, acts: list[str], whom: str | None) -> None:
        account = self.account(number)
        for act in acts:
            self.administer(act, account, whom)

    @rule(
        act=st.sampled_from(["reissue", "hand_over", "set_expected"]),
        whom=drawn.expected,
        people=st.lists(drawn.somebody, min_size=1, max_size=3),
    )
    def a_letter_gets_into_hands(self, act: str, whom: str | None, people: list[Person | str]) -> None:
        """An administrator acts on an account that nobody may have taken up yet; these people try it."""
        account = self.issued_account()
        self.administer(act, account, whom)
        flow = self.do_begin(0, account.username, account, account.password)
        if flow is None:
            return
        for somebody in people:
            self.do_authorize(flow, 0)
            if flow.past_attempts:
                self.do_callback(flow, 0, flow.past_attempts[-1], self.who(flow, somebody))

    @precondition(lambda self: len(self.open_accounts()) < 5)
    @rule(whom=drawn.expected, kind=drawn.kinds)
    def another_letter_is_sent(self, whom: str | None, kind: Kind) -> None:
        self.provision(whom, kind)

    @rule(act=st.sampled_from(["restore", "hand_over", "close_account"]), whom=drawn.expected)
    def an_account_is_suspended(self, act: str, whom: str | None) -> None:
        """Nobody signs in to it or recovers it; then it is restored, or is not."""
        flow = self.due(("recovery", "account")) or self.walked_to("recovery", "account")
        if flow is None or not self.model.choices(flow.person):
            return
        account = self.model.choices(flow.person)[0]
        self.administer("suspend", account)
        self.do_begin(0, account.username, account, account.password)
        self.do_choose(flow, flow.browser, account.id)
        self.administer(act, account, whom)
        self.do_begin(0, account.username, account, account.password)
        self.do_choose(flow, flow.browser, account.id)

    @rule(act=st.sampled_from(["hand_over", "reissue"]), whom=drawn.expected)
    def the_officer_leaves(self, act: str, whom: str | None) -> None:
        """Whoever comes next takes the account up; then both of them ask for a new password."""
        flow = self.due(("recovery", "account")) or self.walked_to("recovery", "account")
        if flow is None or not self.model.choices(flow.person):
            return
        account, old = self.model.choices(flow.person)[-1], flow.person
        self.administer(act, account, whom)
        letter = self.do_begin(0, account.username, account, account.password)
        if letter is not None:
            self.go_on(letter)
        for person in (old, account.holder):
            recovery = self.do_recover(0)
            if recovery is not None and person is not None:
                self.do_authorize(recovery, 0)
                self.do_callback(recovery, 0, recovery.past_attempts[-1], person)
                self.do_choose(recovery, 0, account.id)

    @rule(times=st.integers(4, 9), new=st.sampled_from(LONG))
    def somebody_guesses_while_the_person_recovers(self, times: int, new: str) -> None:
        """The person gets in all the same (R4.1)."""
        flow = self.due(("recovery", "password")) or self.walked_to("recovery", "password")
        if flow is None:
            return
        account = flow.held
        for _ in range(times):
            self.do_begin(1, account.username, account, "not the password")
        self.do_set_password(flow, flow.browser, new)
        self.do_begin(0, account.username, account, new)

    @rule(number=drawn.accounts, times=st.integers(3, 6))
    def somebody_guesses_passwords(self, number: int, times: int) -> None:
        account = self.account(number)
        for _ in range(times):
            self.do_begin(1, account.username, account, "not the password")

    @rule(number=drawn.accounts, times=st.integers(5, 9))
    def somebody_begins_again_and_again(self, number: int, times: int) -> None:
        account = self.account(number)
        for _ in range(times):
            self.do_begin(1, account.username, account, account.password)

    @rule(times=st.integers(4, 6), proven=st.booleans())
    def somebody_recovers_again_and_again(self, times: int, proven: bool) -> None:
        """As far as ThaID, or through it."""
        for _ in range(times):
            self.pass_time(20 * MINUTE if proven else timedelta(seconds=1))
            flow = self.do_recover(1)
            if proven and flow is not None:
                self.act_in(flow, LONG[0])

    @rule(days=st.sampled_from([89, 90]))
    def a_letter_lies_in_a_drawer(self, days: int) -> None:
        account = self.issued_account()
        self.administer("reissue", account)
        self.pass_time(timedelta(days=days))
        self.do_begin(0, account.username, account, account.password)

    @rule()
    def import_the_list_again(self) -> None:
        there = self.elaas.accounts.provision(self.letters, by="admin-1", reason="again")
        assert not any(one.created for one in there)

    # The operator, and time

    @rule()
    def purge(self) -> None:
        self.elaas.purge()
        self.model.purge()

    @rule(policy=st.sampled_from(list(POLICIES)))
    def the_portal_is_restarted(self, policy: str) -> None:
        self.restart(policy)

    @rule(passing=st.sampled_from(PASSES))
    def time_passes(self, passing: timedelta) -> None:
        self.pass_time(passing)

    @rule()
    def a_moment_passes(self) -> None:
        self.pass_time(timedelta(seconds=61))
