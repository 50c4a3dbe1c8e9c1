"""Lets no secret out with an exception: error reporters record the locals of frames, and what their reprs say (R7.2).

`stripped` is the one place that does it. `discreet` puts it around public functions and classes, the drivers' `act`
around the acts.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import is_dataclass
from functools import wraps
from traceback import clear_frames
from typing import Any, TypeVar

T = TypeVar("T")
E = TypeVar("E", bound=BaseException)

_MARK = "_lets_no_secret_out"


def stripped(raised: E) -> E:
    """The exception without the locals of its frames, and without those that led to it. Where it arose is left."""
    clear_frames(raised.__traceback__)
    raised.__cause__ = raised.__context__ = None
    return raised


def marked(function: Callable[..., Any]) -> Any:
    """The function, known from now on as one that strips what it raises."""
    setattr(function, _MARK, True)
    return function


def discreet(public: T) -> T:
    """Make a function, or all that is public of a class, strip what it raises.

    An object that its own `__init__` left half-built, which a frame may still hold, has a repr all the same.
    """
    if not inspect.isclass(public):
        guarded: T = _guarded(public)
        return guarded
    for name, member in inspect.getmembers_static(public):  # inherited ones, too
        if name.startswith("_") and name not in ("__call__", "__init__"):
            continue
        if name == "__init__" and is_dataclass(public) and not hasattr(public, "__post_init__"):
            continue  # it assigns, and cannot raise
        if isinstance(member, classmethod | staticmethod):
            setattr(public, name, type(member)(_guarded(member.__func__)))
        elif inspect.isfunction(member):
            setattr(public, name, _guarded(member))
    shown: Any = public.__repr__
    if shown is not object.__repr__:
        setattr(public, "__repr__", _half_built_too(shown))  # noqa: B010  mypy refuses the assignment
    return public


def _guarded(function: Any) -> Any:
    if hasattr(function, _MARK):
        return function
    if inspect.iscoroutinefunction(function):

        @wraps(function)
        async def guarded_async(*args: Any, **kwargs: Any) -> Any:
            try:
                return await function(*args, **kwargs)
            except BaseException as raised:
                error = stripped(raised)
            del args, kwargs
            raise error

        return marked(guarded_async)

    @wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except BaseException as raised:
            error = stripped(raised)
        del args, kwargs
        raise error

    return marked(guarded)


def _half_built_too(shown: Callable[[Any], str]) -> Callable[[Any], str]:
    @wraps(shown)
    def __repr__(self: Any) -> str:  # noqa: N807
        try:
            return shown(self)
        except AttributeError:
            return f"<{type(self).__name__}, half-built>"

    return __repr__
