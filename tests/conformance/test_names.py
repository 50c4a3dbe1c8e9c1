"""The list of the conformance suite's names is whole, and what counts them counts right."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from scripts import conformance
from tests.conformance import test_oidcc_client
from tests.providers.carriers import ADAPTERS


def test_every_name_has_a_test() -> None:
    """R5: a name without a test would look mirrored."""
    tables = (*test_oidcc_client.REFUSED, *test_oidcc_client.TAKEN, *test_oidcc_client.BAD_CALLBACK)
    functions = [name.removeprefix("test_").replace("_", "-") for name in vars(test_oidcc_client)]
    assert set() == set(conformance.NAMES) - {name.partition(" ")[0] for name in (*tables, *functions)}
    assert 34 == len(set(conformance.NAMES))
    assert set(ADAPTERS) == set(conformance.WAYS)


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        ("t.py::test_oidcc_client_test[httpx]", ("httpx", "oidcc-client-test")),
        ("t.py::test_refused[async-httpx2-null-alg]", ("async-httpx2", "null-alg")),
        ("t.py::test_refused[httpx2-invalid-secondary-aud (with azp)]", ("httpx2", "invalid-secondary-aud")),
        ("t.py::test_every_name_has_a_test", ("", "")),
    ],
)
def test_a_name_is_read_from_the_id(node: str, expected: tuple[str, str]) -> None:
    """What is counted under another name would be missing under its own."""
    assert expected == conformance.way_and_name(node)


def test_one_that_failed_does_not_count() -> None:
    """A name with two tests would pass by either; one that broke while it was set up, by none."""
    counted = conformance.Counted()
    for name, when, passed in (
        ("null-alg", "call", True),
        ("missing-iss", "call", True),
        ("missing-iss (again)", "call", False),
        ("missing-exp", "setup", False),
        ("expired-exp", "setup", True),
    ):
        node = f"t.py::test_refused[httpx-{name}]"
        report: Any = SimpleNamespace(nodeid=node, when=when, passed=passed)
        counted.pytest_runtest_logreport(report)
    assert ["null-alg"] == counted.passed("httpx")
    assert [] == counted.passed("httpx2")
