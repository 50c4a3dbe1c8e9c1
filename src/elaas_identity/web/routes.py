"""Which call a form of the pages asks, by the path that it is posted to."""

from __future__ import annotations

import re

from elaas_identity.sessions.session import Session
from elaas_identity.web.calls import (
    Authorize,
    Begin,
    BeginAuthenticator,
    BeginWithThaID,
    Call,
    Cancel,
    ChangeEmail,
    ChangePassword,
    ChoosePassword,
    ConfirmAuthenticator,
    PickAccount,
    Recover,
    ResendOneTimeCode,
    SubmitAuthenticatorCode,
    SubmitCredential,
    SubmitEmail,
    SubmitOneTimeCode,
)

FLOW = re.compile(r"/flow/([A-Za-z0-9_-]{1,64})(?:/([a-z-]{1,32}))?")
"""A flow's page, and the acts on it."""

SIGN_IN = frozenset({"/sign-in", "/recover", "/with-thaid"})
"""What the forms of the sign-in page post to."""

SIGNED_IN = frozenset({"/account/email", "/account/authenticator", "/account/password"})
"""What is only for who is signed in at the portal."""


def sign_in_call(path: str, form: dict[str, str]) -> Call:
    """What a form of the sign-in page asks; `path` is of `SIGN_IN`."""
    match path:
        case "/recover":
            return Recover()
        case "/with-thaid":
            return BeginWithThaID()
        case _:
            return Begin(form.get("username", ""), form.get("password", ""))


def signed_in_call(path: str, session: Session, form: dict[str, str]) -> Call:
    """What somebody who is signed in asks; `path` is of `SIGNED_IN`."""
    match path:
        case "/account/email":
            return ChangeEmail(session)
        case "/account/authenticator":
            return BeginAuthenticator(session)
        case _:
            return ChangePassword(session, form.get("current_password", ""))


def flow_call(act: str | None, flow_id: str, form: dict[str, str]) -> Call | None:
    """What a form on a flow's page asks; None, where there is no such act."""
    match act:
        case "authorize":
            return Authorize(flow_id)
        case "account":
            return PickAccount(flow_id, form.get("account", ""))
        case "credential":
            return SubmitCredential(flow_id, form.get("username", ""), form.get("password", ""))
        case "authenticator-code":
            return SubmitAuthenticatorCode(flow_id, form.get("authenticator_code", ""))
        case "authenticator":
            return ConfirmAuthenticator(flow_id, form.get("authenticator_code", ""))
        case "email":
            return SubmitEmail(flow_id, form.get("email", ""))
        case "resend":
            return ResendOneTimeCode(flow_id)
        case "one-time-code":
            return SubmitOneTimeCode(flow_id, form.get("one_time_code", ""))
        case "password":
            return ChoosePassword(flow_id, form.get("new_password", ""))
        case "cancel":
            return Cancel(flow_id)
        case _:
            return None
