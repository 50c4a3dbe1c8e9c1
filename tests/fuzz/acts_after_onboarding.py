"""What comes after onboarding, with any text at all: on a flow, a session or an account where it can be asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from elaas_identity import (
    AccountKind,
    AssertionKeys,
    AssertionSettings,
    EnrolAuthenticator,
    FirstUse,
    Session,
    SignedIn,
    SignInPolicy,
    transaction_digest,
)
from elaas_identity.authenticator_app.totp import DIGITS, STEP_SECONDS
from elaas_identity.flow.policy import FOR_TESTS
from tests.facade.portal import CHOSEN, ISSUED, OFFICER, USERNAME, Portal, made

DIGEST = transaction_digest(b"pay 100 baht")
AUDIENCE = "https://gfms.example.go.th"
POLICY = replace(
    FOR_TESTS,
    sign_in_by_kind={
        AccountKind.PROVINCIAL_OFFICE: SignInPolicy.PASSWORD_AND_TOTP,
        AccountKind.SUBORDINATE_AGENCY: SignInPolicy.THAID,
    },
)


class Life:
    """A portal with somebody signed in, somebody who has an app, and somebody who awaits approval."""

    def __init__(self, portal: Portal) -> None:
        self.portal, self.elaas = portal, portal.elaas
        self.browser = portal.browser()
        self.account_id = portal.provision()
        portal.onboarded(self.browser)
        signed_in = portal.begin(self.browser, password=CHOSEN).step
        assert isinstance(signed_in, SignedIn)
        self.signed_in, self.session = signed_in, signed_in.session("the portal's session")
        self._onboard("with-app", AccountKind.PROVINCIAL_OFFICE)
        self._enrol()
        self.waiting_id = portal.provision("waiting", person=FirstUse(needs_approval=True))
        self.waiting_flow = self._onboard("waiting", None)
        self._flows: dict[str, str] = {}

    def _onboard(self, username: str, kind: AccountKind | None) -> str:
        if kind is not None:
            self.portal.provision(username, kind=kind)
        self.portal.clock.advance(timedelta(hours=2))
        flow_id = self._identified(self.portal.begin(self.browser, username).flow_id)
        self.elaas.submit_email(flow_id, f"{username}@sommut.example.go.th", browser=self.browser)
        self.elaas.confirm_and_set_password(flow_id, self.portal.code(), CHOSEN, browser=self.browser)
        return flow_id

    def _enrol(self) -> None:
        from pyotp.totp import TOTP

        flow_id = self._identified(self.portal.begin(self.browser, "with-app", CHOSEN).flow_id)
        step = self.elaas.current(flow_id, browser=self.browser).step
        assert isinstance(step, EnrolAuthenticator)
        code = TOTP(step.secret, digits=DIGITS, interval=STEP_SECONDS).at(self.portal.clock())
        self.elaas.confirm_authenticator(flow_id, code, browser=self.browser)

    def _identified(self, flow_id: str) -> str:
        query = self.portal.callback_query(flow_id, self.browser)
        self.elaas.receive_callback(query, browser=self.browser)
        return flow_id

    def at(self, kind: str) -> str:
        """A flow whose person is shown that step: the last one, or else a new one."""
        flow_id = self._flows.get(kind)
        if flow_id is None or self.elaas.current(flow_id, browser=self.browser).step.kind != kind:
            self.portal.clock.advance(timedelta(hours=2))
            flow_id = self._flows[kind] = self._begun(kind)
        assert kind == self.elaas.current(flow_id, browser=self.browser).step.kind
        return flow_id

    def _begun(self, kind: str) -> str:
        elaas, browser = self.elaas, self.browser
        match kind:
            case "enter_authenticator_code":
                self.elaas.accounts.unlock(
                    elaas.accounts.find("with-app").id, by="admin-1", reason="wrong codes"
                )
                return self.portal.begin(browser, "with-app", CHOSEN).flow_id
            case "enrol_authenticator":
                return self._identified(elaas.enrol_authenticator(self.session, browser=browser).flow_id)
            case "step_up_proof":
                return self._identified(elaas.step_up(self.session, DIGEST, browser=browser).flow_id)
            case "provide_credential":
                return self._identified(elaas.begin_with_thaid(browser=browser).flow_id)
            case "choose_account":
                return self._identified(elaas.recover(browser=browser).flow_id)
            case "provide_email":
                return self._identified(elaas.change_email(self.session, browser=browser).flow_id)
        raise AssertionError(kind)


@contextmanager
def a_life(flavour: str, folder: Path) -> Iterator[Life]:
    """The portal, as it is after all that."""
    keys = AssertionKeys(
        {"a1": AssertionKeys.fresh_key(b"a signing key of the tests, of forty bytes")}, current="a1"
    )
    settings = AssertionSettings(keys=keys, issuer="https://portal.example.go.th", audiences=[AUDIENCE])
    with made(flavour, folder, POLICY, assertions=settings) as portal:
        yield Life(portal)


Act = Callable[[Life, str], Any]


def with_session(begin: Callable[[Life, Session], Any]) -> dict[str, Act]:
    """The act, with a session in which one field is the text."""

    def of(name: str) -> Act:
        def act(s: Life, text: str) -> Any:
            named: dict[str, Any] = {name: text}
            return begin(s, replace(s.session, **named))

        return act

    return {f".session.{name}": of(name) for name in ("ref", "account_id", "binding_id")}


def asserted(**given: Any) -> Act:
    """`assertion_for`, with the text in place of what is given as None."""

    def act(s: Life, text: str) -> Any:
        asked: dict[str, Any] = {
            "audience": AUDIENCE,
            "account_id": s.account_id,
            "binding_id": s.signed_in.binding_id,
            "transaction_digest": DIGEST,
        } | dict.fromkeys(given, text)
        return s.elaas.assertions.assertion_for(
            asked.pop("audience"), assurance=s.signed_in.assurance, **asked
        )

    return act


ACTS_AFTER: dict[str, Act] = {
    "begin_with_thaid": lambda s, text: s.elaas.begin_with_thaid(browser=replace(s.browser, token=text)),
    "begin_with_thaid.address": lambda s, text: s.elaas.begin_with_thaid(
        browser=replace(s.browser, address=text, correlation_id=text)
    ),
    "submit_credential.flow": lambda s, text: s.elaas.submit_credential(
        text, USERNAME, CHOSEN, browser=s.browser
    ),
    "submit_credential.username": lambda s, text: s.elaas.submit_credential(
        s.at("provide_credential"), text, CHOSEN, browser=s.browser
    ),
    "submit_credential.password": lambda s, text: s.elaas.submit_credential(
        s.at("provide_credential"), USERNAME, text, browser=s.browser
    ),
    "choose_account.person_first": lambda s, text: s.elaas.choose_account(
        s.at("provide_credential"), text, browser=s.browser
    ),
    "choose_account.recovery": lambda s, text: s.elaas.choose_account(
        s.at("choose_account"), text, browser=s.browser
    ),
    "submit_authenticator_code.flow": lambda s, text: s.elaas.submit_authenticator_code(
        text, "123456", browser=s.browser
    ),
    "submit_authenticator_code": lambda s, text: s.elaas.submit_authenticator_code(
        s.at("enter_authenticator_code"), text, browser=s.browser
    ),
    "confirm_authenticator.flow": lambda s, text: s.elaas.confirm_authenticator(
        text, "123456", browser=s.browser
    ),
    "confirm_authenticator": lambda s, text: s.elaas.confirm_authenticator(
        s.at("enrol_authenticator"), text, browser=s.browser
    ),
    "step_up.digest": lambda s, text: s.elaas.step_up(s.session, text, browser=s.browser),
    "consume_step_up.flow": lambda s, text: s.elaas.consume_step_up(
        text, s.session, DIGEST, browser=s.browser
    ),
    "consume_step_up.digest": lambda s, text: s.elaas.consume_step_up(
        s.at("step_up_proof"), s.session, text, browser=s.browser
    ),
    "change_password": lambda s, text: s.elaas.change_password(s.session, text, browser=s.browser),
    "submit_email.of_change": lambda s, text: s.elaas.submit_email(
        s.at("provide_email"), text, browser=s.browser
    ),
    "accounts.awaiting_approval": lambda s, text: s.elaas.accounts.awaiting_approval(text),
    "accounts.awaiting_second_person": lambda s, text: s.elaas.accounts.awaiting_second_person(text),
    "accounts.approve": lambda s, text: s.elaas.accounts.approve(text, s.waiting_flow, by="a", reason="b"),
    "accounts.approve.flow": lambda s, text: s.elaas.accounts.approve(
        s.waiting_id, text, by="a", reason="b"
    ),
    "accounts.approve.by": lambda s, text: s.elaas.accounts.approve(
        s.waiting_id, s.at("provide_email"), by=text, reason=text
    ),
    "accounts.reject": lambda s, text: s.elaas.accounts.reject(text, s.waiting_flow, by="a", reason="b"),
    "accounts.reject.flow": lambda s, text: s.elaas.accounts.reject(s.waiting_id, text, by="a", reason="b"),
    "accounts.erase_person.by": lambda s, text: s.elaas.accounts.erase_person(
        OFFICER.national_id, by=text, reason=text
    ),
    **{f"step_up{which}": act for which, act in with_session(
        lambda s, session: s.elaas.step_up(session, DIGEST, browser=s.browser)
    ).items()},
    **{f"consume_step_up{which}": act for which, act in with_session(
        lambda s, session: s.elaas.consume_step_up(s.at("step_up_proof"), session, DIGEST, browser=s.browser)
    ).items()},
    **{f"enrol_authenticator{which}": act for which, act in with_session(
        lambda s, session: s.elaas.enrol_authenticator(session, browser=s.browser)
    ).items()},
    **{f"change_email{which}": act for which, act in with_session(
        lambda s, session: s.elaas.change_email(session, browser=s.browser)
    ).items()},
    **{f"change_password{which}": act for which, act in with_session(
        lambda s, session: s.elaas.change_password(session, ISSUED, browser=s.browser)
    ).items()},
    **{f"assertion_for.{name}": asserted(**{name: None})
       for name in ("audience", "account_id", "binding_id", "transaction_digest")},
}  # fmt: skip
