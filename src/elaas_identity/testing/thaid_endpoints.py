"""ThaID as it really behaves, as a pure function: request in, response out. `thaid_emulator` is what a test holds.

What is published or was measured is the default. What was reported once is a switch (`Switches`). What must never
happen, but does, is a fault (`thaid_faults`), or a hook: `alter_id_token`, `sign_id_token`, `alter_response`.
No socket is opened here.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from elaas_identity.oidc.http import Request, Response
from elaas_identity.providers.system import SystemRandom, system_clock
from elaas_identity.testing import thaid_page
from elaas_identity.testing.citizens import Citizen
from elaas_identity.testing.signing_key import SEED_BYTES, SigningKey, base64url
from elaas_identity.testing.thaid_clients import Client, authenticated
from elaas_identity.testing.thaid_faults import CLAIMS, SIGNATURES, Faults
from elaas_identity.testing.thaid_grants import Authorization, Grants
from elaas_identity.testing.thaid_http import (
    UNCACHED,
    Problem,
    expect_method,
    form,
    header_of,
    json_answer,
    parameters,
    redirect,
    same,
)
from elaas_identity.testing.thaid_published import (
    PATHS,
    TOKEN_LIFE,
    V1_SCOPES,
    Endpoint,
    Switches,
    discovery_document,
)

if TYPE_CHECKING:
    from elaas_identity.ports import Clock, Random

KEYS_PUBLISHED = 3
"""How many keys the JWKS holds at once. The newest signs, and stands last: who takes the first one fails."""


class ThaIDEndpoints:
    """What ThaID does, with its clients, citizens and keys. `ThaIDEmulator` says what the attributes are."""

    def __init__(
        self,
        issuer: str,
        *,
        clients: Iterable[Client],
        citizens: Iterable[Citizen],
        clock: Clock | None,
        random: Random | None,
        switches: Switches | None,
    ) -> None:
        if urlsplit(issuer).path or not urlsplit(issuer).netloc:
            raise ValueError("the issuer is scheme and host, without a path or a trailing slash")
        self.issuer = issuer
        self.citizens = tuple(citizens)
        self.switches = switches or Switches()
        self.alter_id_token: Callable[[dict[str, Any]], dict[str, Any]] | None = None
        self.sign_id_token: Callable[[dict[str, Any], dict[str, Any]], str] | None = None
        self.alter_response: Callable[[Endpoint, Response], Response] | None = None
        self._clients = {client.client_id: client for client in clients}
        self._now: Clock = clock or system_clock
        self._token_bytes = (random or SystemRandom()).token_bytes
        self._keys = [SigningKey(self._token_bytes(SEED_BYTES)) for _ in range(KEYS_PUBLISHED)]
        self._grants = Grants(self._token_bytes)
        self._faults = Faults()
        self._counts: Counter[Endpoint] = Counter()
        self._last: dict[Endpoint, Request] = {}
        self._lock = threading.RLock()
        self._answers: Mapping[Endpoint, Callable[[Request], Response]] = {
            "discovery": self._discovery,
            "auth": self._authorize,
            "token": self._token,
            "introspect": self._introspect,
            "revoke": self._revoke,
            "jwks": self._jwks,
        }

    def handle(self, request: Request) -> Response:
        """Answer one request, whatever it is.

        Raises:
            OSError: the fault is one of the network; or what a hook raises.
        """
        endpoint = PATHS.get(urlsplit(request.url).path, "unknown")
        with self._lock:
            self._counts[endpoint] += 1
            self._last[endpoint] = request
            self._faults.begin(endpoint)
            if self._faults.met("down"):
                raise ConnectionRefusedError("the emulator was told to be down")
            try:
                response = self._answer(endpoint, request)
            except Problem as problem:
                response = problem.response
            response = self._faults.altered(endpoint, response)
        return response if self.alter_response is None else self.alter_response(endpoint, response)

    def signed(self, header: Mapping[str, Any], claims: object) -> str:
        """A JWS by the current key over any header and claims: for a `sign_id_token` of your own."""
        with self._lock:
            return self._keys[-1].sign(header, claims)

    def _answer(self, endpoint: Endpoint, request: Request) -> Response:
        if self.switches.block_headless and "HeadlessChrome" in header_of(request, "user-agent"):
            return Response(
                status=403, headers={"content-type": "text/html"}, body=b"<h1>Request blocked</h1>"
            )
        if endpoint not in self._answers:
            raise Problem(404, "not_found", "not found: mind the trailing slash")
        return self._answers[endpoint](request)

    def _discovery(self, request: Request) -> Response:
        expect_method(request, "GET")
        return json_answer(discovery_document(self.issuer, self.switches.scopes))

    def _jwks(self, request: Request) -> Response:
        expect_method(request, "GET")
        return json_answer({"keys": [key.public_jwk for key in self._keys]})

    def _authorize(self, request: Request) -> Response:
        expect_method(request, "GET", "POST")
        url = urlsplit(request.url)
        query = parameters(url.query)
        client = self._clients.get(query.get("client_id", ""))
        if client is None:
            raise Problem(401, "unauthorized_client", "the client is not registered")
        redirect_uri = query.get("redirect_uri", "")
        if redirect_uri not in client.redirect_uris:
            raise Problem(400, "invalid_request", "The redirect or callback url mismatch")
        if query.get("response_type") != "code":
            raise Problem(400, "unsupported_response_type", "only response_type=code is supported")
        scopes = tuple(dict.fromkeys(query.get("scope", "").split()))
        known = ("openid", *V1_SCOPES) if url.path.startswith("/api/v1/") else self.switches.scopes
        if not scopes or not set(scopes) <= set(client.scopes) & set(known):
            raise Problem(400, "invalid_scope", "a scope is unknown or was not granted to the client")
        if request.method == "GET":
            reference = self._grants.new_page(self._now())
            return thaid_page.page(
                client.client_id, redirect_uri, scopes, self.citizens, self.switches.denial, reference
            )
        choice = form(request)
        state = {"state": query["state"]} if "state" in query else {}
        if "page" in choice:  # whoever posts without having seen one has as good as just opened it
            match self._grants.answer_page(choice["page"], self._now()):
                case "too late":
                    return thaid_page.too_late(redirect_uri)
                case "again":
                    return redirect(redirect_uri, {"error": "duplicate_request", **state})
                case "first":
                    pass
        if "deny" in choice:
            return redirect(redirect_uri, {"error": choice["deny"], **state})
        approved = choice.get("approve", "")
        if approved not in map(str, range(len(self.citizens))):
            raise Problem(400, "invalid_request", "choose one of the people on the page")
        authorization = Authorization(
            client_id=client.client_id,
            redirect_uri=redirect_uri,
            scopes=scopes,
            citizen=self.citizens[int(approved)],
            nonce=query.get("nonce"),
            code_challenge=query.get("code_challenge"),
            auth_time=self._auth_time(query),
        )
        return redirect(redirect_uri, {"code": self._grants.new_code(authorization, self._now()), **state})

    def _token(self, request: Request) -> Response:
        sent, client = self._from_client(request)
        match sent.get("grant_type"):
            case "authorization_code":
                return self._token_response(self._redeemed(sent, client))
            case "refresh_token":
                authorization = self._grants.by_refresh_token(sent.get("refresh_token", ""))
                if authorization is None or authorization.client_id != client.client_id:
                    if self.switches.errors == "standard":
                        raise Problem(400, "invalid_grant", "the refresh token is unknown")
                    raise Problem(401, "invalid_refresh_token", "Invalid refresh token")
                return self._token_response(authorization)
            case _:
                raise Problem(400, "unsupported_grant_type", "the grant type is not supported")

    def _redeemed(self, sent: Mapping[str, str], client: Client) -> Authorization:
        code = sent.get("code", "")
        if self._faults.met("replayed_code"):
            self._grants.redeem_code(code, self._now())
        authorization = self._grants.redeem_code(code, self._now())
        if authorization is None or authorization.client_id != client.client_id:
            raise self._code_refused()
        if authorization.redirect_uri != sent.get("redirect_uri"):
            raise self._code_refused("The redirect or callback url mismatch")
        if self.switches.enforce_pkce:
            challenge = base64url(sha256(sent.get("code_verifier", "").encode()).digest())
            if not same(challenge, authorization.code_challenge or ""):
                raise self._code_refused()
        if self._faults.met("another_citizen"):
            following = self.citizens.index(authorization.citizen) + 1
            return replace(authorization, citizen=self.citizens[following % len(self.citizens)])
        return authorization

    def _code_refused(self, description: str = "Invalid Authorization Code") -> Problem:
        """As DOPA's document has it, or as RFC 6749 has it."""
        error = "invalid_grant" if self.switches.errors == "standard" else "invalid_request"
        return Problem(400, error, description)

    def _token_response(self, authorization: Authorization) -> Response:
        now = self._now()
        access_token = self._grants.new_access_token(authorization, now)
        answer: dict[str, Any] = {
            **authorization.released(),  # unsigned up here: nobody should believe them
            "access_token": access_token,
            "token_type": "Bearer",
            "scope": authorization.scope,
        }
        if self.switches.lifetime != "expire_in":
            answer["expires_in"] = int(TOKEN_LIFE.total_seconds())
        if self.switches.lifetime != "expires_in":
            answer["expire_in"] = int((now + TOKEN_LIFE).timestamp())
        if self.switches.issue_refresh_token:
            answer["refresh_token"] = self._grants.new_refresh_token(authorization)
        if "openid" in authorization.scopes:
            answer["id_token"] = self._id_token(authorization, access_token, now)
        return json_answer(answer, headers=UNCACHED)

    def _id_token(self, authorization: Authorization, access_token: str, now: datetime) -> str:
        claims = authorization.id_token_claims(self.issuer, access_token, now)
        if authorization.nonce is not None and self.switches.echo_nonce:
            claims["nonce"] = authorization.nonce
        if self.alter_id_token is not None:
            claims = self.alter_id_token(claims)
        header = {"alg": "ES256", "typ": "JWT", "kid": self._keys[-1].kid}
        if (fault := self._faults.met(*CLAIMS)) is not None:
            claims = CLAIMS[fault](claims)
        if (fault := self._faults.met(*SIGNATURES)) is not None:
            stranger = SigningKey(self._token_bytes(SEED_BYTES))
            secret = self._clients[authorization.client_id].client_secret
            return SIGNATURES[fault](header, claims, stranger, secret)
        return (self.sign_id_token or self.signed)(header, claims)

    def _introspect(self, request: Request) -> Response:
        sent, client = self._from_client(request)
        authorization = self._grants.by_access_token(self._token_of(sent), self._now())
        if authorization is None or authorization.client_id != client.client_id:
            return json_answer({"active": False}, headers=UNCACHED)
        state = {"active": True, "sub": authorization.subject, "scope": authorization.scope}
        return json_answer(state, headers=UNCACHED)

    def _revoke(self, request: Request) -> Response:
        sent, client = self._from_client(request)
        if sent.get("token_type_hint", "access_token") not in ("access_token", "refresh_token"):
            raise Problem(400, "unsupported_token_hint", "Unsupported token hint")
        self._grants.revoke(self._token_of(sent), client.client_id)
        return json_answer({"status": "OK", "message": "revoked"}, headers=UNCACHED)

    def _token_of(self, sent: Mapping[str, str]) -> str:
        """The token that is asked about, or nothing where it is not in the form that the switch wants."""
        prefix, _, token = sent.get("token", "").rpartition(" ")
        taken = self.switches.bearer_prefix
        if prefix not in ("", "Bearer") or taken == ("required" if prefix == "" else "refused"):
            return ""
        return token

    def _from_client(self, request: Request) -> tuple[dict[str, str], Client]:
        """The form of a request behind client authentication, and whose it is."""
        sent = form(request)
        key = self.switches.api_key
        if key is not None and not same(header_of(request, self.switches.api_key_header), key):
            raise Problem(401, "unauthorized", "the API key is missing or wrong")
        return sent, authenticated(request, sent, self._clients, decodes_basic=self.switches.decodes_basic)

    def _auth_time(self, query: Mapping[str, str]) -> datetime:
        max_age, age = query.get("max_age", ""), self.switches.session_age
        too_old = re.fullmatch("[0-9]{1,9}", max_age) is not None and age.total_seconds() > int(max_age)
        asked = too_old or "login" in query.get("prompt", "").split()
        return self._now() if asked and self.switches.honours_max_age else self._now() - age
