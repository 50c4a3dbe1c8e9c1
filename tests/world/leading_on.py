"""No dead end: from any world at rest, the person or an administrator gets to an account that its person can use."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from pyotp import TOTP

from elaas_identity import (
    AuthenticatorEnrolled,
    AwaitApproval,
    ChooseAccount,
    ElaasIdentityError,
    EmailChanged,
    Ended,
    EnrolAuthenticator,
    EnterAuthenticatorCode,
    EnterOneTimeCode,
    PasswordSet,
    ProvideCredential,
    ProvideEmail,
    SetPassword,
    SignedIn,
    SignInPolicy,
    SteppedUp,
    StepUpProof,
    VerifyIdentity,
)
from elaas_identity.accounts.account import AccountRecord
from elaas_identity.authenticator_app.authenticator import AuthenticatorRecord
from elaas_identity.flow.flow import FlowRecord
from tests.facade.portal import ISSUED, USERNAME, code_in
from tests.world.actor import Actor, run_alone
from tests.world.observed import expect, is_pinned, known
from tests.world.scenes import OTHER_USERNAME, Officer, Scene
from tests.world.shared import SharedWorld, performing
from tests.world.tables import STEPS

SOON = timedelta(seconds=61)
"""After the cool-down of a mail."""
LATER = timedelta(hours=2)
"""After the hour's mails."""
RESULTS = (PasswordSet, SignedIn, EmailChanged, AuthenticatorEnrolled, SteppedUp)
NEXT_DAY = timedelta(hours=25)
"""When a recovery trusts an address that was changed."""


class Aftermath:
    """The world after a race, with nobody racing any more."""

    def __init__(self, scene: Scene, world: SharedWorld, later: timedelta) -> None:
        self.scene, self.world, self._since = scene, world, later
        self.elaas, self.now = scene.facade(7_000, later=later + SOON), scene.now + later + SOON
        self._perform = performing(scene.world)

    def waits(self, later: timedelta = LATER) -> None:
        """Mails are not rationed by what was mailed before, and the app shows another code."""
        later += self._since
        self.elaas, self.now = self.scene.facade(8_000, later=later), self.scene.now + later

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
        account: AccountRecord = known(self.world.row(AccountRecord, self.scene.account_id))
        return account

    def is_live(self, officer: Officer) -> bool:
        """Whether the officer's flow waits for them."""
        flow = self.world.row(FlowRecord, officer.flow_id)
        return flow is not None and flow.stage in STEPS and is_pinned(self.world, flow)

    def opened_by(self, username: str, passwords: set[str]) -> int:
        """How many of the passwords open the account."""
        begin, browser = self.elaas.begin, self.scene.stranger
        answers = [self.does(begin, username, each, browser=browser) for each in sorted(passwords)]
        return sum(not isinstance(each, ElaasIdentityError) and _is_in(each.step) for each in answers)

    def goes_on(self, officer: Officer) -> Any:
        """The officer does what the pages offer, from where the flow stands: the last step, or the last error."""
        answer = self.does(self.elaas.current, officer.flow_id, browser=officer.browser)
        for _ in range(8):
            if isinstance(answer, ElaasIdentityError) or isinstance(answer.step, (*RESULTS, Ended)):
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
            case ChooseAccount(choices=choices):
                offered = [choice.account.id for choice in choices]
                if not offered:  # an administrator has acted meanwhile
                    return self.does(e.cancel, flow_id, browser=browser)
                chosen = self.scene.account_id if self.scene.account_id in offered else offered[0]
                return self.does(e.choose_account, flow_id, chosen, browser=browser)
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
            case ProvideCredential():
                return self.does(
                    e.submit_credential, flow_id, USERNAME, officer.password or ISSUED, browser=browser
                )
            case EnterAuthenticatorCode():
                return self.does(e.submit_authenticator_code, flow_id, self._app_shows(), browser=browser)
            case EnrolAuthenticator(secret=secret):
                code = TOTP(secret).at(self.now)
                return self.does(e.confirm_authenticator, flow_id, code, browser=browser)
            case StepUpProof(transaction_digest=digest):
                return self.does(e.consume_step_up, flow_id, officer.session, digest, browser=browser)
            case AwaitApproval():
                approve = e.accounts.approve
                answer = self.does(
                    approve, self.scene.account_id, flow_id, by="admin-9", reason="is who they say"
                )
                expect(not isinstance(answer, ElaasIdentityError), f"nobody can approve it: {answer!r}")
                return self.does(e.current, flow_id, browser=browser)
        raise AssertionError(progress)

    def _app_shows(self) -> str:
        app = known(self.world.row(AuthenticatorRecord, known(self.account.binding_id)))
        secret = self.scene.keyring.open(f"authenticator.secret:{app.id}", known(app.secret_sealed))
        return TOTP(secret).at(self.now)


def leads_on(scene: Scene, world: SharedWorld, later: timedelta = timedelta(0)) -> None:
    """Drive it to the end, from then on; raises `Violation` where nothing leads there."""
    after = Aftermath(scene, world, later)
    for officer in scene.officers:
        if after.is_live(officer):
            after.goes_on(officer)
    passwords = {*scene.passwords, *(officer.chosen for officer in scene.people)}
    if after.account.status == "closed":
        opened = after.opened_by(USERNAME, {ISSUED, *passwords})
        expect(opened == 0, f"{opened} passwords open an account that is closed")
        return
    if after.account.status == "suspended":
        _is_restored(after)
    if after.account.status == "issued":
        _begins_anew(after)
    expect(after.account.status == "active", "no act of person or administrator leads on (invariant 5)")
    opened = after.opened_by(USERNAME, passwords)
    expect(opened == 1, f"{opened} passwords open an account that has one")
    if scene.other_id:
        opened = after.opened_by(OTHER_USERNAME, passwords)
        expect(opened == 1, f"{opened} passwords open the other account that has one")
    if scene.name.startswith("recovery"):
        _recovers(after, LATER)
    if scene.name == "email_change":
        _recovers(after, NEXT_DAY)
    if scene.policy.sign_in is not SignInPolicy.PASSWORD:
        _signs_in(after, passwords)


def _is_in(step: Any) -> bool:
    return isinstance(step, (SignedIn, SetPassword, EnterAuthenticatorCode, VerifyIdentity))


def _is_restored(after: Aftermath) -> None:
    act = after.elaas.accounts.restore
    answer = after.does(act, after.scene.account_id, by="admin-9", reason="the inquiry is over")
    expect(not isinstance(answer, ElaasIdentityError), f"a suspended account stays so: {answer!r}")


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


def _signs_in(after: Aftermath, passwords: set[str]) -> None:
    """With the app that counts; or, where none does, with one that is enrolled first; or with ThaID."""
    after.waits()
    officer, last = _whose(after), None
    for _ in range(2):
        for password in sorted(passwords):
            begun = after.does(after.elaas.begin, USERNAME, password, browser=officer.browser)
            if not isinstance(begun, ElaasIdentityError):
                last = after.goes_on(replace(officer, flow_id=begun.flow_id))
        if not isinstance(last, ElaasIdentityError) and isinstance(known(last).step, SignedIn):
            return
        after.waits(NEXT_DAY)
    expect(False, f"whoever holds the account does not sign in: {last!r}")


def _recovers(after: Aftermath, later: timedelta) -> None:
    """Whoever holds the account and forgets its password again gets back in."""
    after.waits(later)
    officer = _whose(after)
    answer = after.does(after.elaas.recover, browser=officer.browser)
    expect(not isinstance(answer, ElaasIdentityError), f"no recovery begins: {answer!r}")
    answer = after.goes_on(replace(officer, flow_id=answer.flow_id))
    recovered = not isinstance(answer, ElaasIdentityError) and isinstance(answer.step, PasswordSet)
    expect(recovered, f"whoever holds the account does not recover it: {answer!r}")
    expect(answer.step.account.id == after.scene.account_id, "another account was recovered")


def _whose(after: Aftermath) -> Officer:
    """Whom the account opens for; where that is whoever comes first, the first."""
    account, keyring = after.account, after.scene.keyring
    if account.expected_person_index is None:
        return after.scene.officers[0]
    index = account.expected_person_index
    return next(
        each
        for each in after.scene.people
        if keyring.same_index(index, "person", each.citizen.national_id.reveal())
    )
