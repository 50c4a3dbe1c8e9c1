"""The table of the forms: where a form is posted to, and which method of the facade takes it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Route:
    """One row of the table.

    Attributes:
        path: below the prefix. With `{flow_id}` in it, the method takes the flow's id.
        act: the name of the facade's method.
        fields: the names of the form's fields, and the method's parameter for each.
        session: the method takes the portal's session.
    """

    path: str
    act: str
    fields: Mapping[str, str] = field(default_factory=dict)
    session: bool = False


_CREDENTIAL = {"username": "username", "password": "password"}
_AUTHENTICATOR_CODE = {"authenticator_code": "authenticator_code"}

ROUTES = (
    Route("/sign-in", "begin", _CREDENTIAL),
    Route("/recover", "recover"),
    Route("/with-thaid", "begin_with_thaid"),
    Route("/flow/{flow_id}/authorize", "authorize"),
    Route("/flow/{flow_id}/account", "choose_account", {"account": "account_id"}),
    Route("/flow/{flow_id}/credential", "submit_credential", _CREDENTIAL),
    Route("/flow/{flow_id}/authenticator-code", "submit_authenticator_code", _AUTHENTICATOR_CODE),
    Route("/flow/{flow_id}/authenticator", "confirm_authenticator", _AUTHENTICATOR_CODE),
    Route("/flow/{flow_id}/email", "submit_email", {"email": "email"}),
    Route("/flow/{flow_id}/resend", "resend_one_time_code"),
    Route("/flow/{flow_id}/one-time-code", "submit_one_time_code", {"one_time_code": "one_time_code"}),
    Route("/flow/{flow_id}/password", "set_password", {"new_password": "new_password"}),
    Route("/flow/{flow_id}/cancel", "cancel"),
    Route("/account/email", "change_email", session=True),
    Route("/account/authenticator", "enrol_authenticator", session=True),
    Route("/account/password", "change_password", {"current_password": "current_password"}, session=True),
)
"""Every act that a form asks for. Two acts have no form: `current` and `receive_callback` are a GET each."""

SECTIONS = (
    "sign-in",
    "first-time",
    "sign-out",
    "recover",
    "with-thaid",
    "flow",
    "account",
    "problem",
    "static",
    "api",
)
"""What the paths below the prefix begin with. An integration without a prefix routes these, and leaves the others."""

_FLOW = re.compile(r"/flow/([A-Za-z0-9_-]{1,64})(?:/[a-z-]{1,32})?")


def route_of(path: str, table: Sequence[Route] = ROUTES) -> tuple[Route | None, str | None]:
    """The row of a path, and the id of the flow that the path names; None for what there is not."""
    named = _FLOW.fullmatch(path)
    flow_id = named[1] if named else None
    route = next((route for route in table if route.path.format(flow_id=flow_id) == path), None)
    return route, flow_id
