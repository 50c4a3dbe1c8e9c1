"""How a flow is chosen, and how one is walked to where an act is due."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import get_args

from elaas_identity import Session
from tests.facade.portal import wrong
from tests.fuzz.acts_of_life import ActsOfLife
from tests.fuzz.drawn import ADDRESSES, CITIZENS, DIGESTS, LONG, SHORT, THE_OFFICER
from tests.fuzz.model_state import APPROVED, DAY, MINUTE, Account, Flow, Kind, Person, Visit, codes_around
from tests.fuzz.model_table import STEP, WAY, Purpose

SUBJECTS = {digits: Person(digits, f"subject of {digits}") for digits in CITIZENS}


class Walks(ActsOfLife):
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
        return known[which % len(known) if isinstance(which, int) else 0].led_on

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
        begins: dict[tuple[Purpose, str], Callable[[], Flow | None]] = {
            ("onboarding", "approval"): self._with_a_letter_that_wants_approval,
            ("sign_in", "password"): self._with_a_weak_password,
            ("sign_in", "identity"): lambda: self._with_a_password("subordinate_agency"),
            ("sign_in", "authenticator_code"): self._with_an_app,
        }
        asks: dict[Purpose, Callable[[], Flow | None]] = {
            "onboarding": self._with_a_letter,
            "recovery": self._without_the_password,
            "identity_first": lambda: self.do_begin_with_thaid(0),
        }
        begin = begins.get((purpose, stage)) or asks.get(purpose) or (lambda: self._asking(purpose))
        for _ in range(2):
            flow = begin()
            if flow is not None:
                self.go_on(flow, until=stage)
                if self.model.stands(flow) == STEP[stage]:
                    return flow
            self.pass_time(DAY)
        return None

    def go_on(self, flow: Flow, *, until: str = "done", new: str = LONG[0]) -> None:
        """What the page offers, again and again."""
        for _ in range(7):
            if flow.led_on.stage != until:
                self.act_in(flow, new)

    def act_in(self, flow: Flow, new: str) -> None:
        """What the page offers, once."""
        flow = flow.led_on
        number = list(reversed(self.model.flows)).index(flow.id)
        match self.model.stands(flow):
            case "verify_identity":
                self.do_authorize(flow, flow.browser)
                self.do_callback(flow, flow.browser, flow.past_attempts[-1], self.right_person(flow))
            case "choose_account":
                offered = [account.id for account in self.model.choices(flow.person)]
                self.do_choose(flow, flow.browser, offered[-1] if offered else "none is offered")
            case "provide_email":
                others = [address for address in ADDRESSES if address != flow.held.mailbox]
                self.do_submit_email(flow, flow.browser, others[number % len(others)])
            case "enter_one_time_code":
                self.do_submit_code(flow, flow.browser, flow.code)
            case "set_password":
                self.do_set_password(flow, flow.browser, new)
            case "provide_credential":
                theirs = self.account_of(flow.proven_person)
                self.do_submit_credential(flow, flow.browser, theirs.username, theirs, theirs.password)
            case "enter_authenticator_code":
                self.pass_time(MINUTE)
                self.do_submit_app_code(flow, flow.browser, self.app_code(flow, "right"))
            case "enrol_authenticator":
                self.do_confirm_app(flow, flow.browser, self.app_code(flow, "right"))
            case "await_approval":
                self.do_decide("approve", flow.held, flow)
            case "step_up_proof":
                self.do_consume_step_up(flow, flow.browser, self.asked[flow.id], flow.digest)

    def theirs(self, account: Account) -> Person:
        """Whose that account is, or is to be."""
        return account.holder or SUBJECTS[account.expected or THE_OFFICER.national_id]

    def right_person(self, flow: Flow) -> Person:
        """Whom the flow is waiting for; where that is nobody yet, who holds the newest account in use."""
        if flow.account is None:
            held = [one.holder for one in self.model.accounts.values() if one.status == "active"]
            return (held and held[-1]) or THE_OFFICER
        return self.theirs(flow.account)

    # How each purpose begins

    def _with_a_letter(self) -> Flow | None:
        account = self.issued_account()
        return self.do_begin(0, account.username, account, account.password)

    def _with_a_letter_that_wants_approval(self) -> Flow | None:
        account = self.issued_account(approval=True)
        return self.do_begin(0, account.username, account, account.password)

    def _with_a_weak_password(self) -> Flow | None:
        """Good when it was set; the policy has become stricter since."""
        self.restart("ordinary")
        letter = self._with_a_letter()
        if letter is None:
            return None
        self.go_on(letter, new=SHORT)
        self.restart("stricter")
        account = letter.held
        return self.do_begin(0, account.username, account, account.password)

    def _with_a_password(self, kind: Kind) -> Flow | None:
        account = self.account_in_use(kind)
        return self.do_begin(0, account.username, account, account.password) if account else None

    def _with_an_app(self) -> Flow | None:
        """One is enrolled first, where there is none."""
        flow = self._with_a_password("provincial_office")
        if flow is not None and flow.purpose == "authenticator":
            self.go_on(flow)
            self.pass_time(MINUTE)
            flow = self._with_a_password("provincial_office")
        return flow

    def _without_the_password(self) -> Flow | None:
        if not any(account.status == "active" for account in self.model.accounts.values()):
            self.account_in_use("local_government")
        return self.do_recover(0)

    def _asking(self, purpose: Purpose) -> Flow | None:
        """By somebody who is signed in."""
        session = self.session()
        if session is None:
            return None
        password = self.model.accounts[session[1].account_id].password
        return self.do_ask(purpose, 0, session, digest=DIGESTS[0], password=password)

    # Whom there is

    def issued_account(self, kind: Kind = "local_government", *, approval: bool = False) -> Account:
        """The newest with a letter that is good; an administrator helps where there is none."""
        accounts = [
            one for one in self.open_accounts() if one.kind == kind and one.needs_approval == approval
        ]
        for account in accounts:
            if account.status == "issued" and self.model.now < account.issued_until:
                return account
        if not accounts:
            self.provision(APPROVED if approval else THE_OFFICER.national_id, kind)
            return self.open_accounts()[0]
        if accounts[0].status == "suspended":
            self.administer("restore", accounts[0])
        self.administer("reissue", accounts[0])
        return accounts[0]

    def account_in_use(self, kind: Kind) -> Account | None:
        """The newest of that kind that somebody has taken up, or takes up now."""
        for account in self.open_accounts():
            if account.kind == kind and account.status == "active":
                return account
        account = self.issued_account(kind)
        letter = self.do_begin(0, account.username, account, account.password)
        if letter is not None:
            self.go_on(letter)
        return account if account.status == "active" else None

    def account_of(self, person: Person) -> Account:
        """The newest that opens for that person; where there is none, the newest."""
        open_ones = [one for one in self.open_accounts() if one.status in ("issued", "active")]
        return next((one for one in open_ones if one.is_for(person)), self.account(0))

    def session(self) -> tuple[Session, Visit] | None:
        """The newest that is still good; somebody signs in where there is none."""
        for _ in range(3):
            for session in reversed(self.sessions):
                if not self.model.outdated(session[1]):
                    return session
            flow = self._with_a_password("local_government")
            if flow is not None:
                self.go_on(flow)
        return None

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

    def app_code(self, flow: Flow, which: str) -> str:
        """Of the app that is being enrolled, or that the account's person has."""
        app = None if flow.secret or flow.account is None else flow.account.app
        secret = flow.secret or (app.secret if app else "")
        if not secret:
            return "123456"
        used = app.used_step if app else 0
        shown = codes_around(secret, self.model.now)
        right = next((code for step, code in shown.items() if step > used), shown[max(shown)])
        match which:
            case "right":
                return right
            case "wrong":
                return wrong(right)
            case "on paper" if app and app.recovery_codes:
                return app.recovery_codes[0]
            case "used" if app and app.spent:
                return app.spent[-1]
            case "on paper" | "used":
                return "0" * 24
        return which

    def which_session(self, which: str, own: tuple[Session, Visit] | None) -> tuple[Session, Visit]:
        """`own`: the right one, where there is a right one."""
        first = own or self.session() or self.sessions[-1]
        others = [session for session in self.sessions if session[1].account_id != first[1].account_id]
        another = others[-1] if others else self.sessions[0]
        match which:
            case "another":
                return another
            case "renamed":
                return replace(first[0], ref="renamed"), first[1]._replace(ref="renamed")
            case "mixed":
                binding_id, binding = another[0].binding_id, another[1].binding
                return replace(first[0], binding_id=binding_id), first[1]._replace(binding=binding)
            case "of nobody":
                nobody = "account-unknown"
                return replace(first[0], account_id=nobody), first[1]._replace(account_id=nobody)
        return first
