"""`elaas-identity thaid probe`: one or two trips to ThaID as yourself, and what they show of it."""

from __future__ import annotations

import argparse
import os
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from getpass import getpass
from queue import Empty, SimpleQueue
from typing import Literal, Unpack
from urllib.parse import quote_plus, urlsplit

from elaas_identity._discreet import discreet
from elaas_identity.cli import thaid_findings
from elaas_identity.cli.thaid_findings import Authentication, Claims, Observed, TokenForm
from elaas_identity.errors import ElaasIdentityError, Misconfigured, ProviderFailed
from elaas_identity.keyring import SECRET_BYTES, Keyring
from elaas_identity.oidc import metadata, token
from elaas_identity.oidc.authorization import (
    STATE_RANDOM_BYTES,
    AttemptProof,
    Callback,
    new_proof,
    parse_callback,
)
from elaas_identity.oidc.http import Request, Response, json_object
from elaas_identity.oidc.jwks import jwks_request, process_jwks
from elaas_identity.oidc.metadata import Metadata
from elaas_identity.oidc.relying_party import RelyingParty
from elaas_identity.oidc.token import Client, TokenAnswer
from elaas_identity.ports import Transport
from elaas_identity.providers.http import HTTPXTransport
from elaas_identity.providers.thaid import (
    DEFAULT_SCOPES,
    PRODUCTION,
    SANDBOX,
    Options,
    Profile,
    pinned_metadata,
)
from elaas_identity.testing.loopback import LoopbackHTTP

SECRET_FROM = "ELAAS_IDENTITY_THAID_CLIENT_SECRET"  # noqa: S105  the variable's name
API_KEY_FROM = "ELAAS_IDENTITY_THAID_API_KEY"

PATIENCE = 900
"""Seconds for one trip: scanning, opening the app and the face check take minutes."""

_FORMS: tuple[TokenForm, ...] = ("bare", "Bearer")

_WAYS: dict[Authentication, Options] = {
    "percent-encoded Basic": {},
    "raw Basic": {"basic_credentials": "raw"},
    "form": {"client_authentication": "client_secret_post"},
}


@discreet
class Probe:
    """Asks ThaID what nobody publishes. It keeps no token and nothing of the person.

    Args:
        client_id, client_secret, redirect_uri, issuer, options: as `ThaID` takes them.
        transport: carries the requests.
        trip: takes an authorization URL to a person, and answers the query that they came back with.
    """

    def __init__(
        self,
        *,
        client_id: str,
        client_secret: str,
        redirect_uri: str,
        issuer: str,
        transport: Transport,
        trip: Callable[[str], str],
        **options: Unpack[Options],
    ) -> None:
        def party(way: Options) -> RelyingParty:
            # Whether a nonce comes back is what is to be seen.
            merged: Options = {**options, **way, "nonce": "open_to_code_injection"}
            if "pid" not in merged.get("scopes", DEFAULT_SCOPES):
                merged["national_id_from"] = "sub"
            return Profile(
                client_id=client_id,
                client_secret=client_secret,
                redirect_uri=redirect_uri,
                issuer=issuer,
                **merged,
            ).relying_party

        self._party_of = party
        self._party = party({})
        self._send = transport.send
        self._trip = trip
        self._keyring = Keyring({"probe": secrets.token_bytes(SECRET_BYTES)}, current="probe")
        self._encoding_matters = any(quote_plus(each) != each for each in (client_id, client_secret))

    def observe(self) -> Observed:
        """Everything, in one or two trips.

        Raises:
            ElaasIdentityError: it goes no further; `detail` says what to change, or to try again.
        """
        known, discovery = self._metadata()
        ways = self._ways(known)
        self._party = self._party_of(_WAYS[ways[0]])
        keys = process_jwks(self._send(jwks_request(known.jwks_uri)))
        proof, response, enforced = self._tokens(known)
        answer = self._party.token_answer(response)
        id_token = self._party.id_token(answer, keys, proof, now=datetime.now(UTC))
        forms: frozenset[TokenForm] = frozenset(
            form for form in _FORMS if self._is_live(known, answer.access_token, form)
        )
        scope = json_object(response.body).get("scope")
        return Observed(
            discovery=discovery,
            authentications=ways,
            encoding_matters=self._encoding_matters,
            pkce_enforced=enforced,
            nonce_echoed=not id_token.open_to_code_injection,
            scopes_asked=self._party.scopes,
            scopes_granted=tuple(scope.split()) if isinstance(scope, str) else None,
            claims=Claims.seen(id_token.claims),
            introspection=forms,
            revocation=self._revoked(known, answer, forms),
            refresh_token=answer.refresh_token is not None,
        )

    def _metadata(self) -> tuple[Metadata, Literal["as pinned", "another", "unreadable"]]:
        issuer = self._party.issuer
        pinned = pinned_metadata(issuer)
        try:
            published = metadata.process_discovery(self._send(metadata.discovery_request(issuer)), issuer)
        except ProviderFailed:
            return pinned, "unreadable"
        return published, "as pinned" if published == pinned else "another"

    def _ways(self, known: Metadata) -> tuple[Authentication, ...]:
        """In which ways ThaID knows this client. Asked at introspection, of no token, so that it costs no trip."""
        if known.introspection_endpoint is None:
            return ("percent-encoded Basic",)
        taken: list[Authentication] = []
        refusal: ElaasIdentityError | None = None
        for way, options in _WAYS.items():
            if way == "raw Basic" and not self._encoding_matters:
                continue
            try:
                client = self._party_of(options).client
                self._introspect(client, known.introspection_endpoint, "no-token")
            except Misconfigured as refused:
                refusal = refusal or refused
            except ProviderFailed as failed:
                if failed.code == "identity_provider_unavailable":
                    raise
                taken.append(way)  # it is known, and told something about the token
            else:
                taken.append(way)
        if refusal is not None and not taken:
            raise refusal
        return tuple(taken)

    def _tokens(self, known: Metadata) -> tuple[AttemptProof, Response, bool]:
        """The answer to a code, and whether a wrong verifier was refused: then a second trip shows that a right one is
        taken. Where it is taken, that very answer serves."""
        proof, callback = self._attempt(known)
        wrong = replace(proof, code_verifier=new_proof(self._keyring, _random()).code_verifier)
        response = self._send(self._party.token_request(known, callback, wrong))
        try:
            self._party.token_answer(response)
        except ElaasIdentityError as refused:
            if refused.code == "identity_provider_unavailable":
                raise
        else:
            return proof, response, False
        proof, callback = self._attempt(known)
        return proof, self._send(self._party.token_request(known, callback, proof)), True

    def _attempt(self, known: Metadata) -> tuple[AttemptProof, Callback]:
        proof = new_proof(self._keyring, _random())
        url = self._party.authorization_url(known, proof, max_age=timedelta(0))
        return proof, parse_callback(self._trip(url))

    def _introspect(self, client: Client, endpoint: str, given: str) -> bool:
        response = self._send(token.introspection_request(client, endpoint, given))
        return token.process_introspection(response, self._party.error_meanings, client).active

    def _is_live(self, known: Metadata, given: str, form: TokenForm) -> bool:
        if known.introspection_endpoint is None:
            return False
        try:
            return self._introspect(self._client(form), known.introspection_endpoint, given)
        except ElaasIdentityError:
            return False

    def _revoked(self, known: Metadata, answer: TokenAnswer, forms: frozenset[TokenForm]) -> TokenForm | None:
        """Give every token back in each form, and see after which one the access token is dead."""
        worked: TokenForm | None = None
        for form in _FORMS if known.revocation_endpoint is not None else ():
            for given in answer.to_revoke:
                self._send(
                    token.revocation_request(self._client(form), str(known.revocation_endpoint), given)
                )
            if forms and worked is None and not self._is_live(known, answer.access_token, min(forms)):
                worked = form
        return worked

    def _client(self, form: TokenForm) -> Client:
        return replace(self._party.client, bearer_prefix="none" if form == "bare" else "both")


class Landing:
    """Where the browser comes back to, on this machine."""

    def __init__(self, redirect_uri: str) -> None:
        self._path = urlsplit(redirect_uri).path
        self._arrived: SimpleQueue[str] = SimpleQueue()

    def handle(self, request: Request) -> Response:
        """One request of the browser's."""
        parts = urlsplit(request.url)
        if parts.path != self._path:
            return Response(status=404, headers={}, body=b"")
        self._arrived.put(parts.query)
        return Response(status=200, headers={"content-type": "text/plain; charset=utf-8"}, body=_THANKS)

    def trip(self, url: str) -> str:
        """Ask for a browser, and wait until it comes back.

        Raises:
            ProviderFailed: nobody came back in time.
        """
        print(
            f"Open this in a browser on this machine, and prove yourself to ThaID:\n\n  {url}\n", flush=True
        )
        try:
            return self._arrived.get(timeout=PATIENCE)
        except Empty:
            raise ProviderFailed(
                "identity_provider_unavailable", detail="nobody came back within 15 minutes: run it again"
            ) from None


_THANKS = "กลับไปดูผลที่หน้าต่างคำสั่งได้ · The result is in the terminal.".encode()


def run(given: argparse.Namespace) -> int:
    """Probe, and print what came of it: facts and settings, with nothing of the person's and no secret."""
    issuer = SANDBOX if given.sandbox else given.issuer or PRODUCTION
    options: Options = {"scopes": tuple(given.scopes.split()) if given.scopes else DEFAULT_SCOPES}
    if api_key := os.environ.get(API_KEY_FROM):
        options["api_key"], options["api_key_header"] = api_key, given.api_key_header
    landing, transport = Landing(given.redirect_uri), HTTPXTransport()
    try:
        probe = Probe(
            client_id=given.client_id,
            client_secret=os.environ.get(SECRET_FROM) or getpass("Client secret: "),
            redirect_uri=given.redirect_uri,
            issuer=issuer,
            transport=transport,
            trip=landing.trip,
            **options,
        )
        with LoopbackHTTP(landing.handle, port=urlsplit(given.redirect_uri).port or 0):
            seen = probe.observe()
    finally:
        transport.close()
    print(told(seen, issuer=issuer, client_id=given.client_id, redirect_uri=given.redirect_uri))
    return 0


def told(seen: Observed, *, issuer: str, client_id: str, redirect_uri: str) -> str:
    """The report."""
    named = {"client_id": client_id, "redirect_uri": redirect_uri}
    if issuer not in (PRODUCTION, SANDBOX):
        named["issuer"] = issuer
    made = {**named, **thaid_findings.settings(seen)}
    rules = thaid_findings.policy(seen)
    lines = ["Facts", *(f"  {name + ' ':.<46} {value}" for name, value in thaid_findings.facts(seen))]
    lines += ["", "Settings", f"  ThaID{'.sandbox' * (issuer == SANDBOX)}(", "      client_secret=…,"]
    lines += [*(f"      {name}={value!r}," for name, value in made.items()), "  )"]
    if rules:
        lines += [f"  FlowPolicy({', '.join(f'{name}={value!r}' for name, value in rules.items())})"]
    if warned := thaid_findings.warnings(seen):
        lines += ["", "Mind", *(f"  - {each}" for each in warned)]
    return "\n".join(lines)


def _random() -> bytes:
    return secrets.token_bytes(STATE_RANDOM_BYTES)
