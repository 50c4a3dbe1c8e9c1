"""The acts, one by one: done at the facade, then in the model, and compared."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from operator import attrgetter
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from hypothesis.stateful import RuleBasedStateMachine

from elaas_identity import (
    AccountKind,
    Browser,
    ElaasIdentityError,
    EnrolAuthenticator,
    Expected,
    FirstUse,
    NationalID,
    ProviderFailed,
    Refused,
    Session,
    SignedIn,
)
from tests.facade.portal import ISSUED, USERNAME, code_in
from tests.faults.world import Faults, World
from tests.fuzz.drawn import CITIZENS, COMMON, POLICIES, POLICY, THE_OFFICER, WEAK, rules_of
from tests.fuzz.model_of_life import Model
from tests.fuzz.model_state import APPROVED, DAY, Account, Flow, Kind, Person, Visit
from tests.fuzz.model_table import Row

WHY = {"by": "admin-1", "reason": "called"}


def whom(expected: str | None) -> Expected | FirstUse:
    """Whom a letter opens an account for."""
    if expected is None or expected == APPROVED:
        return FirstUse(needs_approval=expected == APPROVED)
    return Expected(NationalID(expected))


class Acts(RuleBasedStateMachine):
    """The facade beside its model."""

    flavour: ClassVar[str] = "sync-memory"
    template: ClassVar[Path | None] = None
    hits: ClassVar[set[Row]] = set()
    codes: ClassVar[set[str]] = set()
    choices: ClassVar[set[int]] = set()
    """How many accounts there were to choose from."""

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
        self.model = Model(self.world.clock(), rules_of(POLICY))
        self.sessions: list[tuple[Session, Visit]] = []
        """What the portal has kept of who signed in."""
        self.asked: dict[str, tuple[Session, Visit]] = {}
        """Flow → the session that asked for it."""
        self.letters = [self.world.letter()]
        self.model.provision(self.world.account_id, USERNAME, ISSUED, THE_OFFICER.national_id)
        self.provision(THE_OFFICER.national_id)

    def teardown(self) -> None:
        self.hits.update(self.model.hits)
        self.stack.close()

    # How an answer is compared with the model's

    def outcome(self, act: str, browser: int | None, *given: Any) -> tuple[str, Any]:
        """Call the act of that name: a person's in one of the browsers, an administrator's in none.

        Returns:
            The kind of the next step, or the code of the typed error, with the answer; anything else that is raised
            fails the machine.
        """
        named = WHY if browser is None else {"browser": self.browsers[browser]}
        try:
            answer = attrgetter(act)(self.elaas)(*given, **named)
        except ElaasIdentityError as error:
            self.codes.add(error.code)
            assert (None, None) == (error.__cause__, error.__context__)
            return error.code, error.progress
        step = getattr(answer, "step", None)
        if isinstance(step, SignedIn):
            self._signed_in(step)
        return getattr(step, "kind", "done"), answer

    def _signed_in(self, step: SignedIn) -> None:
        account, ref = self.model.accounts[step.account.id], f"session {len(self.sessions)}"
        assert account.holder is not None
        assert (account.holder.national_id, account.credentials) == (
            step.person.national_id.reveal(),
            step.credential_version,
        )
        self.sessions.append((step.session(ref), self.model.visit(account, ref)))

    def agree(self, expected: str, actual: str) -> None:
        assert expected == actual, f"the model says {expected}, the facade {actual}"

    # Beginning

    def do_begin(self, browser: int, username: str, account: Account | None, password: str) -> Flow | None:
        kind, answer = self.outcome("begin", browser, username, password)
        flow_id = getattr(answer, "flow_id", "")
        name = account.username if account else username.strip()[:256]
        self.agree(self.model.begin(flow_id, browser, name, account, password), kind)
        return self.model.flows.get(flow_id)

    def do_recover(self, browser: int) -> Flow | None:
        kind, answer = self.outcome("recover", browser)
        flow_id = getattr(answer, "flow_id", "")
        self.agree(self.model.recover(flow_id, browser), kind)
        return self.model.flows.get(flow_id)

    def do_begin_with_thaid(self, browser: int) -> Flow | None:
        kind, answer = self.outcome("begin_with_thaid", browser)
        flow_id = getattr(answer, "flow_id", "")
        self.agree(self.model.begin_with_thaid(flow_id, browser), kind)
        return self.model.flows.get(flow_id)

    # Verifying identity

    def do_authorize(self, flow: Flow, browser: int, *, fails: bool = False) -> None:
        self.idp.url_failure = ProviderFailed("identity_provider_unavailable") if fails else None
        kind, answer = self.outcome("authorize", browser, flow.id)
        url = getattr(answer, "url", "")
        state = parse_qs(urlsplit(url).query)["state"][0] if url else ""
        expected = self.model.authorize(flow, browser, state, fails=fails)
        self.agree(expected, "authorization" if url else kind)

    def do_callback(self, flow: Flow, browser: int, state: str, somebody: Person | str) -> None:
        """`somebody`: who comes back; or, as a text, what is wrong with what they bring."""
        person = somebody if isinstance(somebody, Person) else THE_OFFICER
        verdict = "" if isinstance(somebody, Person) else somebody
        self.idp.failure = None
        self.idp.auth_time = self.world.clock() - DAY if verdict == "identity_stale" else "now"
        citizen = WEAK if verdict == "identity_assurance_low" else CITIZENS[person.national_id]
        known = self.idp.identity_of(citizen, self.world.clock())
        self.idp.identity = replace(known, subject=person.subject)
        if verdict == "identity_denied":
            self.idp.failure = Refused("identity_denied")
        if verdict == "down":
            self.idp.failure, verdict = ConnectionResetError("no answer"), "identity_provider_unavailable"
        kind, answer = self.outcome("receive_callback", browser, f"code=authorization-code&state={state}")
        self.agree(self.model.callback(flow, browser, state, person, verdict), kind)
        assert self.model.exchanges == self.idp.redeemed
        shown = getattr(answer, "step", None)
        if isinstance(shown, EnrolAuthenticator):
            flow.secret = shown.secret

    # The mailbox

    def do_submit_email(self, flow: Flow, browser: int, address: str, fate: str = "sent") -> None:
        self._send(
            ("submit_email", browser, flow.id, address),
            lambda code: self.model.mail(flow, browser, "email_given", address, code, fate),
            fate,
        )

    def do_resend(self, flow: Flow, browser: int, fate: str = "sent") -> None:
        self._send(
            ("resend_one_time_code", browser, flow.id),
            lambda code: self.model.mail(flow, browser, "code_resent", "", code, fate),
            fate,
        )

    def do_choose(self, flow: Flow, browser: int, account_id: str, fate: str = "sent") -> None:
        self._send(
            ("choose_account", browser, flow.id, account_id),
            lambda code: self.model.choose(flow, browser, account_id, code, fate),
            fate,
            to=getattr(self.model.accounts.get(account_id), "mailbox", None),
        )

    def _send(
        self,
        called: tuple[str, int, *tuple[str, ...]],
        modelled: Callable[[str], str],
        fate: str,
        to: str | None = None,
    ) -> None:
        """A mail, whose fate is known. Even one that fails is read by this test: its code must not be good later."""
        self.outbox._failures.clear()
        if fate != "sent":
            self.outbox.fail_next(fate, arrives=True)  # type: ignore[arg-type]
        before = len(self.outbox.mails)
        kind, _ = self.outcome(*called)
        mailed = self.outbox.mails[before:]
        expected = modelled(code_in(mailed[0].text) if mailed else "")
        self.agree(expected, kind)
        assert int(expected in (fate, "enter_one_time_code", "email_not_accepted")) == len(mailed)
        if to is not None and mailed:
            assert to == mailed[0].recipient.value

    def do_submit_code(self, flow: Flow, browser: int, typed: str) -> None:
        kind, _ = self.outcome("submit_one_time_code", browser, flow.id, typed)
        self.agree(self.model.submit_code(flow, browser, typed), kind)

    # The new password, and giving up

    def do_set_password(self, flow: Flow, browser: int, password: str) -> None:
        kind, _ = self.outcome("set_password", browser, flow.id, password)
        self.agree(self.model.set_password(flow, browser, password, common=password == COMMON), kind)

    def do_confirm(self, flow: Flow, browser: int, typed: str, password: str) -> None:
        kind, _ = self.outcome("confirm_and_set_password", browser, flow.id, typed, password)
        self.agree(self.model.confirm(flow, browser, typed, password, common=password == COMMON), kind)

    def do_cancel(self, flow: Flow, browser: int) -> None:
        kind, _ = self.outcome("cancel", browser, flow.id)
        self.agree(self.model.cancel(flow, browser), kind)

    # The administrator, the operator and time

    def administer(self, act: str, account: Account, expected: str | None = None) -> None:
        """`expected`: whom a hand-over or a correction names."""
        names = act in ("hand_over", "set_expected")
        named = (whom(expected),) if names else ()
        kind, answer = self.outcome(f"accounts.{act}", None, account.id, *named)
        password = getattr(answer, "password", "")
        self.agree(self.model.administer(act, account, expected=expected, password=password), kind)

    def do_decide(self, act: str, account: Account, flow: Flow | None, flow_id: str = "") -> None:
        """Approve or reject who awaits it in that flow; `flow_id`: a text in the place of one."""
        named = flow.id if flow is not None else flow_id
        kind, _ = self.outcome(f"accounts.{act}", None, account.id, named)
        self.agree(self.model.decide(act, account, flow), kind)

    def provision(self, expected: str | None, kind: Kind = "local_government") -> None:
        """One more letter, for another seat of the agency."""
        username = f"{USERNAME}-{len(self.letters) + 1}"
        letter = replace(self.letters[0], username=username, person=whom(expected), contact=None)
        self.letters.append(replace(letter, kind=AccountKind(kind)))
        (made,) = self.elaas.accounts.provision(self.letters[-1:], **WHY)
        assert made.created
        self.model.provision(made.account.id, username, ISSUED, expected, kind)

    def pass_time(self, passing: timedelta) -> None:
        self.model.now = self.world.clock.shift(passing)

    def restart(self, policy: str) -> None:
        """Another process of the portal, with another policy."""
        self.world.policy = POLICIES[policy]
        self.model.rules = rules_of(self.world.policy)
        self.elaas = self.world.facade(Faults())
