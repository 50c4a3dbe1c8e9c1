"""People who have done everything, and await an administrator's approval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from elaas_identity import AwaitApproval, Browser, FirstUse, Progress
from elaas_identity.testing.citizens import Citizen
from tests.facade.portal import CHOSEN, ISSUED, OFFICER, USERNAME, Portal, progress_of

WHY: dict[str, Any] = {"by": "admin-1", "reason": "called the office back"}
OFFICE = "office@sommut.example.go.th"
CLERK = "clerk@sommut.example.go.th"


@dataclass(frozen=True)
class Waiting:
    """Somebody who awaits it, and where."""

    browser: Browser
    progress: Progress

    @property
    def flow_id(self) -> str:
        return self.progress.flow_id


def provisioned(portal: Portal, username: str = USERNAME) -> str:
    """An account that opens only with an approval."""
    return portal.provision(username, person=FirstUse(needs_approval=True), contact=OFFICE)


def await_it(
    portal: Portal,
    citizen: Citizen = OFFICER,
    email: str = CLERK,
    *,
    username: str = USERNAME,
    issued: str = ISSUED,
    chosen: str = CHOSEN,
    in_one_form: bool = False,
) -> Waiting:
    """The whole onboarding, up to where only an administrator leads on."""
    portal.clock.shift(minutes=2)
    portal.idp.citizen, browser, elaas = citizen, portal.browser(), portal.elaas
    flow_id = portal.begin(browser, username, issued).flow_id
    elaas.receive_callback(portal.callback_query(flow_id, browser), browser=browser)
    elaas.submit_email(flow_id, email, browser=browser)
    if in_one_form:
        answer = elaas.confirm_and_set_password(flow_id, portal.code(), chosen, browser=browser)
    else:
        elaas.submit_one_time_code(flow_id, portal.code(), browser=browser)
        answer = elaas.set_password(flow_id, chosen, browser=browser)
    progress = progress_of(answer)
    assert isinstance(progress.step, AwaitApproval)
    return Waiting(browser, progress)


def accounts_of(portal: Portal) -> Any:
    """What administrators call."""
    return portal.elaas.accounts
