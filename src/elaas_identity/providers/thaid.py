"""What is particular to ThaID, the digital ID of the Department of Provincial Administration (DOPA): pure values.

`ThaID` and `AsyncThaID` are made from this profile. Nothing here talks to anybody.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal, TypedDict
from urllib.parse import urlsplit

from elaas_identity._discreet import discreet
from elaas_identity.errors import Misconfigured
from elaas_identity.oidc.authorization import STANDARD_ERRORS, ErrorMeaning
from elaas_identity.oidc.id_token import IDToken, NonceRule
from elaas_identity.oidc.metadata import Metadata, require_secure_url
from elaas_identity.oidc.relying_party import RelyingParty
from elaas_identity.oidc.token import (
    BasicCredentials,
    BearerPrefix,
    Client,
    ClientAuthentication,
    Introspection,
)
from elaas_identity.person.assurance import IAL
from elaas_identity.person.national_id import NationalID
from elaas_identity.person.verified import VerifiedIdentity

__all__ = [
    "DEFAULT_SCOPES",
    "PRODUCTION",
    "SANDBOX",
    "Introspection",
    "Metadata",
    "Options",
    "pinned_metadata",
]


PRODUCTION = "https://imauth.bora.dopa.go.th"
"""The issuer where people are real. Client registrations of the sandbox are unknown to it, and the other way round."""

SANDBOX = "https://imauthsbx.bora.dopa.go.th"
"""The issuer to try things out at."""

DEFAULT_SCOPES = ("openid", "pid", "ial", "name", "name_en")
"""The least that the flow needs (PDPA section 22, R5.10): who, how well proven, and a name to show back. Each scope
releases the claim of its own name."""

REFUSED_SCOPES = frozenset({"smartcard_code"})
"""Never asked for: the chip card's number proves nothing that `pid` does not, and is personal data (R5.10)."""

ERROR_MEANINGS: Mapping[str, ErrorMeaning] = {
    **STANDARD_ERRORS,
    "user_denied": "denied",
    "duplicate_request": "repeated",
    "invalid_refresh_token": "token_refused",
    "unsupported_token_hint": "token_refused",
    "unsupported_token_type": "token_refused",
}
"""The standard error codes, and ThaID's own."""

MAX_NAME_LENGTH = 200
"""Characters of a name that are kept. Our choice: the longest name of the register fits several times."""

PKCE = Literal["sent", "proven"]
NationalIDClaim = Literal["pid", "sub"]

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VISIBLE = re.compile(r"[\x21-\x7e]+")


class Options(TypedDict, total=False):
    """Settings that are rarely needed.

    Keys:
        scopes: claims to ask for; `DEFAULT_SCOPES` unless the portal has a right and a reason to more.
        national_id_from: `"sub"` for a client without the right to `pid`; then leave `pid` out of the scopes.
        client_authentication: at every endpoint: `"client_secret_basic"` or `"client_secret_post"`.
        basic_credentials: `"raw"`: id and secret go into Basic as they are, for a server that does not decode what
            RFC 6749 §2.3.1 wants percent-encoded.
        bearer_prefix: `"introspection"` or `"both"`: the token is sent as `Bearer <token>` at introspection, or at
            introspection and revocation. DOPA's document has both, its samples differ.
        api_key: sent as a header to the token, introspection and revocation endpoints, where an environment wants one.
        api_key_header: the name of that header; `x-api-key` and `api-key` have been seen.
        nonce: `"if_returned"` takes an ID token without nonce, and only together with `pkce="proven"` (R5.2).
            `"open_to_code_injection"` takes one with nothing in the nonce's place, where ThaID neither echoes a nonce
            nor enforces PKCE: somebody else's authorization code passes for the person's own. Each time leaves an
            event, `identity.nonce_absent`. A wrong nonce is refused in every setting.
        pkce: `"proven"` once a probe has seen a wrong `code_verifier` refused; it is sent in any case.
        metadata: `"pinned"`: ThaID's published endpoints at the issuer. `None`: discovered. Or your own.
        algorithms: of the ID token's signature. ThaID signs with ES256.
        leeway: how far clocks may differ, at most 60 seconds.
    """

    scopes: tuple[str, ...]
    national_id_from: NationalIDClaim
    client_authentication: ClientAuthentication
    basic_credentials: BasicCredentials
    bearer_prefix: BearerPrefix
    api_key: str | None
    api_key_header: str
    nonce: NonceRule
    pkce: PKCE
    metadata: Metadata | Literal["pinned"] | None
    algorithms: tuple[str, ...]
    leeway: timedelta


@discreet
def pinned_metadata(issuer: str) -> Metadata:
    """ThaID's published endpoints at an issuer: production, sandbox, or something that behaves like them.

    Raises:
        Misconfigured: `identity_provider_settings`: the issuer is no https URL (http on loopback only).
    """
    host = issuer.removesuffix("/")
    return Metadata(
        issuer=issuer,
        authorization_endpoint=f"{host}/api/v2/oauth2/auth/",
        token_endpoint=f"{host}/api/v2/oauth2/token/",
        introspection_endpoint=f"{host}/api/v2/oauth2/introspect/",
        revocation_endpoint=f"{host}/api/v2/oauth2/revoke/",
        jwks_uri=f"{host}/jwks/",
    )


class Profile:
    """A checked configuration: the relying party, where its metadata comes from, and how a person is read.

    Attributes:
        relying_party: the client and the rules.
        metadata: of the provider; None: to be discovered.

    Raises:
        Misconfigured: `identity_provider_settings`, saying which setting and why.
    """

    def __init__(
        self,
        *,
        client_id: str,
        client_secret: str,
        redirect_uri: str,
        issuer: str,
        scopes: tuple[str, ...] = DEFAULT_SCOPES,
        national_id_from: NationalIDClaim = "pid",
        client_authentication: ClientAuthentication = "client_secret_basic",
        basic_credentials: BasicCredentials = "form_encoded",
        bearer_prefix: BearerPrefix = "none",
        api_key: str | None = None,
        api_key_header: str = "x-api-key",
        nonce: NonceRule = "required",
        pkce: PKCE = "sent",
        metadata: Metadata | Literal["pinned"] | None = "pinned",
        algorithms: tuple[str, ...] = ("ES256",),
        leeway: timedelta = timedelta(seconds=60),
    ) -> None:
        _require(not REFUSED_SCOPES & set(scopes), "scopes: smartcard_code is never asked for")
        _require(national_id_from in ("pid", "sub"), "national_id_from is 'pid' or 'sub'")
        _require(
            national_id_from == "sub" or "pid" in scopes, "scopes must hold pid, or national_id_from be 'sub'"
        )
        _require(
            client_authentication in ("client_secret_basic", "client_secret_post"),
            "client_authentication is 'client_secret_basic' or 'client_secret_post'",
        )
        _require(basic_credentials in ("form_encoded", "raw"), "basic_credentials is 'form_encoded' or 'raw'")
        _require(
            bearer_prefix in ("none", "introspection", "both"),
            "bearer_prefix is 'none', 'introspection' or 'both'",
        )
        _require(
            nonce in ("required", "if_returned", "open_to_code_injection"),
            "nonce is 'required', 'if_returned' or 'open_to_code_injection'",
        )
        _require(pkce in ("sent", "proven"), "pkce is 'sent' or 'proven'")
        _require(
            nonce != "if_returned" or pkce == "proven",
            "nonce='if_returned' needs pkce='proven': something must tie the ID token to the attempt (RFC 9700 §2.1.1)",
        )
        _require(
            api_key is None or _VISIBLE.fullmatch(api_key) is not None,
            "api_key is visible ASCII without spaces",
        )
        _require(_HEADER_NAME.fullmatch(api_key_header) is not None, "api_key_header is no header's name")
        require_secure_url("issuer", issuer, query_allowed=False)
        issuer = _bare(issuer)
        self.relying_party = RelyingParty(
            issuer=issuer,
            client=Client(
                id=client_id,
                secret=client_secret,
                authentication=client_authentication,
                basic_credentials=basic_credentials,
                bearer_prefix=bearer_prefix,
                headers={} if api_key is None else {api_key_header: api_key},
            ),
            redirect_uri=redirect_uri,
            scopes=tuple(scopes),
            nonce_rule=nonce,
            algorithms=tuple(algorithms),
            leeway=leeway,
            error_meanings=ERROR_MEANINGS,
        )
        self.metadata = pinned_metadata(issuer) if metadata == "pinned" else metadata
        _require(
            self.metadata is None or _bare(self.metadata.issuer) == issuer,
            "metadata is another issuer's than `issuer`",
        )
        self._national_id_from: NationalIDClaim = national_id_from

    @property
    def states_ial(self) -> bool:
        """Whether the scopes ask for the identity assurance level: without its scope, the claim never comes."""
        return "ial" in self.relying_party.scopes

    def identity(self, id_token: IDToken, now: datetime) -> VerifiedIdentity:
        """Who the person is, by a verified ID token. Whether that is enough, the flow's policy says.

        Raises:
            Misconfigured: `identity_evidence_missing`: no national ID, or none that can be one. That is our
                registration's fault, never the person's (invariant 6).
        """
        claims = id_token.claims
        try:
            digits = claims.get(self._national_id_from)
            national_id = NationalID(digits if isinstance(digits, str) else "")
        except ValueError:
            raise Misconfigured(
                "identity_evidence_missing",
                detail=f"the ID token has no usable `{self._national_id_from}`: the client may lack the right to it",
            ) from None
        return VerifiedIdentity(
            issuer=self.relying_party.issuer,
            subject=id_token.subject,
            national_id=national_id,
            name_th=_full_name(claims),
            name_en=_full_name(claims, "_en"),
            ial=_ial(claims.get("ial")),
            auth_time=id_token.auth_time,
            verified_at=now,
        )


def _bare(issuer: str) -> str:
    """The issuer as ThaID writes it in its tokens: lower case, without default port and final slash."""
    parts = urlsplit(issuer)
    host = parts.netloc.lower().removesuffix({"https": ":443", "http": ":80"}[parts.scheme])
    return parts._replace(netloc=host, path=parts.path.rstrip("/")).geturl()


def _ial(claim: object) -> IAL | None:
    """The level, which ThaID publishes as a string and which has come as a number."""
    is_number = isinstance(claim, int | float) and not isinstance(claim, bool)
    return IAL.parse_or_none(str(claim) if is_number else claim)


def _full_name(claims: Mapping[str, object], language: Literal["", "_en"] = "") -> str | None:
    """The claim `name`, or where it has nothing to show, its parts (OpenID Connect Core §5.1), as ThaID joins them.

    A title alone is nobody's name. `th_fullname` is what `name` was called in ThaID's first version.
    """
    whole = _name(claims.get(f"name{language}"))
    if whole is not None:
        return whole
    title, given, *others = (
        _name(claims.get(part + language)) for part in ("title", "given_name", "middle_name", "family_name")
    )
    if given is None and not any(others):
        return _name(claims.get("th_fullname")) if language == "" else None
    # A Thai title is written together with the given name.
    joint = " " if language else ""
    first = joint.join(filter(None, (title, given))) if given else title
    return _name(" ".join(filter(None, (first, *others))))


def _name(claim: object) -> str | None:
    """A name fit to be shown: without controls, direction marks and lone surrogates, and of a sane length."""
    if not isinstance(claim, str):
        return None
    shown = "".join(character for character in claim if unicodedata.category(character) not in _UNSHOWN)
    return " ".join(shown.split())[:MAX_NAME_LENGTH] or None


_UNSHOWN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def _require(holds: bool, detail: str) -> None:
    if not holds:
        raise Misconfigured("identity_provider_settings", detail=detail)
