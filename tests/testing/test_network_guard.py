"""What leaves this machine is refused, by whichever call, and loopback goes on."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from elaas_identity.testing import NetworkReached, no_network

ELSEWHERE = ("192.0.2.1", 9)

CALLS: dict[str, Callable[[socket.socket], Any]] = {
    "connect": lambda sock: sock.connect(ELSEWHERE),
    "connect_ex": lambda sock: sock.connect_ex(ELSEWHERE),
    "sendto": lambda sock: sock.sendto(b"x", ELSEWHERE),
    "sendto with flags": lambda sock: sock.sendto(b"x", 0, ELSEWHERE),
    "sendmsg": lambda sock: sock.sendmsg((b"x",), (), 0, ELSEWHERE),
    "getaddrinfo": lambda _: socket.getaddrinfo("imauth.bora.dopa.go.th", 443),
    "getaddrinfo by name": lambda _: socket.getaddrinfo(host="imauth.bora.dopa.go.th", port=443),
    "gethostbyname": lambda _: socket.gethostbyname("imauth.bora.dopa.go.th"),
    "create_connection": lambda _: socket.create_connection(ELSEWHERE, timeout=1),
}


@pytest.mark.parametrize("call", CALLS)
def test_each_way_out_is_refused_and_told_at_the_end(call: str) -> None:
    """A test would reach the real ThaID, and its code would swallow the error."""
    with (
        pytest.raises(AssertionError, match=r"192\.0\.2\.1|imauth"),
        no_network(),
        socket.socket(type=socket.SOCK_DGRAM) as sock,
        pytest.raises(NetworkReached),
    ):
        CALLS[call](sock)
    assert socket.getaddrinfo.__module__ == "socket"


def test_loopback_and_what_was_allowed_go_on() -> None:
    """Every test with a server of its own would fail."""
    with no_network(["192.0.2.1", "Database.Invalid"]), socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(server.getsockname()) as client:
            accepted, _ = server.accept()
            with accepted:
                client.sendmsg((b"a", b"b"))
                assert b"ab" == accepted.recv(2)
        # A datagram socket sends nothing by that; a machine without a network refuses it all the same.
        with socket.socket(type=socket.SOCK_DGRAM) as sock, suppress(OSError):
            sock.connect(ELSEWHERE)
        with pytest.raises(socket.gaierror):
            socket.getaddrinfo("database.invalid", 5432)


@pytest.mark.parametrize("host", ["https://database.test", "database.test:5432"])
def test_a_host_with_scheme_or_port_is_refused_at_once(host: str) -> None:
    """It would never match, and nobody would know why."""
    with pytest.raises(ValueError, match="hosts alone"), no_network([host]):
        pass
