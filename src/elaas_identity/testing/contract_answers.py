"""How a contract's test says what a store did wrong: what was asked for, and what it answered instead.

The values are the contract's own and invented, so they may be shown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from elaas_identity.change import Record


class Contract:
    """A contract: when one of its tests fails, the message begins with what the test is about."""

    def __init_subclass__(cls) -> None:
        for name, test in list(vars(cls).items()):
            if name.startswith("test_"):
                setattr(cls, name, _telling(test))


def same(expected: object, answered: object) -> None:
    """That the store answered what it should.

    Raises:
        AssertionError: it did not.
    """
    if expected != answered:
        raise AssertionError(f"expected {expected!r}, and the store answered {answered!r}")


def came_back(inserted: Sequence[Record], found: Sequence[Record | None]) -> None:
    """That the store gives records back as they went in, each field of the type that it had.

    Raises:
        AssertionError: it does not, naming the first record and field.
    """
    for record, other in zip(inserted, found, strict=True):
        kind: Any = type(record)
        if type(other) is not kind:
            raise AssertionError(f"{kind.__name__} {record.id!r} went in, and {other!r} came back")
        dataclass: Any = record
        for each in fields(dataclass):
            value = 1 if each.name == "version" else getattr(record, each.name)
            back = getattr(other, each.name)
            is_utc = not isinstance(back, datetime) or back.utcoffset() == timedelta(0)
            if back != value or type(back) is not type(value) or not is_utc:
                raise AssertionError(
                    f"{kind.__name__}.{each.name}: {value!r} ({type(value).__name__}) went in, "
                    f"and {back!r} ({type(back).__name__}) came back"
                )


def refused(said: str, call: Callable[[], object]) -> None:
    """That the call is refused as the caller's mistake, and that the store says what is wrong with it.

    Raises:
        AssertionError: it is not.
    """
    try:
        answered = call()
    except TypeError as mistake:
        if said not in str(mistake):
            raise AssertionError(f"the TypeError should say {said!r}, and says {mistake!s}") from None
    else:
        raise AssertionError(f"expected a TypeError, and the store answered {answered!r}")


def _telling(test: Callable[..., None]) -> Callable[..., None]:
    @wraps(test)
    def told(*arguments: Any, **named: Any) -> None:
        try:
            test(*arguments, **named)
        except AssertionError as failure:
            about = " ".join((test.__doc__ or test.__name__).split())
            raise AssertionError(f"{about} {failure}") from failure

    return told
