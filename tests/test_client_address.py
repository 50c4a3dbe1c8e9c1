"""The client's address behind proxies: what only trusted ones have written is believed (R4.3, ASVS 15.3.4)."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elaas_identity.client_address import TrustedProxies
from elaas_identity.errors import Misconfigured
from elaas_identity.flow.budgets import client_failures
from elaas_identity.flow.policy import MANDATED
from elaas_identity.keyring import Keyring

NEAR, FAR = "10.0.0.5", "10.0.1.7"
CLIENT = "203.0.113.9"
proxies = TrustedProxies([NEAR, "10.0.1.0/28", "2001:db8:ffff::/64"])
keyring = Keyring({"2026a": bytes(range(32))}, current="2026a")

anything = st.text(st.characters(codec=None, categories=None), max_size=80)
headers = st.lists(anything | st.ip_addresses().map(str), max_size=5)
untrusted = st.ip_addresses().filter(lambda address: not is_trusted(address))


def is_trusted(address: IPv4Address | IPv6Address) -> bool:
    bare = address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
    return any(bare in ip_network(each) for each in (NEAR, "10.0.1.0/28", "2001:db8:ffff::/64"))


@given(untrusted, headers)
def test_a_spoofed_header_lands_in_the_same_bucket(
    peer: IPv4Address | IPv6Address, forged: list[str]
) -> None:
    """A guesser would have a budget for each address that they invent (R4.3)."""
    honest = proxies.client_address(str(peer))
    forging = proxies.client_address(str(peer), forged)

    assert honest is not None
    assert honest == forging
    assert client_failures(MANDATED, keyring, honest) == client_failures(MANDATED, keyring, forging)


@given(headers, st.lists(st.sampled_from([NEAR, "10.0.1.1", FAR, "2001:db8:ffff::1"]), max_size=3))
def test_what_a_client_sends_through_proxies_lands_in_the_same_bucket(
    forged: list[str], between: list[str]
) -> None:
    """A proxy would launder what the client says of itself (R4.3)."""
    appended = [CLIENT, *between]

    assert CLIENT == proxies.client_address(NEAR, [*forged, *appended])
    assert CLIENT == proxies.client_address(NEAR, [", ".join([*forged, *appended])])


@given(anything, headers)
def test_any_request_is_answered(peer: str, forged: list[str]) -> None:
    """A hostile header would be a server error (R9.4)."""
    address = proxies.client_address(peer, forged)

    assert address is None or ip_network(address).prefixlen in (32, 64)


@given(headers)
def test_behind_a_proxy_any_header_is_answered(forged: list[str]) -> None:
    """A hostile header would be a server error, or give a text of the client's choice to the budgets (R4.3)."""
    address = proxies.client_address(NEAR, forged)

    assert address is not None
    assert ip_network(address).prefixlen in (32, 64)


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "address"),
    [
        (CLIENT, [], CLIENT),
        (CLIENT, ["198.51.100.1"], CLIENT),
        (NEAR, [CLIENT], CLIENT),
        (NEAR, ["198.51.100.1, 203.0.113.9"], CLIENT),
        (NEAR, ["198.51.100.1", CLIENT], CLIENT),
        (NEAR, [f"198.51.100.1, {CLIENT}, {FAR}"], CLIENT),
        (NEAR, [f"198.51.100.1,{CLIENT}", FAR, NEAR], CLIENT),
        (NEAR, [f"{FAR}, {CLIENT}"], CLIENT),
        ("2001:db8:ffff::2", [CLIENT], CLIENT),
    ],
)
def test_it_is_the_nearest_that_is_no_proxy(peer: str, forwarded_for: Sequence[str], address: str) -> None:
    """Everybody would share the proxy's budget, or choose one (R4.3)."""
    assert address == proxies.client_address(peer, forwarded_for)


NO_ADDRESSES = (
    *("", " ", "unknown", "_hidden", "portal.example.go.th", "203.0.113", "203.0.113.9.9", "203.0.113.256"),
    *(
        "010.0.0.1",
        "203.0.113.9:",
        "203.0.113.9:http",
        "203.0.113.9/32",
        "[2001:db8::1",
        "2001:db8::1]",
        "[]",
    ),
    *("[203.0.113.9", "2001:db8::g", "๑.๑.๑.๑", "203.0.113.9\x00", "203.0.113.9;", '"203.0.113.9"'),
)


@pytest.mark.parametrize("last", NO_ADDRESSES)
def test_what_is_no_address_ends_the_search_at_the_proxy(last: str) -> None:
    """What stands before it was not seen by a proxy of ours, and would be believed (R4.3)."""
    assert NEAR == proxies.client_address(NEAR, [f"{CLIENT}, {last}"])
    assert FAR == proxies.client_address(NEAR, [f"{CLIENT}, {last}, {FAR}"])


def test_without_a_header_the_proxy_itself_is_counted() -> None:
    """A health check, or somebody beside the proxy, would be nobody."""
    assert NEAR == proxies.client_address(NEAR)
    assert NEAR == proxies.client_address(NEAR, [""])
    assert FAR == proxies.client_address(NEAR, [FAR])


@pytest.mark.parametrize("peer", [None, "", "testclient", "/run/portal.sock"])
def test_a_connection_without_an_address_has_none(peer: str | None) -> None:
    """Whoever connects in a way that says nothing of them would be believed (R4.3)."""
    assert proxies.client_address(peer, [CLIENT]) is None


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("203.0.113.9:4711", "203.0.113.9"),
        (" 203.0.113.9\t", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("[::ffff:203.0.113.9]:4711", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::1]", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::1]:4711", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("[fe80::1%25eth0]:80", "fe80::/64"),
        ('fe80::1%"><script>', "fe80::/64"),
    ],
)
def test_an_address_is_read_in_every_form(written: str, address: str) -> None:
    """One client would have several budgets, or all clients of one proxy share its own (R4.3)."""
    assert address == proxies.client_address(written)
    assert address == proxies.client_address(NEAR, [written])


def test_a_proxy_is_known_in_every_form() -> None:
    """On a socket that serves both, IPv4 comes in as IPv6, and the header would be believed no more (R4.3)."""
    for peer in (NEAR, f"::ffff:{NEAR}", f"{NEAR}:52000", f"[::ffff:{NEAR}]:52000"):
        assert CLIENT == proxies.client_address(peer, [CLIENT])


@given(st.ip_addresses(v=6), st.integers(0, 2**64 - 1))
def test_an_ipv6_client_is_counted_by_its_64(address: IPv6Address, suffix: int) -> None:
    """A guesser with one connection would have 2⁶⁴ budgets (R4.3)."""
    neighbour = ip_address((int(address) >> 64 << 64) | suffix)
    if address.ipv4_mapped is None and isinstance(neighbour, IPv6Address) and neighbour.ipv4_mapped is None:
        assert proxies.client_address(str(address)) == proxies.client_address(str(neighbour))


def test_two_64s_are_two_clients() -> None:
    """One guesser would lock their neighbours out (R4.3)."""
    assert proxies.client_address("2001:db8:1:2::1") != proxies.client_address("2001:db8:1:3::1")


def test_with_no_proxies_no_header_is_believed() -> None:
    """A portal that has no proxy could be told any address (R4.3)."""
    assert CLIENT == TrustedProxies([]).client_address(CLIENT, ["198.51.100.1"])


@pytest.mark.parametrize(
    "network", ["0.0.0.0/0", "::/0", "10.0.0.5/24", "localhost", "", "10.0.0.0/33", "10.0.0.0-10.0.0.9"]
)
def test_what_is_no_network_of_proxies_is_refused(network: str) -> None:
    """The portal would start, and believe everybody or nobody (R4.3)."""
    with pytest.raises(Misconfigured) as problem:
        TrustedProxies(["10.0.0.5", network])
    assert "policy" == problem.value.code
    assert "TrustedProxies: " in problem.value.detail


def test_the_repr_says_who_is_trusted() -> None:
    """Who looks for a wrong setting would not see it."""
    assert "TrustedProxies(['10.0.0.5/32', '10.0.1.0/28', '2001:db8:ffff::/64'])" == repr(proxies)
