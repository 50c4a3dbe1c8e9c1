"""How a flow is chosen, and how one is walked to where an act is due."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

from tests.facade.portal import wrong
from tests.fuzz.acts import Acts
from tests.fuzz.drawn import ADDRESSES, CITIZENS, LONG, SHORT, THE_OFFICER
from tests.fuzz.model_state import DAY, Account, Flow, Person
from tests.fuzz.model_table import STEP, WAY, Purpose

SUBJECTS = {digits: Person(digits, f"subject of {digits}") for digits in CITIZENS}


class Walks(Acts):
    """People who know the way."""

    def flow(self, which: str | int, *due_at: str) -> Flow:
        """One of that purpose at one of these stages; or one of the newest."""
        if which in get_args(Purpose) and due_at:
            places = [place for place in WAY if place[1] in due_at]
            mine = [place for place in places if place[0] == which] or places
            here = self.due(*mine) or self.walked_to(*mine[0])
            if here is not None:
                return here
        known = list(reversed(self.model.flows.values()))[:4]
        return known[which % len(known) if isinstance(which, int) else 0]

    def due(self, *places: tuple[Purpose, str]) -> Flow | None:
        """The newest flow that waits at one of these places."""
        return next(
            (
                flow
                for flow in reversed(self.model.flows.values())
                if (flow.purpose, flow.stage) in places and not self.model.end_of(flow)
            ),
            None,
        )

    def walked_to(self, purpose: Purpose, stage: str) -> Flow | None:
        """A new flow that has come as far as that, the next day where a limit stands in the way today."""
        begins: dict[Purpose, Callable[[], Flow | None]] = {
            "onboarding": self._with_a_letter,
            "sign_in": self._with_a_weak_password,
            "recovery": self._without_the_password,
        }
        for _ in range(2):
            flow = begins[purpose]()
            if flow is not None:
                self.go_on(flow, until=stage)
                if self.model.stands(flow) == STEP[stage]:
                    return flow
            self.pass_time(DAY)
        return None

    def go_on(self, flow: Flow, *, until: str = "done", new: str = LONG[0]) -> None:
        """What the page offers, again and again."""
        for _ in range(5):
            if flow.stage != until:
                self.act_in(flow, new)

    def act_in(self, flow: Flow, new: str) -> None:
        """What the page offers, once."""
        number = list(reversed(self.model.flows)).index(flow.id)
        match self.model.stands(flow):
            case "verify_identity":
                self.do_authorize(flow, flow.browser)
                self.do_callback(flow, flow.browser, flow.past_attempts[-1], self.right_person(flow))
            case "choose_account":
                offered = [account.id for account in self.model.choices(flow.person)]
                self.do_choose(flow, flow.browser, offered[-1] if offered else "none is offered")
            case "provide_email":
                self.do_submit_email(flow, flow.browser, ADDRESSES[number % 2])
            case "enter_one_time_code":
                self.do_submit_code(flow, flow.browser, flow.code)
            case "set_password":
                self.do_set_password(flow, flow.browser, new)

    def right_person(self, flow: Flow) -> Person:
        """Whom the flow is waiting for; in a recovery, who holds the newest account in use."""
        if flow.account is None:
            held = [one.holder for one in self.model.accounts.values() if one.status == "active"]
            return (held and held[-1]) or THE_OFFICER
        account = flow.account
        return account.holder or SUBJECTS[account.expected or THE_OFFICER.national_id]

    # How each purpose begins

    def _with_a_letter(self) -> Flow | None:
        account = self.issued_account()
        return self.do_begin(0, account.username, account, account.password)

    def _with_a_weak_password(self) -> Flow | None:
        """Good when it was set; the policy has become stricter since."""
        self.restart(stricter=False)
        letter = self._with_a_letter()
        if letter is None:
            return None
        self.go_on(letter, new=SHORT)
        self.restart(stricter=True)
        account = letter.held
        return self.do_begin(0, account.username, account, account.password)

    def _without_the_password(self) -> Flow | None:
        if not any(account.status == "active" for account in self.model.accounts.values()):
            letter = self._with_a_letter()
            if letter is not None:
                self.go_on(letter)
        return self.do_recover(0)

    def issued_account(self) -> Account:
        """The newest with a letter that is good; an administrator helps where there is none."""
        accounts = self.open_accounts()
        for account in accounts:
            if account.status == "issued" and self.model.now < account.issued_until:
                return account
        if not accounts:
            self.provision(THE_OFFICER.national_id)
            return self.open_accounts()[0]
        if accounts[0].status == "suspended":
            self.administer("restore", accounts[0])
        self.administer("reissue", accounts[0])
        return accounts[0]

    # What a drawn word stands for

    def open_accounts(self) -> list[Account]:
        """The newest first."""
        return [one for one in reversed(self.model.accounts.values()) if one.status != "closed"]

    def account(self, number: int) -> Account:
        """One of those in play: the open ones, and the newest that is closed."""
        closed = [one for one in reversed(self.model.accounts.values()) if one.status == "closed"]
        in_play = [*self.open_accounts(), *closed[:1]]
        return in_play[number % len(in_play)]

    def who(self, flow: Flow, somebody: Person | str) -> Person | str:
        """Who that is: "right" is whom the flow waits for."""
        return self.right_person(flow) if somebody == "right" else somebody

    def password(self, which: str, account: Account) -> str:
        return {"current": account.password, "issued": account.issued}.get(which, which)

    def code(self, flow: Flow, which: str) -> str:
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
