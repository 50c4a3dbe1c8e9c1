"""R8.3: the DNS may say no; a resolver that is down says nothing, and the flow goes on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import dns.exception
import dns.resolver
import pytest
from dns.rdata import from_text

from elaas_identity.mail.address import EmailPolicy, parse_email
from elaas_identity.providers.deliverability import AsyncDeliverability, Deliverability, check

ADDRESS = parse_email("somchai@อบต.ไทย", EmailPolicy())
PATIENCE = timedelta(seconds=5)

MAIL_SERVER = from_text("IN", "MX", "10 mail.example.go.th.")
NOWHERE = from_text("IN", "MX", "0 .")
PUBLIC = from_text("IN", "A", "203.150.1.1")
PRIVATE = from_text("IN", "A", "10.0.0.1")


class Scripted:
    """Answers each kind of question as it is told to, and notes how long it might have taken."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self._answers = answers
        self.asked: list[str] = []
        self.lifetimes: list[float] = []

    def resolve(self, domain: str, kind: str, *, lifetime: float) -> Any:
        self.asked.append(domain)
        self.lifetimes.append(lifetime)
        answer = self._answers.get(kind, dns.resolver.NoAnswer)
        if isinstance(answer, type):
            raise answer
        return answer


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"MX": [MAIL_SERVER]}, True),
        ({"MX": [NOWHERE]}, False),
        ({"A": [PUBLIC]}, True),
        ({"A": [PRIVATE]}, False),
        ({}, False),
        ({"MX": dns.resolver.NXDOMAIN}, False),
        ({"MX": dns.resolver.NoNameservers}, None),
        ({"MX": dns.exception.Timeout}, None),
        ({"MX": dns.resolver.LifetimeTimeout}, None),
        ({"A": dns.exception.Timeout}, None),
        ({"MX": OSError}, None),
        ({"MX": RuntimeError}, None),
    ],
    ids=repr,
)
def test_only_a_clear_no_is_a_no(answers: Mapping[str, Any], expected: bool | None) -> None:
    """R8.3: a person cannot repair a resolver, so its failure must not stop them."""
    assert expected is check(ADDRESS, PATIENCE, Scripted(answers))


def test_domain_is_asked_for_in_ascii_within_one_deadline() -> None:
    """R8.3: a silent resolver held a page for 17 s; four questions must not take four time-outs."""
    resolver = Scripted({"A": [PUBLIC]})
    check(ADDRESS, PATIENCE, resolver)
    assert {ADDRESS.domain} == set(resolver.asked)
    assert resolver.lifetimes == sorted(resolver.lifetimes, reverse=True)
    assert 0 < max(resolver.lifetimes) <= PATIENCE.total_seconds()


def test_machine_without_a_resolver_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """R8.3: a container without resolv.conf refuses nobody."""

    def unreadable(*_: object, **__: object) -> None:
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr(dns.resolver, "Resolver", unreadable)
    assert check(ADDRESS, PATIENCE) is None


def test_event_loop_is_not_held_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """R8.3: the resolver blocks, so an async portal asks it from a thread."""
    threads: list[int] = []

    def noted(*_: object, **__: object) -> None:
        threads.append(threading.get_ident())
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr(dns.resolver, "Resolver", noted)
    assert asyncio.run(AsyncDeliverability().check(ADDRESS, PATIENCE)) is None
    assert Deliverability().check(ADDRESS, PATIENCE) is None
    assert [False, True] == [each == threading.get_ident() for each in threads]
