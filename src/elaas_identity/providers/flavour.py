"""Whether what a portal plugs in is awaited where its facade awaits, and is not where it does not."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import iscoroutinefunction, ismethod, signature
from typing import Any

from elaas_identity.errors import Misconfigured, MisconfiguredCode

_AWAITED = ("Awaitable", "Coroutine", "Future", "Task")


def require_flavour(given: object, methods: Sequence[str], code: MisconfiguredCode, *, awaited: bool) -> None:
    """Check the methods, as far as their definitions tell; what does not tell, such as a mock, is believed.

    Raises:
        Misconfigured: each call would fail as if the provider were down.
    """
    for name in methods:
        method = getattr(given, name, None)
        told = _is_awaited(method)
        if told is not None and told is not awaited:
            kinds = ("synchronous", "asynchronous")
            detail = (
                f"{type(given).__name__}.{name} is {kinds[told]}, and is used by an {kinds[awaited]} object"
            )
            raise Misconfigured(code, detail=detail.replace("an synchronous", "a synchronous"))


def require_listeners(listeners: Sequence[Any]) -> None:
    """Check that each listener can be called as it is: whatever the facade, nobody awaits its answer.

    Raises:
        Misconfigured: `listener_settings`: no event would ever be heard.
    """
    for listener in listeners:
        if iscoroutinefunction(listener) or iscoroutinefunction(getattr(listener, "__call__", None)):  # noqa: B004
            name = getattr(listener, "__qualname__", type(listener).__qualname__)
            raise Misconfigured(
                "listener_settings", detail=f"{name} is asynchronous: a listener is a plain function"
            )
        if not callable(listener):
            raise Misconfigured("listener_settings", detail=f"{type(listener).__qualname__} is no function")


def _is_awaited(method: object) -> bool | None:
    if iscoroutinefunction(method):
        return True
    if not ismethod(method):
        return None
    answer = signature(method).return_annotation
    if answer in (Any, "Any"):
        return None
    return any(each in str(answer) for each in _AWAITED)
