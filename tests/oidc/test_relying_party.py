from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from elaas_identity.errors import ElaasIdentityError, Misconfigured, Refused
from elaas_identity.oidc.authorization import Callback
from elaas_identity.oidc.metadata import Metadata
from elaas_identity.oidc.relying_party import RelyingParty
from elaas_identity.oidc.token import Client
from tests.oidc.lying_provider import CLIENT_ID, CLIENT_SECRET, ISSUER, REDIRECT_URI, proof

SETTINGS: dict[str, Any] = {
    "issuer": ISSUER,
    "client": Client(id=CLIENT_ID, secret=CLIENT_SECRET),
    "redirect_uri": REDIRECT_URI,
    "scopes": ("openid", "pid"),
}
PARTY = RelyingParty(**SETTINGS)


def metadata(issuer_in_callback: bool = False) -> Metadata:
    return Metadata(
        issuer=ISSUER,
        authorization_endpoint=f"{ISSUER}/auth/",
        token_endpoint=f"{ISSUER}/token/",
        jwks_uri=f"{ISSUER}/jwks/",
        issuer_in_callback=issuer_in_callback,
    )


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "http://provider.example.go.th"},
        {"issuer": ISSUER + "?a=b"},
        {"issuer": "provider.example.go.th"},
        {"redirect_uri": "http://portal.example.go.th/cb"},
        {"redirect_uri": REDIRECT_URI + "#f"},
        {"redirect_uri": "/auth/callback"},
        {"client": Client(id="", secret="s")},
        {"client": Client(id="c", secret="")},
        {"scopes": ("pid", "ial")},
        {"scopes": ()},
        {"scopes": ("openid pid",)},
        {"scopes": ("openid", "")},
        {"scopes": ("openid", "ก")},
        {"algorithms": ()},
        {"algorithms": ("none",)},
        {"algorithms": ("ES256", "HS256")},
        {"leeway": timedelta(seconds=61)},
        {"leeway": timedelta(seconds=-1)},
    ],
    ids=str,
)
def test_bad_settings_are_refused_at_once(change: dict[str, Any]) -> None:
    """R5.4, R5.9: else they would be found out by the first person, or by an attacker."""
    with pytest.raises(Misconfigured) as caught:
        RelyingParty(**{**SETTINGS, **change})
    assert "identity_provider_settings" == caught.value.code


def test_the_limits_themselves_are_allowed() -> None:
    """R5.4: leeway up to 60 seconds; a portal on loopback, for development."""
    party = RelyingParty(
        **{
            **SETTINGS,
            "leeway": timedelta(seconds=60),
            "redirect_uri": "http://127.0.0.1:8000/cb",
            "algorithms": ("RS256",),
        }
    )
    assert timedelta(seconds=60) == party.leeway


def test_the_url_goes_to_the_authorization_endpoint() -> None:
    """ThaID: to the letter."""
    assert PARTY.authorization_url(metadata(), proof(), max_age=None).startswith(
        f"{ISSUER}/auth/?response_type=code&"
    )


def callback(**changes: Any) -> Callback:
    return Callback(**{"state": proof().state, "code": "c", **changes})


def refused(answer: Callback, issuer_in_callback: bool = False) -> ElaasIdentityError:
    with pytest.raises(ElaasIdentityError) as caught:
        PARTY.token_request(metadata(issuer_in_callback), answer, proof())
    return caught.value


class TestTokenRequest:
    def test_a_right_callback(self) -> None:
        """The happy path, with and without `iss`."""
        for answer in (callback(), callback(issuer=ISSUER)):
            request = PARTY.token_request(metadata(), answer, proof())
            assert f"{ISSUER}/token/" == request.url
            assert proof().code_verifier.encode() in request.body

    @pytest.mark.parametrize("state", [proof(2).state, "", "x", proof().state + "x"])
    def test_another_attempts_state(self, state: str) -> None:
        """R5.1: a code is redeemed for its own attempt only."""
        assert "callback_malformed" == refused(callback(state=state)).code

    @pytest.mark.parametrize("issuer", [ISSUER + "/", ISSUER.upper(), "https://evil.example", "x"])
    @pytest.mark.parametrize("announced", [True, False])
    def test_another_issuer(self, issuer: str, announced: bool) -> None:
        """R5.7: if present it must be equal, announced or not."""
        assert "`iss`" in refused(callback(issuer=issuer), announced).detail

    def test_an_announced_issuer_is_required(self) -> None:
        """R5.7, RFC 9207 §2.4: else an attacker would leave it out."""
        assert "`iss`" in refused(callback(), issuer_in_callback=True).detail

    def test_the_issuer_is_checked_before_an_error_is_believed(self) -> None:
        """R5.7, RFC 9207 §2.4: errors are an issuer's answers as well."""
        wrong = callback(code=None, error="invalid_scope", issuer="https://evil.example")
        assert Refused is type(refused(wrong))

    @pytest.mark.parametrize(
        ("error", "code"),
        [
            ("access_denied", "identity_denied"),
            ("invalid_scope", "identity_provider_registration"),
            ("server_error", "identity_provider_unavailable"),
            ("unheard_of", "identity_provider_answer_invalid"),
        ],
    )
    def test_an_error(self, error: str, code: str) -> None:
        """ThaID, errors: typed, and no token request is made."""
        assert code == refused(callback(code=None, error=error)).code

    def test_no_code(self) -> None:
        """A callback that the portal made itself must not raise anything untyped."""
        assert "callback_malformed" == refused(callback(code=None)).code
