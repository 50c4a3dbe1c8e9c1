"""A relying party made of raw requests, to drive the emulator with: it shares no code with the library's own."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from elaas_identity.oidc.http import Request, Response
from elaas_identity.testing import Citizen, Client, SeededRandom, SteppingClock, Switches, ThaIDEmulator
from elaas_identity.testing.citizens import OFFICER

ISSUER = "https://thaid.test"
REDIRECT_URI = "https://portal.example.go.th/auth/callback"
FORM = "application/x-www-form-urlencoded"
PORTAL = Client(client_id="portal", client_secret="s3cret:+/ ก", redirect_uris=(REDIRECT_URI,))
OTHER = Client(client_id="other", client_secret="other", redirect_uris=(REDIRECT_URI,), scopes=("openid",))


def emulator(switches: Switches | None = None, clock: SteppingClock | None = None) -> ThaIDEmulator:
    return ThaIDEmulator(
        ISSUER,
        clients=(PORTAL, OTHER),
        clock=clock or SteppingClock(),
        random=SeededRandom(1),
        switches=switches,
    )


def basic(client: Client) -> str:
    pair = urlencode({"": client.client_id})[1:] + ":" + urlencode({"": client.client_secret})[1:]
    return "Basic " + base64.b64encode(pair.encode()).decode()


def authorization_url(**changes: str | None) -> str:
    """The URL of an ordinary authorization request, with changes; None leaves a parameter out."""
    asked: dict[str, str | None] = {
        "client_id": PORTAL.client_id,
        "redirect_uri": REDIRECT_URI,
        "response_type": "code",
        "scope": "openid pid name name_en ial",
        "state": "st&te",
        "nonce": "n0nce",
        **changes,
    }
    sent = {name: value for name, value in asked.items() if value is not None}
    return f"{ISSUER}/api/v2/oauth2/auth/?{urlencode(sent)}"


def answer_of(callback_url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(callback_url).query))


def json_of(response: Response) -> Any:
    assert response.headers["content-type"] == "application/json"
    return json.loads(response.body)


@dataclass(frozen=True)
class RelyingParty:
    thaid: ThaIDEmulator

    def get(self, path: str, **headers: str) -> Response:
        return self.thaid.handle(Request(method="GET", url=ISSUER + path, headers=headers))

    def post(
        self,
        path: str,
        form: Mapping[str, str],
        *,
        client: Client | None = PORTAL,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> Response:
        """A form, with Basic authentication unless `client` is None."""
        authorization = {} if client is None else {"Authorization": basic(client)}
        return self.thaid.handle(
            Request(
                method="POST",
                url=ISSUER + path,
                headers={"Content-Type": FORM, **authorization, **headers},
                body=urlencode(form).encode(),
            )
        )

    def code(self, citizen: Citizen = OFFICER, /, **changes: str | None) -> str:
        return answer_of(self.thaid.approve(authorization_url(**changes), citizen))["code"]

    def redeem(
        self,
        code: str,
        *,
        client: Client | None = PORTAL,
        form: Mapping[str, str] = MappingProxyType({}),
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> Response:
        """Redeem a code, with changes to the ordinary form and headers."""
        ordinary = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI}
        return self.post("/api/v2/oauth2/token/", {**ordinary, **form}, client=client, headers=headers)

    def tokens(self, citizen: Citizen = OFFICER, /, **changes: str | None) -> dict[str, Any]:
        response = self.redeem(self.code(citizen, **changes))
        assert 200 == response.status
        tokens: dict[str, Any] = json_of(response)
        return tokens

    def claims(self, citizen: Citizen = OFFICER, /, **changes: str | None) -> dict[str, Any]:
        """The claims of an ID token, read without a look at the signature."""
        payload = self.tokens(citizen, **changes)["id_token"].split(".")[1]
        claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=="))
        return claims
