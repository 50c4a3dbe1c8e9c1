# Generated from _async/traceless.py by scripts/unasync.py. Do not edit: edit that file and run it.
"""Typed errors leave the facade without the frames that raised them: those hold passwords and codes as locals."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from elaas_identity.errors import ElaasIdentityError

P = ParamSpec("P")
T = TypeVar("T")


def traceless(method: Callable[P, T]) -> Callable[P, T]:
    """Raise what `method` raises on purpose, from here: error reporters that record locals find no secret (R7.2)."""

    @wraps(method)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(*args, **kwargs)
        except ElaasIdentityError as raised:
            error = raised
        del args, kwargs
        error.__cause__ = error.__context__ = None
        raise error.with_traceback(None)

    return call
