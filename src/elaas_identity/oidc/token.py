"""The back channel: exchange of an authorization code, revocation and introspection, each as request and answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote_plus

from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_token_request

from elaas_identity._discreet import discreet
from elaas_identity.errors import Misconfigured
from elaas_identity.not_pickled import NotPickled
from elaas_identity.oidc.authorization import ErrorMeaning, failure
from elaas_identity.oidc.http import Request, Response, json_object
from elaas_identity.oidc.metadata import answer_invalid, answered_object, require_available
from elaas_identity.person.verified import VerifiedIdentity

ClientAuthentication = Literal["client_secret_basic", "client_secret_post"]

BasicCredentials = Literal["form_encoded", "raw"]
"""Whether Basic form-encodes id and secret first, as RFC 6749 §2.3.1 asks, or sends them as they are."""

BearerPrefix = Literal["none", "introspection", "both"]
"""Where a token is sent as `Bearer <token>`: nowhere (RFC 7009, RFC 7662), at introspection, or at revocation too."""


TOKEN_ENDPOINT, REVOCATION, INTROSPECTION = "the token endpoint", "revocation", "introspection"


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class Grant(NotPickled):
    """A proven person, and the tokens that came along: to be revoked, never stored (invariant 8).

    Attributes:
        open_to_code_injection: nothing ties the answer to the attempt, and the provider's configuration takes it so.
            It leaves an event each time.
    """

    identity: VerifiedIdentity
    tokens: tuple[str, ...] = field(default=(), repr=False)
    open_to_code_injection: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Client(NotPickled):
    """How we show the provider who we are.

    Attributes:
        authentication: the same at every endpoint.
        basic_credentials: `raw` for a provider that does not decode them. It matters where id or secret hold more than
            letters, digits and `-._~`.
        bearer_prefix: where a token is sent as `Bearer <token>`.
        headers: sent with every request that carries the secret.

    Raises:
        Misconfigured: `identity_provider_settings`: id and secret cannot be sent raw (RFC 7617 §2).
    """

    id: str
    secret: str = field(repr=False)
    authentication: ClientAuthentication = "client_secret_basic"
    basic_credentials: BasicCredentials = "form_encoded"
    bearer_prefix: BearerPrefix = "none"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        sendable = ":" not in self.id and all(
            each.isascii() and each.isprintable() for each in (self.id, self.secret)
        )
        if self._sends_basic and self.basic_credentials == "raw" and not sendable:
            raise Misconfigured(
                "identity_provider_settings",
                detail="basic_credentials='raw' sends visible ASCII only, and no colon in the client id",
            )

    def post(self, endpoint: str, body: str) -> Request:
        """A form, with the client's authentication put in where it belongs."""
        client_id, secret = self.id, self.secret
        if self._sends_basic and self.basic_credentials == "form_encoded":
            client_id, secret = quote_plus(client_id), quote_plus(secret)
        authentication = ClientAuth(client_id, secret, self.authentication)
        headers = {"Content-Type": "application/x-www-form-urlencoded", **self.headers}
        url, headers, body = authentication.prepare("POST", endpoint, headers, body)
        return Request(method="POST", url=url, headers=headers, body=body.encode())

    def likely_cause(self, at: str) -> str:
        """Why a provider may not know this client: what to compare, and which setting to try."""
        causes = [
            "client id or secret are not those of the registration (production and sandbox have separate ones)"
        ]
        causes.append(
            "the API key is wrong" if self.headers else "an API key is wanted, and none is set (`api_key`)"
        )
        if not self._sends_basic:
            causes.append("the provider wants client_authentication='client_secret_basic'")
        elif (quote_plus(self.id), quote_plus(self.secret)) == (self.id, self.secret):
            causes.append("the provider wants client_authentication='client_secret_post'")
        elif self.basic_credentials == "form_encoded":
            causes.insert(
                0,
                "id or secret hold characters that Basic sends percent-encoded, and the provider may not decode them: "
                "try basic_credentials='raw' or client_authentication='client_secret_post'",
            )
        else:
            causes.insert(
                0,
                "id or secret hold characters that RFC 6749 wants percent-encoded: try basic_credentials="
                "'form_encoded' or client_authentication='client_secret_post'",
            )
        if at != TOKEN_ENDPOINT:
            causes.append("the token is wanted with or without `Bearer `: try another bearer_prefix")
        return "; or ".join(causes)

    @property
    def _sends_basic(self) -> bool:
        return self.authentication == "client_secret_basic"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenAnswer(NotPickled):
    """What came for a code. Nothing in it is verified; claims repeated beside the ID token were not even read."""

    id_token: str = field(repr=False)
    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)

    @property
    def to_revoke(self) -> tuple[str, ...]:
        """The tokens that outlive the exchange, the longest-lived first."""
        return tuple(token for token in (self.refresh_token, self.access_token) if token is not None)


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class Introspection:
    """What the provider says of a token (RFC 7662)."""

    active: bool
    subject: str | None = field(default=None, repr=False)
    scopes: tuple[str, ...] = ()


def token_request(
    client: Client, endpoint: str, *, code: str, redirect_uri: str, code_verifier: str
) -> Request:
    """Exchange the code, once: what carries this must not retry (R5.8)."""
    body = prepare_token_request(
        "authorization_code", redirect_uri=redirect_uri, code=code, code_verifier=code_verifier
    )
    return client.post(endpoint, body)


def process_token_response(
    response: Response, meanings: Mapping[str, ErrorMeaning], client: Client | None = None
) -> TokenAnswer:
    """The tokens. Lifetimes are not read: nothing is kept for as long as one of them lasts.

    Raises:
        ProviderFailed: it cannot be reached, or answers what cannot be believed; no ID token is one of these (R5.9).
        Misconfigured: `identity_provider_registration`, where the answer says that client or rights are wrong.
    """
    _raise_error(response, TOKEN_ENDPOINT, meanings, client)
    members = answered_object(response, TOKEN_ENDPOINT)
    token_type, refresh_token = members.get("token_type"), members.get("refresh_token")
    id_token, access_token = members.get("id_token"), members.get("access_token")
    if not isinstance(token_type, str) or token_type.lower() != "bearer":
        raise answer_invalid("the token endpoint answered another `token_type` than bearer")
    if not isinstance(id_token, str) or not id_token:
        raise answer_invalid("the token endpoint answered no ID token; what stands beside it is unsigned")
    if not isinstance(access_token, str) or not access_token or not access_token.isascii():
        raise answer_invalid("the token endpoint answered no usable access token")
    if not isinstance(refresh_token, str) or not refresh_token.isascii():
        refresh_token = None
    return TokenAnswer(id_token=id_token, access_token=access_token, refresh_token=refresh_token or None)


def revocation_request(client: Client, endpoint: str, token: str) -> Request:
    """Give a token back (RFC 7009)."""
    return client.post(endpoint, _form(token=_shown(token, client.bearer_prefix == "both")))


def process_revocation(
    response: Response, meanings: Mapping[str, ErrorMeaning], client: Client | None = None
) -> None:
    """
    Raises:
        ProviderFailed, Misconfigured: the token may still be good.
    """
    _raise_error(response, REVOCATION, meanings, client)
    require_available(response, REVOCATION)
    if response.status != 200:
        raise answer_invalid(f"revocation answered HTTP {response.status}")


def introspection_request(client: Client, endpoint: str, token: str) -> Request:
    """Ask whether a token is still good (RFC 7662)."""
    return client.post(endpoint, _form(token=_shown(token, client.bearer_prefix != "none")))


def process_introspection(
    response: Response, meanings: Mapping[str, ErrorMeaning], client: Client | None = None
) -> Introspection:
    """
    Raises:
        ProviderFailed, Misconfigured: there is no answer to believe.
    """
    _raise_error(response, INTROSPECTION, meanings, client)
    members = answered_object(response, INTROSPECTION)
    active, subject, scope = members.get("active"), members.get("sub"), members.get("scope", "")
    if not isinstance(active, bool) or not isinstance(subject, str | None) or not isinstance(scope, str):
        raise answer_invalid("introspection answered something else than RFC 7662 says")
    return Introspection(active=active, subject=subject, scopes=tuple(scope.split()))


def _raise_error(
    response: Response, at: str, meanings: Mapping[str, ErrorMeaning], client: Client | None
) -> None:
    """The error that the answer's `error` names, if it is a known one; any other 401 is about the client as well."""
    try:
        members = json_object(response.body)
    except ValueError:
        members = {}
    error, description = members.get("error"), members.get("error_description")
    known = isinstance(error, str) and error in meanings
    if error in ("invalid_client", "unauthorized_client") or (response.status == 401 and not known):
        said = f"{at} says {error}" if known else f"{at} answered HTTP 401"
        cause = _WRONG_CLIENT if client is None else client.likely_cause(at)
        raise Misconfigured("identity_provider_registration", detail=f"{said}: {cause}")
    if isinstance(error, str) and known:
        raise failure(error, at, meanings, description=description if isinstance(description, str) else "")


_WRONG_CLIENT = "client id, secret, `client_authentication` or API key are wrong"


def _shown(token: str, prefixed: bool) -> str:
    return f"Bearer {token}" if prefixed else token


def _form(**fields: str) -> str:
    return "&".join(f"{name}={quote_plus(value)}" for name, value in fields.items())
