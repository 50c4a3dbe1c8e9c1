"""The back channel: exchange of an authorization code, revocation and introspection, each as request and answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NoReturn
from urllib.parse import quote_plus

from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_token_request

from elaas_identity.errors import Misconfigured
from elaas_identity.oidc.authorization import ErrorMeaning, failure
from elaas_identity.oidc.http import Request, Response, json_object
from elaas_identity.oidc.metadata import answer_invalid, answered_object, require_available
from elaas_identity.person.verified import VerifiedIdentity

ClientAuthentication = Literal["client_secret_basic", "client_secret_post"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A proven person, and the tokens that came along: to be revoked, never stored (invariant 8).

    Attributes:
        open_to_code_injection: nothing ties the answer to the attempt, and the provider's configuration takes it so.
            It leaves an event each time.
    """

    identity: VerifiedIdentity
    tokens: tuple[str, ...] = field(default=(), repr=False)
    open_to_code_injection: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """How we show the provider who we are.

    Attributes:
        authentication: `client_secret_basic` form-encodes id and secret first, as RFC 6749 §2.3.1 asks. Should a
            provider not decode them, and the secret hold more than letters, digits and `-._~`: `client_secret_post`.
        headers: sent with every request that carries the secret.
    """

    id: str
    secret: str = field(repr=False)
    authentication: ClientAuthentication = "client_secret_basic"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def post(self, endpoint: str, body: str) -> Request:
        """A form, with the client's authentication put in where it belongs."""
        if self.authentication == "client_secret_basic":
            return self.basic_post(endpoint, body)
        return self._send(endpoint, body, ClientAuth(self.id, self.secret, self.authentication))

    def basic_post(self, endpoint: str, body: str) -> Request:
        """The same by Basic, whatever the token endpoint wants: every server must take it (RFC 6749 §2.3.1), and
        ThaID documents nothing else for introspection and revocation."""
        encoded = ClientAuth(quote_plus(self.id), quote_plus(self.secret), "client_secret_basic")
        return self._send(endpoint, body, encoded)

    def _send(self, endpoint: str, body: str, authentication: ClientAuth) -> Request:
        headers = {"Content-Type": "application/x-www-form-urlencoded", **self.headers}
        url, headers, body = authentication.prepare("POST", endpoint, headers, body)
        return Request(method="POST", url=url, headers=headers, body=body.encode())

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a client holds its secret, and is not pickled")


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenAnswer:
    """What came for a code. Nothing in it is verified; claims repeated beside the ID token were not even read."""

    id_token: str = field(repr=False)
    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)

    @property
    def to_revoke(self) -> tuple[str, ...]:
        """The tokens that outlive the exchange, the longest-lived first."""
        return tuple(token for token in (self.refresh_token, self.access_token) if token is not None)


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


def process_token_response(response: Response, meanings: Mapping[str, ErrorMeaning]) -> TokenAnswer:
    """The tokens. Lifetimes are not read: nothing is kept for as long as one of them lasts.

    Raises:
        ProviderFailed: it cannot be reached, or answers what cannot be believed; no ID token is one of these (R5.9).
        Misconfigured: `identity_provider_registration`, where the answer says that client or rights are wrong.
    """
    _raise_error(response, "the token endpoint", meanings)
    members = answered_object(response, "the token endpoint")
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
    return client.basic_post(endpoint, _form(token=token))


def process_revocation(response: Response, meanings: Mapping[str, ErrorMeaning]) -> None:
    """
    Raises:
        ProviderFailed, Misconfigured: the token may still be good.
    """
    _raise_error(response, "revocation", meanings)
    require_available(response, "revocation")
    if response.status != 200:
        raise answer_invalid(f"revocation answered HTTP {response.status}")


def introspection_request(client: Client, endpoint: str, token: str) -> Request:
    """Ask whether a token is still good (RFC 7662)."""
    return client.basic_post(endpoint, _form(token=token))


def process_introspection(response: Response, meanings: Mapping[str, ErrorMeaning]) -> Introspection:
    """
    Raises:
        ProviderFailed, Misconfigured: there is no answer to believe.
    """
    _raise_error(response, "introspection", meanings)
    members = answered_object(response, "introspection")
    active, subject, scope = members.get("active"), members.get("sub"), members.get("scope", "")
    if not isinstance(active, bool) or not isinstance(subject, str | None) or not isinstance(scope, str):
        raise answer_invalid("introspection answered something else than RFC 7662 says")
    return Introspection(active=active, subject=subject, scopes=tuple(scope.split()))


def _raise_error(response: Response, at: str, meanings: Mapping[str, ErrorMeaning]) -> None:
    """The error that the answer's `error` names, if it is a known one; a bare 401 is about the client as well."""
    try:
        members = json_object(response.body)
    except ValueError:
        members = {}
    error, description = members.get("error"), members.get("error_description")
    if isinstance(error, str) and error in meanings:
        raise failure(error, at, meanings, description=description if isinstance(description, str) else "")
    if response.status == 401:
        raise Misconfigured(
            "identity_provider_registration",
            detail=f"{at} answered HTTP 401: client id, secret, `client_authentication` or API key are wrong",
        )


def _form(**fields: str) -> str:
    return "&".join(f"{name}={quote_plus(value)}" for name, value in fields.items())
