"""What is documented or was measured of ThaID, fact by fact, and the switches for what was reported once."""

from __future__ import annotations

import base64
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from joserfc import jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet

from elaas_identity.oidc.http import Request
from elaas_identity.testing import Client, NotRedirected, SteppingClock, Switches, ThaIDEmulator
from elaas_identity.testing.citizens import CITIZENS, COLLEAGUE, NO_ASSURANCE, OFFICER
from elaas_identity.testing.signing_key import SigningKey
from elaas_identity.testing.thaid_published import SCOPES, Endpoint
from tests.testing.relying_party import (
    ISSUER,
    OTHER,
    PORTAL,
    REDIRECT_URI,
    RelyingParty,
    answer_of,
    authorization_url,
    emulator,
    json_of,
)

START = int(SteppingClock()().timestamp())
API = "/api/v2/oauth2/"


@pytest.fixture
def portal() -> RelyingParty:
    return RelyingParty(emulator())


def error_of(raised: pytest.ExceptionInfo[NotRedirected]) -> tuple[int, str]:
    response = raised.value.response
    assert "location" not in response.headers
    return response.status, json_of(response)["error"]


# Discovery, endpoints, published metadata; the issuer is the bare host


def test_discovery_is_published_to_the_letter(portal: RelyingParty) -> None:
    """A tidied-up document would let a relying party rely on members that ThaID does not publish (R5.4)."""
    assert {
        "issuer": ISSUER,
        "authorization_endpoint": f"{ISSUER}/api/v2/oauth2/auth/",
        "token_endpoint": f"{ISSUER}/api/v2/oauth2/token/",
        "introspection_endpoint": f"{ISSUER}/api/v2/oauth2/introspect/",
        "revocation_endpoint": f"{ISSUER}/api/v2/oauth2/revoke/",
        "jwks_uri": f"{ISSUER}/jwks/",
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_type_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    } == json_of(portal.get("/.well-known/openid-configuration"))


@pytest.mark.parametrize(
    "path",
    [f"{API}auth", f"{API}token", f"{API}introspect", f"{API}revoke", "/jwks", "/", "/api/v3/oauth2/auth/"],
)
def test_the_trailing_slash_matters(portal: RelyingParty, path: str) -> None:
    """Forgiving a missing slash would hide a mistake that ThaID does not forgive."""
    assert 404 == portal.get(path).status
    assert 1 == portal.thaid.count("unknown")


@pytest.mark.parametrize("issuer", ["https://thaid.test/", "https://thaid.test/realm", "thaid.test"])
def test_the_issuer_is_a_bare_host(issuer: str) -> None:
    """An issuer with a slash at its end would differ from what discovery and ID token must say."""
    with pytest.raises(ValueError, match="issuer"):
        ThaIDEmulator(issuer)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/jwks/", "GET"),
        ("POST", "/.well-known/openid-configuration", "GET"),
        ("GET", f"{API}token/", "POST"),
        ("GET", f"{API}introspect/", "POST"),
        ("GET", f"{API}revoke/", "POST"),
        ("PUT", f"{API}auth/", "GET, POST"),
    ],
)
def test_other_methods_are_refused(portal: RelyingParty, method: str, path: str, allowed: str) -> None:
    """A GET at the token endpoint would put secrets into URLs."""
    response = portal.thaid.handle(Request(method=method, url=ISSUER + path))
    assert (405, allowed) == (response.status, response.headers["allow"])


# Each scope releases one claim


@pytest.mark.parametrize("scope", [scope for scope in SCOPES if scope != "openid"])
def test_each_scope_releases_the_claim_of_its_own_name(portal: RelyingParty, scope: str) -> None:
    """A claim released without its scope would hide that the portal forgot to ask for it."""
    released = portal.claims(COLLEAGUE, scope=f"openid {scope}")
    assert {scope} == released.keys() & set(SCOPES)
    assert COLLEAGUE.claims()[scope] == released[scope]


def test_a_claim_that_a_person_lacks_is_left_out(portal: RelyingParty) -> None:
    """A null in place of an absent `ial` would not test what R1.5 is about."""
    assert "ial" not in portal.claims(NO_ASSURANCE)
    assert "middle_name" not in portal.claims(OFFICER, scope="openid middle_name")


# Where claims arrive


def test_claims_come_signed_and_again_unsigned(portal: RelyingParty) -> None:
    """Without the unsigned copy no test would notice a library that believes it (R5.9)."""
    tokens = portal.tokens()
    assert OFFICER.national_id.reveal() == tokens["pid"]
    assert OFFICER.name == tokens["name"]
    assert "id_token" in tokens


def test_without_openid_there_is_no_id_token(portal: RelyingParty) -> None:
    """ThaID then releases the claims unsigned only; a library must not get on with that (R5.9)."""
    tokens = portal.tokens(scope="pid")
    assert "id_token" not in tokens
    assert OFFICER.national_id.reveal() == tokens["pid"]


# ID token: claims, signature, `sub`, `pid`, `ial`


def test_the_id_token_verifies_by_the_published_keys(portal: RelyingParty) -> None:
    """A token that an independent implementation refuses would prove nothing about ours (R5.4)."""
    tokens = portal.tokens()
    keys = KeySet.import_key_set(json_of(portal.get("/jwks/")))
    verified = jwt.decode(tokens["id_token"], keys, algorithms=["ES256"])
    at_hash = urlsafe_b64encode(sha256(tokens["access_token"].encode()).digest()[:16]).rstrip(b"=").decode()
    assert {
        "iss": ISSUER,
        "sub": OFFICER.national_id.reveal(),
        "aud": PORTAL.client_id,
        "iat": START,
        "exp": START + 900,
        "auth_time": START,
        "at_hash": at_hash,
        "version": "1.0",
        "nonce": "n0nce",
        "pid": OFFICER.national_id.reveal(),
        "name": OFFICER.name,
        "name_en": OFFICER.name_en,
        "ial": "2.3",
    } == verified.claims
    assert {"alg": "ES256", "typ": "JWT", "kid": keys.keys[-1].kid} == verified.header


def test_several_keys_are_published_and_the_first_does_not_sign(portal: RelyingParty) -> None:
    """With one key, or the signing key first, nobody would notice a library that ignores `kid`."""
    keys = KeySet.import_key_set(json_of(portal.get("/jwks/"))).keys
    assert 3 == len({key.kid for key in keys})
    with pytest.raises(BadSignatureError):
        jwt.decode(portal.tokens()["id_token"], keys[0], algorithms=["ES256"])
    for published in json_of(portal.get("/jwks/"))["keys"]:
        assert {"kty", "crv", "x", "y", "kid", "use", "alg"} == published.keys()


def test_the_thumbprint_names_a_key(portal: RelyingParty) -> None:
    """A `kid` that two keys could share would make rotation tests depend on luck (RFC 7638)."""
    for key in KeySet.import_key_set(json_of(portal.get("/jwks/"))).keys:
        assert key.thumbprint() == key.kid


def test_a_key_needs_enough_randomness() -> None:
    """A short seed would give keys that can be guessed (FIPS 186-5 A.2.1)."""
    with pytest.raises(ValueError, match="40 random bytes"):
        SigningKey(bytes(39))


def test_rotation_publishes_a_new_key_and_drops_the_oldest(portal: RelyingParty) -> None:
    """A rotation that keeps the old `kid` would never make a relying party fetch again (R5.6)."""
    before = [key["kid"] for key in json_of(portal.get("/jwks/"))["keys"]]
    old_token = portal.tokens()["id_token"]
    new = portal.thaid.rotate_keys()
    published = json_of(portal.get("/jwks/"))
    assert [*before[1:], new] == [key["kid"] for key in published["keys"]]
    keys = KeySet.import_key_set(published)
    assert before[-1] == jwt.decode(old_token, keys, algorithms=["ES256"]).header["kid"]
    assert new == jwt.decode(portal.tokens()["id_token"], keys, algorithms=["ES256"]).header["kid"]


def test_the_subject_is_public(portal: RelyingParty) -> None:
    """A pairwise `sub` would hide that it is personal data."""
    redeemed = portal.redeem(portal.code(scope="openid", client_id=OTHER.client_id), client=OTHER)
    keys = KeySet.import_key_set(json_of(portal.get("/jwks/")))
    other = jwt.decode(json_of(redeemed)["id_token"], keys, algorithms=["ES256"]).claims
    assert (portal.claims()["sub"], OTHER.client_id) == (other["sub"], other["aud"])


# Redirect URI, and errors at the authorization endpoint


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"client_id": "nobody"}, (401, "unauthorized_client")),
        ({"client_id": None}, (401, "unauthorized_client")),
        ({"redirect_uri": REDIRECT_URI + "/"}, (400, "invalid_request")),
        ({"redirect_uri": REDIRECT_URI.replace("https", "http")}, (400, "invalid_request")),
        ({"redirect_uri": REDIRECT_URI.replace(".th/", ".th:443/")}, (400, "invalid_request")),
        ({"redirect_uri": REDIRECT_URI + "?a=b"}, (400, "invalid_request")),
        ({"redirect_uri": None}, (400, "invalid_request")),
        ({"response_type": "token"}, (400, "unsupported_response_type")),
        ({"response_type": None}, (400, "unsupported_response_type")),
        ({"client_id": "other", "scope": "openid pid"}, (400, "invalid_scope")),
        ({"scope": "openid profile"}, (400, "invalid_scope")),
        ({"scope": None}, (400, "invalid_scope")),
    ],
)
def test_errors_at_authorize_send_nobody_back(
    portal: RelyingParty, changes: dict[str, str | None], expected: tuple[int, str]
) -> None:
    """ThaID shows these errors itself: a library that waits for them at its callback waits for ever."""
    with pytest.raises(NotRedirected) as approved:
        portal.thaid.approve(authorization_url(**changes), OFFICER)
    with pytest.raises(NotRedirected) as denied:
        portal.thaid.deny(authorization_url(**changes))
    page = portal.thaid.handle(Request(method="GET", url=authorization_url(**changes)))
    assert [expected] * 3 == [error_of(approved), error_of(denied), (page.status, json_of(page)["error"])]


def test_a_redirect_uri_mismatch_is_said_in_thaids_words(portal: RelyingParty) -> None:
    """Whoever looks for these words in a log must find what ThaID writes."""
    page = portal.thaid.handle(
        Request(method="GET", url=authorization_url(redirect_uri="https://evil.example"))
    )
    assert {
        "error": "invalid_request",
        "error_description": "The redirect or callback url mismatch",
    } == json_of(page)


def test_a_parameter_may_not_come_twice(portal: RelyingParty) -> None:
    """Which of two states comes back would be anybody's guess (RFC 6749 §3.1)."""
    with pytest.raises(NotRedirected) as twice:
        portal.thaid.approve(authorization_url() + "&state=another", OFFICER)
    with pytest.raises(NotRedirected) as many:
        portal.thaid.approve(authorization_url() + "&" * 200, OFFICER)
    assert [(400, "invalid_request")] * 2 == [error_of(twice), error_of(many)]


def test_unknown_parameters_are_accepted(portal: RelyingParty) -> None:
    """PKCE: any unknown parameter is accepted, so that acceptance of `code_challenge` proves nothing."""
    assert "code" in answer_of(portal.thaid.approve(authorization_url(no_such_thing="1"), OFFICER))


# Approving and declining


def test_approval_returns_code_and_state(portal: RelyingParty) -> None:
    """Exactly code and state come back, the state unchanged, to the registered URI."""
    callback = portal.thaid.approve(authorization_url(), OFFICER)
    assert callback.startswith(REDIRECT_URI + "?")
    assert {"code", "state"} == answer_of(callback).keys()
    assert "st&te" == answer_of(callback)["state"]
    assert {"code"} == answer_of(portal.thaid.approve(authorization_url(state=None), OFFICER)).keys()


def test_a_registered_query_is_kept(portal: RelyingParty) -> None:
    """A second question mark would swallow the code."""
    portal.thaid.register(replace(PORTAL, redirect_uris=(REDIRECT_URI + "?tenant=1",)))
    callback = portal.thaid.deny(authorization_url(redirect_uri=REDIRECT_URI + "?tenant=1"))
    assert {"tenant": "1", "error": "user_denied", "state": "st&te"} == answer_of(callback)


def test_saying_no_returns_an_error_and_state(portal: RelyingParty) -> None:
    """F30: the error of DOPA's document, the standard one by a switch, and what only ThaID was seen to send."""
    assert {"error": "user_denied", "state": "st&te"} == answer_of(portal.thaid.deny(authorization_url()))
    portal.thaid.switches = Switches(denial="access_denied")
    assert "access_denied" == answer_of(portal.thaid.deny(authorization_url()))["error"]
    assert (
        "duplicate_request" == answer_of(portal.thaid.deny(authorization_url(), "duplicate_request"))["error"]
    )


@pytest.mark.parametrize("choice", ["", "-1", "4", "x", "０"])
def test_only_a_person_on_the_page_can_approve(portal: RelyingParty, choice: str) -> None:
    """A forged choice must not become a person, nor an untyped error."""
    path = authorization_url().removeprefix(ISSUER)
    assert 400 == portal.post(path, {"approve": choice}, client=None).status
    with pytest.raises(ValueError, match="tuple"):
        portal.thaid.approve(authorization_url(), replace(OFFICER, ial="3"))


# Time: auth_time


@pytest.mark.parametrize(
    ("changes", "fresh"),
    [
        ({}, False),
        ({"prompt": "login"}, True),
        ({"prompt": "consent login"}, True),
        ({"prompt": "consent"}, False),
        ({"max_age": "0"}, True),
        ({"max_age": "3599"}, True),
        ({"max_age": "3600"}, False),
        ({"max_age": "soon"}, False),
        ({"max_age": "9" * 5000}, False),
    ],
)
def test_a_fresh_login_happens_when_asked_for(changes: dict[str, str], fresh: bool) -> None:
    """R1.6 needs an old ThaID session, and one that is renewed by `prompt=login` or `max_age`."""
    portal = RelyingParty(emulator(Switches(session_age=timedelta(hours=1))))
    assert (START if fresh else START - 3600) == portal.claims(**changes)["auth_time"]


def test_an_old_session_can_be_kept_against_the_request() -> None:
    """R1.6: a provider that ignores `prompt=login` must be found out by `auth_time`."""
    portal = RelyingParty(emulator(Switches(session_age=timedelta(hours=1), honours_max_age=False)))
    assert START - 3600 == portal.claims(prompt="login", max_age="0")["auth_time"]


# Token response: client authentication, code, life


def test_both_published_ways_to_authenticate_work(portal: RelyingParty) -> None:
    """`client_secret_basic` and `client_secret_post` are published; a secret with odd characters survives both."""
    secret = {"client_id": PORTAL.client_id, "client_secret": PORTAL.client_secret}
    assert 200 == portal.redeem(portal.code()).status
    assert 200 == portal.redeem(portal.code(), client=None, form=secret).status


def test_a_server_that_does_not_decode_basic(portal: RelyingParty) -> None:
    """F34: a portal could not try out a server that takes encoded credentials for wrong ones."""
    portal.thaid.switches = Switches(decodes_basic=False)
    raw = base64.b64encode(f"{PORTAL.client_id}:{PORTAL.client_secret}".encode()).decode()
    answers = [
        portal.redeem(portal.code()),
        portal.redeem(portal.code(), client=None, headers={"authorization": f"Basic {raw}"}),
    ]
    assert [401, 200] == [each.status for each in answers]


@pytest.mark.parametrize(
    ("client", "form", "expected"),
    [
        (replace(PORTAL, client_secret="wrong"), {}, (401, "invalid_client")),
        (replace(PORTAL, client_id="nobody"), {}, (401, "invalid_client")),
        (None, {}, (401, "invalid_client")),
        (None, {"client_id": "portal", "client_secret": ""}, (401, "invalid_client")),
        (PORTAL, {"client_id": "portal", "client_secret": PORTAL.client_secret}, (400, "invalid_request")),
        (OTHER, {}, (400, "invalid_request")),
        (PORTAL, {"redirect_uri": "https://other.example"}, (400, "invalid_request")),
        (PORTAL, {"code": "never issued"}, (400, "invalid_request")),
        (PORTAL, {"grant_type": "password"}, (400, "unsupported_grant_type")),
        (
            PORTAL,
            {"grant_type": "refresh_token", "refresh_token": "never issued"},
            (401, "invalid_refresh_token"),
        ),
    ],
)
def test_token_requests_that_are_refused(
    portal: RelyingParty, client: Client | None, form: dict[str, str], expected: tuple[int, str]
) -> None:
    """A code works for the client and URL that it was issued to, and nobody else."""
    response = portal.redeem(portal.code(), form=form, client=client)
    assert expected == (response.status, json_of(response)["error"])


@pytest.mark.parametrize(
    ("form", "description"),
    [
        ({"code": "never issued"}, "Invalid Authorization Code"),
        ({"redirect_uri": "https://other.example"}, "The redirect or callback url mismatch"),
        ({"grant_type": "refresh_token", "refresh_token": "never issued"}, "the refresh token is unknown"),
    ],
)
def test_standard_errors_of_the_token_endpoint(form: dict[str, str], description: str) -> None:
    """F30: a relying party that knows DOPA's document alone would not be found out."""
    portal = RelyingParty(emulator(Switches(errors="standard")))
    response = portal.redeem(portal.code(), form=form)
    assert (400, {"error": "invalid_grant", "error_description": description}) == (
        response.status,
        json_of(response),
    )


def test_documented_errors_of_the_token_endpoint(portal: RelyingParty) -> None:
    """F30: one code for two faults; only the description tells whose it is."""
    answers = [
        json_of(portal.redeem(portal.code(), form=form))
        for form in ({"code": "never issued"}, {"redirect_uri": "https://other.example"})
    ]
    assert [
        {"error": "invalid_request", "error_description": "Invalid Authorization Code"},
        {"error": "invalid_request", "error_description": "The redirect or callback url mismatch"},
    ] == answers


def test_a_registration_without_the_right(portal: RelyingParty) -> None:
    """F30: a portal whose registration lacks the right could not be tried out."""
    code = portal.code()
    portal.thaid.register(replace(PORTAL, may_use_service=False))
    answers = [
        portal.redeem(code),
        *(portal.post(f"{API}{at}/", {"token": "t"}) for at in ("introspect", "revoke")),
    ]
    assert [(401, "access_denied")] * 3 == [(each.status, json_of(each)["error"]) for each in answers]


@pytest.mark.parametrize("credentials", ["Basic ???", "Basic cG9ydGFs", "Bearer abc", "Basic \u00ff"])
def test_malformed_credentials_are_refused(portal: RelyingParty, credentials: str) -> None:
    """Hostile headers must end in 401, not in an untyped error."""
    response = portal.redeem(portal.code(), client=None, headers={"authorization": credentials})
    assert (401, True) == (response.status, response.headers["www-authenticate"].startswith("Basic"))


def test_a_body_that_is_no_form_is_refused(portal: RelyingParty) -> None:
    """JSON at the token endpoint is a mistake that ThaID does not forgive."""
    assert 400 == portal.redeem(portal.code(), headers={"Content-Type": "application/json"}).status


def test_a_code_works_once(portal: RelyingParty) -> None:
    """A second redemption must fail, even after a first that failed."""
    code = portal.code()
    assert [200, 400] == [portal.redeem(code).status, portal.redeem(code).status]
    code = portal.code()
    assert [400, 400] == [portal.redeem(code, client=OTHER).status, portal.redeem(code).status]


@pytest.mark.parametrize(("seconds", "status"), [(59, 200), (60, 400)])
def test_a_code_lives_sixty_seconds(seconds: int, status: int) -> None:
    """A code that lived longer would not punish a portal that dawdles."""
    clock = SteppingClock()
    portal = RelyingParty(emulator(clock=clock))
    code = portal.code()
    clock.shift(seconds=seconds)
    assert status == portal.redeem(code).status


def test_the_token_response(portal: RelyingParty) -> None:
    """Its members as reported: both spellings of the life, the misspelt one an absolute time; never cached."""
    response = portal.redeem(portal.code(scope="openid ial"))
    tokens = json_of(response)
    assert {
        "token_type": "Bearer",
        "scope": "openid ial",
        "expires_in": 900,
        "expire_in": START + 900,
        "ial": "2.3",
    } == {name: value for name, value in tokens.items() if name not in ("access_token", "id_token")}
    assert "no-store" == response.headers["cache-control"]


@pytest.mark.parametrize(
    ("switches", "present", "absent"),
    [
        (Switches(lifetime="expires_in"), "expires_in", "expire_in"),
        (Switches(lifetime="expire_in"), "expire_in", "expires_in"),
        (Switches(issue_refresh_token=True), "refresh_token", "no such member"),
        (Switches(), "id_token", "refresh_token"),
    ],
)
def test_switches_of_the_token_response(switches: Switches, present: str, absent: str) -> None:
    """What is reported once must be there to be tolerated, and not there by accident."""
    tokens = RelyingParty(emulator(switches)).tokens()
    assert (True, False) == (present in tokens, absent in tokens)


# Nonce, PKCE, API key, firewall


def test_the_nonce_is_echoed_unless_switched_off(portal: RelyingParty) -> None:
    """R5.2: both kinds of provider exist, and a nonce nobody sent must not appear."""
    assert "n0nce" == portal.claims()["nonce"]
    assert "nonce" not in portal.claims(nonce=None)
    portal.thaid.switches = Switches(echo_nonce=False)
    assert "nonce" not in portal.claims()


@pytest.mark.parametrize(
    ("enforce", "verifier", "status"),
    [
        (False, "wrong", 200),
        (False, None, 200),
        (True, "v" * 43, 200),
        (True, "wrong", 400),
        (True, None, 400),
    ],
)
def test_pkce_is_accepted_and_enforced_only_by_switch(
    enforce: bool, verifier: str | None, status: int
) -> None:
    """PKCE: a wrong verifier passes today, so only a probe tells (R5.2, R5.3)."""
    portal = RelyingParty(emulator(Switches(enforce_pkce=enforce)))
    challenge = urlsafe_b64encode(sha256(b"v" * 43).digest()).rstrip(b"=").decode()
    code = portal.code(code_challenge=challenge, code_challenge_method="S256")
    assert status == portal.redeem(code, form={} if verifier is None else {"code_verifier": verifier}).status


@pytest.mark.parametrize("header", ["x-api-key", "api-key"])
def test_an_api_key_can_be_demanded(header: str) -> None:
    """API key: some environments answer nothing without it, in a header of either name."""
    portal = RelyingParty(emulator(Switches(api_key="k3y", api_key_header=header)))
    assert [401, 401, 200] == [
        portal.redeem(portal.code(), headers=headers).status
        for headers in ({}, {header: "wrong"}, {header.upper(): "k3y"})
    ]
    assert 200 == portal.get("/jwks/").status


def test_headless_browsers_can_be_blocked(portal: RelyingParty) -> None:
    """Firewall: HTML with 403 where JSON was expected, and only for that user agent."""
    headless = {"User-Agent": "Mozilla/5.0 HeadlessChrome/140"}
    assert 200 == portal.get("/jwks/", **headless).status
    portal.thaid.switches = Switches(block_headless=True)
    blocked = portal.get("/jwks/", **headless)
    assert (403, "text/html") == (blocked.status, blocked.headers["content-type"])
    assert 200 == portal.get("/jwks/").status


# Introspection and revocation


def test_introspection(portal: RelyingParty) -> None:
    """`{"active", "sub", "scope"}` for the client's own live token, nothing about any other."""
    access_token = portal.tokens()["access_token"]

    def ask(token: str, client: Client | None = PORTAL) -> Any:
        return json_of(portal.post(f"{API}introspect/", {"token": token}, client=client))

    assert {
        "active": True,
        "sub": OFFICER.national_id.reveal(),
        "scope": "openid pid name name_en ial",
    } == ask(access_token)
    assert [{"active": False}] * 2 == [ask("unknown"), ask(access_token, OTHER)]
    assert "invalid_client" == ask(access_token, None)["error"]


def test_a_token_dies_after_a_quarter_of_an_hour() -> None:
    """An access token that lived for ever would hide that one is kept."""
    clock = SteppingClock()
    portal = RelyingParty(emulator(clock=clock))
    form = {"token": portal.tokens()["access_token"]}
    clock.shift(minutes=15)
    assert {"active": False} == json_of(portal.post(f"{API}introspect/", form))


def test_revocation(portal: RelyingParty) -> None:
    """Invariant 8, no token is kept: a revoked one is dead, another client's is not, an unknown one no error."""
    portal.thaid.switches = Switches(issue_refresh_token=True)
    tokens = portal.tokens()

    def active() -> bool:
        asked = portal.post(f"{API}introspect/", {"token": tokens["access_token"]})
        return bool(json_of(asked)["active"])

    def refresh() -> int:
        form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
        return portal.post(f"{API}token/", form).status

    def revoke(token: str, client: Client | None = PORTAL) -> int:
        form = {"token": token, "token_type_hint": "access_token"}
        return portal.post(f"{API}revoke/", form, client=client).status

    assert [200, 200] == [revoke(tokens["access_token"], OTHER), revoke(tokens["refresh_token"], OTHER)]
    assert (True, 200) == (active(), refresh())
    assert [200, 200] == [revoke(tokens["access_token"]), revoke(tokens["refresh_token"])]
    assert (False, 401) == (active(), refresh())
    said = json_of(portal.post(f"{API}revoke/", {"token": "unknown"}))
    assert {"status": "OK", "message": "revoked"} == said
    form = {"token": "unknown", "token_type_hint": "id_token"}
    assert "unsupported_token_hint" == json_of(portal.post(f"{API}revoke/", form))["error"]
    secret = {"client_id": PORTAL.client_id, "client_secret": PORTAL.client_secret}
    assert 200 == portal.post(f"{API}revoke/", {"token": "unknown", **secret}, client=None).status


@pytest.mark.parametrize(
    ("taken", "expected"), [("either", [True, True]), ("required", [False, True]), ("refused", [True, False])]
)
def test_a_token_with_and_without_bearer(taken: Any, expected: list[bool]) -> None:
    """F34: a relying party that sends the other form would not be found out."""
    portal = RelyingParty(emulator(Switches(bearer_prefix=taken)))
    token = portal.tokens()["access_token"]

    def active(shown: str) -> bool:
        return bool(json_of(portal.post(f"{API}introspect/", {"token": shown}))["active"])

    assert expected == [active(token), active(f"Bearer {token}")]
    assert not active(f"bearer {token}")
    for shown in (token, f"Bearer {token}")[:: 1 if taken == "required" else -1]:
        portal.post(f"{API}revoke/", {"token": shown})
    assert [False, False] == [active(token), active(f"Bearer {token}")]


# Misbehaviour on demand


def test_claims_can_be_altered_before_they_are_signed(portal: RelyingParty) -> None:
    """R5.4 needs well signed tokens that lie."""
    portal.thaid.alter_id_token = lambda claims: {**claims, "aud": "somebody else", "exp": None}
    keys = KeySet.import_key_set(json_of(portal.get("/jwks/")))
    lie = jwt.decode(portal.tokens()["id_token"], keys, algorithms=["ES256"]).claims
    assert ("somebody else", None) == (lie["aud"], lie["exp"])


def test_the_signature_can_be_replaced(portal: RelyingParty) -> None:
    """R5.4, R5.5: `alg: none`, a missing `kid` and a key rotated just before signing must be possible to make."""

    def rotated_just_now(header: dict[str, Any], claims: dict[str, Any]) -> str:
        return portal.thaid.signed({"alg": "ES256", "crit": ["x"], "kid": portal.thaid.rotate_keys()}, claims)

    portal.thaid.sign_id_token = lambda header, claims: f"{header['alg']}.{claims['sub']}."
    assert f"ES256.{OFFICER.national_id.reveal()}." == portal.tokens()["id_token"]
    portal.thaid.sign_id_token = rotated_just_now
    header = json.loads(urlsafe_b64decode(portal.tokens()["id_token"].split(".")[0] + "=="))
    assert {
        "alg": "ES256",
        "crit": ["x"],
        "kid": json_of(portal.get("/jwks/"))["keys"][-1]["kid"],
    } == header


def test_any_answer_can_be_altered(portal: RelyingParty) -> None:
    """R5.8 needs HTML, 500 and redirects where JSON is expected, at one endpoint and not at the others."""
    portal.thaid.alter_response = lambda endpoint, response: (
        replace(response, status=500, body=b"<html>") if endpoint == "token" else response
    )
    broken = portal.redeem(portal.code())
    assert (500, b"<html>") == (broken.status, broken.body)
    assert 200 == portal.get("/jwks/").status


# What it remembers


def test_requests_are_counted_by_endpoint(portal: RelyingParty) -> None:
    """R5.1 says zero token requests: without a count nobody could tell."""
    endpoints: list[Endpoint] = ["discovery", "auth", "token", "introspect", "revoke", "jwks", "unknown"]
    assert [0] * 7 == [portal.thaid.count(endpoint) for endpoint in endpoints]
    portal.tokens()
    portal.get("/jwks/")
    assert [0, 1, 1, 0, 0, 1, 0] == [portal.thaid.count(endpoint) for endpoint in endpoints]
    latest = portal.thaid.last("token")
    assert latest is not None
    assert latest.body.startswith(b"grant_type=authorization_code&code=")
    assert portal.thaid.last("revoke") is None


def test_the_same_seed_gives_the_same_keys_and_codes() -> None:
    """A failure that does not repeat cannot be found."""
    first, second = RelyingParty(emulator()), RelyingParty(emulator())
    assert first.code() == second.code()
    assert first.get("/jwks/").body == second.get("/jwks/").body


def test_without_clock_and_seed_it_runs_on_the_systems(portal: RelyingParty) -> None:
    """A demonstration gives neither: tokens must be of today, and two emulators must not share keys."""
    first, second = (ThaIDEmulator(ISSUER, clients=(PORTAL,)) for _ in range(2))
    assert RelyingParty(first).code() != RelyingParty(second).code()
    assert RelyingParty(first).claims()["iat"] > START


def test_expired_codes_are_forgotten() -> None:
    """An emulator that runs for days must not grow with each sign-in."""
    clock = SteppingClock()
    portal = RelyingParty(emulator(clock=clock))
    for _ in range(20):
        portal.code()
        clock.shift(seconds=30)
    assert 2 >= len(portal.thaid._grants._codes)


def test_nothing_secret_is_in_a_repr(portal: RelyingParty) -> None:
    """Invariant 8 holds for the test kit too: a failing test prints these."""
    switches = Switches(api_key="k3y")
    shown = repr((PORTAL, switches, CITIZENS))
    assert [] == [
        secret
        for secret in (PORTAL.client_secret, "k3y", OFFICER.national_id.reveal(), OFFICER.given_name)
        if secret in shown
    ]


def test_redirect_uris_is_no_string() -> None:
    """A string would be searched for parts of itself, and every prefix of the callback accepted."""
    with pytest.raises(ValueError, match="collection"):
        Client(client_id="a", client_secret="b", redirect_uris=REDIRECT_URI)
