"""What a call is handed for a text, a browser or a session: a field that a form lacks, or a number out of JSON."""

from __future__ import annotations

from types import NoneType
from typing import Any

from elaas_identity.browser import Browser
from elaas_identity.errors import Refused
from elaas_identity.sessions.session import Session

_TEXTS: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "str | None": (str, NoneType),
    "str | bytes": (str, bytes),
}


def taken(hint: str, value: Any) -> Any:
    """The value for a parameter of that type. What is no text is taken as nothing typed, which each act refuses.

    Raises:
        Refused: `browser_unknown` and `sign_in_outdated`, for what is no browser and no session.
    """
    if hint in _TEXTS:
        return value if isinstance(value, _TEXTS[hint]) else ""
    if hint == "Browser" and not isinstance(value, Browser):
        raise Refused("browser_unknown")
    if hint == "Session" and not (
        isinstance(value, Session)
        and all(isinstance(each, str) for each in (value.ref, value.account_id, value.binding_id))
    ):
        raise Refused("sign_in_outdated")
    return value
