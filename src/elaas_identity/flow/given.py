"""What a call is handed for a text, a browser or a session: a field that a form lacks, or a number out of JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from inspect import signature
from types import NoneType
from typing import Any, TypeVar

from elaas_identity.browser import Browser
from elaas_identity.errors import Refused
from elaas_identity.sessions.session import Session

T = TypeVar("T")

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
        isinstance(value, Session) and all(isinstance(each, str) for each in _texts_of(value))
    ):
        raise Refused("sign_in_outdated")
    return value


def _texts_of(session: Session) -> tuple[object, ...]:
    """What its types promise, and whoever made it by hand may have left out."""
    return (session.ref, session.account_id, session.binding_id)


def handed_in(method: Callable[..., T], self: object, args: tuple[Any, ...], named: Mapping[str, Any]) -> T:
    """The method's answer to these arguments, each as `taken`."""
    hints = _hints(method)
    in_order = tuple(hints.values())[1:]
    given = (*map(taken, in_order, args), *args[len(in_order) :])
    return method(self, *given, **{name: taken(hints.get(name, ""), value) for name, value in named.items()})


@cache
def _hints(method: Callable[..., object]) -> dict[str, str]:
    return {name: str(method.__annotations__.get(name)) for name in signature(method).parameters}
