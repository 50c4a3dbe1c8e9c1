"""What a request asks of the facade, as values, and the one place where it is asked.

asked = pages.parse(request)            # a WebResponse: answer it as it is
result = perform(elaas, asked)          # or await it; what it raises of ElaasIdentityError is a result too
response = pages.render(asked, result)
"""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, overload

from elaas_identity.browser import Browser
from elaas_identity.flow.steps import AuthorizationRequest, EnterOneTimeCode, Progress
from elaas_identity.messages import Message
from elaas_identity.sessions.session import Session

if TYPE_CHECKING:
    from elaas_identity._async.elaas_identity import AsyncElaasIdentity
    from elaas_identity._sync.elaas_identity import ElaasIdentity


@dataclass(frozen=True, slots=True)
class Begin:
    """Sign in, or begin the onboarding."""

    username: str = field(repr=False)
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Recover:
    """The password is forgotten: begin a recovery."""


@dataclass(frozen=True, slots=True)
class BeginWithThaID:
    """Sign in, or begin the onboarding, with ThaID first."""


@dataclass(frozen=True, slots=True)
class Show:
    """Show where a flow stands."""

    flow_id: str


@dataclass(frozen=True, slots=True)
class Authorize:
    """Go to the identity provider."""

    flow_id: str


@dataclass(frozen=True, slots=True)
class ReceiveCallback:
    """Come back from the identity provider, with this raw query."""

    raw_query: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PickAccount:
    """Say which of the person's accounts the new password is for, or which of those that ThaID opens to sign in to."""

    flow_id: str
    account_id: str


@dataclass(frozen=True, slots=True)
class SubmitCredential:
    """Give username and password, once ThaID has said who the person is."""

    flow_id: str
    username: str = field(repr=False)
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SubmitAuthenticatorCode:
    """Type in what the authenticator app shows, or a recovery code."""

    flow_id: str
    authenticator_code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ConfirmAuthenticator:
    """Type in the first code of the app that is being enrolled."""

    flow_id: str
    authenticator_code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SubmitEmail:
    """Give an address, or correct it."""

    flow_id: str
    email: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ResendOneTimeCode:
    """Ask for another mail."""

    flow_id: str


@dataclass(frozen=True, slots=True)
class SubmitOneTimeCode:
    """Type in the code."""

    flow_id: str
    one_time_code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ChoosePassword:
    """Set the new password."""

    flow_id: str
    new_password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Cancel:
    """Stop the flow."""

    flow_id: str


@dataclass(frozen=True, slots=True)
class ChangeEmail:
    """Signed in: begin to change the bound address."""

    session: Session


@dataclass(frozen=True, slots=True)
class BeginAuthenticator:
    """Signed in: begin to enrol an authenticator app, or another one."""

    session: Session


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """Signed in: begin to change the password."""

    session: Session
    current_password: str = field(repr=False)


Call: TypeAlias = (
    Begin
    | Recover
    | BeginWithThaID
    | Show
    | Authorize
    | ReceiveCallback
    | PickAccount
    | SubmitCredential
    | SubmitAuthenticatorCode
    | ConfirmAuthenticator
    | SubmitEmail
    | ResendOneTimeCode
    | SubmitOneTimeCode
    | ChoosePassword
    | Cancel
    | ChangeEmail
    | BeginAuthenticator
    | ChangePassword
)


@dataclass(frozen=True, slots=True)
class Problem:
    """What a page says at its top, and which of its inputs it marks; `code` for the portal's help desk."""

    message: Message
    field: str | None = None
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A call, who makes it, and what its page looked like.

    Attributes:
        seen: the mark of the page that the form was on (`mark`), to tell who acts on a page that time has passed.
        problem: what the shown page is to say, where the request itself names it.
        in_app: the browser says that it is part of another app (LINE, Facebook).
    """

    call: Call
    browser: Browser
    seen: str = ""
    problem: Problem | None = None
    in_app: bool = False


def mark(progress: Progress) -> str:
    """Names what a page shows: the kind of step, and the reference of the code that it asks for."""
    step = progress.step
    return f"{step.kind} {step.reference}" if isinstance(step, EnterOneTimeCode) else step.kind


@overload
def perform(elaas: ElaasIdentity, asked: Asked) -> Progress | AuthorizationRequest: ...
@overload
def perform(elaas: AsyncElaasIdentity, asked: Asked) -> Awaitable[Progress | AuthorizationRequest]: ...
def perform(elaas: Any, asked: Asked) -> Any:
    """Ask the facade; the answer of an asynchronous one is to be awaited.

    Raises:
        ElaasIdentityError: as the facade does; `Pages.render` takes it in place of a result.
    """
    browser = asked.browser
    match asked.call:
        case Begin(username, password):
            return elaas.begin(username, password, browser=browser)
        case Recover():
            return elaas.recover(browser=browser)
        case BeginWithThaID():
            return elaas.begin_with_thaid(browser=browser)
        case Show(flow_id):
            return elaas.current(flow_id, browser=browser)
        case Authorize(flow_id):
            return elaas.authorize(flow_id, browser=browser)
        case ReceiveCallback(raw_query):
            return elaas.receive_callback(raw_query, browser=browser)
        case PickAccount(flow_id, account_id):
            return elaas.choose_account(flow_id, account_id, browser=browser)
        case SubmitCredential(flow_id, username, password):
            return elaas.submit_credential(flow_id, username, password, browser=browser)
        case SubmitAuthenticatorCode(flow_id, authenticator_code):
            return elaas.submit_authenticator_code(flow_id, authenticator_code, browser=browser)
        case ConfirmAuthenticator(flow_id, authenticator_code):
            return elaas.confirm_authenticator(flow_id, authenticator_code, browser=browser)
        case SubmitEmail(flow_id, email):
            return elaas.submit_email(flow_id, email, browser=browser)
        case ResendOneTimeCode(flow_id):
            return elaas.resend_one_time_code(flow_id, browser=browser)
        case SubmitOneTimeCode(flow_id, one_time_code):
            return elaas.submit_one_time_code(flow_id, one_time_code, browser=browser)
        case ChoosePassword(flow_id, new_password):
            return elaas.set_password(flow_id, new_password, browser=browser)
        case Cancel(flow_id):
            return elaas.cancel(flow_id, browser=browser)
        case ChangeEmail(session):
            return elaas.change_email(session, browser=browser)
        case BeginAuthenticator(session):
            return elaas.enrol_authenticator(session, browser=browser)
        case ChangePassword(session, current_password):
            return elaas.change_password(session, current_password, browser=browser)
