"""Runs the mirrored tests of the OpenID Foundation's suite, and counts them by their names there.

A name passes in one way to ask (synchronous or asynchronous, httpx or httpx2) where every test that bears it passed,
and there was one. The status is 1 unless all did.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent.parent / "tests" / "conformance"

WAYS = ("httpx", "async-httpx", "httpx2", "async-httpx2")

_PREFIX = "oidcc-client-test"
NAMES = (
    _PREFIX,
    f"{_PREFIX}-invalid-iss",
    f"{_PREFIX}-missing-sub",
    f"{_PREFIX}-invalid-aud",
    f"{_PREFIX}-missing-aud",
    f"{_PREFIX}-missing-iat",
    f"{_PREFIX}-kid-absent-single-jwks",
    f"{_PREFIX}-kid-absent-multiple-jwks",
    f"{_PREFIX}-idtoken-sig-rs256",
    f"{_PREFIX}-idtoken-sig-none",
    f"{_PREFIX}-invalid-sig-rs256",
    f"{_PREFIX}-invalid-sig-es256",
    f"{_PREFIX}-invalid-sig-hs256",
    f"{_PREFIX}-nonce-invalid",
    f"{_PREFIX}-client-secret-basic",
    f"{_PREFIX}-discovery-openid-config",
    f"{_PREFIX}-discovery-jwks-uri-keys",
    f"{_PREFIX}-discovery-issuer-mismatch",
    f"{_PREFIX}-signing-key-rotation",
    f"{_PREFIX}-signing-key-rotation-just-before-signing",
    "remove-authorization-response-iss",
    "invalid-authorization-response-iss",
    "invalid-state",
    "missing-state",
    "invalid-secondary-aud",
    "valid-aud-as-array",
    "missing-nonce",
    "null-alg",
    "alternate-alg",
    "expired-exp",
    "missing-exp",
    "missing-iss",
    "token-type-case-insensitivity",
    "token-endpoint-response-without-expires_in",
)
"""Without those that need the userinfo endpoint, which ThaID's document does not have."""

_NODE = re.compile(r".*::test_(?P<function>\w+)\[(?P<way>(?:async-)?httpx2?)(?:-(?P<name>[^\] ]+)[^\]]*)?\]")


def way_and_name(node: str) -> tuple[str, str]:
    """The way to ask and the suite's name of a test, by its id."""
    found = _NODE.fullmatch(node)
    if found is None:
        return "", ""
    return found["way"], found["name"] or found["function"].replace("_", "-")


class Counted:
    """A plugin of pytest that keeps what came out, by way and name."""

    def __init__(self) -> None:
        self.outcomes: dict[tuple[str, str], list[bool]] = defaultdict(list)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Part of pytest's interface: a set-up or an end that fails counts, too."""
        if report.when == "call" or not report.passed:
            self.outcomes[way_and_name(report.nodeid)].append(report.passed)

    def passed(self, way: str) -> list[str]:
        """The names that passed in that way."""
        return [name for name in NAMES if all(self.outcomes[way, name] or [False])]


def main(arguments: list[str]) -> int:
    """Run, and print a line for each way. Returns the exit status."""
    counted = Counted()
    status = pytest.main(["-q", "--no-header", str(TESTS), *arguments], plugins=[counted])
    print("\nMirrors the OpenID Foundation's relying-party tests, by name; nobody certified anything.")
    for way in WAYS:
        passed = counted.passed(way)
        missing = ", ".join(sorted(set(NAMES) - set(passed)))
        print(f"{way:14} {len(passed)}/{len(NAMES)}{'  not: ' if missing else ''}{missing}")
    complete = all(len(counted.passed(way)) == len(NAMES) for way in WAYS)
    return int(status) or int(not complete)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
