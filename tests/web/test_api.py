"""The JSON interface: the whole flow without a page, and what is refused before anything is asked (R6.2)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args
from urllib.parse import parse_qs, urlsplit

import pytest
from jsonschema import Draft202012Validator

from elaas_identity import EnterOneTimeCode
from elaas_identity.errors import MisconfiguredCode, ProviderFailed, ProviderFailedCode, Refused, RefusedCode
from elaas_identity.flow.steps import Progress, Step
from elaas_identity.web import Mounted, WebResponse
from elaas_identity.web.api import OPERATIONS, OWN_PROBLEMS
from elaas_identity.web.exchange import MAXIMUM_BODY
from elaas_identity.web.openapi import NEVER, openapi
from tests.facade.officer import BOUND, WHY, onboard
from tests.facade.portal import CHOSEN, ISSUED, OFFICER, USERNAME, Portal, made
from tests.facade.test_recovery import recognised
from tests.web.test_mounted import ORIGIN, Visitor, pages_of

JSON = {"content-type": "application/json"}
CREDENTIAL = {"username": USERNAME, "password": ISSUED}


@dataclass
class FrontEnd(Visitor):
    """A single-page application: it calls the interface, and keeps what the browser keeps."""

    def call(self, path: str, given: object = None, *, method: str = "POST", **headers: str) -> Any:
        """What the body says; the answer itself is in `last`."""
        body = b"" if given is None else json.dumps(given).encode()
        self.last = self.ask(method, f"/api{path}", body, **{**JSON, **headers})
        return json.loads(self.last.body) if self.last.body else None

    def get(self, path: str) -> Any:
        return self.call(path, method="GET")


@pytest.fixture(params=["sync-memory", "async-sqlite"])
def front(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FrontEnd]:
    with made(request.param, tmp_path) as portal:
        yield FrontEnd(portal, Mounted(pages_of(portal)))


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[FrontEnd]:
    with made("sync-memory", tmp_path) as portal:
        yield FrontEnd(portal, Mounted(pages_of(portal)))


def test_the_whole_flow_runs_in_json(front: FrontEnd) -> None:
    """F56: a front end of the portal's own would need what only the pages can do."""
    front.portal.provision()
    begun = front.call("/sign-in", CREDENTIAL)
    assert ("verify_identity", 200) == (begun["step"]["kind"], front.last.status)
    flow = f"/flow/{begun['flow_id']}"
    assert begun == front.get(flow)
    there = front.call(f"{flow}/authorize", {})
    (state,) = parse_qs(urlsplit(there["url"]).query)["state"]
    search = f"?code=authorization-code&state={state}"  # `location.search`, as the browser has it
    assert "provide_email" == front.call("/callback", {"query": search})["step"]["kind"]
    assert "enter_one_time_code" == front.call(f"{flow}/email", {"email": BOUND})["step"]["kind"]
    code = front.portal.code()
    assert "set_password" == front.call(f"{flow}/one-time-code", {"one_time_code": code})["step"]["kind"]
    assert "password_set" == front.call(f"{flow}/password", {"new_password": CHOSEN})["step"]["kind"]
    assert "completed" == front.get(flow)["step"]["reason"]


def test_r6_4_r6_6_a_session_begins_and_ends(front: FrontEnd) -> None:
    """R6.4, R6.6: the front end would have to keep a token itself, where scripts can read it."""
    onboard(front.portal)
    nobody = front.get("/session")
    assert (401, "session_unknown") == (front.last.status, nobody["code"])
    assert "signed_in" == front.call("/sign-in", {**CREDENTIAL, "password": CHOSEN})["step"]["kind"]
    who = front.get("/session")
    assert (USERNAME, OFFICER.name) == (who["account"]["username"], who["person_name"])
    assert OFFICER.national_id.reveal() not in json.dumps(who)
    kept = front.session
    assert None is front.call("/sign-out")
    assert (204, "") == (front.last.status, front.session)
    front.cookies[front.mounted.session_cookie.name] = kept
    front.get("/session")
    assert 401 == front.last.status


def test_what_only_an_officer_may_ask_wants_a_session(front: FrontEnd) -> None:
    """R6.6: a change of address without anybody signed in."""
    account_id = onboard(front.portal)
    assert "session_unknown" == front.call("/account/email", {})["code"]
    assert 401 == front.last.status
    front.call("/sign-in", {**CREDENTIAL, "password": CHOSEN})
    assert "verify_identity" == front.call("/account/email", {})["step"]["kind"]
    front.portal.elaas.accounts.suspend(account_id, **WHY)
    assert ("session_unknown", 401) == (front.call("/account/email", {})["code"], front.last.status)


def test_the_letters_single_form_is_there(memory: FrontEnd) -> None:
    """The circular's own form for code and password would be the pages' alone."""
    memory.portal.provision()
    browser = memory.portal.browser()
    flow_id = memory.portal.mailed(browser).flow_id
    memory.cookies[memory.mounted.pages.cookie.name] = browser.token
    both = {"one_time_code": memory.portal.code(), "new_password": CHOSEN}
    assert "password_set" == memory.call(f"/flow/{flow_id}/confirmation", both)["step"]["kind"]


def test_after_the_callback_the_front_end_goes_on(tmp_path: Path) -> None:
    """The person would come back from ThaID to a page that is not the front end's."""
    with made("sync-memory", tmp_path) as portal:
        front = FrontEnd(portal, Mounted(pages_of(portal, flow_path="/app")))
        portal.provision()
        flow_id = front.call("/sign-in", CREDENTIAL)["flow_id"]
        there = front.call(f"/flow/{flow_id}/authorize", {})
        (state,) = parse_qs(urlsplit(there["url"]).query)["state"]
        portal.idp.failure = Refused("identity_denied")
        denied = front.ask("GET", f"/auth/callback?error=user_denied&state={state}")
        portal.idp.failure = None
        assert f"/app?flow={flow_id}&problem=identity_denied" == denied.header("location")
        there = front.call(f"/flow/{flow_id}/authorize", {})
        (state,) = parse_qs(urlsplit(there["url"]).query)["state"]
        back = f"/auth/callback?code=authorization-code&state={state}"
        assert f"/app?flow={flow_id}" == front.ask("GET", back).header("location")
        unknown = front.ask("GET", "/auth/callback?code=authorization-code&state=guessed")
        assert "/app?problem=callback_malformed" == unknown.header("location")


FORGED = (
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": ORIGIN, "sec-fetch-site": "cross-site"},
    {"origin": ORIGIN, "sec-fetch-site": "same-site"},
    {"origin": ORIGIN, "sec-fetch-site": "none"},
    {"origin": f"{ORIGIN}.evil.example"},
    {"origin": ""},
)


@pytest.mark.parametrize("headers", FORGED, ids=str)
@pytest.mark.parametrize("path", ["/sign-in", "/sign-out"])
def test_r6_2_another_sites_script_does_nothing(memory: FrontEnd, headers: dict[str, str], path: str) -> None:
    """R6.2: a page of another site would begin flows, or sign people out, with the person's cookies."""
    onboard(memory.portal)
    memory.call("/sign-in", {**CREDENTIAL, "password": CHOSEN})
    before = memory.portal.kinds()
    problem = memory.call(path, CREDENTIAL, **headers)
    assert (403, "cross_site") == (memory.last.status, problem["code"])
    assert before == memory.portal.kinds()
    assert memory.officer() is not None


def test_r6_2_who_does_not_say_where_it_comes_from_is_refused(memory: FrontEnd) -> None:
    """R6.2: without a form token, the origin is all there is."""
    memory.portal.provision()
    request = memory.request("POST", "/api/sign-in", headers=JSON, body=json.dumps(CREDENTIAL).encode())
    answer = memory.turn(memory.mounted.answer(request, peer="192.0.2.1"))
    assert 403 == answer.status
    memory.call("/sign-in", CREDENTIAL, **{"sec-fetch-site": "same-origin"})
    assert 200 == memory.last.status


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/json"],
)
def test_r6_2_only_json_is_taken(memory: FrontEnd, content_type: str) -> None:
    """R6.2: a form of another site can send these without asking first (CORS)."""
    memory.portal.provision()
    problem = memory.call("/sign-in", CREDENTIAL, **{"content-type": content_type})
    assert (415, "not_json") == (memory.last.status, problem["code"])
    memory.call("/sign-in", CREDENTIAL, **{"content-type": "Application/JSON; charset=utf-8"})
    assert 200 == memory.last.status


BODIES = (
    b"",
    b"null",
    b"[]",
    b"{}",
    b'"text"',
    b"{",
    b"\xff\xfe{\x00}\x00",
    b'{"username": "a"}',
    b'{"username": "a", "password": "b", "more": "c"}',
    b'{"username": "a", "username": "b", "password": "c"}',
    b'{"username": 1, "password": "b"}',
    b'{"username": null, "password": "b"}',
    b'{"username": ["a"], "password": "b"}',
    b'{"username": {"a": "b"}, "password": "b"}',
    b'{"username": "\\ud800", "password": "b"}',
    b'{"username": NaN, "password": "b"}',
    b"[" * 5000,
    b'[["username", "a"], ["password", "b"]]',
)


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_r9_4_a_body_that_is_not_what_was_asked_for_is_a_problem(memory: FrontEnd, body: bytes) -> None:
    """R9.4: a raw error, or a call with what nobody has typed."""
    memory.portal.provision()
    before = memory.portal.kinds()
    answer = memory.ask("POST", "/api/sign-in", body, **JSON)
    assert (400, "malformed") == (answer.status, json.loads(answer.body)["code"])
    assert before == memory.portal.kinds()


def test_a_body_without_end_is_too_large(memory: FrontEnd) -> None:
    """R5.8: a megabyte of a password would be hashed."""
    body = json.dumps({"username": "a", "password": "b" * MAXIMUM_BODY}).encode()
    assert 413 == memory.ask("POST", "/api/sign-in", body, **JSON).status


def test_a_problem_says_where_the_person_stands_and_how_long_to_wait(front: FrontEnd) -> None:
    """RFC 9457: the front end would have to ask once more, or to read a text."""
    front.portal.provision()
    browser = front.portal.browser()
    flow_id = front.portal.mailed(browser).flow_id
    front.cookies[front.mounted.pages.cookie.name] = browser.token
    wrong = front.call(f"/flow/{flow_id}/one-time-code", {"one_time_code": front.portal.wrong_code()})
    assert (422, "application/problem+json") == (front.last.status, front.last.header("content-type"))
    assert ("one_time_code_wrong", "one_time_code", 4) == (
        wrong["code"],
        wrong["field"],
        wrong["progress"]["step"]["attempts_left"],
    )
    assert wrong["detail"] == wrong["message"]["th"]
    soon = front.call(f"/flow/{flow_id}/resend", {}, **{"accept-language": "en"})
    assert (429, str(soon["retry_after"])) == (front.last.status, front.last.header("retry-after"))
    assert soon["detail"] == soon["message"]["en"]
    late = front.call(f"/flow/{flow_id}/password", {"new_password": CHOSEN})
    assert (409, "out_of_order") == (front.last.status, late["code"])


def test_an_account_that_was_not_offered_is_something_to_correct(front: FrontEnd) -> None:
    """R1.7: 401 would send the person to sign in again, out of a flow in which they are proven."""
    onboard(front.portal)
    front.portal.clock.shift(minutes=2)
    browser = front.portal.browser()
    front.cookies[front.mounted.pages.cookie.name] = browser.token
    flow_id = recognised(front.portal, browser).flow_id
    told = front.call(f"/flow/{flow_id}/account", {"account": "another's"})
    assert (422, "account_unknown", "account_id") == (front.last.status, told["code"], told["field"])
    assert flow_id == told["progress"]["flow_id"]


def test_f51_one_key_is_one_attempt(memory: FrontEnd) -> None:
    """F51: a front end that tries again after a lost answer would use the person's attempts up."""
    memory.portal.provision()
    browser = memory.portal.browser()
    flow_id = memory.portal.mailed(browser).flow_id
    memory.cookies[memory.mounted.pages.cookie.name] = browser.token
    wrong = {"one_time_code": memory.portal.wrong_code()}
    for key, left in (("a", 4), ("a", 4), ("b", 3), ("", 2), ("", 1)):
        memory.call(f"/flow/{flow_id}/one-time-code", wrong, **{"idempotency-key": key})
        step = memory.portal.elaas.current(flow_id, browser=browser).step
        assert isinstance(step, EnterOneTimeCode)
        assert left == step.attempts_left


def test_r6_1_a_new_browser_is_sent_its_cookie_with_the_first_answer(front: FrontEnd) -> None:
    """R6.1: the flow would belong to a browser that nobody has."""
    front.portal.provision()
    begun = front.call("/sign-in", CREDENTIAL)
    assert front.mounted.pages.cookie.name in front.cookies
    other = FrontEnd(front.portal, front.mounted)
    assert ("flow_unknown", 404) == (other.get(f"/flow/{begun['flow_id']}")["code"], other.last.status)
    assert "no-store" == front.last.header("cache-control")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("POST", "/", 404),
        ("GET", "/sign-in", 405),
        ("PUT", "/sign-in", 405),
        ("DELETE", "/flow/f-1", 405),
        ("POST", "/flow/f-1", 405),
        ("POST", "/flow/../../etc/authorize", 404),
        ("GET", f"/flow/{'f' * 65}", 404),
    ],
)
def test_what_there_is_not_is_a_problem_too(memory: FrontEnd, method: str, path: str, status: int) -> None:
    """A page for people would come where a program asks."""
    problem = memory.call(path, {}, method=method)
    assert (status, status) == (memory.last.status, problem["status"])


def test_without_its_store_the_interface_says_so(memory: FrontEnd, monkeypatch: pytest.MonkeyPatch) -> None:
    """Invariant 5: a raw error, where the database is away for a minute."""
    onboard(memory.portal)
    memory.call("/sign-in", {**CREDENTIAL, "password": CHOSEN})

    def away(*_: Any) -> Any:
        raise ProviderFailed("store_unavailable", detail="canary")

    monkeypatch.setattr(memory.portal.store, "load", away)
    for path, method in (("/session", "GET"), ("/account/email", "POST"), ("/sign-out", "POST")):
        problem = memory.call(path, {}, method=method)
        assert (503, "store_unavailable") == (memory.last.status, problem["code"])
        assert b"canary" not in memory.last.body


# The description


def document(prefix: str = "") -> Any:
    return json.loads(json.dumps(openapi(prefix)))


def test_every_operation_step_and_error_is_described_with_an_example() -> None:
    """A front end's developer would meet a step or a code for the first time when a person does."""
    described = document("/identity")
    posts = {path for path, item in described["paths"].items() if "post" in item}
    assert {f"/identity/api{route.path}" for route in OPERATIONS} | {"/identity/api/sign-out"} == posts
    answer = described["paths"]["/identity/api/flow/{flow_id}"]["get"]["responses"]["200"]
    kinds = {step.__dataclass_fields__["kind"].default for step in get_args(Step)}
    assert kinds == set(answer["content"]["application/json"]["examples"])
    shown = {
        code
        for response in described["components"]["responses"].values()
        for code in response["content"]["application/problem+json"]["examples"]
    }
    codes = {*get_args(RefusedCode), *get_args(ProviderFailedCode), *get_args(MisconfiguredCode)}
    assert {code for code in codes if not code.startswith(NEVER)} | set(OWN_PROBLEMS) == shown


def test_the_document_is_served(memory: FrontEnd) -> None:
    """A tool that reads it would need a file that is out of date."""
    assert document() == memory.get("/openapi.json")
    assert 200 == memory.last.status


def test_every_example_and_every_answer_fits_its_schema(memory: FrontEnd) -> None:
    """The generated client would call an answer by another type than it has."""
    described = document()
    checked = 0
    for item in described["paths"].values():
        for operation in item.values():
            for response in operation["responses"].values():
                found = response
                if "$ref" in response:
                    found = described["components"]["responses"][response["$ref"].rpartition("/")[2]]
                for content in found.get("content", {}).values():
                    for example in content["examples"].values():
                        validate(example["value"], content["schema"], described)
                        checked += 1
    assert checked > 300
    memory.portal.provision()
    validate(memory.call("/sign-in", CREDENTIAL), {"$ref": "#/components/schemas/Progress"}, described)
    wrong = memory.call("/sign-in", {**CREDENTIAL, "password": "x"})
    validate(wrong, {"$ref": "#/components/schemas/ProblemDetails"}, described)


def validate(value: object, schema: dict[str, Any], described: Any) -> None:
    whole = {**schema, "components": described["components"]}
    Draft202012Validator(whole).validate(value)


def test_a_progress_is_the_same_in_every_form(memory: FrontEnd) -> None:
    """F56: the interface and `as_json` would drift apart."""
    memory.portal.provision()
    begun = memory.call("/sign-in", CREDENTIAL)
    browser = memory.mounted.pages.browser(memory.request("GET", "/"))
    stands = memory.portal.elaas.current(begun["flow_id"], browser=browser)
    assert isinstance(stands, Progress)
    assert stands.as_json() == begun
    memory.portal.clock.shift(hours=2)
    assert "ended" == memory.get(f"/flow/{begun['flow_id']}")["step"]["kind"]
    assert isinstance(memory.last, WebResponse)
    assert isinstance(memory.portal, Portal)
