"""What every test would otherwise pay for anew, what runs by default, and what the coverage is measured with."""

from __future__ import annotations

import sys
import threading
from collections import defaultdict
from collections.abc import Generator, Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from tests.facade.portal import FLAVOURS

MEASURED_FLAVOUR = "async-memory"
DEFAULT_FLAVOURS = {MEASURED_FLAVOUR, "sync-sqlite"}
"""Both drivers and both kinds of store, each once."""
REPEATING = ("tests/fuzz/", "tests/races/")


class Compiled(dict[Any, Any]):
    """Statements that SQLAlchemy has compiled, for the engines of all tests: by itself each engine compiles its own."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(self._of_any_engine(key), default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(self._of_any_engine(key), value)

    @staticmethod
    def _of_any_engine(key: Any) -> Any:
        dialect, *statement = key
        return type(dialect), *statement


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    """A statement is compiled once for all stores that the tests make."""
    compiled = Compiled()

    def share(connection: Connection) -> None:
        connection.execution_options(compiled_cache=compiled)

    event.listen(Engine, "engine_connect", share)
    yield
    event.remove(Engine, "engine_connect", share)


def flavours_of(item: pytest.Item) -> list[str]:
    """The flavours of the facade that a test is run in."""
    parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
    return [given for given in parameters if isinstance(given, str) and given in FLAVOURS]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark a test that runs in both default flavours as `other_flavour` where it runs in a third and a fourth."""
    flavoured = [(item, flavours[0]) for item in items if len(flavours := flavours_of(item)) == 1]
    found: dict[str, set[str]] = defaultdict(set)
    for item, flavour in flavoured:
        found[item.nodeid.replace(flavour, "")].add(flavour)
    for item, flavour in flavoured:
        beside = found[item.nodeid.replace(flavour, "")]
        if DEFAULT_FLAVOURS <= beside and flavour not in DEFAULT_FLAVOURS:
            item.add_marker("other_flavour")
        item.stash[REPEATS] = flavour != (MEASURED_FLAVOUR if MEASURED_FLAVOUR in beside else min(beside))


REPEATS = pytest.StashKey[bool]()


def is_measured(item: pytest.Item) -> bool:
    """Whether coverage counts what a test runs.

    Tracing takes more than half as long again. It is spared where tests run what others have run already: the same
    acts in another flavour, and in the many orders of races and fuzzing. What only these run counts as not covered: the
    figure can be too low, and never too high.
    """
    return not item.nodeid.startswith(REPEATING) and not item.stash.get(REPEATS, False)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Run a test that is not measured without coverage's tracer; a debugger's stays."""
    tracer, of_threads = sys.gettrace(), threading.gettrace()
    if is_measured(item) or type(tracer).__module__.partition(".")[0] != "coverage":
        return (yield)
    sys.settrace(None)
    threading.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(tracer)
        threading.settrace(of_threads)
