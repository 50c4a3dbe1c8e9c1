from __future__ import annotations

from typing import Any

import pytest

from elaas_identity.errors import Misconfigured, ProviderFailed
from elaas_identity.oidc.http import Request, Response
from elaas_identity.oidc.metadata import Metadata, discovery_request, process_discovery, same_origin
from tests.oidc.lying_provider import ABSENT, ISSUER, LyingProvider, answer

DISCOVERY = Request(method="GET", url=f"{ISSUER}/.well-known/openid-configuration")


def discovered(**changes: Any) -> Metadata:
    provider = LyingProvider()
    provider.metadata_changes = changes
    return process_discovery(provider.handle(DISCOVERY), ISSUER)


def refusal(response: Response) -> ProviderFailed:
    with pytest.raises(ProviderFailed) as caught:
        process_discovery(response, ISSUER)
    return caught.value


@pytest.mark.parametrize("issuer", [ISSUER, ISSUER + "/"])
def test_discovery_is_asked_for_at_its_one_place(issuer: str) -> None:
    """Discovery §4.1: a final slash of the issuer is dropped before the path is put on."""
    assert DISCOVERY == discovery_request(issuer)


def test_discovery_is_read_to_the_letter() -> None:
    """ThaID: the trailing slash matters; the misspelt `subject_type_supported` does not."""
    expected = Metadata(
        issuer=ISSUER,
        authorization_endpoint=f"{ISSUER}/api/v2/oauth2/auth/",
        token_endpoint=f"{ISSUER}/api/v2/oauth2/token/",
        revocation_endpoint=f"{ISSUER}/api/v2/oauth2/revoke/",
        introspection_endpoint=f"{ISSUER}/api/v2/oauth2/introspect/",
        jwks_uri=f"{ISSUER}/jwks/",
    )
    assert expected == discovered()


def test_optional_endpoints_may_be_missing() -> None:
    """Else a provider without introspection could not be used at all."""
    assert (None, None) == (
        discovered(revocation_endpoint=ABSENT).revocation_endpoint,
        discovered(introspection_endpoint=None).introspection_endpoint,
    )


@pytest.mark.parametrize(("announced", "expected"), [(True, True), (False, False), (ABSENT, False)])
def test_rfc_9207_is_required_where_it_is_announced(announced: object, expected: bool) -> None:
    """R5.7: else a missing `iss` would pass at a provider that always sends it."""
    metadata = discovered(authorization_response_iss_parameter_supported=announced)
    assert expected == metadata.issuer_in_callback


@pytest.mark.parametrize(
    "issuer", [ISSUER + "/", ISSUER.upper(), "https://other.example", "", None, 1, ABSENT]
)
def test_another_issuer_is_refused(issuer: object) -> None:
    """R5.4: the issuer is compared to the letter."""
    with pytest.raises(ProviderFailed, match="another issuer") as caught:
        discovered(issuer=issuer)
    assert "identity_provider_answer_invalid" == caught.value.code


@pytest.mark.parametrize(
    "name", ["authorization_endpoint", "token_endpoint", "jwks_uri", "revocation_endpoint"]
)
@pytest.mark.parametrize(
    "url",
    [
        "http://provider.example.go.th/x",
        "https://evil.example/x",
        "https://provider.example.go.th:8443/x",
        "https://provider.example.go.th@evil.example/x",
        "https://user@provider.example.go.th/x",
        "https://provider.example.go.th/x#f",
        "https://provider.example.go.th\\@evil.example/x",
        "https://provider.example.go.th\n/x",
        "https://provider.example.go.th:port/x",
        "https://[provider.example.go.th/x",
        "/x",
        "",
        7,
        ["https://provider.example.go.th/x"],
    ],
)
def test_endpoints_elsewhere_are_refused(name: str, url: object) -> None:
    """Else discovery could send the client secret, or the person, to another host, or in the clear."""
    with pytest.raises(ProviderFailed, match=name) as caught:
        discovered(**{name: url})
    assert "identity_provider_answer_invalid" == caught.value.code


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
def test_needed_endpoints_must_be_there(name: str) -> None:
    """Else the flow would break later, with a worse error."""
    with pytest.raises(ProviderFailed, match=name):
        discovered(**{name: ABSENT})


def test_a_wrong_type_is_not_read_as_no() -> None:
    """R5.7: "true" in quotes must not switch the check off."""
    with pytest.raises(ProviderFailed, match="not a boolean"):
        discovered(authorization_response_iss_parameter_supported="true")


@pytest.mark.parametrize(
    ("response", "code"),
    [
        (answer(b"<html>maintenance</html>"), "identity_provider_answer_invalid"),
        (answer(b'{"issuer": "https:'), "identity_provider_answer_invalid"),
        (answer({}, status=302), "identity_provider_answer_invalid"),
        (answer({}, status=404), "identity_provider_answer_invalid"),
        (answer({}, status=429), "identity_provider_unavailable"),
        (answer({}, status=500), "identity_provider_unavailable"),
        (answer(b"<html>", status=503), "identity_provider_unavailable"),
    ],
)
def test_what_is_no_metadata_is_a_typed_error(response: Response, code: str) -> None:
    """R5.8: redirects, pages and half an answer."""
    assert code == refusal(response).code


METADATA: dict[str, Any] = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/a",
    "token_endpoint": f"{ISSUER}/t",
    "jwks_uri": f"{ISSUER}/j",
}


@pytest.mark.parametrize("name", METADATA)
@pytest.mark.parametrize(
    "url",
    [
        "http://provider.example.go.th/",
        "ftp://127.0.0.1/",
        "https:///x",
        "https://a.example/#f",
        "x",
        "https://u@a.example",
        "https://a.example\\x",
    ],
)
def test_written_metadata_is_https_too(name: str, url: str) -> None:
    """Else a slip of the pen would send secrets in the clear."""
    with pytest.raises(Misconfigured, match=name) as caught:
        Metadata(**{**METADATA, name: url})
    assert "identity_provider_settings" == caught.value.code


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.1", "[::1]"])
def test_http_is_for_loopback(host: str) -> None:
    """Else no emulator could be used."""
    urls = {name: url.replace(ISSUER, f"http://{host}:8080") for name, url in METADATA.items()}
    assert f"http://{host}:8080/t" == Metadata(**urls).token_endpoint


@pytest.mark.parametrize(
    "host", ["localhost.evil.example", "127.0.0.1.nip.io", "10.0.0.1", "0.0.0.0", "2130706433"]
)
def test_what_looks_like_loopback_is_not(host: str) -> None:
    """Else plain http would leave the machine."""
    with pytest.raises(Misconfigured):
        Metadata(**{**METADATA, "token_endpoint": f"http://{host}/t"})


def test_an_issuer_has_no_query() -> None:
    """Discovery §3: else issuers that are not the same could share a path."""
    with pytest.raises(Misconfigured):
        Metadata(**{**METADATA, "issuer": ISSUER + "/?a"})


@pytest.mark.parametrize(
    ("url", "expected"),
    [("https://a.example:443/x", True), ("https://A.example/x", True), ("https://a.example:444/x", False)],
)
def test_an_origin_is_scheme_host_and_port(url: str, expected: bool) -> None:
    """RFC 6454: a default port written out is the same origin."""
    assert expected == same_origin(url, "https://a.example")
