from __future__ import annotations

import base64
import pickle
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, unquote_plus

import pytest

from elaas_identity.errors import ElaasIdentityError, Misconfigured, ProviderFailed
from elaas_identity.oidc.authorization import STANDARD_ERRORS
from elaas_identity.oidc.http import Request, Response
from elaas_identity.oidc.token import (
    BearerPrefix,
    Client,
    ClientAuthentication,
    Introspection,
    TokenAnswer,
    introspection_request,
    process_introspection,
    process_revocation,
    process_token_response,
    revocation_request,
    token_request,
)
from tests.oidc.lying_provider import ABSENT, answer, changed

ENDPOINT = "https://provider.example.go.th/token/"
SECRETS = ["plain", "a b", "a:b", "100%", "a+b", "a&b=c", "~._-", "ความลับ", '"\\', "é", "*"]
TOKENS = {
    "access_token": "at",
    "token_type": "Bearer",
    "id_token": "it",
    "refresh_token": "rt",
    "expires_in": 900,
}


def form(request: Request) -> dict[str, list[str]]:
    return parse_qs(request.body.decode(), strict_parsing=True, keep_blank_values=True)


def exchange(client: Client) -> Request:
    return token_request(
        client, ENDPOINT, code="c+/ &", redirect_uri="https://p.example/cb/", code_verifier="v"
    )


EXCHANGE = {
    "grant_type": ["authorization_code"],
    "code": ["c+/ &"],
    "redirect_uri": ["https://p.example/cb/"],
    "code_verifier": ["v"],
}


class TestClient:
    @pytest.mark.parametrize("secret", SECRETS)
    def test_basic(self, secret: str) -> None:
        """RFC 6749 §2.3.1: id and secret are form-encoded first, or a colon or a Thai letter would break them."""
        request = exchange(Client(id="portal:1", secret=secret))
        kind, _, credentials = request.headers["Authorization"].partition(" ")
        client_id, _, sent = base64.b64decode(credentials).decode("ascii").partition(":")
        assert ("Basic", "portal:1", secret) == (kind, unquote_plus(client_id), unquote_plus(sent))
        assert EXCHANGE == form(request)

    @pytest.mark.parametrize("secret", SECRETS)
    def test_post(self, secret: str) -> None:
        """RFC 6749 §2.3.1: the other way; the secret is in the body alone."""
        request = exchange(Client(id="portal:1", secret=secret, authentication="client_secret_post"))
        assert {**EXCHANGE, "client_id": ["portal:1"], "client_secret": [secret]} == form(request)
        assert {"Content-Type": "application/x-www-form-urlencoded"} == request.headers

    @pytest.mark.parametrize("secret", ["plain", "a b", "a:b", "100%", "a+b", "a&b=c", '"\\', "*"])
    @pytest.mark.parametrize("make", [revocation_request, introspection_request])
    def test_raw_basic(self, secret: str, make: Any) -> None:
        """F34: a server that does not decode percent-encoded credentials would refuse a right secret."""
        client = Client(id="portal", secret=secret, basic_credentials="raw")
        expected = "Basic " + base64.b64encode(f"portal:{secret}".encode()).decode()
        for request in (exchange(client), make(client, ENDPOINT, "t")):
            assert expected == request.headers["Authorization"]

    @pytest.mark.parametrize(
        ("client_id", "secret"), [("a:b", "s"), ("p", "ความลับ"), ("p", "é"), ("p", "a\nb")]
    )
    def test_what_raw_basic_cannot_send(self, client_id: str, secret: str) -> None:
        """F34: it would arrive as another secret, or fail with an untyped error at the first person."""
        with pytest.raises(Misconfigured, match="basic_credentials") as caught:
            Client(id=client_id, secret=secret, basic_credentials="raw")
        assert secret not in caught.value.detail or secret == "s"
        Client(id=client_id, secret=secret, basic_credentials="raw", authentication="client_secret_post")

    @pytest.mark.parametrize(
        ("client", "cause"),
        [
            (Client(id="p", secret="s:3"), "may not decode them: try basic_credentials='raw'"),
            (Client(id="p:q", secret="s"), "may not decode them: try basic_credentials='raw'"),
            (Client(id="p", secret="s:3", basic_credentials="raw"), "try basic_credentials='form_encoded'"),
            (Client(id="p", secret="s"), "wants client_authentication='client_secret_post'"),
            (
                Client(id="p", secret="s:3", authentication="client_secret_post"),
                "wants client_authentication='client_secret_basic'",
            ),
            (Client(id="p", secret="s"), "none is set (`api_key`)"),
            (Client(id="p", secret="s", headers={"x-api-key": "k"}), "the API key is wrong"),
        ],
    )
    @pytest.mark.parametrize("body", [b"", {"error": "invalid_client"}, {"error": "who_knows"}])
    def test_the_detail_of_a_401(self, client: Client, cause: str, body: object) -> None:
        """F34: who mends a 401 would have to guess that the encoding of the secret is to blame."""
        for process in (process_token_response, process_revocation, process_introspection):
            with pytest.raises(Misconfigured) as caught:
                process(answer(body, 401), STANDARD_ERRORS, client)
            assert cause in caught.value.detail
            assert "s:3" not in caught.value.detail
            assert "who_knows" not in caught.value.detail
            assert ("bearer_prefix" in caught.value.detail) == (process is not process_token_response)

    def test_api_key(self) -> None:
        """ThaID: some environments want a header more."""
        request = exchange(Client(id="p", secret="s", headers={"api-key": "k"}))
        assert "k" == request.headers["api-key"]

    def test_request(self) -> None:
        """ThaID: POST, to the letter of the endpoint, nothing secret in the URL."""
        request = exchange(Client(id="p", secret="s", authentication="client_secret_post"))
        assert ("POST", ENDPOINT) == (request.method, request.url)

    def test_keeps_its_secrets(self) -> None:
        """R7.2: neither repr nor pickle gives them away."""
        client = Client(id="p", secret="s3cret", headers={"x-api-key": "s3cret"})
        assert "s3cret" not in repr(client)
        with pytest.raises(TypeError, match="not pickled"):
            pickle.dumps(client)


def read(**changes: Any) -> TokenAnswer:
    return process_token_response(answer(changed(TOKENS, changes)), STANDARD_ERRORS)


def failed(response: Response) -> ElaasIdentityError:
    with pytest.raises(ElaasIdentityError) as caught:
        process_token_response(response, STANDARD_ERRORS)
    return caught.value


class TestTokenResponse:
    def test_tokens(self) -> None:
        """The happy path: the refresh token, which lives longest, is the first to be revoked."""
        assert TokenAnswer(id_token="it", access_token="at", refresh_token="rt") == read()
        assert ("rt", "at") == read().to_revoke

    @pytest.mark.parametrize("refresh_token", [ABSENT, None, "", 7, "ก"])
    def test_without_a_refresh_token(self, refresh_token: object) -> None:
        """ThaID: it comes sometimes."""
        assert ("at",) == read(refresh_token=refresh_token).to_revoke

    @pytest.mark.parametrize("token_type", ["Bearer", "bearer", "BEARER", "bEaReR"])
    def test_token_type_in_any_case(self, token_type: str) -> None:
        """RFC 6749 §5.1: it is case-insensitive."""
        assert "at" == read(token_type=token_type).access_token

    @pytest.mark.parametrize(
        "changes", [{"expires_in": v} for v in (ABSENT, None, "x", -1, True)] + [{"expire_in": 1767582900}]
    )
    def test_lifetimes_are_not_read(self, changes: dict[str, object]) -> None:
        """ThaID: `expire_in` has been seen as an absolute time."""
        assert "at" == read(**changes).access_token

    def test_unsigned_claims_are_not_read(self) -> None:
        """ThaID, R5.9: without an ID token, `pid` at the top level proves nothing."""
        response = answer(changed(TOKENS, {"id_token": ABSENT, "pid": "1234567890121", "sub": "x"}))
        assert "identity_provider_answer_invalid" == failed(response).code

    @pytest.mark.parametrize("name", ["token_type", "id_token", "access_token"])
    @pytest.mark.parametrize("value", [ABSENT, None, "", "ก", 1, True, ["Bearer"], {}])
    def test_what_is_needed(self, name: str, value: object) -> None:
        """R5.9: fails closed; an ID token that is no token fails when it is verified."""
        if (name, value) == ("id_token", "ก"):
            assert "ก" == read(id_token=value).id_token
        else:
            response = answer(changed(TOKENS, {name: value}))
            assert "identity_provider_answer_invalid" == failed(response).code

    @pytest.mark.parametrize("token_type", ["DPoP", "mac", "Bearer "])
    def test_another_token_type(self, token_type: str) -> None:
        """RFC 6749 §7.1: what is not understood is not used."""
        assert "identity_provider_answer_invalid" == failed(answer({**TOKENS, "token_type": token_type})).code

    @pytest.mark.parametrize(
        ("status", "error", "kind", "code"),
        [
            (401, "invalid_client", Misconfigured, "identity_provider_registration"),
            (400, "unauthorized_client", Misconfigured, "identity_provider_registration"),
            (400, "invalid_request", Misconfigured, "identity_provider_registration"),
            (400, "invalid_scope", Misconfigured, "identity_provider_registration"),
            (400, "unsupported_grant_type", Misconfigured, "identity_provider_registration"),
            (400, "invalid_grant", ProviderFailed, "identity_provider_answer_invalid"),
            (200, "invalid_grant", ProviderFailed, "identity_provider_answer_invalid"),
            (400, "access_denied", Misconfigured, "identity_provider_registration"),
            (401, "access_denied", Misconfigured, "identity_provider_registration"),
            (400, "something_else", ProviderFailed, "identity_provider_answer_invalid"),
            (400, ["invalid_client"], ProviderFailed, "identity_provider_answer_invalid"),
            (401, "something_else", Misconfigured, "identity_provider_registration"),
            (500, "Internal Server Error", ProviderFailed, "identity_provider_unavailable"),
            (503, "temporarily_unavailable", ProviderFailed, "identity_provider_unavailable"),
        ],
    )
    def test_errors(self, status: int, error: object, kind: type, code: str) -> None:
        """ThaID, errors: whose turn it is to do something."""
        actual = failed(answer({"error": error, "error_description": "s3cret"}, status=status))
        assert (kind, code) == (type(actual), actual.code)
        assert "s3cret" not in str(actual)

    @pytest.mark.parametrize(
        ("error", "description", "kind"),
        [
            ("invalid_request", "Invalid Authorization Code", ProviderFailed),
            ("invalid_request", "invalid authorization_code", ProviderFailed),
            ("invalid_request", "The code has expired", ProviderFailed),
            ("invalid_request", "The redirect or callback url mismatch", Misconfigured),
            ("invalid_request", "authorization code: Redirect URI mismatch", Misconfigured),
            ("invalid_request", "invalid encoding", Misconfigured),
            ("invalid_request", None, Misconfigured),
            ("invalid_request", ["Invalid Authorization Code"], Misconfigured),
            ("invalid_grant", "Invalid Authorization Code", ProviderFailed),
            ("invalid_grant", None, ProviderFailed),
            ("invalid_grant", "redirect_uri mismatch", Misconfigured),
        ],
    )
    @pytest.mark.parametrize("status", [400, 401])
    def test_a_code_or_the_registration(
        self, status: int, error: str, description: object, kind: type
    ) -> None:
        """F30: a code that is too old would be called our registration's fault, or a wrong redirect URI the code's."""
        actual = failed(answer({"error": error, "error_description": description}, status=status))
        code = {
            ProviderFailed: "identity_provider_answer_invalid",
            Misconfigured: "identity_provider_registration",
        }[kind]
        assert (kind, code) == (type(actual), actual.code)
        assert not isinstance(description, str) or description not in actual.detail

    @pytest.mark.parametrize(
        ("response", "code"),
        [
            (answer(b"<html>", 200), "identity_provider_answer_invalid"),
            (answer(b'{"access_token": "a', 200), "identity_provider_answer_invalid"),
            (answer(b'{"id_token": "a", "id_token": "b"}', 200), "identity_provider_answer_invalid"),
            (answer(b"", 204), "identity_provider_answer_invalid"),
            (answer(TOKENS, 201), "identity_provider_answer_invalid"),
            (answer(b"", 302), "identity_provider_answer_invalid"),
            (answer(b"<html>blocked</html>", 403), "identity_provider_answer_invalid"),
            (answer(b"<html>", 401), "identity_provider_registration"),
            (answer(b"<html>", 429), "identity_provider_unavailable"),
            (answer(b"<html>", 502), "identity_provider_unavailable"),
        ],
        ids=range(10),
    )
    def test_other_answers(self, response: Response, code: str) -> None:
        """R5.8: 302, HTML, truncated JSON → typed error."""
        assert code == failed(response).code

    def test_reprs_show_no_token(self) -> None:
        """R7.2: token responses written to logs are the commonest fault of public integrations."""
        answered = TokenAnswer(id_token="s3cret", access_token="s3cret", refresh_token="s3cret")
        assert "s3cret" not in repr(answered)


class TestRevocationAndIntrospection:
    @pytest.mark.parametrize("make", [revocation_request, introspection_request])
    @pytest.mark.parametrize("authentication", ["client_secret_basic", "client_secret_post"])
    @pytest.mark.parametrize("secret", SECRETS)
    def test_request(self, make: Any, authentication: ClientAuthentication, secret: str) -> None:
        """F34: a server that takes the secret in the body at the token endpoint would be shown Basic here."""
        request = make(Client(id="p", secret=secret, authentication=authentication), ENDPOINT, "t+/ &")
        posted = {"client_id": ["p"], "client_secret": [secret]} if "post" in authentication else {}
        assert ("POST", ENDPOINT, {"token": ["t+/ &"], **posted}) == (
            request.method,
            request.url,
            form(request),
        )
        assert ("basic" in authentication) == ("Authorization" in request.headers)

    @pytest.mark.parametrize(
        ("bearer_prefix", "expected"),
        [("none", ["t", "t"]), ("introspection", ["Bearer t", "t"]), ("both", ["Bearer t", "Bearer t"])],
    )
    def test_bearer_prefix(self, bearer_prefix: BearerPrefix, expected: list[str]) -> None:
        """F34: DOPA's document has the prefix, its samples differ."""
        client = Client(id="p", secret="s", bearer_prefix=bearer_prefix)
        requests = [make(client, ENDPOINT, "t") for make in (introspection_request, revocation_request)]
        assert [{"token": [token]} for token in expected] == [form(request) for request in requests]

    @pytest.mark.parametrize("body", [b"", b"{}", b'{"message": "ok"}', b"<html>"])
    def test_any_200_is_a_revocation(self, body: bytes) -> None:
        """RFC 7009 §2.2: the status says it all; the same body with another status is none."""
        process_revocation(answer(body), STANDARD_ERRORS)
        with pytest.raises(ElaasIdentityError):
            process_revocation(replace(answer(body), status=400), STANDARD_ERRORS)

    @pytest.mark.parametrize(
        ("response", "code"),
        [
            (answer({"error": "invalid_client"}, 401), "identity_provider_registration"),
            (answer({"error": "access_denied"}, 401), "identity_provider_registration"),  # F30
            (answer(b"", 401), "identity_provider_registration"),
            (answer(b"", 503), "identity_provider_unavailable"),
            (answer(b"", 302), "identity_provider_answer_invalid"),
            (answer(b"", 404), "identity_provider_answer_invalid"),
        ],
        ids=range(6),
    )
    def test_other_answers(self, response: Response, code: str) -> None:
        """Else a token that is still good would be taken for a revoked one."""
        for process in (process_revocation, process_introspection):
            with pytest.raises(ElaasIdentityError) as caught:
                process(response, STANDARD_ERRORS)
            assert code == caught.value.code

    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ({"active": False}, Introspection(active=False)),
            (
                {"active": True, "sub": "x", "scope": "openid pid", "exp": 1},
                Introspection(active=True, subject="x", scopes=("openid", "pid")),
            ),
        ],
    )
    def test_introspection(self, body: object, expected: Introspection) -> None:
        """ThaID: `{"active": bool, "sub", "scope"}`."""
        assert expected == process_introspection(answer(body), STANDARD_ERRORS)

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"active": "true"},
            {"active": 1},
            {"active": True, "sub": 1},
            {"active": True, "scope": ["a"]},
            b"[]",
        ],
    )
    def test_introspection_of_wrong_types(self, body: object) -> None:
        """R5.8: "false" in quotes is true to Python."""
        with pytest.raises(ProviderFailed):
            process_introspection(answer(body), STANDARD_ERRORS)
