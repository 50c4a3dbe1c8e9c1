"""The origin of a site, written as browsers send it (RFC 6454 §6.2, WHATWG URL)."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urlsplit

import idna

from elaas_identity.errors import Misconfigured

_SHAPE = re.compile(r"https?://[^\s/?#@\\%]+/?", re.IGNORECASE)
_ASCII_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
_NUMERIC_END = re.compile(r"(.*\.)?(\d+|0x[0-9a-f]*)")
"""What browsers take for an IPv4 address, however it is written."""
_DEFAULT_PORTS = {"https": 443, "http": 80}


def origin_of(name: str, text: object) -> str:
    """The origin that the text names: lower case, ASCII, without the default port and a slash at its end.

    Args:
        name: of the setting, for the error.

    Raises:
        Misconfigured: `page_settings`: it is no origin, or is http and not on loopback. The text is not repeated.
    """
    try:
        return _origin_of(text if isinstance(text, str) else "")
    except ValueError:
        pass  # The cause's text holds what was given.
    raise Misconfigured(
        "page_settings",
        detail=f"{name} is scheme and host, such as https://portal.example.go.th, with a port where it has one; "
        "https, or http on loopback",
    )


def _origin_of(text: str) -> str:
    text = text.strip()
    if not _SHAPE.fullmatch(text):
        raise ValueError("not an origin")
    parts = urlsplit(text)
    host, is_loopback = _host(parts.hostname or "")
    if parts.scheme == "http" and not is_loopback:
        raise ValueError("http on loopback only")
    port = parts.port
    if port == 0:
        raise ValueError("no port")
    shown = "" if port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{port}"
    return f"{parts.scheme}://{host}{shown}"


def _host(host: str) -> tuple[str, bool]:
    """The host as browsers write it, and whether it is this machine."""
    if ":" in host:
        address = IPv6Address(host)
        if address.scope_id is not None or address.ipv4_mapped is not None:
            raise ValueError("no browser writes such a host")
        return f"[{address.compressed}]", address.is_loopback
    name = host if host.isascii() else idna.encode(host, uts46=True).decode()
    if _NUMERIC_END.fullmatch(name):
        return name, IPv4Address(name).is_loopback
    if len(name) > 253 or not _ASCII_NAME.fullmatch(name):
        raise ValueError("not a host name")
    return name, name == "localhost" or name.endswith(".localhost")
