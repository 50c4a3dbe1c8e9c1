"""Whether a contract catches an implementation that keeps every promise but one."""

from __future__ import annotations

from typing import Any

import pytest

from elaas_identity.testing.contract import Contract


def promises(contract: type[Contract]) -> list[str]:
    """The tests of a contract."""
    return [name for name in dir(contract) if name.startswith("test_")]


def check_caught(contract: Contract, promise: str, **given: Any) -> str:
    """That this promise is seen to be broken, and that the failure begins with why it matters. Answers the failure."""
    test = getattr(contract, promise)
    with pytest.raises(AssertionError) as failure:
        test(**given)
    told = str(failure.value)
    about = " ".join(test.__doc__.split())
    assert told.startswith(about)
    assert len(told) > len(about) + 5, f"{promise} does not say what was done wrong"
    return told


def check_every_promise_is_tried(contract: type[Contract], tried: set[str], *others: str) -> None:
    """That for each promise there is an implementation that breaks it; but for those that are said."""
    assert set(promises(contract)) == tried | set(others)
