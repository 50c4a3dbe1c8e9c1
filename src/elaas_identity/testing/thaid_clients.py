"""Who is registered at the emulator, and how they prove it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from elaas_identity._discreet import discreet
from elaas_identity.oidc.http import Request
from elaas_identity.testing.thaid_http import Problem, header_of, same
from elaas_identity.testing.thaid_published import SCOPES, V1_SCOPES


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A registration at ThaID.

    Attributes:
        redirect_uris: compared to the letter.
        scopes: those that the client was granted; all of them unless given.
        may_use_service: False: the registration lacks the right to the service, so that every endpoint behind client
            authentication answers 401 `access_denied`.

    Raises:
        ValueError: `redirect_uris` is one string, which would be searched for parts of itself.
    """

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uris: Collection[str]
    scopes: Collection[str] = (*SCOPES, *V1_SCOPES)
    may_use_service: bool = True

    def __post_init__(self) -> None:
        if isinstance(self.redirect_uris, str):
            raise ValueError("redirect_uris is a collection of URIs, such as a tuple of one")


def authenticated(
    request: Request, form: Mapping[str, str], clients: Mapping[str, Client], *, decodes_basic: bool
) -> Client:
    """The client that proved itself, by `client_secret_basic` or `client_secret_post`."""
    basic = _basic(header_of(request, "authorization"), decodes_basic)
    if basic is not None and "client_secret" in form:
        raise Problem(400, "invalid_request", "the client authenticates in two ways at once")
    client_id, secret = basic or (form.get("client_id", ""), form.get("client_secret", ""))
    client = clients.get(client_id)
    if client is None or not same(secret, client.client_secret):
        challenge = {"www-authenticate": 'Basic realm="ThaID emulator"'}
        raise Problem(401, "invalid_client", "client authentication failed", challenge)
    if not client.may_use_service:
        raise Problem(401, "access_denied", "You don't have permission to access this service")
    return client


def _basic(authorization: str, decodes: bool) -> tuple[str, str] | None:
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        decoded = base64.b64decode(credentials.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return "", ""
    client_id, _, secret = decoded.partition(":")
    if not decodes:
        return client_id, secret
    # Each half was form-encoded first (RFC 6749 §2.3.1).
    return unquote_plus(client_id), unquote_plus(secret)
