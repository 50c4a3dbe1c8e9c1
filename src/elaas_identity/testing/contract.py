"""What all contracts have in common: how a test gets its implementation, and how it says what that did wrong.

The values that a contract uses are its own and invented, so they may be shown.
"""

from __future__ import annotations

import asyncio
import logging
import unittest
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import fields
from datetime import datetime, timedelta
from functools import wraps
from inspect import iscoroutinefunction, isroutine, signature
from typing import Any, ClassVar

from elaas_identity.change import Record
from elaas_identity.testing.at_once import Awaited


class Contract:
    """Tests that an implementation is put to by a subclass, for pytest and for unittest.

    What a test takes is given by a fixture of its name, or by a method of its name. An async implementation is driven
    step by step, and closed by the contract at the end of the test. Where a test fails, its message begins with why the
    promise matters, and then says what the implementation did.

    Attributes:
        secrets: what the implementation knows and must tell nobody, such as the password of its database.
    """

    secrets: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()  # of `unittest.TestCase`, where that comes after
        for name, test in list(vars(cls).items()):
            if name.startswith("test_"):
                setattr(cls, name, _telling(test))


def same(expected: object, answered: object) -> None:
    """That the implementation answered what it should.

    Raises:
        AssertionError: it did not.
    """
    if expected != answered:
        raise AssertionError(f"expected {expected!r}, and the implementation answered {answered!r}")


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
    """That the call is refused as the caller's mistake, and that the implementation says what is wrong with it.

    Raises:
        AssertionError: it is not.
    """
    try:
        answered = call()
    except TypeError as mistake:
        if said not in str(mistake):
            raise AssertionError(f"the TypeError should say {said!r}, and says {mistake!s}") from None
    else:
        raise AssertionError(f"expected a TypeError, and the implementation answered {answered!r}")


def nothing_secret(where: str, text: str, secrets: Sequence[str]) -> None:
    """That a text holds none of the secrets.

    Raises:
        AssertionError: it does; the secret is not repeated.
    """
    for number, secret in enumerate(secrets, 1):
        if secret and secret in text:
            raise AssertionError(f"{where} holds secret {number} of {len(secrets)}")


@contextmanager
def overheard(*, but: str = "") -> Generator[list[str]]:
    """What is logged meanwhile, from DEBUG up, with the tracebacks; but for one logger."""
    lines: list[str] = []

    class Listening(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.name != but:
                lines.append(logging.Formatter().format(record))

    root, handler = logging.getLogger(), Listening()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.setLevel(level)
        root.removeHandler(handler)


def _telling(test: Callable[..., None]) -> Callable[..., None]:
    names = tuple(signature(test).parameters)[1:]
    about = " ".join((test.__doc__ or test.__name__).split())

    @wraps(test)
    def told(self: Any, *arguments: Any, **named: Any) -> None:
        given = dict(zip(names, arguments, strict=False)) | named
        with ExitStack() as stack:
            for name in names:
                given[name] = _stepped(given[name] if name in given else _made_by(self, name), stack)
            try:
                test(self, **given)
            except AssertionError as failure:
                raise AssertionError(f"{about} {failure}") from failure
            except unittest.SkipTest:
                raise
            except Exception as raised:
                raise AssertionError(f"{about} It raised {type(raised).__name__}: {raised}") from raised

    return told


def _made_by(contract: Any, name: str) -> Any:
    """What unittest's users give by a method: one that takes something is itself what makes an implementation."""
    method = getattr(contract, name, None)
    if method is None:
        raise TypeError(
            f"{type(contract).__name__} has to give {name!r}: a fixture of pytest, or a method (docs/contracts.md)"
        )
    return method if signature(method).parameters else method()


def _stepped(given: Any, stack: ExitStack) -> Any:
    """The implementation as a sync one; or what makes it, making sync ones."""
    if isroutine(given):

        def made(*args: Any, **kwargs: Any) -> Any:
            return _stepped(given(*args, **kwargs), stack)

        return made
    methods = (getattr(type(given), name) for name in dir(type(given)) if not name.startswith("_"))
    if not any(map(iscoroutinefunction, methods)):
        return given
    awaited = Awaited(given, stack.enter_context(asyncio.Runner()))
    if hasattr(given, "close"):
        stack.callback(awaited.close)
    return awaited
