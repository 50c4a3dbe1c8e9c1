"""What goes wrong with ThaID, as data: each fault has a name, and is met once.

A fault means the same however the emulator is reached. `down` is no connection; `slow` is a time-out, for which nobody
waits in memory. What changes an answer leaves it a whole HTTP message. Changed claims are signed anew, so that nothing
but the fault is wrong with the token.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Literal, TypeAlias, get_args

from elaas_identity.oidc.http import MAX_ANSWER_BYTES, Response
from elaas_identity.testing.signing_key import SigningKey, base64url, left_half, part
from elaas_identity.testing.thaid_published import PATHS, Endpoint

Fault: TypeAlias = Literal[
    "down",
    "slow",
    "truncated",
    "huge",
    "redirect",
    "html",
    "server_error",
    "replayed_code",
    "another_citizen",
    "wrong_iss",
    "wrong_aud",
    "wrong_nonce",
    "missing_nonce",
    "wrong_at_hash",
    "expired",
    "missing_pid",
    "bad_checksum",
    "unknown_kid",
    "wrong_signature",
    "alg_none",
    "hs256",
]
"""What can be wrong; docs/thaid_emulator.md says what each one does."""

ELSEWHERE = "https://elsewhere.invalid"
"""Where nobody is (RFC 2606): another issuer, and where an endpoint redirects to."""


def _with_json(response: Response, **changes: object) -> Response:
    return replace(response, body=json.dumps({**json.loads(response.body), **changes}).encode())


ANSWERS: Mapping[Fault, Callable[[Response], Response]] = {
    "truncated": lambda answer: replace(answer, body=answer.body[: len(answer.body) // 2]),
    # White space changes no JSON, so that the size alone is wrong.
    "huge": lambda answer: replace(answer, body=answer.body + b" " * MAX_ANSWER_BYTES),
    "redirect": lambda _: Response(status=302, headers={"location": f"{ELSEWHERE}/"}),
    "html": lambda _: Response(
        status=200, headers={"content-type": "text/html"}, body=b"<!doctype html><h1>Welcome</h1>"
    ),
    "server_error": lambda _: Response(
        status=500, headers={"content-type": "application/json"}, body=b'{"error": "server_error"}'
    ),
}
"""What an endpoint answers in place of its answer."""

CLAIMS: Mapping[Fault, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "wrong_iss": lambda claims: claims | {"iss": ELSEWHERE},
    "wrong_aud": lambda claims: claims | {"aud": "another-client"},
    "wrong_nonce": lambda claims: claims | {"nonce": "another-nonce"},
    "missing_nonce": lambda claims: _without(claims, "nonce"),
    "wrong_at_hash": lambda claims: claims | {"at_hash": left_half("another access token")},
    "expired": lambda claims: claims | {name: claims[name] - 3600 for name in ("exp", "iat", "auth_time")},
    "missing_pid": lambda claims: _without(claims, "pid"),
    "bad_checksum": lambda claims: claims | {name: _miscounted(claims["sub"]) for name in ("pid", "sub")},
}
"""What an ID token says in place of its claims."""

Signing: TypeAlias = Callable[[dict[str, Any], dict[str, Any], SigningKey, str], str]

SIGNATURES: Mapping[Fault, Signing] = {
    "unknown_kid": lambda header, claims, stranger, _: stranger.sign(header | {"kid": stranger.kid}, claims),
    "wrong_signature": lambda header, claims, stranger, _: stranger.sign(header, claims),
    "alg_none": lambda header, claims, _, __: f"{part(header | {'alg': 'none'})}.{part(claims)}.",
    "hs256": lambda header, claims, _, secret: _hs256(header | {"alg": "HS256"}, claims, secret),
}
"""How an ID token is signed: (header, claims, a key that is not published, the client's secret) → compact JWS."""

ENDPOINTS: tuple[Endpoint, ...] = tuple(dict.fromkeys(PATHS.values()))

FITS: Mapping[Fault, tuple[Endpoint, ...]] = {
    **dict.fromkeys(get_args(Fault), ("token",)),
    **dict.fromkeys(("down", "slow", *ANSWERS), ENDPOINTS),
    # A browser is redirected from there in any case, and reads no further.
    **dict.fromkeys(("truncated", "huge", "redirect"), tuple(each for each in ENDPOINTS if each != "auth")),
    "wrong_iss": ("token", "discovery"),
}
"""Where each fault can happen."""


class Faults:
    """Those that wait to be met, in the order in which they will be. One request meets one at most."""

    def __init__(self) -> None:
        self.left: list[tuple[Endpoint, Fault]] = []
        self.wait = False
        self._due: tuple[Endpoint, Fault] | None = None

    def add(self, endpoint: Endpoint, faults: tuple[Fault, ...]) -> None:
        """Let them happen at the endpoint.

        Raises:
            ValueError: one of them cannot; then none of them will.
        """
        for fault in faults:
            fits = FITS.get(fault)
            if fits is None:
                raise ValueError(f"there is no fault {fault!r}: choose from {', '.join(FITS)}")
            if endpoint not in fits:
                raise ValueError(f"{fault!r} does not happen at {endpoint!r}, but at {', '.join(fits)}")
        self.left.extend((endpoint, fault) for fault in faults)

    def begin(self, endpoint: Endpoint) -> None:
        """A request has come to the endpoint. It has come for none while they `wait`."""
        due = () if self.wait else self.left
        self._due = next((waiting for waiting in due if waiting[0] == endpoint), None)

    def met(self, *kinds: Fault) -> Fault | None:
        """The fault that the request has come for, if it is one of these. It is met herewith."""
        if self._due is None or self._due[1] not in kinds:
            return None
        self.left.remove(self._due)
        return self._due[1]

    def altered(self, endpoint: Endpoint, response: Response) -> Response:
        """The answer, or what the request has come for.

        Raises:
            TimeoutError: the fault is `slow`.
        """
        if self.met("slow"):
            raise TimeoutError("the emulator was told to be slow")
        if endpoint == "discovery" and self.met("wrong_iss"):
            return _with_json(response, issuer=ELSEWHERE)
        fault = self.met(*ANSWERS)
        return response if fault is None else ANSWERS[fault](response)


def _without(claims: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in claims.items() if key != name}


def _miscounted(national_id: str) -> str:
    return national_id[:-1] + str((int(national_id[-1]) + 1) % 10)


def _hs256(header: dict[str, Any], claims: dict[str, Any], secret: str) -> str:
    signing_input = f"{part(header)}.{part(claims)}"
    return (
        f"{signing_input}.{base64url(hmac.digest(secret.encode(), signing_input.encode(), hashlib.sha256))}"
    )
