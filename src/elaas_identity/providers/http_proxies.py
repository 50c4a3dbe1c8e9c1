"""Whether a client of our own can read the proxies that the environment names: found out at once, and by name."""

from __future__ import annotations

import os
from ssl import PROTOCOL_TLS_CLIENT, SSLContext
from types import ModuleType
from typing import Any

from elaas_identity.errors import Misconfigured


def require_readable_proxies(library: ModuleType) -> None:
    """Check what a client of our own would read from the environment. A value may hold a password, and is not repeated.

    Raises:
        Misconfigured: `identity_provider_settings`, naming the variables.
    """
    names = {kind: name for kind in ("all", "https", "http", "no") if (name := _proxy_variable(kind))}
    unreadable = [name for kind, name in names.items() if kind != "no" and not _is_proxy(library, name)]
    if names and not unreadable and not _takes(library):
        unreadable = [names.get("no") or ", ".join(names.values())]
    if unreadable:
        raise Misconfigured(
            "identity_provider_settings",
            detail=f"{library.__name__} cannot read the environment variable {', '.join(unreadable)} (a SOCKS proxy "
            "needs the package socksio): mend it, or give an http_client of your own",
        )


def _proxy_variable(kind: str) -> str | None:
    """The environment variable that says so, whatever its case; lower case comes first, as in `urllib.request`."""
    named = f"{kind}_proxy"
    found = [name for name in os.environ if name.lower() == named]
    name = named if named in found else next(iter(found), None)
    return name if name is not None and os.environ.get(name) else None


def _is_proxy(library: ModuleType, name: str) -> bool:
    value = os.environ.get(name, "")
    value = value if "://" in value else f"http://{value}"
    if not _takes(library, proxy=value, trust_env=False):
        return False
    url = library.URL(value)
    return bool(url.host) and not set(url.host) & set(" %\\") and 0 < (url.port or 1) < 65536


def _takes(library: ModuleType, **options: Any) -> bool:
    """Whether a client can be made. It opens nothing, and its TLS context, of which it makes no use, is a cheap one."""
    try:
        library.Client(verify=SSLContext(PROTOCOL_TLS_CLIENT), **options).close()
    except (ValueError, ImportError, library.InvalidURL):
        return False
    return True
