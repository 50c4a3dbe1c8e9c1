"""What comes after onboarding, with any text at all: on a flow, a session or an account where it can be asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from elaas_identity import (
    AccountKind,
    AssertionKeys,
    AssertionSettings,
    EnrolAuthenticator,
    FirstUse,
    PasswordSet,
    Session,
    SignedIn,
    SignInPolicy,
    transaction_digest,
)
from elaas_identity.authenticator_app.totp import DIGITS, STEP_SECONDS
from elaas_identity.flow.policy import FOR_TESTS
from tests.facade.portal import CHOSEN, ISSUED, OFFICER, USERNAME, Portal, made
from tests.fuzz.any_text import OF_A_SESSION, WithText, any_text

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
        self.change = PasswordSet(
            account=signed_in.account, binding_id=signed_in.binding_id, credential_version=2
        )
        self._onboard("with-app", AccountKind.PROVINCIAL_OFFICE)
        self._enrol()
        self.waiting_id = portal.provision("waiting", person=FirstUse(needs_approval=True))
        self.waiting_flow = self._onboard("waiting", None)
        self._flows: dict[str, str] = {}

    def _onboard(self, username: str, kind: AccountKind | None) -> str:
        if kind is not None:
            self.portal.provision(username, kind=kind)
        self.portal.clock.shift(hours=2)
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
            self.portal.clock.shift(hours=2)
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


def session(s: Life) -> Session:
    return s.session


SIGNED: dict[str, str] = {"by": "admin-1", "reason": "letter"}

ACTS_AFTER: dict[str, WithText] = {
    **any_text("begin_with_thaid", "browser.token", "browser.address", "browser.correlation_id"),
    **any_text("submit_credential", "flow_id", username=USERNAME, password=CHOSEN),
    **any_text("submit_credential", "username", "password", stage="provide_credential",
               username=USERNAME, password=CHOSEN),
    **any_text("choose_account", "account_id", stage="provide_credential"),
    **any_text("choose_account", "account_id", stage="choose_account"),
    **any_text("submit_authenticator_code", "flow_id", authenticator_code="123456"),
    **any_text("submit_authenticator_code", "authenticator_code", stage="enter_authenticator_code"),
    **any_text("confirm_authenticator", "flow_id", authenticator_code="123456"),
    **any_text("confirm_authenticator", "authenticator_code", stage="enrol_authenticator"),
    **any_text("step_up", "transaction_digest", *OF_A_SESSION, session=session, transaction_digest=DIGEST),
    **any_text("consume_step_up", "flow_id", session=session, transaction_digest=DIGEST),
    **any_text("consume_step_up", "transaction_digest", *OF_A_SESSION, stage="step_up_proof",
               session=session, transaction_digest=DIGEST),
    **any_text("change_password", "current_password", *OF_A_SESSION, session=session, current_password=ISSUED),
    **any_text("enrol_authenticator", *OF_A_SESSION, session=session),
    **any_text("change_email", *OF_A_SESSION, session=session),
    **any_text("submit_email", "email", stage="provide_email"),
    **any_text("accounts.awaiting_approval", "account_id"),
    **any_text("accounts.awaiting_second_person", "account_id"),
    **{
        key: act
        for decide in ("accounts.approve", "accounts.reject")
        for key, act in any_text(
            decide, "account_id", "flow_id",
            account_id=lambda s: s.waiting_id, flow_id=lambda s: s.waiting_flow, **SIGNED
        ).items()
    },
    **any_text("accounts.approve", "by", stage="provide_email", account_id=lambda s: s.waiting_id),
    **any_text("sessions.start", "label", signed_in=lambda s: s.signed_in),
    **{
        key: act
        for about in ("of", "officer", "end", "end_others")
        for key, act in any_text(f"sessions.{about}", "token").items()
    },
    **any_text("sessions.renew", "token", change=lambda s: s.change),
    **any_text("sessions.end_others", "only", token=lambda s: s.elaas.sessions.start(s.signed_in)),
    **any_text("sessions.end_all", "account_id", "by", account_id="nobody", by="admin-1", reason="lost"),
    **any_text("sessions.of_account", "account_id"),
    **any_text("accounts.erase_person", "by", national_id=OFFICER.national_id),
    **any_text(
        "assertions.assertion_for", "audience", "transaction_digest", *OF_A_SESSION,
        audience=AUDIENCE,
        session=session,
        assurance=lambda s: s.signed_in.assurance,
        transaction_digest=DIGEST,
    ),
}  # fmt: skip
