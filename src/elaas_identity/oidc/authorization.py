"""The front channel: what goes to the identity provider in a URL, and what comes back in a query string.

One random `state` names an authorization attempt. Nonce, PKCE verifier and the attempt's id all follow from it by HMAC
under the keyring, so none of them is ever stored, and a stolen store holds nothing to redeem a code with.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal
from urllib.parse import unquote_to_bytes

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from elaas_identity._discreet import discreet
from elaas_identity.errors import ElaasIdentityError, Misconfigured, ProviderFailed, Refused
from elaas_identity.keyring import Keyring
from elaas_identity.not_pickled import NotPickled

STATE_RANDOM_BYTES = 32
"""256 bits; RFC 9700 §4.7 and ASVS 10.1.2 ask for what cannot be guessed, R5.1 for at least 128."""

CALLBACK_MAX_LENGTH = 8 * 1024
"""Characters of a callback's query. Our choice: request lines longer than 8 KiB do not pass common servers either."""

_STATE = re.compile(r"(?P<key_id>[a-z0-9-]{1,16})\.[A-Za-z0-9_-]{43}")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_VISIBLE = re.compile(r"[\x20-\x7e]*")  # VSCHAR of RFC 6749, appendix A

ErrorMeaning = Literal[
    "denied",
    "denied_or_no_right",
    "repeated",
    "registration",
    "request_refused",
    "code_refused",
    "token_refused",
    "unavailable",
]
"""What an OAuth error code says to us: whose turn it is to do something.

`denied_or_no_right` is ambiguous at the callback and about our registration elsewhere. `request_refused` and
`code_refused` are about the authorization code or about the registration; at the token endpoint the description tells.
"""

CALLBACK = "the callback"
"""Where an error came from that the browser brought."""

STANDARD_ERRORS: Mapping[str, ErrorMeaning] = {
    "access_denied": "denied_or_no_right",
    "invalid_request": "request_refused",
    "invalid_scope": "registration",
    "invalid_client": "registration",
    "unauthorized_client": "registration",
    "unsupported_response_type": "registration",
    "unsupported_grant_type": "registration",
    "invalid_grant": "code_refused",
    "server_error": "unavailable",
    "temporarily_unavailable": "unavailable",
}
"""Error codes of RFC 6749 §4.1.2.1 and §5.2. Whatever is not listed is an answer we cannot read."""


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptProof(NotPickled):
    """What ties one authorization attempt together. Only `attempt_id` may be stored.

    Attributes:
        attempt_id: names the attempt in the store.
        state: goes through the browser and comes back.
        nonce: comes back inside the ID token (OpenID Connect Core §3.1.2.1).
        code_verifier: 43 characters, shown to the token endpoint alone (RFC 7636 §4.1).
    """

    attempt_id: str
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    code_verifier: str = field(repr=False)


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class Callback(NotPickled):
    """What the identity provider sent back through the browser: a code or an error, never both."""

    state: str = field(repr=False)
    code: str | None = field(default=None, repr=False)
    issuer: str | None = field(default=None, repr=False)
    error: str | None = field(default=None, repr=False)


def new_proof(keyring: Keyring, random: bytes) -> AttemptProof:
    """A fresh attempt, made of 32 random bytes under the keyring's current key.

    Raises:
        ValueError: not 32 bytes.
    """
    if len(random) != STATE_RANDOM_BYTES:
        raise ValueError(f"a state is made of {STATE_RANDOM_BYTES} random bytes")
    proof = proof_of(keyring, f"{keyring.current}.{_encode(random)}")
    assert proof is not None  # the current key is in its keyring
    return proof


def proof_of(keyring: Keyring, state: str) -> AttemptProof | None:
    """The attempt that a state names; None where it is no state, or its key is not in the keyring.

    Anybody can write a text that has the shape of a state: whether the attempt exists, the store says.
    """
    shape = _STATE.fullmatch(state)
    if shape is None:
        return None
    derived = [
        keyring.derive(use, shape["key_id"], state)
        for use in ("oidc.attempt_id", "oidc.nonce", "oidc.code_verifier")
    ]
    attempt_id, nonce, code_verifier = (None if raw is None else _encode(raw) for raw in derived)
    if attempt_id is None or nonce is None or code_verifier is None:
        return None
    return AttemptProof(attempt_id=attempt_id, state=state, nonce=nonce, code_verifier=code_verifier)


def authorization_url(
    endpoint: str,
    proof: AttemptProof,
    *,
    client_id: str,
    redirect_uri: str,
    scopes: Iterable[str],
    max_age: timedelta | None,
) -> str:
    """Where to send the person. PKCE is S256, always (R5.3); `max_age` asks for a login no older than that."""
    fresh = {} if max_age is None else {"prompt": "login", "max_age": str(int(max_age.total_seconds()))}
    return str(
        prepare_grant_uri(
            endpoint,
            client_id,
            "code",
            redirect_uri=redirect_uri,
            scope=tuple(scopes),
            state=proof.state,
            nonce=proof.nonce,
            code_challenge=create_s256_code_challenge(proof.code_verifier),
            code_challenge_method="S256",
            **fresh,
        )
    )


def parse_callback(raw_query: str | bytes) -> Callback:
    """Read a callback from the query string as it came, before any framework made a mapping of it.

    Some frameworks give it as bytes, and `location.search` with its `?`: both are taken.

    A mapping hides parameters that occur twice, and frameworks disagree which one wins (R5.1). Values of parameters we
    do not know, such as `error_description`, are not looked at.

    Raises:
        Refused: `callback_malformed`: too long, badly encoded, a parameter twice, no state of ours, or not exactly one
            of code and error.
    """
    if len(raw_query) > CALLBACK_MAX_LENGTH:
        raise _malformed("the query is longer than 8 KiB")
    if isinstance(raw_query, bytes):
        raw_query = raw_query.decode("latin-1")
    raw_query = raw_query.removeprefix("?")
    raw: dict[str, str] = {}
    for pair in filter(None, raw_query.split("&")):
        name, _, value = pair.partition("=")
        name = _decoded(name)
        if name in raw:
            raise _malformed("a parameter occurs more than once")
        raw[name] = value
    # A parameter without a value is to be treated as omitted (RFC 6749 §3.1).
    known = {name: _decoded(raw.get(name, "")) or None for name in ("state", "code", "iss", "error")}
    state, code, error = known["state"], known["code"], known["error"]
    if state is None or _STATE.fullmatch(state) is None:
        raise _malformed("no state, or none of ours")
    if (code is None) == (error is None):
        raise _malformed("neither a code nor an error, or both")
    return Callback(state=state, code=code, issuer=known["iss"], error=error)


def failure(
    error: str, at: str, meanings: Mapping[str, ErrorMeaning], *, description: str = ""
) -> ElaasIdentityError:
    """What an OAuth error code means, as an error of ours. The code is repeated only where `meanings` lists it.

    Args:
        error: as it came; the browser's owner may have written it.
        at: where it came from, for `detail`: `CALLBACK`, "the token endpoint".
        meanings: what each code says.
        description: `error_description` of the back channel. It is searched for a few words, and never repeated.
    """
    said = f"{at} says {error}"
    match _settled(meanings.get(error), at, description):
        case "denied":
            return Refused("identity_denied", detail=said)
        case "denied_or_no_right":
            return Refused(
                "identity_denied",
                detail=f"{said}: the person refused, or {_NO_RIGHT}; if everybody is refused, it is the second",
            )
        case "repeated":
            return Refused("identity_repeated", detail=said)
        case "unavailable":
            return ProviderFailed("identity_provider_unavailable", detail=said)
        case "registration":
            return Misconfigured(
                "identity_provider_registration", detail=f"{said}: {_TO_CHECK.get(error, _TO_CHECK_ELSE)}"
            )
        case "redirect_uri":
            return Misconfigured("identity_provider_registration", detail=f"{said}: {_REDIRECT_URI}")
        case "code_refused":
            return ProviderFailed(
                "identity_provider_answer_invalid",
                detail=f"{said}: the authorization code was wrong, used or too old; the person tries again",
            )
        case "token_refused":
            return ProviderFailed(
                "identity_provider_answer_invalid", detail=f"{said}: the token is not taken"
            )
        case _:
            return ProviderFailed(
                "identity_provider_answer_invalid", detail=f"{at} answered an error that is not known"
            )


def _settled(
    meaning: ErrorMeaning | None, at: str, description: str
) -> ErrorMeaning | Literal["redirect_uri"] | None:
    """The meaning, after where it was said and the description have settled what the code leaves open."""
    if at == CALLBACK:
        return "registration" if meaning == "request_refused" else meaning
    if meaning == "denied_or_no_right":
        return "registration"
    if meaning in ("request_refused", "code_refused"):
        if _ABOUT_REDIRECT_URI.search(description):
            return "redirect_uri"
        if meaning == "request_refused":
            return "code_refused" if _ABOUT_CODE.search(description) else "registration"
    return meaning


_ABOUT_REDIRECT_URI = re.compile(r"redirect|call ?back", re.IGNORECASE)
_ABOUT_CODE = re.compile(r"(?<![a-z])code(?![a-z])", re.IGNORECASE)
_NO_RIGHT = "the client's registration at the provider lacks the right to the service"
_REDIRECT_URI = "the redirect URI differs from the registration in scheme, host, port, path or final slash"
_TO_CHECK = {
    "invalid_scope": "the client's registration has no right to one of the scopes asked for",
    "invalid_client": "client id, secret or `client_authentication` are not those of the registration",
    "invalid_request": f"most often {_REDIRECT_URI}",
    "access_denied": _NO_RIGHT,
}
_TO_CHECK_ELSE = "compare client id, redirect URI and rights with the client's registration"


def _decoded(text: str) -> str:
    if _STRAY_PERCENT.search(text) or not _VISIBLE.fullmatch(text):
        raise _malformed("a parameter is badly encoded")
    decoded = unquote_to_bytes(text.replace("+", " ")).decode("latin-1")
    if not _VISIBLE.fullmatch(decoded):
        raise _malformed("a parameter holds characters that OAuth does not allow")
    return decoded


def _malformed(detail: str) -> Refused:
    return Refused("callback_malformed", detail=detail)


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
