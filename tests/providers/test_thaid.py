from __future__ import annotations

import asyncio
import base64
import copy
import json
import pickle
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, RSAKey

from elaas_identity import (
    AsyncElaasIdentity,
    AsyncThaID,
    ElaasIdentity,
    ElaasIdentityError,
    FlowPolicy,
    Misconfigured,
    NationalID,
    ProviderFailed,
    ThaID,
    VerifiedIdentity,
)
from elaas_identity.oidc.authorization import parse_callback
from elaas_identity.oidc.http import Request, Response
from elaas_identity.oidc.id_token import IDToken
from elaas_identity.oidc.jwks import COOL_DOWN, FRESH_FOR, STALE_FOR
from elaas_identity.oidc.token import Grant
from elaas_identity.person.assurance import IAL
from elaas_identity.policy import FOR_TESTS
from elaas_identity.providers.memory import AsyncMemoryStore, MemoryStore
from elaas_identity.providers.thaid import (
    DEFAULT_SCOPES,
    PRODUCTION,
    SANDBOX,
    Profile,
    pinned_metadata,
)
from elaas_identity.testing.outbox import AsyncOutbox, Outbox
from tests.oidc.lying_provider import (
    ABSENT,
    CLIENT_ID,
    CLIENT_SECRET,
    ISSUER,
    KEY,
    KEYRING,
    NATIONAL_ID,
    NOW,
    OTHER_KEY,
    REDIRECT_URI,
    LyingProvider,
    answer,
    changed,
    proof,
)

REQUIRED: dict[str, Any] = {
    "client_id": CLIENT_ID,
    "client_secret": CLIENT_SECRET,
    "redirect_uri": REDIRECT_URI,
}
TICK = timedelta(microseconds=1)
DOWN = ProviderFailed("identity_provider_unavailable", detail="down")


# The profile


def profile(**options: Any) -> Profile:
    return Profile(**{"issuer": ISSUER, **REQUIRED, **options})


def identity(profile_options: dict[str, Any] | None = None, **claims: object) -> VerifiedIdentity:
    base = {
        "pid": NATIONAL_ID,
        "name": "นายสมมติ ตัวอย่าง",
        "name_en": "Mr. Sommut Tuayang (invented)",
        "ial": "2.3",
    }
    token = IDToken(subject="the-subject", auth_time=NOW, claims=changed(base, claims))
    return profile(**(profile_options or {})).identity(token, NOW)


class TestProfile:
    @pytest.mark.parametrize("issuer", [PRODUCTION, SANDBOX, "http://127.0.0.1:8080", ISSUER + "/"])
    def test_pinned_endpoints(self, issuer: str) -> None:
        """ThaID, endpoints: the trailing slash matters, and there is never a double one."""
        host = issuer.removesuffix("/")
        metadata = pinned_metadata(issuer)
        assert (
            issuer,
            f"{host}/api/v2/oauth2/auth/",
            f"{host}/api/v2/oauth2/token/",
            f"{host}/api/v2/oauth2/introspect/",
            f"{host}/api/v2/oauth2/revoke/",
            f"{host}/jwks/",
        ) == (
            metadata.issuer,
            metadata.authorization_endpoint,
            metadata.token_endpoint,
            metadata.introspection_endpoint,
            metadata.revocation_endpoint,
            metadata.jwks_uri,
        )

    def test_hosts(self) -> None:
        """ThaID, hosts: a slip would send a person's login elsewhere."""
        assert ("https://imauth.bora.dopa.go.th", "https://imauthsbx.bora.dopa.go.th") == (
            PRODUCTION,
            SANDBOX,
        )

    def test_default_scopes(self) -> None:
        """R5.10: the least that the flow needs."""
        assert ("openid", "pid", "ial", "name", "name_en") == DEFAULT_SCOPES == profile().relying_party.scopes

    @pytest.mark.parametrize(
        ("issuer", "expected"),
        [
            (ISSUER + "/", ISSUER),
            (ISSUER + "//", ISSUER),
            (ISSUER.replace("provider", "PROVIDER"), ISSUER),
            (ISSUER.replace("https", "HTTPS") + ":443/", ISSUER),
            ("http://localhost:80/", "http://localhost"),
            ("http://127.0.0.1:8443", "http://127.0.0.1:8443"),
            (ISSUER + "/path/", ISSUER + "/path"),
        ],
    )
    def test_an_issuer_as_thaid_writes_it(self, issuer: str, expected: str) -> None:
        """F36: the slip would be found out after the person has been to ThaID, as an answer that cannot be believed."""
        made = profile(issuer=issuer)
        assert made.metadata is not None
        assert (expected, expected, f"{expected}/jwks/") == (
            made.relying_party.issuer,
            made.metadata.issuer,
            made.metadata.jwks_uri,
        )
        assert expected == profile(issuer=issuer, metadata=pinned_metadata(issuer)).relying_party.issuer

    @pytest.mark.parametrize(
        "options",
        [
            {"scopes": ("openid", "pid", "smartcard_code")},
            {"scopes": ("pid", "ial")},
            {"scopes": ("openid", "ial")},
            {"scopes": ("openid", "ial"), "national_id_from": "pid"},
            {"national_id_from": "name"},
            {"client_authentication": "none"},
            {"client_authentication": "private_key_jwt"},
            {"basic_credentials": "base64"},
            {"basic_credentials": "raw", "client_secret": "ความลับ"},
            {"bearer_prefix": "revocation"},
            {"nonce": "if_returned"},
            {"nonce": "if_returned", "pkce": "sent"},
            {"nonce": "never"},
            {"pkce": "plain"},
            {"api_key": "a b"},
            {"api_key": "k\r\nX: y"},
            {"api_key": ""},
            {"api_key": "k", "api_key_header": "x: y"},
            {"api_key": "k", "api_key_header": ""},
            {"metadata": pinned_metadata(PRODUCTION)},
            {"algorithms": ("none",)},
            {"leeway": timedelta(seconds=61)},
            {"issuer": "http://imauth.bora.dopa.go.th"},
            {"issuer": "http://10.0.0.1"},
            {"issuer": ISSUER + "/\n"},
            {"issuer": "ftp://localhost/"},
            {"issuer": ""},
            {"redirect_uri": "http://portal.example.go.th/cb"},
            {"client_id": ""},
            {"client_secret": ""},
        ],
        ids=str,
    )
    def test_bad_settings(self, options: dict[str, Any]) -> None:
        """R5.2, R5.4, R5.10: refused at once, and said to be the portal's; in the words of its developer."""
        with pytest.raises(Misconfigured) as caught:
            profile(**options)
        assert "identity_provider_settings" == caught.value.code
        assert caught.value.detail

    @pytest.mark.parametrize(
        "options",
        [
            {"nonce": "if_returned", "pkce": "proven"},
            {"nonce": "open_to_code_injection"},
            {"nonce": "open_to_code_injection", "pkce": "proven"},
            {"scopes": ("openid", "ial"), "national_id_from": "sub"},
            {"scopes": (*DEFAULT_SCOPES, "house_address")},
            {"issuer": "http://localhost:8080"},
            {"metadata": pinned_metadata(ISSUER)},
            {"api_key": "k", "api_key_header": "api-key"},
        ],
        ids=str,
    )
    def test_good_settings(self, options: dict[str, Any]) -> None:
        """Else what ThaID tells of could not be configured, or would be taken and forgotten."""
        party = profile(**options).relying_party
        assert {
            "nonce": party.nonce_rule,
            "scopes": party.scopes,
            "issuer": party.issuer,
            "api_key": next(iter(party.client.headers.values()), None),
        } == {
            "nonce": options.get("nonce", "required"),
            "scopes": options.get("scopes", DEFAULT_SCOPES),
            "issuer": options.get("issuer", ISSUER),
            "api_key": options.get("api_key"),
        }


class TestIdentity:
    def test_a_person(self) -> None:
        """The happy path."""
        expected = VerifiedIdentity(
            issuer=ISSUER,
            subject="the-subject",
            national_id=NationalID(NATIONAL_ID),
            name_th="นายสมมติ ตัวอย่าง",
            name_en="Mr. Sommut Tuayang (invented)",
            ial=IAL(2, 3),
            auth_time=NOW,
            verified_at=NOW,
        )
        assert expected == identity()

    @pytest.mark.parametrize(
        "pid",
        [
            ABSENT,
            None,
            "",
            "1234567890123",
            "123456789012",
            "๑๒๓๔๕๖๗๘๙๐๑๒๑",
            1234567890121,
            [NATIONAL_ID],
            True,
            "x",
        ],
    )
    def test_missing_evidence(self, pid: object) -> None:
        """Invariant 6: our configuration's fault, and reported as such, without the value."""
        with pytest.raises(Misconfigured) as caught:
            identity(pid=pid)
        assert "identity_evidence_missing" == caught.value.code
        assert caught.value.__suppress_context__
        assert "1234567890" not in str(caught.value)

    def test_from_the_subject(self) -> None:
        """ThaID, `pid`: a client without the right to the scope reads `sub`; and only there, where so configured."""
        options = {"scopes": ("openid",), "national_id_from": "sub"}
        assert NationalID(NATIONAL_ID) == identity(options, sub=NATIONAL_ID, pid=ABSENT).national_id
        with pytest.raises(Misconfigured):
            identity(sub=NATIONAL_ID, pid=ABSENT)

    @pytest.mark.parametrize(
        "ial", [ABSENT, None, "", "2.3 ", ["2.3"], "9", True, -2.3, 9, 2.34, float("inf"), 10**30]
    )
    def test_an_unreadable_ial_is_none(self, ial: object) -> None:
        """R1.5: the weakest; what follows from it, the flow's policy says."""
        assert identity(ial=ial).ial is None

    @pytest.mark.parametrize(
        ("ial", "expected"),
        [("2.3", IAL(2, 3)), (2.3, IAL(2, 3)), (1.1, IAL(1, 1)), (3, IAL(3)), (3.0, IAL(3))],
    )
    def test_an_ial_may_be_a_number(self, ial: object, expected: IAL) -> None:
        """F31: each officer would be sent to the district office, because of a missing pair of quotes."""
        assert expected == identity(ial=ial).ial

    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            (ABSENT, None),
            (None, None),
            (7, None),
            ("", None),
            (" \u200b\n", None),
            ("  นาย  ก\u00a0ข ", "นาย ก ข"),
            ("น้ำใจ", "น้ำใจ"),
            ("a\u202eb\x00c\x1b[31m\ud800", "abc[31m"),
            ("ก" * 1000, "ก" * 200),
        ],
    )
    def test_names_are_fit_to_be_shown(self, name: object, expected: str | None) -> None:
        """R7.3: no controls, no direction marks, no half characters, no endless ones."""
        person = identity(name=name, name_en=name)
        assert (expected, expected) == (person.name_th, person.name_en)

    @pytest.mark.parametrize(
        ("claims", "expected"),
        [
            ({"given_name": "สมมติ", "family_name": "ตัวอย่าง"}, ("สมมติ ตัวอย่าง", None)),
            ({"given_name_en": "Sommut", "family_name_en": "Tuayang"}, (None, "Sommut Tuayang")),
            (
                {"title": "นาย", "given_name": "สมมติ", "middle_name": "กลาง", "family_name": "ตัวอย่าง"},
                ("นายสมมติ กลาง ตัวอย่าง", None),
            ),
            (
                {"title_en": "Mr.", "given_name_en": "Sommut", "middle_name_en": "K", "family_name_en": "T"},
                (None, "Mr. Sommut K T"),
            ),
            ({"family_name": "ตัวอย่าง"}, ("ตัวอย่าง", None)),
            ({"title": "นาย", "family_name": "ตัวอย่าง"}, ("นาย ตัวอย่าง", None)),
            ({"middle_name": "กลาง"}, ("กลาง", None)),
            ({"name": "", "given_name": " สม\u200bมติ\n", "family_name": ""}, ("สมมติ", None)),
            ({"name": None, "given_name": 7, "family_name": "ตัวอย่าง"}, ("ตัวอย่าง", None)),
            ({"name": "ทั้งชื่อ", "given_name": "สมมติ"}, ("ทั้งชื่อ", None)),
            ({"name_en": "Whole", "given_name": "สมมติ"}, ("สมมติ", "Whole")),
            ({"title": "นาย"}, (None, None)),
            ({"th_fullname": "นายสมมติ ตัวอย่าง"}, ("นายสมมติ ตัวอย่าง", None)),
            ({"given_name": "ก" * 1000, "family_name": "ข"}, ("ก" * 200, None)),
            ({}, (None, None)),
        ],
        ids=str,
    )
    def test_a_name_of_its_parts(
        self, claims: dict[str, Any], expected: tuple[str | None, str | None]
    ) -> None:
        """F32: the page that guards against relayed QR codes would show nobody's name."""
        person = identity(**{"name": ABSENT, "name_en": ABSENT, **claims})
        assert expected == (person.name_th, person.name_en)
        assert (expected[0] or expected[1] or "") == person.display_name

    @given(
        st.dictionaries(
            st.sampled_from(["pid", "name", "name_en", "ial"]),
            st.none() | st.integers() | st.text() | st.lists(st.text()),
        )
    )
    def test_any_claims_give_a_person_or_a_typed_error(self, claims: dict[str, Any]) -> None:
        """R9.4: no untyped exception."""
        try:
            person = identity(**claims)
        except Misconfigured:
            return
        assert NATIONAL_ID == person.national_id.reveal()


# The provider


class Wire:
    """Transport and asynchronous transport at once, straight into a provider."""

    def __init__(self, provider: LyingProvider) -> None:
        self.provider = provider
        self.closed = 0

    def send(self, request: Request) -> Response:
        return self.provider.handle(request)

    def close(self) -> None:
        self.closed += 1


class AsyncWire(Wire):
    async def send(self, request: Request) -> Response:  # type: ignore[override]
        return self.provider.handle(request)

    async def close(self) -> None:  # type: ignore[override]
        self.closed += 1


@dataclass
class Rig:
    """ThaID or AsyncThaID, in front of a provider in memory."""

    is_async: bool
    runner: asyncio.Runner
    provider: LyingProvider = field(default_factory=LyingProvider)

    def __post_init__(self) -> None:
        self.wire = (AsyncWire if self.is_async else Wire)(self.provider)

    @property
    def kind(self) -> Any:
        return AsyncThaID if self.is_async else ThaID

    def run(self, value: Any) -> Any:
        return self.runner.run(value) if self.is_async else value

    def make(self, **options: Any) -> Any:
        return self.kind(
            **{"issuer": ISSUER, "transport": self.wire, "clock": lambda: NOW, **REQUIRED, **options}
        )

    def callback(self, thaid: Any, attempt: int = 1) -> str:
        url = self.run(thaid.authorization_url(proof(attempt), max_age=timedelta(seconds=60)))
        return self.provider.authorize(url)

    def sign_in(self, thaid: Any, attempt: int = 1, now: Any = NOW) -> Grant:
        self.provider.now = now
        raw = self.callback(thaid, attempt)
        grant: Grant = self.run(thaid.redeem(parse_callback(raw), proof(attempt), now=now))
        return grant

    def refusal(self, thaid: Any, now: datetime = NOW) -> ElaasIdentityError:
        return self.failure(lambda: self.sign_in(thaid, now=now))

    def failure(self, act: Callable[[], Any]) -> ElaasIdentityError:
        with pytest.raises(ElaasIdentityError) as caught:
            act()
        return caught.value


@pytest.fixture(params=[False, True], ids=["sync", "async"])
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """Both twins."""
    with asyncio.Runner() as runner:
        yield Rig(request.param, runner)


def sandbox_of(rig: Rig) -> Any:
    return rig.kind.sandbox(**REQUIRED, transport=rig.wire)


class TestMaking:
    def test_production_is_the_default(self, rig: Rig) -> None:
        """ThaID, hosts: and the sandbox is a method away, never a flag left on."""
        hosts = [
            urlsplit(rig.run(thaid.authorization_url(proof(), max_age=None))).netloc
            for thaid in (rig.kind(**REQUIRED, transport=rig.wire), sandbox_of(rig))
        ]
        assert ["imauth.bora.dopa.go.th", "imauthsbx.bora.dopa.go.th"] == hosts

    def test_does_no_io(self, rig: Rig) -> None:
        """While ThaID is down, the constructor would ask it and fail, or the URL with pinned metadata would."""
        rig.callback(rig.make())
        assert [] == rig.provider.requests

    def test_closes_only_what_is_its_own(self, rig: Rig) -> None:
        """Else others who share the transport would find it closed."""
        rig.run(rig.make().close())
        assert 0 == rig.wire.closed

    def test_closes_its_own_client(self, rig: Rig) -> None:
        """What was never opened closes without a word; what was is shut."""
        thaid = rig.kind(**REQUIRED)
        rig.run(thaid.close())

        async def opened() -> Any:
            return thaid._transport._client()

        client = rig.run(opened()) if rig.is_async else thaid._transport._client()
        assert not client.is_closed
        rig.run(thaid.close())
        assert client.is_closed

    def test_a_context_manager_closes(self, rig: Rig) -> None:
        """For scripts and tests."""
        thaid = rig.make()

        async def awaited() -> Any:
            async with thaid as entered:
                return entered

        if rig.is_async:
            assert thaid is rig.run(awaited())
        else:
            with thaid as entered:
                assert thaid is entered

    def test_a_given_httpx_client_carries(self, rig: Rig) -> None:
        """`http_client` shares the portal's connections; its transport, here a mock, is what is used."""
        asked: list[str] = []

        def handle(request: httpx.Request) -> httpx.Response:
            asked.append(str(request.url))
            mine = rig.provider.handle(
                Request(method=request.method, url=str(request.url), body=request.content)
            )
            return httpx.Response(mine.status, content=mine.body)

        mock = httpx.MockTransport(handle)
        client = httpx.AsyncClient(transport=mock) if rig.is_async else httpx.Client(transport=mock)
        thaid = rig.make(transport=None, http_client=client)
        rig.sign_in(thaid)
        rig.run(thaid.close())
        assert [f"{ISSUER}/api/v2/oauth2/token/", f"{ISSUER}/jwks/"] == asked
        assert not client.is_closed
        closing: Any = client.aclose if isinstance(client, httpx.AsyncClient) else client.close
        rig.run(closing())

    def test_one_way_to_carry(self, rig: Rig) -> None:
        """Else it would be unclear which of the two is used."""
        client = httpx.AsyncClient() if rig.is_async else httpx.Client()
        error = rig.failure(lambda: rig.make(http_client=client))
        assert "identity_provider_settings" == error.code
        closing: Any = client.aclose if isinstance(client, httpx.AsyncClient) else client.close
        rig.run(closing())

    def test_keeps_its_secrets(self, rig: Rig) -> None:
        """R7.2: neither repr nor pickle nor copy gives them away."""
        thaid = rig.make(api_key="s3cret-key")
        assert f"{rig.kind.__name__}(issuer='{ISSUER}', client_id='{CLIENT_ID}')" == repr(thaid)
        for give_away in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match="not pickled"):
                give_away(thaid)

    def test_asks_for_a_fresh_login(self, rig: Rig) -> None:
        """R1.6: `max_age` goes through to the URL."""
        url = rig.run(rig.make().authorization_url(proof(), max_age=timedelta(seconds=60)))
        query = parse_qs(urlsplit(url).query)
        assert (["login"], ["60"]) == (query["prompt"], query["max_age"])


PROXY_VARIABLES = ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY")


class TestProxies:
    @pytest.fixture(autouse=True)
    def nothing_set(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in PROXY_VARIABLES:
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(name.lower(), raising=False)

    def unreadable(self, rig: Rig, name: str, value: str) -> None:
        error = rig.failure(lambda: rig.make(transport=None))
        assert (Misconfigured, "identity_provider_settings") == (type(error), error.code)
        assert f"environment variable {name} " in error.detail
        assert value not in f"{error!s} {error!r}"
        assert error.__cause__ is None

    @pytest.mark.parametrize("name", [*PROXY_VARIABLES[:3], *(name.lower() for name in PROXY_VARIABLES[:3])])
    @pytest.mark.parametrize(
        "value",
        [
            "ftp://s3cret@proxy.example",
            "socks4://s3cret@proxy.example",
            "http://user:s3cret@proxy.example:port",
            "http://user:s3cret@[::1",
            "http://user:s3cret@proxy.example:99999",
            "http://",
            "http://proxy example s3cret",
            "s3cret\tproxy",
        ],
    )
    def test_a_proxy_that_cannot_be_read(
        self, rig: Rig, monkeypatch: pytest.MonkeyPatch, name: str, value: str
    ) -> None:
        """F35: "ThaID is unavailable", and each try of each person would burn an authorization code."""
        monkeypatch.setenv(name, value)
        self.unreadable(rig, name, value)

    @pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
    @pytest.mark.parametrize("value", ["[::1]", "::1/128", "localhost, s3cret:port", "fe80::/10"])
    def test_exceptions_that_cannot_be_read(
        self, rig: Rig, monkeypatch: pytest.MonkeyPatch, name: str, value: str
    ) -> None:
        """F35: IPv6 networks in the list of exceptions are common, and httpx reads none."""
        monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
        monkeypatch.setenv(name, value)
        self.unreadable(rig, name, value)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("HTTPS_PROXY", "http://user:pass@proxy.example:3128"),
            ("ALL_PROXY", "proxy.example:3128"),
            ("http_proxy", "https://proxy.example"),
            ("HTTPS_PROXY", "http://[::1]:3128"),
            ("NO_PROXY", "localhost,127.0.0.1,::1,.go.th,10.0.0.0/8"),
            ("NO_PROXY", "*"),
            ("HTTPS_PROXY", ""),
        ],
    )
    def test_what_can_be_read(self, rig: Rig, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
        """F35: a portal behind a proxy would not start."""
        monkeypatch.setenv(name, value)
        assert rig.make(transport=None)._owns_transport

    def test_what_is_overruled(self, rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
        """F35: a variable that nobody reads would be complained of: lower case comes before upper case."""
        monkeypatch.setenv("HTTPS_PROXY", "ftp://proxy.example")
        monkeypatch.setenv("https_proxy", "http://proxy.example")
        assert rig.make(transport=None)._owns_transport

    def test_clients_of_the_portals_own(self, rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
        """F35: the portal's own client or transport reads the environment, or does not; that is its owner's to say."""
        client = httpx.AsyncClient() if rig.is_async else httpx.Client()
        monkeypatch.setenv("HTTPS_PROXY", "ftp://proxy.example")
        assert rig.wire is rig.make()._transport
        assert client is rig.make(transport=None, http_client=client)._transport._given
        closing: Any = client.aclose if isinstance(client, httpx.AsyncClient) else client.close
        rig.run(closing())

    def test_an_environment_that_changes_later(self, rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
        """F35: a forked worker with another environment would raise something untyped."""
        thaid = rig.make(transport=None, metadata=None)
        monkeypatch.setenv("HTTPS_PROXY", "ftp://proxy.example")
        error = rig.failure(lambda: rig.run(thaid.authorization_url(proof(), max_age=None)))
        assert "environment variable HTTPS_PROXY " in error.detail


class TestScopesAndPolicy:
    def made(
        self, rig: Rig, identity_provider: Any, policy: FlowPolicy
    ) -> AsyncElaasIdentity | ElaasIdentity:
        facade = AsyncElaasIdentity if rig.is_async else ElaasIdentity
        return facade(
            identity_provider=identity_provider,
            mailer=AsyncOutbox() if rig.is_async else Outbox(),  # type: ignore[arg-type]
            store=AsyncMemoryStore() if rig.is_async else MemoryStore(),  # type: ignore[arg-type]
            keyring=KEYRING,
            policy=policy,
        )

    def test_a_level_that_cannot_come(self, rig: Rig) -> None:
        """F31: without its scope the level never comes, and each officer would be sent to the district office."""
        thaid = rig.make(scopes=("openid", "pid", "name"))
        error = rig.failure(lambda: self.made(rig, thaid, FOR_TESTS))
        assert (Misconfigured, "identity_provider_settings") == (type(error), error.code)
        assert "scopes must hold ial" in error.detail
        self.made(rig, thaid, replace(FOR_TESTS, minimum_ial=None))

    def test_a_level_that_comes(self, rig: Rig) -> None:
        """F31: a right configuration, or a provider that says nothing of levels, would be refused."""
        assert FOR_TESTS.minimum_ial is not None
        for provider in (rig.make(), object()):
            assert provider is self.made(rig, provider, FOR_TESTS)._driver._identity_provider


class TestRedeeming:
    def test_a_name_of_its_parts(self, rig: Rig) -> None:
        """F32: a registration with the scopes `given_name family_name` alone would show nobody's name."""
        thaid = rig.make(scopes=("openid", "pid", "ial", "given_name", "family_name"))
        rig.provider.claim_changes = {
            "name": ABSENT,
            "name_en": ABSENT,
            "given_name": "สมมติ",
            "family_name": "ตัวอย่าง",
        }
        assert "สมมติ ตัวอย่าง" == rig.sign_in(thaid).identity.display_name

    def test_a_person(self, rig: Rig) -> None:
        """The happy path: who it is, and what is to be revoked."""
        grant = rig.sign_in(rig.make())
        assert ("Mr. Sommut Tuayang (invented)", NOW - timedelta(seconds=5)) == (
            grant.identity.name_en,
            grant.identity.auth_time,
        )
        assert ("the-refresh-token", "the-access-token") == grant.tokens

    def test_nothing_is_given_away(self, rig: Rig) -> None:
        """R7.2: a grant in a log shows neither person nor token."""
        shown = repr(rig.sign_in(rig.make()))
        for secret in (NATIONAL_ID, "the-refresh-token", "the-access-token", "Sommut", "สมมติ"):
            assert secret not in shown

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"state": proof(2).state}, "callback_malformed"),
            ({"iss": "https://evil.example"}, "callback_malformed"),
            ({"iss": ISSUER + "/"}, "callback_malformed"),
            ({"code": ABSENT, "error": "access_denied"}, "identity_denied"),
            ({"code": ABSENT, "error": "user_denied"}, "identity_denied"),
            ({"code": ABSENT, "error": "duplicate_request"}, "identity_repeated"),
            ({"code": ABSENT, "error": "invalid_scope"}, "identity_provider_registration"),
            ({"code": ABSENT, "error": "unauthorized_client"}, "identity_provider_registration"),
            ({"code": ABSENT, "error": "invalid_request"}, "identity_provider_registration"),
            ({"code": ABSENT, "error": "unsupported_response_type"}, "identity_provider_registration"),
            ({"code": ABSENT, "error": "server_error"}, "identity_provider_unavailable"),
            ({"code": ABSENT, "error": "temporarily_unavailable"}, "identity_provider_unavailable"),
            (
                {"code": ABSENT, "error": "who_knows", "error_description": "<b>s3cret"},
                "identity_provider_answer_invalid",
            ),
        ],
    )
    def test_no_token_request_is_made(self, rig: Rig, changes: dict[str, Any], code: str) -> None:
        """R5.1, R5.7, ThaID (errors at callback): foreign, mixed up, refused: typed, and nobody is asked."""
        rig.provider.callback_changes = changes
        error = rig.failure(lambda: rig.sign_in(rig.make()))
        assert code == error.code
        assert [] == rig.provider.requests
        assert "s3cret" not in str(error)

    @pytest.mark.parametrize(
        ("path", "instead", "code"),
        [
            (
                "/api/v2/oauth2/token/",
                answer({"error": "invalid_client"}, 401),
                "identity_provider_registration",
            ),
            (
                "/api/v2/oauth2/token/",
                answer({"error": "invalid_grant"}, 400),
                "identity_provider_answer_invalid",
            ),
            (
                "/api/v2/oauth2/token/",
                answer({"error": "invalid_request", "error_description": "Invalid Authorization Code"}, 400),
                "identity_provider_answer_invalid",
            ),
            (
                "/api/v2/oauth2/token/",
                answer({"error": "access_denied"}, 401),
                "identity_provider_registration",
            ),
            ("/api/v2/oauth2/token/", answer({"error": "user_denied"}, 401), "identity_denied"),
            ("/api/v2/oauth2/token/", answer(b"<html>", 200), "identity_provider_answer_invalid"),
            ("/api/v2/oauth2/token/", answer(b"", 302), "identity_provider_answer_invalid"),
            ("/api/v2/oauth2/token/", answer(b"", 503), "identity_provider_unavailable"),
            ("/api/v2/oauth2/token/", DOWN, "identity_provider_unavailable"),
            ("/jwks/", answer(b"", 503), "identity_provider_unavailable"),
            ("/jwks/", answer({"keys": []}), "identity_provider_answer_invalid"),
            ("/jwks/", DOWN, "identity_provider_unavailable"),
        ],
        ids=range(12),
    )
    def test_the_provider_fails(self, rig: Rig, path: str, instead: Any, code: str) -> None:
        """R5.8, F30: typed, the code is sent once, and the next attempt of the person works."""
        thaid = rig.make()
        rig.provider.instead = {path: instead}
        assert code == rig.failure(lambda: rig.sign_in(thaid, 1)).code
        assert 1 == len(rig.provider.token_requests)
        rig.provider.instead = {}
        assert NATIONAL_ID == rig.sign_in(thaid, 2).identity.subject

    def test_what_is_unsigned_is_not_believed(self, rig: Rig) -> None:
        """ThaID, R5.9: the copy of the claims beside the ID token is nobody's word."""
        rig.provider.answer_changes = {"pid": "0000000000001", "name": "อื่น", "ial": "3"}
        assert NATIONAL_ID == rig.sign_in(rig.make()).identity.national_id.reveal()
        rig.provider.answer_changes = {"pid": NATIONAL_ID, "id_token": ABSENT}
        assert "identity_provider_answer_invalid" == rig.failure(lambda: rig.sign_in(rig.make())).code

    def test_missing_evidence_is_our_fault(self, rig: Rig) -> None:
        """Invariant 6: `pid` absent."""
        rig.provider.claim_changes = {"pid": ABSENT}
        error = rig.failure(lambda: rig.sign_in(rig.make()))
        assert (Misconfigured, "identity_evidence_missing") == (type(error), error.code)

    def test_a_nonce_that_does_not_come_back(self, rig: Rig) -> None:
        """R5.2: required by default; tolerated with PKCE proven; a wrong one refused by both."""
        strict, lenient = rig.make(), rig.make(nonce="if_returned", pkce="proven")
        rig.provider.claim_changes = {"nonce": ABSENT}
        assert NATIONAL_ID == rig.sign_in(lenient).identity.subject
        assert "`nonce`" in rig.failure(lambda: rig.sign_in(strict)).detail
        rig.provider.claim_changes = {"nonce": "wrong"}
        for thaid in (strict, lenient):
            assert "`nonce`" in rig.failure(lambda mine=thaid: rig.sign_in(mine)).detail  # type: ignore[misc]

    def test_neither_nonce_nor_pkce(self, rig: Rig) -> None:
        """F33: no configuration would run; the loud one takes an absent nonce, says so each time, and no wrong one."""
        thaid = rig.make(nonce="open_to_code_injection")
        assert not rig.sign_in(thaid).open_to_code_injection
        rig.provider.claim_changes = {"nonce": ABSENT}
        assert rig.sign_in(thaid).open_to_code_injection
        assert not rig.sign_in(rig.make(nonce="if_returned", pkce="proven")).open_to_code_injection
        for wrong in ("wrong", "", None, 0):
            rig.provider.claim_changes = {"nonce": wrong}
            assert "`nonce`" in rig.failure(lambda: rig.sign_in(thaid)).detail

    def test_the_loud_choice_is_never_a_default(self, rig: Rig) -> None:
        """F33: a portal would be open to code injection without having asked for it."""
        rig.provider.claim_changes = {"nonce": ABSENT}
        for options in ({}, {"pkce": "proven"}, {"nonce": "required"}):
            error = rig.failure(lambda mine=options: rig.sign_in(rig.make(**mine)))  # type: ignore[misc]
            assert "identity_provider_answer_invalid" == error.code

    def test_an_api_key_goes_with_the_secret(self, rig: Rig) -> None:
        """ThaID, API key: to the endpoints that the client shows itself to, and to no other."""
        thaid = rig.make(api_key="k", api_key_header="api-key", client_authentication="client_secret_post")
        grant = rig.sign_in(thaid)
        rig.run(thaid.revoke(grant))
        rig.run(thaid.introspect("t"))
        sent = [
            (urlsplit(request.url).path, request.headers.get("api-key")) for request in rig.provider.requests
        ]
        assert [
            ("/api/v2/oauth2/token/", "k"),
            ("/jwks/", None),
            ("/api/v2/oauth2/revoke/", "k"),
            ("/api/v2/oauth2/revoke/", "k"),
            ("/api/v2/oauth2/introspect/", "k"),
        ] == sent
        assert b"client_secret=invented-secret" in rig.provider.requests[0].body

    @pytest.mark.parametrize(
        ("options", "authorization"),
        [
            ({}, "czNjcmV0JTNBJTJC"),
            ({"basic_credentials": "raw"}, "czNjcmV0Ois="),
            ({"client_authentication": "client_secret_post"}, None),
        ],
    )
    def test_one_authentication_for_all_endpoints(
        self, rig: Rig, options: dict[str, Any], authorization: str | None
    ) -> None:
        """F34: a server that is shown the secret one way at the token endpoint would be shown it another way later."""
        thaid = rig.make(client_secret="s3cret:+", bearer_prefix="both", **options)
        rig.run(thaid.revoke(rig.sign_in(thaid)))
        rig.run(thaid.introspect("t"))
        posts = [request for request in rig.provider.requests if request.method == "POST"]
        assert 4 == len(posts)
        if authorization is None:
            assert all(b"client_secret=s3cret%3A%2B" in request.body for request in posts)
            assert not any("Authorization" in request.headers for request in posts)
        else:
            secret = base64.b64decode(authorization)
            expected = "Basic " + base64.b64encode(CLIENT_ID.encode() + b":" + secret).decode()
            assert {expected} == {request.headers["Authorization"] for request in posts}
        assert all(b"token=Bearer+" in request.body for request in posts[1:])


class TestRevoking:
    @pytest.mark.parametrize(
        "error", ["invalid_refresh_token", "unsupported_token_hint", "unsupported_token_type"]
    )
    def test_a_token_that_is_not_taken(self, rig: Rig, error: str) -> None:
        """F30: a 401 about the refresh token would be called a wrong client secret."""
        thaid = rig.make()
        grant = rig.sign_in(thaid)
        rig.provider.instead = {"/api/v2/oauth2/revoke/": answer({"error": error}, 401)}
        refused = rig.failure(lambda: rig.run(thaid.revoke(grant)))
        assert "identity_provider_answer_invalid" == refused.code
        assert error in refused.detail

    def test_every_token_is_given_back(self, rig: Rig) -> None:
        """ThaID, revocation."""
        thaid = rig.make()
        rig.run(thaid.revoke(rig.sign_in(thaid)))
        bodies = [request.body for request in rig.provider.asked("/api/v2/oauth2/revoke/")]
        assert [b"token=the-refresh-token", b"token=the-access-token"] == bodies

    def test_one_failure_does_not_keep_the_others(self, rig: Rig) -> None:
        """Else the access token would stay good because the refresh token could not be revoked."""
        thaid = rig.make()
        grant = rig.sign_in(thaid)
        rig.provider.instead = {"/api/v2/oauth2/revoke/": DOWN}
        assert "identity_provider_unavailable" == rig.failure(lambda: rig.run(thaid.revoke(grant))).code
        assert 2 == len(rig.provider.asked("/api/v2/oauth2/revoke/"))

    def test_where_there_is_no_endpoint(self, rig: Rig) -> None:
        """As far as the provider lets us; a question that cannot be asked is a setting."""
        thaid = rig.make(metadata=None)
        rig.provider.metadata_changes = {"revocation_endpoint": ABSENT, "introspection_endpoint": ABSENT}
        rig.run(thaid.revoke(rig.sign_in(thaid)))
        assert "identity_provider_settings" == rig.failure(lambda: rig.run(thaid.introspect("t"))).code

    def test_introspection(self, rig: Rig) -> None:
        """ThaID, introspection."""
        said = rig.run(rig.make().introspect("t&t"))
        assert (True, NATIONAL_ID, ("openid", "pid")) == (said.active, said.subject, said.scopes)
        assert NATIONAL_ID not in repr(said)
        assert b"token=t%26t" == rig.provider.requests[0].body


def jwks_fetches(rig: Rig) -> int:
    return len(rig.provider.asked("/jwks/"))


class TestKeys:
    def test_a_thousand_unknown_kids(self, rig: Rig) -> None:
        """R5.6: at most one fetch for each cool-down."""
        thaid = rig.make()
        rig.sign_in(thaid)
        for number in range(1000):
            rig.provider.header_changes = {"kid": f"junk-{number}"}
            now = NOW + (COOL_DOWN * 2 - TICK) * number / 999
            assert "identity_provider_answer_invalid" == rig.refusal(thaid, now).code
        assert 3 == jwks_fetches(rig)
        rig.provider.header_changes = {}
        rig.sign_in(thaid)

    def test_a_key_that_is_withdrawn(self, rig: Rig) -> None:
        """R5.6: believed no longer than keys are fresh."""
        thaid = rig.make()
        rig.sign_in(thaid)
        rig.provider.published_keys = (OTHER_KEY,)
        rig.sign_in(thaid, now=NOW + FRESH_FOR - TICK)
        assert "identity_provider_answer_invalid" == rig.refusal(thaid, NOW + FRESH_FOR).code

    def test_a_key_that_is_replaced_under_its_kid(self, rig: Rig) -> None:
        """F36: everybody would be refused until the kept keys are no longer fresh."""
        thaid = rig.make()
        rig.sign_in(thaid)
        replaced = ECKey.generate_key("P-256", {"kid": "one"}, private=True)
        rig.provider.signing_key, rig.provider.published_keys = replaced, (replaced,)
        assert NATIONAL_ID == rig.sign_in(thaid).identity.subject
        assert 2 == jwks_fetches(rig)

    def test_a_key_that_is_replaced_by_another_kind(self, rig: Rig) -> None:
        """F36: the `kid` is known, and the key under it is of no use for the algorithm."""
        thaid = rig.make(algorithms=("ES256", "RS256"))
        rig.sign_in(thaid)
        replaced = RSAKey.generate_key(2048, {"kid": "one"}, private=True)
        rig.provider.signing_key, rig.provider.published_keys = replaced, (replaced,)
        assert NATIONAL_ID == rig.sign_in(thaid).identity.subject
        assert 2 == jwks_fetches(rig)

    def test_a_thousand_bad_signatures(self, rig: Rig) -> None:
        """F36: one fetch for each cool-down, however many tokens are signed by nobody the provider knows."""
        thaid = rig.make()
        rig.sign_in(thaid)
        rig.provider.signing_key = ECKey.generate_key("P-256", {"kid": "one"}, private=True)
        for number in range(100):
            now = NOW + (COOL_DOWN * 2 - TICK) * number / 99
            assert "`" not in rig.refusal(thaid, now).detail
        assert 3 == jwks_fetches(rig)
        rig.provider.signing_key = KEY
        assert NATIONAL_ID == rig.sign_in(thaid).identity.subject

    @pytest.mark.parametrize(
        "lie", [{"aud": "another"}, {"nonce": "another"}, {"exp": 1}, {"iss": "https://evil.example"}]
    )
    def test_other_refusals_ask_for_no_keys(self, rig: Rig, lie: dict[str, object]) -> None:
        """F36: a signature that is right would be a reason to fetch."""
        thaid = rig.make()
        rig.sign_in(thaid)
        rig.provider.claim_changes = lie
        rig.refusal(thaid)
        assert 1 == jwks_fetches(rig)

    def test_a_bad_signature_while_the_jwks_is_down(self, rig: Rig) -> None:
        """F36: the refusal would be the outage's, and a right token could not be verified by the keys that are kept."""
        thaid = rig.make()
        rig.sign_in(thaid)
        rig.provider.signing_key = ECKey.generate_key("P-256", {"kid": "one"}, private=True)
        rig.provider.instead = {"/jwks/": DOWN}
        assert "identity_provider_answer_invalid" == rig.refusal(thaid).code
        rig.provider.signing_key = KEY
        assert NATIONAL_ID == rig.sign_in(thaid).identity.subject

    def test_a_key_that_is_published_twice(self, rig: Rig) -> None:
        """F36: every login would stop."""
        rig.provider.published_keys = (KEY, OTHER_KEY, KEY)
        assert NATIONAL_ID == rig.sign_in(rig.make()).identity.subject

    def test_an_outage_of_the_jwks(self, rig: Rig) -> None:
        """R5.6: keys that are known stand in for a day, and the JWKS is asked once for each cool-down."""
        thaid = rig.make()
        rig.sign_in(thaid)
        rig.provider.instead = {"/jwks/": DOWN}
        later = NOW + FRESH_FOR
        for _ in range(3):
            assert NATIONAL_ID == rig.sign_in(thaid, now=later).identity.subject
        assert 2 == jwks_fetches(rig)
        assert NATIONAL_ID == rig.sign_in(thaid, now=NOW + STALE_FOR - TICK).identity.subject
        assert DOWN.code == rig.refusal(thaid, NOW + STALE_FOR).code

    def test_a_failed_discovery_is_not_kept(self, rig: Rig) -> None:
        """Else one failure would stop everybody for an hour."""
        thaid = rig.make(metadata=None)
        rig.provider.instead = {"/.well-known/openid-configuration": DOWN}
        assert DOWN.code == rig.failure(lambda: rig.callback(thaid)).code
        rig.provider.instead = {}
        rig.sign_in(thaid)


WAITING = 8


class Queue:
    """Stands in for the lock around a fetch, and counts who has come to it."""

    def __init__(self, lock: Any) -> None:
        self.lock = lock
        self.arrived = 0

    def __enter__(self) -> None:
        self.arrived += 1
        self.lock.__enter__()

    def __exit__(self, *exception: Any) -> None:
        self.lock.__exit__(*exception)

    async def __aenter__(self) -> None:
        self.arrived += 1
        await self.lock.__aenter__()

    async def __aexit__(self, *exception: Any) -> None:
        await self.lock.__aexit__(*exception)


class CrowdedWire(Wire):
    """Answers for keys only when everybody has come to wait for them."""

    queue: Queue

    def send(self, request: Request) -> Response:
        while request.method == "GET" and self.queue.arrived < WAITING:
            time.sleep(0.001)
        return self.provider.handle(request)


class AsyncCrowdedWire(AsyncWire):
    """The same, among tasks."""

    queue: Queue

    async def send(self, request: Request) -> Response:  # type: ignore[override]
        while request.method == "GET" and self.queue.arrived < WAITING:  # noqa: ASYNC110 - it has no event to wait for
            await asyncio.sleep(0)
        return self.provider.handle(request)


def redeem_at_once(rig: Rig, thaid: Any, raw: str) -> list[Any]:
    """As many persons come back in the same moment."""
    if rig.is_async:

        async def everybody() -> list[Any]:
            redeemed = (thaid.redeem(parse_callback(raw), proof(), now=NOW) for _ in range(WAITING))
            return list(await asyncio.gather(*redeemed, return_exceptions=True))

        return list(rig.run(everybody()))

    def one(_: int) -> Any:
        try:
            return thaid.redeem(parse_callback(raw), proof(), now=NOW)
        except ElaasIdentityError as error:
            return error

    with ThreadPoolExecutor(WAITING) as threads:
        return list(threads.map(one, range(WAITING)))


@pytest.fixture
def crowded(rig: Rig) -> Any:
    """A provider that answers for keys when eight persons wait for them."""
    wire = (AsyncCrowdedWire if rig.is_async else CrowdedWire)(rig.provider)
    thaid = rig.make(transport=wire)
    wire.queue = thaid._fetching_keys = Queue(thaid._fetching_keys)
    return thaid


class TestCrowd:
    def test_shares_one_fetch(self, rig: Rig, crowded: Any) -> None:
        """R5.6: coalesced, for the first keys and for a rotation."""
        raw = rig.callback(crowded)
        assert [NATIONAL_ID] * WAITING == [
            grant.identity.subject for grant in redeem_at_once(rig, crowded, raw)
        ]
        assert 1 == jwks_fetches(rig)
        rig.provider.signing_key, rig.provider.published_keys = OTHER_KEY, (OTHER_KEY,)
        crowded._fetching_keys.arrived = 0
        assert [NATIONAL_ID] * WAITING == [
            grant.identity.subject for grant in redeem_at_once(rig, crowded, raw)
        ]
        assert 2 == jwks_fetches(rig)

    def test_shares_a_failure(self, rig: Rig, crowded: Any) -> None:
        """R5.6: a JWKS that is down is asked once, not once for each who waits; and each has an error of its own."""
        rig.provider.instead = {"/jwks/": DOWN}
        failures = redeem_at_once(rig, crowded, rig.callback(crowded))
        assert ["identity_provider_unavailable"] * WAITING == [error.code for error in failures]
        assert WAITING == len({id(error) for error in failures})
        assert 1 == jwks_fetches(rig)


VISIBLE = st.text(alphabet=[chr(code) for code in range(0x20, 0x7F)], min_size=1, max_size=100)


@given(VISIBLE, st.binary(max_size=200))
def test_any_answer_of_the_token_endpoint(code: str, body: bytes) -> None:
    """R9.4: whatever comes back, errors are typed, and the code is sent once."""
    provider = LyingProvider()
    provider.instead = {"/api/v2/oauth2/token/": answer(body)}
    thaid = ThaID(issuer=ISSUER, transport=Wire(provider), **REQUIRED)
    callback = parse_callback(urlencode({"state": proof().state, "code": code}))
    with pytest.raises(ElaasIdentityError):
        thaid.redeem(callback, proof(), now=NOW)
    assert 1 == len(provider.token_requests)


def test_members_beside_the_tokens_do_not_matter() -> None:
    """ThaID: claims are repeated at the top level, and new members may come."""
    provider = LyingProvider()
    provider.answer_changes = json.loads('{"expires_in": "soon", "custom": {"a": [1]}, "pid": null}')
    with asyncio.Runner() as runner:
        rig = Rig(False, runner, provider)
    assert NATIONAL_ID == rig.sign_in(rig.make()).identity.subject
