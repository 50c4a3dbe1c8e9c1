"""What ThaID publishes about itself, and what was only reported: constants, discovery document, switches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal, TypeAlias

from elaas_identity._discreet import discreet

SCOPES = (
    "openid",
    "pid",
    "address",
    "gender",
    "birthdate",
    "given_name",
    "middle_name",
    "family_name",
    "name",
    "given_name_en",
    "middle_name_en",
    "family_name_en",
    "name_en",
    "title",
    "title_en",
    "ial",
    "smartcard_code",
    "date_of_expiry",
    "date_of_issuance",
    "house_address",
)
"""Every scope that ThaID has. Each releases the claim of its own name; there is no `profile`."""

V1_SCOPES = ("pid", "th_fullname", "dob")
"""The scopes of the older `/api/v1/`, which is still seen in the field."""

PAGE_LIFE = timedelta(seconds=120)
"""How long the page with the QR code can be answered."""

CODE_LIFE = timedelta(seconds=60)
"""How long an authorization code can be redeemed."""

TOKEN_LIFE = timedelta(minutes=15)
"""How long an access token and an ID token are good."""

Endpoint: TypeAlias = Literal["discovery", "auth", "token", "introspect", "revoke", "jwks", "unknown"]
"""What was asked, by the last word of its path; `"unknown"`: anything else, such as a missing trailing slash."""

PATHS: Mapping[str, Endpoint] = {
    "/.well-known/openid-configuration": "discovery",
    "/api/v2/oauth2/auth/": "auth",
    "/api/v2/oauth2/token/": "token",
    "/api/v2/oauth2/introspect/": "introspect",
    "/api/v2/oauth2/revoke/": "revoke",
    "/api/v1/oauth2/auth/": "auth",
    "/api/v1/oauth2/token/": "token",
    "/api/v1/oauth2/introspect/": "introspect",
    "/api/v1/oauth2/revoke/": "revoke",
    "/jwks/": "jwks",
}
"""Where each endpoint is, to the letter."""


def discovery_document(issuer: str, scopes: Sequence[str]) -> dict[str, Any]:
    """The metadata as published: `subject_type_supported` is misspelt, and what is not here is not published."""
    return {
        "issuer": issuer,
        "authorization_endpoint": issuer + "/api/v2/oauth2/auth/",
        "token_endpoint": issuer + "/api/v2/oauth2/token/",
        "introspection_endpoint": issuer + "/api/v2/oauth2/introspect/",
        "revocation_endpoint": issuer + "/api/v2/oauth2/revoke/",
        "jwks_uri": issuer + "/jwks/",
        "scopes_supported": list(scopes),
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_type_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    }


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """What ThaID was reported to do once, or does in some environments only.

    Attributes:
        echo_nonce: False: the nonce does not come back in the ID token.
        enforce_pkce: a wrong or missing verifier is refused. Off, because acceptance proves nothing today.
        issue_refresh_token: the token response has a `refresh_token`.
        lifetime: which of `expires_in` (seconds) and `expire_in` (an absolute Unix time) the token response has.
        decodes_basic: False: Basic credentials are taken as they are, although RFC 6749 §2.3.1 wants them decoded.
        bearer_prefix: `"required"` or `"refused"`: how introspection and revocation know a token; both unless given.
        errors: `"standard"`: the token endpoint answers `invalid_grant` where DOPA's document has `invalid_request` or
            `invalid_refresh_token`.
        denial: the error of a person who says no: `"user_denied"` by DOPA's document, `"access_denied"` by RFC 6749.
        api_key: the value that token, introspection and revocation demand in the header `api_key_header`.
        session_age: how long ago the person logged in to ThaID: `auth_time` lies as far back …
        honours_max_age: … unless `prompt=login` or `max_age` asks for a fresh login, and this is True.
        house_address: False: there is no such scope, as at the sandbox.
        block_headless: answer 403 to `HeadlessChrome`, as the firewall in front of ThaID does.
    """

    echo_nonce: bool = True
    enforce_pkce: bool = False
    issue_refresh_token: bool = False
    lifetime: Literal["both", "expires_in", "expire_in"] = "both"
    decodes_basic: bool = True
    bearer_prefix: Literal["either", "required", "refused"] = "either"
    errors: Literal["documented", "standard"] = "documented"
    denial: str = "user_denied"
    api_key: str | None = field(default=None, repr=False)
    api_key_header: str = "x-api-key"
    session_age: timedelta = timedelta(0)
    honours_max_age: bool = True
    house_address: bool = True
    block_headless: bool = False

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes that there are, but for those of `/api/v1/`."""
        return tuple(scope for scope in SCOPES if scope != "house_address" or self.house_address)
