"""What people do who have an account: second factors, ThaID first, step-ups, changes; and who waits for approval."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.fuzz import drawn
from tests.fuzz.acts_of_life import ASKED_BY
from tests.fuzz.drawn import BESIDE, DIGESTS, FATES, KINDS, LONG
from tests.fuzz.model_state import APPROVED, DAY, MINUTE, Account, Flow, Kind, Person
from tests.fuzz.model_table import Purpose
from tests.fuzz.walks import Walks

SECOND = timedelta(seconds=1)
WORDS = st.sampled_from(["right", "wrong", "used", "on paper"])


class StoriesOfLife(Walks):
    """People who have taken an account up, or nearly."""

    # The second factor

    @rule(kind=st.sampled_from(KINDS), browser=drawn.browsers)
    def they_sign_in(self, kind: Kind, browser: int) -> None:
        """With whatever it takes."""
        account = self.account_in_use(kind)
        if account is not None:
            flow = self.do_begin(browser, account.username, account, account.password)
            if flow is not None:
                self.go_on(flow)

    @rule(typed=st.lists(WORDS, min_size=1, max_size=4), seconds=st.sampled_from([0, 1, 29, 30, 60, 90]))
    def codes_of_the_app_are_typed(self, typed: list[str], seconds: int) -> None:
        """In sign-in after sign-in; one that was good before is good no more (ASVS 6.5.1)."""
        for which in typed:
            flow = self.due(("sign_in", "authenticator_code")) or self.walked_to(
                "sign_in", "authenticator_code"
            )
            if flow is not None:
                self.pass_time(seconds * SECOND)
                self.do_submit_app_code(flow, flow.browser, self.app_code(flow, which))

    @rule(flows=st.integers(1, 3))
    def somebody_guesses_codes_of_the_app(self, flows: int) -> None:
        """Who has the password; until the flow, and then the day, is used up."""
        for _ in range(flows):
            flow = self.due(("sign_in", "authenticator_code")) or self.walked_to(
                "sign_in", "authenticator_code"
            )
            for _ in range(6):
                if flow is not None:
                    self.do_submit_app_code(flow, flow.browser, self.app_code(flow, "wrong"))

    @rule(asked=st.booleans(), typed=st.lists(WORDS, min_size=1, max_size=3))
    def another_phone(self, asked: bool, typed: list[str]) -> None:
        """By who is signed in, or has none yet; the app before counts until the new one has shown a right code."""
        if not asked:
            self.administer("reissue", self.account_in_use("provincial_office") or self.account(0))
            flow = self._with_a_password("provincial_office")
        else:
            flow = self.walked_to("authenticator", "authenticator")
        if flow is not None:
            self.go_on(flow, until="authenticator")
            for which in typed:
                self.do_confirm_app(flow, flow.browser, self.app_code(flow, which))

    @rule(kind=st.sampled_from(KINDS[1:]))
    def a_password_beside_a_factor_becomes_too_short(self, kind: Kind) -> None:
        """It alone must not replace itself: the way on is a recovery (docs/sign_in.md)."""
        self.restart("ordinary")
        account = self.issued_account(kind)
        letter = self.do_begin(0, account.username, account, account.password)
        if letter is None:
            return
        self.go_on(letter, new=BESIDE)
        self.restart("stricter")
        self.do_begin(0, account.username, account, account.password)
        for flow in (self.do_begin_with_thaid(0), self.do_recover(0)):
            if flow is not None:
                self.come_back(flow, self.theirs(account))
                self.pass_time(MINUTE)
                self.go_on(flow, new=LONG[1])
        self.do_begin(0, account.username, account, account.password)

    # ThaID first

    @rule(
        kind=st.sampled_from(KINDS),
        issued=st.booleans(),
        words=st.lists(st.sampled_from(["wrong", "another's", "right", "right"]), min_size=1, max_size=5),
    )
    def thaid_comes_first(self, kind: Kind, issued: bool, words: list[str]) -> None:
        """Then the credential; once it was right, the proof has done its work."""
        account = self.issued_account(kind) if issued else self.account_in_use(kind)
        flow = self.walked_to("identity_first", "identity")
        if flow is None or account is None:
            return
        self.come_back(flow, self.theirs(account))
        for word in words if flow.person else ():
            tried = self.somebody_elses(flow.proven_person) if word == "another's" else account
            password = "not the password" if word == "wrong" else tried.password
            begun = self.do_submit_credential(flow, flow.browser, tried.username, tried, password)
            if begun is not None:
                self.go_on(begun)

    @rule(choices=st.lists(st.sampled_from(["theirs", "another"]), min_size=1, max_size=3))
    def thaid_alone(self, choices: list[str]) -> None:
        """Where the policy says so, for the accounts of that kind, once."""
        account = self.account_in_use("subordinate_agency")
        self.restart("ThaID alone")
        flow = self.walked_to("identity_first", "identity")
        if flow is None or account is None:
            return
        self.come_back(flow, self.theirs(account))
        for which in choices:
            chosen = account if which == "theirs" else self.account(0)
            self.do_choose_without_password(flow, flow.browser, chosen.id)

    @rule(kind=st.sampled_from(KINDS))
    def somebody_guesses_while_the_person_comes_with_thaid(self, kind: Kind) -> None:
        """The person gets in all the same (R4.1)."""
        account = self.account_in_use(kind)
        flow = self.walked_to("identity_first", "identity")
        if flow is None or account is None:
            return
        for _ in range(8):
            self.do_begin(1, account.username, account, "not the password")
        self.come_back(flow, self.theirs(account))
        self.do_submit_credential(flow, flow.browser, account.username, account, account.password)

    def somebody_elses(self, person: Person) -> Account:
        """The newest that is not that person's."""
        for account in self.open_accounts():
            if account.status in ("issued", "active") and not account.is_for(person):
                return account
        others = {one.national_id for one in drawn.TWO_PEOPLE} - {person.national_id}
        self.provision(min(others))
        return self.open_accounts()[0]

    def come_back(self, flow: Flow, person: Person) -> None:
        self.do_authorize(flow, flow.browser)
        self.do_callback(flow, flow.browser, flow.past_attempts[-1], person)

    # Who is signed in

    @rule(
        tries=st.lists(st.tuples(drawn.sessions, drawn.digests), min_size=1, max_size=5),
        seconds=st.sampled_from([0, 0, 0, 299, 300]),
        twice=st.booleans(),
    )
    def a_step_up_is_used(self, tries: list[tuple[str, int]], seconds: int, twice: bool) -> None:
        """Once, for what it was asked for, within five minutes (R4 and docs/step_up.md)."""
        flow = self.walked_to("step_up", "proof")
        if flow is None:
            return
        self.pass_time(seconds * SECOND)
        own = self.asked[flow.id]
        for whose, digest in tries:
            self.do_consume_step_up(flow, flow.browser, self.which_session(whose, own), DIGESTS[digest])
        for _ in range(1 + twice):
            self.do_consume_step_up(flow, flow.browser, own, flow.digest)

    @rule(
        passing=st.sampled_from([SECOND, DAY - SECOND, DAY]),
        address=st.sampled_from(["the same", "another"]),
        fate=st.sampled_from(["sent", "sent", "sent", *FATES]),
    )
    def an_address_is_changed(self, passing: timedelta, address: str, fate: str) -> None:
        """Then somebody recovers: by the new mailbox, and not before a day has passed."""
        flow = self.due(("email_change", "email")) or self.walked_to("email_change", "email")
        if flow is None:
            return
        account = flow.held
        if address == "the same":
            self.do_submit_email(flow, flow.browser, account.mailbox)
        else:
            self.do_submit_email(flow, flow.browser, f"new.{account.mailbox[-22:]}", fate)
            self.do_submit_code(flow, flow.browser, self.code(flow, "right"))
        self.pass_time(passing)
        recovery = self.do_recover(0)
        if recovery is not None:
            self.come_back(recovery, self.theirs(account))
            self.do_choose(recovery, recovery.browser, account.id)

    @rule(
        current=st.sampled_from(["right", "wrong", "right"]),
        new=st.sampled_from(["another", "another", BESIDE, ""]),
    )
    def a_password_is_changed(self, current: str, new: str) -> None:
        """By who knows the one before; sessions of before it are over."""
        session = self.session()
        if session is None:
            return
        account = self.model.accounts[session[1].account_id]
        password = account.password if current == "right" else "not the password"
        flow = self.do_ask("password_change", 0, session, password=password)
        if flow is not None:
            another = next(password for password in LONG if password != account.password)
            self.do_set_password(flow, flow.browser, another if new == "another" else new or account.password)
        self.do_ask("step_up", 0, session, digest=DIGESTS[0])
        self.do_begin(0, account.username, account, account.password)

    @rule(purpose=st.sampled_from(list(ASKED_BY)), times=st.integers(3, 8))
    def they_ask_again_and_again(self, purpose: Purpose, times: int) -> None:
        session = self.session()
        if session is not None:
            password = self.model.accounts[session[1].account_id].password
            for _ in range(times):
                self.do_ask(purpose, 0, session, digest=DIGESTS[0], password=password)

    @rule(times=st.integers(5, 8))
    def they_begin_with_thaid_again_and_again(self, times: int) -> None:
        for _ in range(times):
            self.do_begin_with_thaid(1)

    # Who waits for an approval

    @rule(
        acts=st.lists(
            st.tuples(st.sampled_from(["approve", "reject"]), st.integers(0, 1)), min_size=1, max_size=3
        ),
        one_form=st.booleans(),
        days=st.sampled_from([0, 0, 0, 13, 14]),
    )
    def two_people_wait(self, acts: list[tuple[str, int]], one_form: bool, days: int) -> None:
        """Whoever held the letter; approving one of them is the end of the other's wait."""
        self.administer("set_expected", self.issued_account(approval=True), APPROVED)
        flows = [self.walked_with(person, one_form=one_form) for person in drawn.TWO_PEOPLE]
        self.pass_time(days * DAY)
        for act, number in acts:
            flow = flows[number]
            if flow is not None:
                self.do_decide(act, flow.held, flow)

    def walked_with(self, person: Person, *, one_form: bool) -> Flow | None:
        """That person, with the letter of the account that wants an approval, as far as they get."""
        account = self.issued_account(approval=True)
        flow = self.do_begin(0, account.username, account, account.password)
        if flow is None:
            return None
        self.come_back(flow, person)
        self.pass_time(MINUTE)
        if one_form and flow.stage == "email":
            self.do_submit_email(flow, flow.browser, drawn.ADDRESSES[0])
            self.do_confirm(flow, flow.browser, self.code(flow, "right"), LONG[0])
        self.go_on(flow, until="approval")
        return flow
