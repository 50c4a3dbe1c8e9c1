"""Where a request comes from, behind proxies: what the budgets of failed sign-ins go by (R4.3, ASVS 15.3.4).

Anybody can send a header. X-Forwarded-For is believed only as far as it was written by proxies that the portal names:
each appends the address that it has seen, so that it is read from its end, up to the first that is no such proxy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from elaas_identity._discreet import discreet
from elaas_identity.errors import Misconfigured

IPV6_PREFIX = 64
"""What of an IPv6 address counts. Our choice: whoever has one address has its whole /64 (RFC 4291 §2.5.1), and phones
change theirs within it every day (RFC 8981), while a shorter prefix may hold other people."""

_V4 = re.compile(r"([0-9.]+)(?::[0-9]{1,5})?")
_V6 = re.compile(r"\[([^\[\]]+)\](?::[0-9]{1,5})?")


@discreet
class TrustedProxies:
    """The proxies in front of the portal, each of which appends to X-Forwarded-For.

    Args:
        networks: of the proxies themselves, such as `"10.0.0.5"` or `"10.0.0.0/28"`. Whoever is in one of them can
            say any address, so name no network that people sit in. None at all: the connection alone counts.

    Raises:
        Misconfigured: `policy`, for what is no network, or holds every address there is.
    """

    __slots__ = ("_networks",)

    def __init__(self, networks: Iterable[str]) -> None:
        try:
            self._networks = tuple(ip_network(network) for network in networks)
        except ValueError as problem:
            raise Misconfigured("policy", detail=f"TrustedProxies: {problem}") from None
        if any(network.prefixlen == 0 for network in self._networks):
            raise Misconfigured(
                "policy", detail="TrustedProxies: name the proxies, not every address there is"
            )

    def client_address(self, peer: str | None, forwarded_for: Iterable[str] = ()) -> str | None:
        """The address to give to `Browser`: an IPv4 address, or the /64 of an IPv6 one. Never raises.

        It is the nearest address that is no trusted proxy. Where the header says something else than an address, it is
        the proxy that passed that on. None, where the connection itself has no address (a Unix socket).

        Args:
            peer: the other end of the connection.
            forwarded_for: every X-Forwarded-For line, in the order of the request.
        """
        nearest = None if peer is None else _address(peer)
        if nearest is None:
            return None
        for text in reversed(",".join(forwarded_for).split(",")):
            passed_on = _address(text) if self._is_trusted(nearest) else None
            if passed_on is None:
                break
            nearest = passed_on
        return _counted(nearest)

    def __repr__(self) -> str:
        return f"TrustedProxies({[str(network) for network in self._networks]})"

    def _is_trusted(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in network for network in self._networks)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """An address as servers and proxies write it: with a port or without, in brackets, with a zone, IPv4 as IPv6."""
    bare = text.strip()
    written = _V4.fullmatch(bare) or _V6.fullmatch(bare)
    try:
        address = ip_address(written[1] if written else bare)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        return address.ipv4_mapped or address
    return address


def _counted(address: IPv4Address | IPv6Address) -> str:
    if isinstance(address, IPv6Address):
        # By its number, since a zone is any text that somebody sent.
        return str(IPv6Network((int(address), IPV6_PREFIX), strict=False))
    return str(address)
