"""`elaas-identity thaid probe` tells each guise of ThaID by what it does, and shows nobody's data."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from elaas_identity import Misconfigured, ProviderFailed, Refused, ThaID
from elaas_identity.cli import main, thaid_findings, thaid_probe
from elaas_identity.cli.thaid_probe import SECRET_FROM, Landing, Probe, told
from elaas_identity.oidc.http import Request, Response
from elaas_identity.providers.thaid import DEFAULT_SCOPES
from elaas_identity.testing import Client, Switches, ThaIDEmulator
from elaas_identity.testing.citizens import OFFICER

ISSUER = "https://thaid.test"
CLIENT = Client(
    client_id="portal", client_secret="s3cret+/ :%", redirect_uris=("http://127.0.0.1:8400/auth/callback",)
)
AUTH_TIME = {"absent_auth_time": "refuse"}


class World:
    """A probe, and ThaID in one of its guises."""

    def __init__(self, switches: Switches, client: Client = CLIENT, **options: Any) -> None:
        self.emulator = ThaIDEmulator(ISSUER, clients=(client,), switches=switches)
        self.trips = 0
        self.probe = Probe(
            client_id=client.client_id,
            client_secret=client.client_secret,
            redirect_uri=next(iter(client.redirect_uris)),
            issuer=ISSUER,
            transport=self.emulator.transport,
            trip=self.trip,
            **options,
        )

    def trip(self, url: str) -> str:
        self.trips += 1
        return urlsplit(self.emulator.approve(url, OFFICER)).query


@pytest.mark.parametrize(
    ("switches", "settings", "trips"),
    [
        (Switches(), {}, 1),
        (Switches(enforce_pkce=True), {"pkce": "proven"}, 2),
        (Switches(enforce_pkce=True, errors="standard"), {"pkce": "proven"}, 2),
        (Switches(echo_nonce=False), {"nonce": "open_to_code_injection"}, 1),
        (Switches(echo_nonce=False, enforce_pkce=True), {"nonce": "if_returned", "pkce": "proven"}, 2),
        (Switches(decodes_basic=False), {"basic_credentials": "raw"}, 1),
        (Switches(bearer_prefix="required"), {"bearer_prefix": "both"}, 1),
        (Switches(bearer_prefix="refused"), {}, 1),
        (Switches(issue_refresh_token=True, lifetime="expire_in"), {}, 1),
    ],
    ids=str,
)
def test_each_guise_gives_its_settings(switches: Switches, settings: dict[str, Any], trips: int) -> None:
    """What nobody has measured in public is settled in minutes: nonce, PKCE, Basic, the form of a token."""
    world = World(switches)
    seen = world.probe.observe()
    assert (settings, AUTH_TIME) == (thaid_findings.settings(seen), thaid_findings.policy(seen))
    assert trips == world.trips
    assert (not switches.echo_nonce and not switches.enforce_pkce) is bool(thaid_findings.warnings(seen))
    made: dict[str, Any] = {
        "client_id": "portal",
        "client_secret": "s3cret",
        "redirect_uri": "https://portal.test/cb",
    }
    ThaID(**made, **thaid_findings.settings(seen)).close()  # else it would suggest what is refused
    assert switches.issue_refresh_token is seen.refresh_token
    left = world.emulator._grants
    assert ({}, {}) == (left._access_tokens, left._refresh_tokens)


@pytest.mark.parametrize(
    ("change", "settings", "policy", "warned"),
    [
        (lambda given: {**given, "ial": 2.3}, {}, AUTH_TIME, ""),
        (
            lambda given: {**given, "ial": "high"},
            {},
            {"minimum_ial": None, **AUTH_TIME},
            "no assurance level",
        ),
        (lambda given: {key: given[key] for key in given if key != "auth_time"}, {}, {}, ""),
        (
            lambda given: {key: given[key] for key in given if key != "pid"},
            {"national_id_from": "sub", "scopes": ("openid", "ial", "name", "name_en")},
            AUTH_TIME,
            "",
        ),
        (
            lambda given: {key: given[key] for key in given if not key.startswith("name")},
            {"scopes": ("openid", "pid", "ial")},
            AUTH_TIME,
            "no name came",
        ),
        (lambda given: {**given, "pid": "1", "sub": "x"}, {}, AUTH_TIME, "no national ID"),
    ],
)
def test_claims_are_told_by_their_form(
    change: Callable[[dict[str, Any]], dict[str, Any]],
    settings: dict[str, Any],
    policy: dict[str, Any],
    warned: str,
) -> None:
    """A level as a number, a name that does not come, an ID in `sub` alone: each has its setting or its warning."""
    world = World(Switches())
    world.emulator.alter_id_token = change
    seen = world.probe.observe()
    assert (settings, policy) == (thaid_findings.settings(seen), thaid_findings.policy(seen))
    assert (warned != "") is bool(thaid_findings.warnings(seen))
    assert warned in " ".join(thaid_findings.warnings(seen))


def test_a_client_without_the_right_to_pid() -> None:
    """ThaID refuses the scope before anybody is asked; without it, the ID is read from `sub`."""
    scopes = ("openid", "ial", "name")
    world = World(Switches(), replace(CLIENT, scopes=scopes), scopes=scopes)
    assert {"national_id_from": "sub", "scopes": scopes} == thaid_findings.settings(world.probe.observe())


def test_a_secret_that_encoding_does_not_change_tells_nothing_of_it() -> None:
    """Else a guess would be called a fact."""
    seen = World(Switches(decodes_basic=False), replace(CLIENT, client_secret="s3cret")).probe.observe()
    assert {} == thaid_findings.settings(seen)
    assert "not to be told" in dict(thaid_findings.facts(seen))["Basic is percent-decoded"]


def test_published_metadata_that_differ_are_discovered() -> None:
    """Endpoints that have moved would be asked at their old places."""
    world = World(Switches())

    def moved(endpoint: str, response: Response) -> Response:
        if endpoint != "discovery":
            return response
        document = json.loads(response.body)
        del document["revocation_endpoint"]
        return replace(response, body=json.dumps(document).encode())

    world.emulator.alter_response = moved
    assert {"metadata": None} == thaid_findings.settings(world.probe.observe())


def test_it_goes_no_further_where_the_registration_or_the_person_says_no() -> None:
    """A wrong secret is told before anybody makes a trip; who says no is not asked again."""
    world = World(Switches(api_key="k3y"))
    with pytest.raises(Misconfigured, match="api_key"):
        world.probe.observe()
    assert 0 == world.trips
    assert World(Switches(api_key="k3y"), api_key="k3y").probe.observe().nonce_echoed

    world = World(Switches())
    world.probe._trip = lambda url: urlsplit(world.emulator.deny(url)).query
    with pytest.raises(Refused, match="identity_denied"):
        world.probe.observe()
    world = World(Switches())
    world.probe._trip = lambda url: "state=another&code=x"
    with pytest.raises(Refused, match="callback_malformed"):
        world.probe.observe()


def personal() -> list[str]:
    return [OFFICER.national_id.reveal(), OFFICER.given_name, OFFICER.family_name, OFFICER.family_name_en]


def test_the_report_has_no_personal_data_and_no_secret() -> None:
    """It is pasted into tickets."""
    seen = World(Switches(issue_refresh_token=True)).probe.observe()
    report = told(seen, issuer=ISSUER, client_id="portal", redirect_uri="http://127.0.0.1:8400/auth/callback")
    assert [] == [each for each in (*personal(), CLIENT.client_secret) if each in report + repr(seen)]
    assert f"scopes granted {'.' * 31} {' '.join(DEFAULT_SCOPES)}" in report
    assert "issuer='https://thaid.test'," in report
    assert "FlowPolicy(absent_auth_time='refuse')" in report


def test_the_command_over_real_sockets(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the command line to the report: the URL is opened, the browser comes back to this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        redirect_uri = f"http://127.0.0.1:{free.getsockname()[1]}/auth/callback"
    client = replace(CLIENT, redirect_uris=(redirect_uri,))
    with ThaIDEmulator.served(clients=(client,), switches=Switches(enforce_pkce=True)) as thaid:
        before = Landing.trip

        def trip(landing: Landing, url: str) -> str:
            back = thaid.approve(url, OFFICER)
            assert (
                404 == httpx.get(redirect_uri.replace("callback", "favicon.ico"), trust_env=False).status_code
            )
            assert 200 == httpx.get(back, trust_env=False).status_code
            return before(landing, url)

        monkeypatch.setattr(Landing, "trip", trip)
        monkeypatch.setenv(SECRET_FROM, client.client_secret)
        where = ["--issuer", thaid.issuer, "--client-id", "portal", "--redirect-uri", redirect_uri]
        assert 0 == main(["thaid", "probe", *where])
    shown = capsys.readouterr().out
    assert 2 == shown.count("Open this in a browser")
    assert "pkce='proven'" in shown
    assert [] == [each for each in (*personal(), client.client_secret) if each in shown]


@pytest.mark.parametrize(
    "uri",
    ["https://portal.test/cb", "http://portal.test:80/cb", "http://127.0.0.1/cb", "http://127.0.0.1:8400"],
)
def test_a_redirect_uri_that_nobody_would_come_back_to(uri: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The command would wait a quarter of an hour for nothing."""
    with pytest.raises(SystemExit) as ended:
        main(["thaid", "probe", "--sandbox", "--client-id", "portal", "--redirect-uri", uri])
    assert 2 == ended.value.code
    assert re.search(r"--redirect-uri: http://127\.0\.0\.1:PORT/path", capsys.readouterr().err)


def test_the_secret_is_no_argument(capsys: pytest.CaptureFixture[str]) -> None:
    """Every process of the machine reads the arguments of every other."""
    with pytest.raises(SystemExit):
        main(["thaid", "probe", "--client-id", "portal", "--client-secret", "s3cret"])
    assert "unrecognized arguments" in capsys.readouterr().err


def test_nobody_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command would stand for ever."""
    monkeypatch.setattr(thaid_probe, "PATIENCE", 0)
    landing = Landing("http://127.0.0.1:8400/cb")
    with pytest.raises(ProviderFailed, match="nobody came back"):
        landing.trip("https://thaid.test")
    assert 200 == landing.handle(Request(method="GET", url="/cb?code=1")).status
    assert "code=1" == landing.trip("https://thaid.test")
