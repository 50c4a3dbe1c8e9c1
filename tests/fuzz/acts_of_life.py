"""The acts after onboarding, one by one: done at the facade, then in the model, and compared."""

from __future__ import annotations

from elaas_identity import AuthenticatorEnrolled, Session
from tests.fuzz.acts import Acts
from tests.fuzz.model_state import Account, Flow, Visit
from tests.fuzz.model_table import Purpose

ASKED_BY: dict[Purpose, str] = {
    "step_up": "step_up",
    "email_change": "change_email",
    "password_change": "change_password",
    "authenticator": "enrol_authenticator",
}
"""What somebody who is signed in asks for, and the act that begins it."""


class ActsOfLife(Acts):
    """What people do to come in, and once they are in."""

    def do_submit_credential(
        self, proven: Flow, browser: int, username: str, account: Account | None, password: str
    ) -> Flow | None:
        """`account`: the one of that name."""
        kind, answer = self.outcome("submit_credential", browser, proven.id, username, password)
        flow_id = getattr(answer, "flow_id", "")
        self.agree(self.model.submit_credential(proven, flow_id, browser, account, password), kind)
        return self.model.flows[flow_id] if flow_id not in ("", proven.id) else None

    def do_choose_without_password(self, proven: Flow, browser: int, account_id: str) -> None:
        kind, answer = self.outcome("choose_account", browser, proven.id, account_id)
        flow_id = getattr(answer, "flow_id", "")
        self.agree(self.model.choose_without_password(proven, flow_id, browser, account_id), kind)

    # The second factor

    def do_submit_app_code(self, flow: Flow, browser: int, typed: str) -> None:
        kind, _ = self.outcome("submit_authenticator_code", browser, flow.id, typed)
        self.agree(self.model.submit_app_code(flow, browser, typed), kind)

    def do_confirm_app(self, flow: Flow, browser: int, typed: str) -> None:
        kind, answer = self.outcome("confirm_authenticator", browser, flow.id, typed)
        step = getattr(answer, "step", None)
        codes = list(step.recovery_codes) if isinstance(step, AuthenticatorEnrolled) else []
        self.agree(self.model.confirm_app(flow, browser, typed, codes), kind)
        assert len(codes) in (0, 10)

    # Who is signed in

    def do_ask(
        self,
        purpose: Purpose,
        browser: int,
        session: tuple[Session, Visit],
        *,
        digest: str = "",
        password: str = "",
    ) -> Flow | None:
        """Begin what somebody who is signed in asks for."""
        kept, visit = session
        act, more = ASKED_BY[purpose], {"step_up": (digest,), "password_change": (password,)}
        kind, answer = self.outcome(act, browser, kept, *more.get(purpose, ()))
        flow_id = getattr(answer, "flow_id", "")
        self.agree(self.model.ask(flow_id, purpose, browser, visit, digest, password), kind)
        self.asked[flow_id] = session
        return self.model.flows.get(flow_id)

    def do_consume_step_up(
        self, flow: Flow, browser: int, session: tuple[Session, Visit], digest: str
    ) -> None:
        kept, visit = session
        kind, _ = self.outcome("consume_step_up", browser, flow.id, kept, digest)
        self.agree(self.model.consume_step_up(flow, browser, visit, digest), kind)
