"""A Hypothesis machine that does anything in any order, and asks the model after each act what should come of it.

The acts are in `acts.py` and `acts_of_life.py`, the ways to where they are due in `walks.py`, what people and
administrators do in the `stories`; here and in `single_acts.py` are a person's acts one by one, and here is what must
hold after every one.
"""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from elaas_identity import ChooseAccount, Ended, ProvideCredential
from elaas_identity.accounts.account import AccountRecord, BindingRecord
from elaas_identity.authenticator_app.authenticator import AuthenticatorRecord
from elaas_identity.change import Key
from tests.fuzz import drawn
from tests.fuzz.drawn import ADDRESSES, HOSTILE
from tests.fuzz.model_state import Person
from tests.fuzz.single_acts import SingleActs
from tests.fuzz.stories import Stories
from tests.fuzz.stories_of_accounts import StoriesOfAccounts
from tests.fuzz.stories_of_life import StoriesOfLife


class AnyOrder(Stories, StoriesOfAccounts, StoriesOfLife, SingleActs):
    """Everything that can be called."""

    @initialize(taken_up=st.sampled_from([0, 0, 1, 2]))
    def a_flow_to_begin_with(self, taken_up: int) -> None:
        """In a municipality where so many of the accounts are in use already."""
        for _ in range(taken_up + 1):
            letter = self._with_a_letter()
            assert letter is not None
            if len(self.model.flows) <= taken_up:
                self.go_on(letter)

    @rule(
        browser=drawn.browsers,
        number=drawn.accounts,
        name=st.sampled_from(["theirs", "theirs", "theirs", "in capitals", "laas-nobody", *HOSTILE]),
        which=drawn.passwords,
    )
    def begin(self, browser: int, number: int, name: str, which: str) -> None:
        account = self.account(number)
        known = {"theirs": account.username, "in capitals": account.username.upper()}
        password = self.password(which, account)
        self.do_begin(browser, known.get(name, name), account if name in known else None, password)

    @rule(browser=drawn.browsers)
    def recover(self, browser: int) -> None:
        self.do_recover(browser)

    @precondition(lambda self: self.model.flows)
    @rule(which=drawn.flows, stranger=drawn.strangers, fails=st.sampled_from([False, False, False, True]))
    def authorize(self, which: str | int, stranger: int, fails: bool) -> None:
        flow = self.flow(which, "identity")
        self.do_authorize(flow, flow.browser ^ stranger, fails=fails)

    @precondition(lambda self: self.model.flows)
    @rule(which=drawn.flows, stranger=drawn.strangers, somebody=drawn.somebody, back=st.integers(1, 4))
    def callback(self, which: str | int, stranger: int, somebody: Person | str, back: int) -> None:
        flow = self.flow(which, "identity")
        if flow.past_attempts:
            state = flow.past_attempts[-min(back, len(flow.past_attempts))]
            self.do_callback(flow, flow.browser ^ stranger, state, self.who(flow, somebody))

    @rule(browser=drawn.browsers, query=st.sampled_from([f"code=a&state=k1.{'A' * 43}", "code=a", *HOSTILE]))
    def stray_callback(self, browser: int, query: str) -> None:
        kind, _ = self.outcome("receive_callback", browser, query)
        self.agree("callback_unknown" if "state=" in query else "callback_malformed", kind)
        assert self.model.exchanges == self.idp.redeemed

    @precondition(lambda self: self.model.flows)
    @rule(
        which=drawn.flows,
        stranger=drawn.strangers,
        number=drawn.accounts,
        named=drawn.account_ids,
        fate=drawn.fates,
    )
    def choose_account(self, which: str | int, stranger: int, number: int, named: str, fate: str) -> None:
        flow = self.flow(which, "account", "credential")
        offered = self.model.choices(flow.person)
        others = [one for one in self.model.accounts.values() if one not in offered]
        among = {"theirs": offered, "another": others}.get(named) or []
        account_id = among[number % len(among)].id if among else named
        if flow.purpose == "identity_first":
            self.do_choose_without_password(flow, flow.browser ^ stranger, account_id)
        else:
            self.do_choose(flow, flow.browser ^ stranger, account_id, fate)

    @precondition(lambda self: self.model.flows)
    @rule(
        which=drawn.flows,
        stranger=drawn.strangers,
        address=st.sampled_from([*ADDRESSES, *ADDRESSES, *HOSTILE]),
        fate=drawn.fates,
    )
    def submit_email(self, which: str | int, stranger: int, address: str, fate: str) -> None:
        flow = self.flow(which, "email", "one_time_code")
        self.do_submit_email(flow, flow.browser ^ stranger, address, fate)

    @precondition(lambda self: self.model.flows)
    @rule(which=drawn.flows, stranger=drawn.strangers, fate=drawn.fates)
    def resend(self, which: str | int, stranger: int, fate: str) -> None:
        flow = self.flow(which, "one_time_code")
        self.do_resend(flow, flow.browser ^ stranger, fate)

    @precondition(lambda self: self.model.flows)
    @rule(which=drawn.flows, stranger=drawn.strangers, typed=drawn.typed_codes)
    def submit_one_time_code(self, which: str | int, stranger: int, typed: str) -> None:
        flow = self.flow(which, "one_time_code")
        self.do_submit_code(flow, flow.browser ^ stranger, self.code(flow, typed))

    @precondition(lambda self: self.model.flows)
    @rule(which=drawn.flows, stranger=drawn.strangers, new=drawn.new_passwords)
    def set_password(self, which: str | int, stranger: int, new: str) -> None:
        flow = self.flow(which, "password")
        self.do_set_password(flow, flow.browser ^ stranger, self.new_password(flow, new))

    @precondition(lambda self: self.model.flows)
    @rule(which=drawn.flows, stranger=drawn.strangers, typed=drawn.typed_codes, new=drawn.new_passwords)
    def confirm(self, which: str | int, stranger: int, typed: str, new: str) -> None:
        flow = self.flow(which, "one_time_code")
        password = self.new_password(flow, new)
        self.do_confirm(flow, flow.browser ^ stranger, self.code(flow, typed), password)

    @precondition(lambda self: self.model.flows)
    @rule(which=drawn.flows, stranger=drawn.strangers)
    def cancel(self, which: str | int, stranger: int) -> None:
        flow = self.flow(which)
        self.do_cancel(flow, flow.browser ^ stranger)

    @rule(flow_id=st.sampled_from(HOSTILE), browser=drawn.browsers)
    def no_such_flow(self, flow_id: str, browser: int) -> None:
        for act in ("authorize", "current", "cancel"):
            kind, _ = self.outcome(act, browser, flow_id)
            self.agree("flow_unknown", kind)

    # What must hold after every act

    @invariant()
    def every_flow_stands_where_the_model_says(self) -> None:
        for flow in list(self.model.flows.values())[-4:]:
            step = self.elaas.current(flow.id, browser=self.browsers[flow.browser]).step
            shown = f"ended: {step.reason}" if isinstance(step, Ended) else step.kind
            self.agree(self.model.stands(flow), shown)
            if isinstance(step, ChooseAccount):
                offered = {account.id for account in self.model.choices(flow.person)}
                assert offered == {choice.account.id for choice in step.choices}
                self.choices.add(len(offered))
            if isinstance(step, ProvideCredential):
                opens = {account.id for account in self.model.opens_now(flow.person)}
                assert opens == {account.id for account in step.opens_now}

    @invariant()
    def every_account_is_whose_the_model_says(self) -> None:
        known = list(self.model.accounts.values())[-4:]
        keys = [Key(AccountRecord, account.id) for account in known]
        bound = [Key(BindingRecord, account.id, field="account_id") for account in known]
        read = self.world.inspected.load(*keys, *bound)
        for account, key, of_account in zip(known, keys, bound, strict=True):
            stored, bindings = read.one(key), read.all(of_account)
            assert (account.status, account.epoch, account.is_issued, account.credentials) == (
                stored.status,
                stored.epoch,
                stored.password_is_issued,
                stored.credential_version,
            )
            assert account.needs_approval == stored.needs_approval
            holder = account.holder and self.world.keyring.index("person", account.holder.national_id)
            live = [one.person_index for one in bindings if one.ended_at is None]
            assert ([holder] if holder else []) == live
            assert account.past_holders == len(bindings) - len(live)
            assert (account.holder is None) == (stored.binding_id is None)
            app = Key(AuthenticatorRecord, stored.binding_id or "nobody's")
            counts = self.world.inspected.load(app).one(app)
            left = account.app.recovery_codes if account.app else []
            assert (account.app is not None) == (counts is not None and counts.is_confirmed)
            assert len(left) == (len(counts.recovery_codes_sealed) if counts else 0)

    @invariant()
    def who_awaits_an_approval_is_shown(self) -> None:
        for account in list(self.model.accounts.values())[-2:]:
            waiting = self.elaas.accounts.awaiting_approval(account.id)
            assert self.model.awaiting(account) == [pending.flow_id for pending in waiting]
