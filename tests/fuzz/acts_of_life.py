"""The acts after onboarding, one by one: done at the facade, then in the model, and compared."""

from __future__ import annotations

from typing import Any

from elaas_identity import AuthenticatorEnrolled, Session
from tests.fuzz.acts import Acts
from tests.fuzz.model_state import Account, Flow, Visit
from tests.fuzz.model_table import Purpose


class ActsOfLife(Acts):
    """What people do to come in, and once they are in."""

    def do_submit_credential(
        self, proven: Flow, browser: int, username: str, account: Account | None, password: str
    ) -> Flow | None:
        """`account`: the one of that name."""
        kind, answer = self.outcome(
            lambda: self.elaas.submit_credential(
                proven.id, username, password, browser=self.browsers[browser]
            )
        )
        flow_id = getattr(answer, "flow_id", "")
        self.agree(self.model.submit_credential(proven, flow_id, browser, account, password), kind)
        return self.model.flows[flow_id] if flow_id not in ("", proven.id) else None

    def do_choose_without_password(self, proven: Flow, browser: int, account_id: str) -> None:
        kind, answer = self.outcome(
            lambda: self.elaas.choose_account(proven.id, account_id, browser=self.browsers[browser])
        )
        flow_id = getattr(answer, "flow_id", "")
        self.agree(self.model.choose_without_password(proven, flow_id, browser, account_id), kind)

    # The second factor

    def do_submit_app_code(self, flow: Flow, browser: int, typed: str) -> None:
        kind, _ = self.outcome(
            lambda: self.elaas.submit_authenticator_code(flow.id, typed, browser=self.browsers[browser])
        )
        self.agree(self.model.submit_app_code(flow, browser, typed), kind)

    def do_confirm_app(self, flow: Flow, browser: int, typed: str) -> None:
        kind, answer = self.outcome(
            lambda: self.elaas.confirm_authenticator(flow.id, typed, browser=self.browsers[browser])
        )
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
        kind, answer = self.outcome(
            lambda: self._asked(purpose, kept, self.browsers[browser], digest, password)
        )
        flow_id = getattr(answer, "flow_id", "")
        self.agree(self.model.ask(flow_id, purpose, browser, visit, digest, password), kind)
        self.asked[flow_id] = session
        return self.model.flows.get(flow_id)

    def _asked(self, purpose: Purpose, kept: Session, browser: Any, digest: str, password: str) -> Any:
        match purpose:
            case "step_up":
                return self.elaas.step_up(kept, digest, browser=browser)
            case "email_change":
                return self.elaas.change_email(kept, browser=browser)
            case "password_change":
                return self.elaas.change_password(kept, password, browser=browser)
            case "authenticator":
                return self.elaas.enrol_authenticator(kept, browser=browser)
        raise AssertionError(f"nobody asks for {purpose}")

    def do_consume_step_up(
        self, flow: Flow, browser: int, session: tuple[Session, Visit], digest: str
    ) -> None:
        kept, visit = session
        kind, _ = self.outcome(
            lambda: self.elaas.consume_step_up(flow.id, kept, digest, browser=self.browsers[browser])
        )
        self.agree(self.model.consume_step_up(flow, browser, visit, digest), kind)
