"""What ThaID does between the lines of its documents: the page with the QR code, two separate systems, `/api/v1/`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import respx

from elaas_identity import Keyring, Misconfigured, ThaID
from elaas_identity.errors import ProviderFailed
from elaas_identity.oidc.authorization import AttemptProof, new_proof, parse_callback
from elaas_identity.oidc.http import Request
from elaas_identity.oidc.metadata import Metadata
from elaas_identity.providers.thaid import PRODUCTION, SANDBOX
from elaas_identity.testing import (
    CITIZENS,
    TEST_CLIENT,
    Client,
    NotRedirected,
    SteppingClock,
    Switches,
    ThaIDEmulator,
)
from tests.testing.relying_party import answer_of

OFFICER = CITIZENS[0]
KEYRING = Keyring({"k": b"k" * 32}, current="k")


def proof(number: int = 1) -> AttemptProof:
    return new_proof(KEYRING, bytes([number]) * 32)


def url_of(thaid: ThaID, **changes: str) -> str:
    url = thaid.authorization_url(proof(), max_age=None)
    return str(httpx.URL(url).copy_merge_params(changes))


def identity(thaid: ThaID, emulator: ThaIDEmulator) -> Any:
    back = emulator.approve(url_of(thaid), OFFICER).partition("?")[2]
    return thaid.redeem(parse_callback(back), proof(), now=datetime.now(UTC)).identity


# The page with the QR code


@pytest.mark.parametrize(("seconds", "in_time"), [(119, True), (120, False), (86_400, False)])
@pytest.mark.parametrize("answer", ["approve", "deny"])
def test_the_page_lives_two_minutes(seconds: int, in_time: bool, answer: str) -> None:
    """A person who takes longer sees that it is too late, and the portal hears nothing: no code, no error."""
    clock = SteppingClock()
    emulator = ThaIDEmulator(clock=clock)
    shown = emulator.show(url_of(emulator.relying_party()))
    clock.shift(seconds=seconds)

    def answered() -> str:
        return shown.approve(OFFICER) if answer == "approve" else shown.deny()

    if in_time:
        assert {"approve": "code", "deny": "error"}[answer] in answer_of(answered())
        return
    with pytest.raises(NotRedirected) as seen:
        answered()
    assert 400 == seen.value.response.status
    assert "กดยืนยันตัวตนอีกครั้ง" in seen.value.response.body.decode()
    assert "https://portal.test" in seen.value.response.body.decode()
    assert "location" not in seen.value.response.headers


def test_a_page_that_was_answered_is_a_duplicate() -> None:
    """The back button would bring a second code for one page."""
    emulator = ThaIDEmulator(clock=SteppingClock())
    shown = emulator.show(url_of(emulator.relying_party()))
    assert "code" in answer_of(shown.approve(OFFICER))
    assert "duplicate_request" == answer_of(shown.approve(OFFICER))["error"]
    assert proof().state == answer_of(shown.deny())["state"]


def test_each_page_has_a_reference_of_its_own() -> None:
    """Two tabs would answer for one another."""
    emulator = ThaIDEmulator(clock=SteppingClock())
    url = url_of(emulator.relying_party())
    first, second = emulator.show(url), emulator.show(url)
    assert first.reference != second.reference
    page = emulator.handle(Request(method="GET", url=url))
    assert page.body.count(emulator.show(url).reference.encode()) == 0
    assert "code" in answer_of(first.approve(OFFICER))
    assert "code" in answer_of(second.approve(OFFICER))


def test_a_refused_request_shows_no_page() -> None:
    """A mistake in the registration would look like a person who does nothing."""
    emulator = ThaIDEmulator()
    with pytest.raises(NotRedirected, match="url mismatch"):
        emulator.show(url_of(emulator.relying_party(), redirect_uri="https://portal.test/auth/callback/"))


# Two systems


def test_production_and_sandbox_know_nothing_of_one_another() -> None:
    """A portal that mixes up its two registrations would be told so by a person in production."""
    callback = "https://portal.test/auth/callback"
    real = Client(client_id="portal", client_secret="one", redirect_uris=(callback,))
    tried = Client(client_id="portal-test", client_secret="two", redirect_uris=(callback,))
    with respx.mock as router, httpx.Client() as client:
        production, sandbox = (
            ThaIDEmulator(PRODUCTION, clients=[real]),
            ThaIDEmulator(SANDBOX, clients=[tried], switches=Switches(house_address=False)),
        )
        production.mount(router)
        sandbox.mount(router)
        at = {"redirect_uri": callback, "http_client": client}
        right = ThaID.sandbox(client_id="portal-test", client_secret="two", **at)  # type: ignore[arg-type]
        assert OFFICER.national_id == identity(right, sandbox).national_id
        for scope, status in (("openid address", 200), ("openid house_address", 400)):
            assert status == client.get(url_of(right, scope=scope)).status_code
        wrong = ThaID(client_id="portal-test", client_secret="two", **at)  # type: ignore[arg-type]
        refused = client.get(url_of(wrong))
        assert (401, "unauthorized_client") == (refused.status_code, refused.json()["error"])
        assert 0 == production.count("token")


def test_a_token_of_the_sandbox_is_worth_nothing_in_production() -> None:
    """Anybody may be anybody at the sandbox."""
    production, sandbox = ThaIDEmulator(PRODUCTION), ThaIDEmulator(SANDBOX)
    sandbox.issuer = PRODUCTION  # as if it lied about who it is
    thaid = production.relying_party()
    production.sign_id_token = sandbox.signed
    with pytest.raises(ProviderFailed, match="identity_provider_answer_invalid"):
        identity(thaid, production)


# `/api/v1/`


def test_the_older_paths_and_their_scopes() -> None:
    """A portal that still uses them would show its people without a name."""
    emulator = ThaIDEmulator()
    at = f"{emulator.issuer}/api/v1/oauth2"
    older = Metadata(
        issuer=emulator.issuer,
        authorization_endpoint=f"{at}/auth/",
        token_endpoint=f"{at}/token/",
        introspection_endpoint=f"{at}/introspect/",
        revocation_endpoint=f"{at}/revoke/",
        jwks_uri=f"{emulator.issuer}/jwks/",
    )
    thaid = emulator.relying_party(metadata=older, scopes=("openid", "pid", "th_fullname", "dob"))
    assert OFFICER.name == identity(thaid, emulator).name_th
    for path, scope in (("v1", "openid name"), ("v2", "openid th_fullname")):
        url = url_of(thaid, scope=scope).replace("/v1/", f"/{path}/")
        with pytest.raises(NotRedirected, match="invalid_scope"):
            emulator.approve(url, OFFICER)


# What some environments want


@pytest.mark.parametrize("header", ["x-api-key", "api-key"])
def test_an_api_key_under_either_name(header: str) -> None:
    """A portal would learn the other name in production."""
    emulator = ThaIDEmulator(
        switches=Switches(api_key="not a secret".replace(" ", "-"), api_key_header=header)
    )
    thaid = emulator.relying_party(api_key="not-a-secret", api_key_header=header)
    assert OFFICER.national_id == identity(thaid, emulator).national_id
    other = {"x-api-key": "api-key", "api-key": "x-api-key"}[header]
    with pytest.raises(Misconfigured):
        identity(emulator.relying_party(api_key="not-a-secret", api_key_header=other), emulator)


# Who is registered


def test_a_client_is_registered_without_a_word() -> None:
    """A first test would begin with a registration."""
    emulator = ThaIDEmulator()
    assert [TEST_CLIENT] == list(emulator.clients)
    late = Client(client_id="late", client_secret="s", redirect_uris=("https://late.test/back",))
    emulator.register(late)
    assert [TEST_CLIENT, late] == list(emulator.clients)
    assert emulator.relying_party().redirect_uri in TEST_CLIENT.redirect_uris
    assert emulator.issuer == emulator.async_relying_party().issuer
