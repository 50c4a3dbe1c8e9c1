"""How a person goes on after their request died: as the page says."""

from __future__ import annotations

from typing import Any

from elaas_identity import (
    ChooseAccount,
    EnrolAuthenticator,
    EnterAuthenticatorCode,
    EnterOneTimeCode,
    ProvideCredential,
    ProvideEmail,
    SetPassword,
    StepUpProof,
    VerifyIdentity,
)
from tests.facade.portal import USERNAME, code_in
from tests.world.actor import Play
from tests.world.scenes import Officer
from tests.world.shared import ReadMailbox


def go_on(elaas: Any, officer: Officer) -> Play:
    """The person's next act after their request died: look where the flow stands, and do what the page offers."""
    progress = yield from elaas.current(officer.flow_id, browser=officer.browser)
    flow_id, browser = officer.flow_id, officer.browser
    match progress.step:
        case VerifyIdentity():
            request = yield from elaas.authorize(flow_id, browser=browser)
            state = request.url.partition("state=")[2].partition("&")[0]
            return (yield from elaas.receive_callback(f"code={officer.name}&state={state}", browser=browser))
        case ChooseAccount(choices=choices):
            if not choices:
                return progress
            return (yield from elaas.choose_account(flow_id, choices[0].account.id, browser=browser))
        case ProvideEmail():
            return (yield from elaas.submit_email(flow_id, officer.email, browser=browser))
        case EnterOneTimeCode(reference=reference):
            text = yield ReadMailbox(reference)
            if text is None:
                return (yield from elaas.resend_one_time_code(flow_id, browser=browser))
            code = officer.code if text == "the mail from before" else code_in(text)
            return (yield from elaas.submit_one_time_code(flow_id, code, browser=browser))
        case SetPassword():
            return (yield from elaas.set_password(flow_id, officer.chosen, browser=browser))
        case ProvideCredential():
            return (yield from elaas.submit_credential(flow_id, USERNAME, officer.password, browser=browser))
        case EnterAuthenticatorCode():
            return (yield from elaas.submit_authenticator_code(flow_id, officer.code, browser=browser))
        case EnrolAuthenticator():
            return (yield from elaas.confirm_authenticator(flow_id, officer.code, browser=browser))
        case StepUpProof(transaction_digest=digest):
            return (yield from elaas.consume_step_up(flow_id, officer.session, digest, browser=browser))
        case _:
            return progress
