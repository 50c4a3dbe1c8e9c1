"""The guards of scripts/guards.py are where it says that they are: a session of its own takes them out one by one."""

from __future__ import annotations

import pytest

from scripts.guards import GUARDS, PACKAGE, ROOT, Guard


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_a_guard_stands_in_the_source_once(guard: Guard) -> None:
    """The source moved on, and `nox -s guards` would stop at the first that it does not find."""
    assert 1 == (ROOT / PACKAGE / guard.file).read_text(encoding="utf-8").count(guard.guard)
