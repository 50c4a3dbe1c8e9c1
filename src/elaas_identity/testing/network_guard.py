"""A test that would reach another machine fails, whatever the code under test makes of the error."""

from __future__ import annotations

import socket
from collections.abc import Callable, Collection, Generator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any
from unittest.mock import patch


class NetworkReached(RuntimeError):
    """A test was about to reach another machine. Not an `OSError`, which a client takes for a network that is down."""


@contextmanager
def no_network(allowed: Collection[str] = ()) -> Generator[None]:
    """Refuse what leaves this machine: connections, datagrams and look-ups of names, ThaID's real hosts among them.

    Loopback and sockets of the file system go on. What does not use Python's `socket`, such as a database driver in C
    or uvloop, is not seen.

    Args:
        allowed: further hosts, as names or addresses: a database of your tests.

    Raises:
        ValueError: one of them is an address with a scheme or a port: only the host is compared.
        AssertionError: at the end, where something was refused and its error was swallowed; it names the hosts.
    """
    refused: list[str] = []
    passes = {host.lower() for host in allowed}
    if wrong := [host for host in passes if "/" in host or host.count(":") == 1]:
        raise ValueError(f"hosts alone, without scheme and port: {', '.join(sorted(wrong))}")

    def check(host: object) -> None:
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        if isinstance(name, str) and name.lower() not in passes and not _is_here(name):
            refused.append(name)
            raise NetworkReached(
                f"a test reached for {name!r}: no_network(allowed=…), or elaas_allowed_hosts of pytest, lets it"
            )

    def to_address(real: Callable[..., Any], place: int) -> Callable[..., Any]:
        def call(sock: socket.socket, *arguments: Any) -> Any:
            address = arguments[place] if len(arguments) > place else None
            if sock.family in (socket.AF_INET, socket.AF_INET6) and address is not None:
                check(address[0])
            return real(sock, *arguments)

        return call

    def by_name(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(host: object = None, *arguments: Any, **named: Any) -> Any:
            check(host)
            return real(host, *arguments, **named)

        return call

    def addresses(host: Any = None, *arguments: Any, **named: Any) -> Any:
        check(host)
        found = getaddrinfo(host, *arguments, **named)
        passes.update(str(address[0]) for *_, address in found)  # of a name that was let through
        return found

    getaddrinfo = socket.getaddrinfo
    sends: dict[str, Any] = {
        name: to_address(getattr(socket.socket, name), 3 if name == "sendmsg" else -1)
        for name in ("connect", "connect_ex", "sendto", "sendmsg")  # flags stand before the address
        if hasattr(socket.socket, name)
    }
    looks_up: dict[str, Any] = {
        name: by_name(getattr(socket, name)) for name in ("gethostbyname", "gethostbyname_ex")
    }
    with (
        patch.multiple(socket.socket, **sends),
        patch.multiple(socket, getaddrinfo=addresses, **looks_up),
    ):
        yield
    if refused:
        raise AssertionError(f"the test reached for {', '.join(dict.fromkeys(refused))}")


def _is_here(host: str) -> bool:
    """Whether it is this machine; also what `getaddrinfo` takes for it, the empty name."""
    name = host.rstrip(".").lower()
    if name in ("", "localhost") or name.endswith(".localhost") or name == socket.gethostname().lower():
        return True
    try:
        address = ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
