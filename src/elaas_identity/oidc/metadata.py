"""What is known of an OpenID provider: written down beforehand, or discovered (OpenID Connect Discovery 1.0)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from elaas_identity._discreet import discreet
from elaas_identity.errors import Misconfigured, ProviderFailed
from elaas_identity.oidc.http import Request, Response, json_object

FRESH_FOR = timedelta(hours=1)
"""How long discovered metadata is used before it is asked for again. Our choice: endpoints move once in years."""

STALE_FOR = timedelta(hours=24)
"""How long it is used while asking again fails. Our choice: a day's outage of discovery stops nobody."""


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """A provider's issuer and endpoints, used to the letter: a trailing slash matters.

    Attributes:
        issuer_in_callback: the provider announces `authorization_response_iss_parameter_supported`, so that a callback
            without `iss` is refused (RFC 9207 §2.4).

    Raises:
        Misconfigured: `identity_provider_settings`, for a URL that is not https (http on loopback only).
    """

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    revocation_endpoint: str | None = None
    introspection_endpoint: str | None = None
    issuer_in_callback: bool = False

    def __post_init__(self) -> None:
        require_secure_url("issuer", self.issuer, query_allowed=False)
        for name in _REQUIRED + _OPTIONAL:
            url = getattr(self, name)
            if url is not None:
                require_secure_url(name, url)


_REQUIRED = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_OPTIONAL = ("revocation_endpoint", "introspection_endpoint")


def discovery_request(issuer: str) -> Request:
    """Ask for the provider's metadata (Discovery §4.1: a final slash of the issuer is dropped first)."""
    return Request(method="GET", url=issuer.removesuffix("/") + "/.well-known/openid-configuration")


def process_discovery(response: Response, issuer: str) -> Metadata:
    """The metadata that the answer holds. Members not used here, misspelt ones included, are not looked at.

    Raises:
        ProviderFailed: `identity_provider_unavailable` on a server's error; `identity_provider_answer_invalid` when
            it is no metadata, names another issuer, or an endpoint is not on the issuer's own origin.
    """
    members = answered_object(response, "discovery")
    if members.get("issuer") != issuer:
        raise answer_invalid("discovery names another issuer than the one configured")
    endpoints: dict[str, str | None] = {}
    for name in _REQUIRED + _OPTIONAL:
        url = members.get(name)
        if url is None and name in _OPTIONAL:
            endpoints[name] = None
        elif isinstance(url, str) and same_origin(url, issuer):
            endpoints[name] = url
        else:
            raise answer_invalid(f"discovery has no {name} on the issuer's own origin")
    in_callback = members.get("authorization_response_iss_parameter_supported", False)
    if not isinstance(in_callback, bool):
        raise answer_invalid("authorization_response_iss_parameter_supported is not a boolean")
    return Metadata(issuer=issuer, issuer_in_callback=in_callback, **endpoints)  # type: ignore[arg-type]


def answered_object(response: Response, at: str) -> dict[str, object]:
    """The JSON object of a 200.

    Raises:
        ProviderFailed: `identity_provider_unavailable` on 429 and 5xx, else `identity_provider_answer_invalid`.
    """
    require_available(response, at)
    if response.status != 200:
        raise answer_invalid(f"{at} answered HTTP {response.status}")
    try:
        return json_object(response.body)
    except ValueError:
        raise answer_invalid(f"{at} answered no JSON object") from None


def require_available(response: Response, at: str) -> None:
    """
    Raises:
        ProviderFailed: `identity_provider_unavailable` on 429 and 5xx.
    """
    if response.status == 429 or response.status >= 500:
        raise ProviderFailed("identity_provider_unavailable", detail=f"{at} answered HTTP {response.status}")


def answer_invalid(detail: str) -> ProviderFailed:
    """The error for an answer that cannot be believed."""
    return ProviderFailed("identity_provider_answer_invalid", detail=detail)


def require_secure_url(name: str, url: str, *, query_allowed: bool = True) -> None:
    """
    Raises:
        Misconfigured: `identity_provider_settings`: not an absolute https URL (http on loopback only), or one with a
            fragment or a user name.
    """
    parts = _split(url)
    if (
        parts is None
        or not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts)))
        or "@" in parts.netloc
        or "#" in url
        or ("?" in url and not query_allowed)
    ):
        raise Misconfigured(
            "identity_provider_settings",
            detail=f"{name} must be an absolute https URL (http on loopback only), without fragment or user name",
        )


def is_loopback(parts: SplitResult) -> bool:
    """Whether the URL's host is this machine by its name or address alone."""
    if parts.hostname == "localhost":
        return True
    try:
        return ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


def same_origin(url: str, issuer: str) -> bool:
    """Whether scheme, host and port are the issuer's, and the URL has no fragment or user name."""
    one, other = _split(url), _split(issuer)
    if one is None or other is None or "@" in one.netloc or "#" in url:
        return False
    return _origin(one) == _origin(other)


def _origin(parts: SplitResult) -> tuple[str, str | None, int]:
    return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)


def _split(url: str) -> SplitResult | None:
    """`urlsplit` drops tabs and line feeds in silence, so what is not plain visible ASCII is no URL here."""
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.hostname else None
