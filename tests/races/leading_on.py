"""No dead end: from any world at rest, the person or an administrator gets to an account that its person can use."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from elaas_identity import (
    ElaasIdentityError,
    Ended,
    EnterOneTimeCode,
    PasswordSet,
    ProvideEmail,
    SetPassword,
    SignedIn,
    VerifyIdentity,
)
from elaas_identity.accounts.account import AccountRecord, BindingRecord
from tests.facade.portal import ISSUED, USERNAME, code_in
from tests.races.rules import expect
from tests.races.scenes import SHORT, Officer, Scene
from tests.races.scheduler import Actor, run_alone
from tests.races.world import SharedWorld, performing

SOON = timedelta(seconds=61)
"""After the cool-down of a mail."""


class Aftermath:
    """The world after a race, with nobody racing any more."""

    def __init__(self, scene: Scene, world: SharedWorld) -> None:
        self.scene, self.world = scene, world
        self.elaas = scene.facade(7_000, later=SOON)
        self._perform = performing(scene.world)

    def does(self, call: Any, *arguments: Any, **named: Any) -> Any:
        """The outcome of a call: what it returns, or the typed error that it raises."""
        actor = Actor("afterwards", lambda: call(*arguments, **named))
        self.world, ended = run_alone(actor, self.world, self._perform)
        if ended.error is not None:
            expect(isinstance(ended.error, ElaasIdentityError), f"an untyped error: {ended.error!r}")
            return ended.error
        return ended.value

    @property
    def account(self) -> AccountRecord:
        account = self.world.row(AccountRecord, self.scene.account_id)
        assert account is not None
        return account

    def goes_on(self, officer: Officer) -> Any:
        """The officer does what the pages offer, from where the flow stands: the last step, or the last error."""
        answer = self.does(self.elaas.current, officer.flow_id, browser=officer.browser)
        for _ in range(8):
            if isinstance(answer, ElaasIdentityError) or isinstance(answer.step, (PasswordSet, Ended)):
                break
            expect(answer.allowed, "nothing is allowed, and yet it has not ended")
            answer = self._act(officer, answer)
        return answer

    def _act(self, officer: Officer, progress: Any) -> Any:
        e, flow_id, browser = self.elaas, progress.flow_id, officer.browser
        match progress.step:
            case VerifyIdentity():
                url = self.does(e.authorize, flow_id, browser=browser).url
                state = url.partition("state=")[2].partition("&")[0]
                return self.does(e.receive_callback, f"code={officer.name}&state={state}", browser=browser)
            case ProvideEmail():
                return self.does(e.submit_email, flow_id, officer.email, browser=browser)
            case EnterOneTimeCode(reference=reference):
                mails = [mail.text for mail in self.world.mails if reference in mail.subject]
                if mails:
                    code = code_in(mails[-1])
                    return self.does(e.submit_one_time_code, flow_id, code, browser=browser)
                return self.does(e.resend_one_time_code, flow_id, browser=browser)
            case SetPassword():
                return self.does(e.set_password, flow_id, officer.chosen, browser=browser)
        raise AssertionError(progress)


def leads_on(scene: Scene, world: SharedWorld) -> None:
    """Drive it to the end; raises `Violation` where nothing leads there."""
    after = Aftermath(scene, world)
    for officer in scene.officers:
        if officer.flow_id and after.account.status == "issued":
            after.goes_on(officer)
    if after.account.status == "issued":
        _begins_anew(after)
    expect(after.account.status == "active", "no act of person or administrator leads on (invariant 5)")
    passwords = [officer.chosen for officer in scene.officers]
    passwords += [SHORT] if scene.name == "too_short" else []
    answers = [
        after.does(after.elaas.begin, USERNAME, password, browser=scene.stranger) for password in passwords
    ]
    let_in = [each for each in answers if not isinstance(each, ElaasIdentityError) and _is_in(each.step)]
    expect(len(let_in) == 1, f"{len(let_in)} passwords open an account that has one")


def _is_in(step: Any) -> bool:
    return isinstance(step, (SignedIn, SetPassword))


def _begins_anew(after: Aftermath) -> None:
    """With the letter, while it is good; else with the one that an administrator issues anew."""
    officer = _whose(after)
    answer = after.does(after.elaas.begin, USERNAME, ISSUED, browser=officer.browser)
    if isinstance(answer, ElaasIdentityError):
        act = after.elaas.accounts.reissue
        letter = after.does(act, after.scene.account_id, by="admin-9", reason="cannot get in")
        expect(not isinstance(letter, ElaasIdentityError), "not even an administrator's re-issue helps")
        answer = after.does(after.elaas.begin, USERNAME, letter.password, browser=officer.browser)
    expect(not isinstance(answer, ElaasIdentityError), f"beginning anew fails: {answer!r}")
    after.goes_on(replace(officer, flow_id=answer.flow_id))


def _whose(after: Aftermath) -> Officer:
    """Who may onboard: whoever holds the account; where nobody does, the first."""
    one, two = after.scene.officers
    held = after.account.binding_id and after.world.row(BindingRecord, after.account.binding_id)
    if not held:
        return one
    mine = after.scene.keyring.same_index(held.person_index, "person", one.citizen.national_id.reveal())
    return one if mine else two
