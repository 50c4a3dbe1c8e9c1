"""Typed errors leave the facade without the frames that raised them: those hold passwords and codes as locals."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from elaas_identity.errors import ElaasIdentityError

P = ParamSpec("P")
T = TypeVar("T")


def traceless(method: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """Raise what `method` raises on purpose, from here: error reporters that record locals find no secret (R7.2)."""

    @wraps(method)
    async def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await method(*args, **kwargs)
        except ElaasIdentityError as raised:
            error = raised
        del args, kwargs
        error.__cause__ = error.__context__ = None
        raise error.with_traceback(None)

    return call
