"""Our side of OpenID Connect's authorization code flow: each exchange is a request to send and an answer to read.

The adapter that sends lives in `_async` and `_sync`; the order of its calls is the order of the methods here.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from elaas_identity.errors import Misconfigured, Refused
from elaas_identity.oidc import authorization, id_token, token
from elaas_identity.oidc.authorization import STANDARD_ERRORS, AttemptProof, Callback, ErrorMeaning
from elaas_identity.oidc.http import Request, Response
from elaas_identity.oidc.id_token import MAX_LEEWAY, IDToken, NonceRule
from elaas_identity.oidc.jwks import FAMILIES, SigningKeys
from elaas_identity.oidc.metadata import Metadata, require_secure_url
from elaas_identity.oidc.token import Client, TokenAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class RelyingParty:
    """One client registration at one issuer, and the rules by which its answers are believed.

    Attributes:
        issuer: compared to the letter with what ID tokens and callbacks say.
        redirect_uri: sent to the letter as registered.
        scopes: must hold `openid`, without which there is no ID token (R5.9).
        algorithms: of ID tokens' signatures; from here only, never from metadata (R5.4).
        error_meanings: what the provider's error codes say.

    Raises:
        Misconfigured: `identity_provider_settings`, saying which setting and why.
    """

    issuer: str
    client: Client
    redirect_uri: str
    scopes: tuple[str, ...]
    nonce_rule: NonceRule = "required"
    algorithms: Collection[str] = ("ES256",)
    leeway: timedelta = MAX_LEEWAY
    error_meanings: Mapping[str, ErrorMeaning] = field(default_factory=lambda: STANDARD_ERRORS)

    def __post_init__(self) -> None:
        require_secure_url("issuer", self.issuer, query_allowed=False)
        require_secure_url("redirect_uri", self.redirect_uri)
        if not self.client.id or not self.client.secret:
            raise _settings("client_id and client_secret are those of the registration, and neither is empty")
        if "openid" not in self.scopes:
            raise _settings("scopes must hold openid: without it nothing that is answered is signed")
        if not all(
            scope.isascii() and scope.isprintable() and scope.split() == [scope] for scope in self.scopes
        ):
            raise _settings("each scope is one word")
        if not self.algorithms or not set(self.algorithms) <= set(FAMILIES):
            raise _settings(f"algorithms are some of {', '.join(FAMILIES)}")
        if not timedelta(0) <= self.leeway <= MAX_LEEWAY:
            raise _settings(f"leeway is 0 to {MAX_LEEWAY.total_seconds():.0f} seconds")

    def authorization_url(self, metadata: Metadata, proof: AttemptProof, *, max_age: timedelta | None) -> str:
        """Where to send the person for this attempt."""
        return authorization.authorization_url(
            metadata.authorization_endpoint,
            proof,
            client_id=self.client.id,
            redirect_uri=self.redirect_uri,
            scopes=self.scopes,
            max_age=max_age,
        )

    def token_request(self, metadata: Metadata, callback: Callback, proof: AttemptProof) -> Request:
        """Check that the callback is this provider's answer to this attempt, and only then ask for tokens.

        Raises:
            Refused: `callback_malformed`, when it is not; `identity_denied` or `identity_repeated`, when it says so.
            ProviderFailed, Misconfigured: what other error codes mean.
        """
        if not hmac.compare_digest(callback.state.encode(), proof.state.encode()):
            raise Refused("callback_malformed", detail="the callback belongs to another attempt")
        # RFC 9207, before anything that the callback says is believed, its errors included.
        if callback.issuer is None and metadata.issuer_in_callback:
            raise Refused(
                "callback_malformed", detail="the callback lacks `iss`, which the provider always sends"
            )
        if callback.issuer is not None and callback.issuer != self.issuer:
            raise Refused("callback_malformed", detail="the callback is another issuer's (`iss`)")
        if callback.error is not None:
            raise authorization.failure(callback.error, authorization.CALLBACK, self.error_meanings)
        if callback.code is None:
            raise Refused("callback_malformed", detail="the callback has no code")
        return token.token_request(
            self.client,
            metadata.token_endpoint,
            code=callback.code,
            redirect_uri=self.redirect_uri,
            code_verifier=proof.code_verifier,
        )

    def token_answer(self, response: Response) -> TokenAnswer:
        """The tokens that came for the code, unverified.

        Raises:
            ProviderFailed, Misconfigured: there are none, or none that can be believed.
        """
        return token.process_token_response(response, self.error_meanings, self.client)

    def id_token(
        self, answer: TokenAnswer, keys: SigningKeys, proof: AttemptProof, *, now: datetime
    ) -> IDToken:
        """The verified ID token.

        Raises:
            ProviderFailed: `identity_provider_answer_invalid`.
        """
        expected = id_token.Expected(
            issuer=self.issuer,
            client_id=self.client.id,
            nonce=proof.nonce,
            nonce_rule=self.nonce_rule,
            algorithms=self.algorithms,
            leeway=self.leeway,
        )
        return id_token.verify(answer.id_token, keys, expected, access_token=answer.access_token, now=now)

    def needs_other_keys(self, answer: TokenAnswer, keys: SigningKeys) -> bool:
        """Whether an ID token that was refused fails on these keys alone, so that asking for them anew may help."""
        return id_token.needs_other_keys(answer.id_token, keys, self.algorithms)


def _settings(detail: str) -> Misconfigured:
    return Misconfigured("identity_provider_settings", detail=detail)
