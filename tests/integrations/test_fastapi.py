"""What is FastAPI's alone: lifespan, dependencies, sub-applications, handlers of the portal's own; and Starlette."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.applications import Starlette
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from elaas_identity import Browser, Misconfigured
from elaas_identity.fastapi import Officer, current_browser, current_officer, elaas_router, form_token
from elaas_identity.web import MAXIMUM_BODY
from tests.integrations.fastapi_portal import portal, sending
from tests.integrations.visitor import BROWSES, Visitor
from tests.integrations.world import ORIGIN, PEER, USERNAME, World


@pytest.fixture
def world() -> World:
    world = World()
    world.onboard()
    return world


def client_of(app: Any) -> TestClient:
    return TestClient(app, base_url=ORIGIN, client=(PEER, 50000), follow_redirects=False)


def visitor(world: World, app: Any, prefix: str = "/identity") -> Visitor:
    return Visitor(world, sending(client_of(app)), prefix)


def hashing_threads() -> set[threading.Thread]:
    return {each for each in threading.enumerate() if each.name.startswith("elaas-hash")}


def protected() -> Any:
    """A page that says who is signed in."""

    async def page(officer: Annotated[Officer, Depends(current_officer)]) -> PlainTextResponse:
        return PlainTextResponse(officer.account.username)

    return page


@pytest.mark.parametrize("lifespan", [True, False])
def test_the_portal_starts_and_ends_twice(world: World, lifespan: bool) -> None:
    """A test suite of the portal's would work once; or the hashing threads would outlive the portal."""
    app, before = portal(world.async_facade(), world.site), hashing_threads()
    for _ in range(2):
        client = client_of(app)
        person = Visitor(world, sending(client))
        if not lifespan:
            person.sign_in()
            assert "" != person.session
            continue
        with client:
            person.sign_in()
            assert "" != person.session
            begun = hashing_threads() - before
            assert set() != begun
        for thread in begun:
            thread.join(10)
            assert not thread.is_alive()


def test_sub_applications_have_their_own_pages_and_people(world: World) -> None:
    """Two portals in one process would take each other's sessions for their own."""
    inner_world = World(root_path="/inner")
    inner_world.onboard()
    app = portal(world.async_facade(), world.site)
    inner = portal(inner_world.async_facade(), world.site, root_path="/inner", cookies="inner")
    app.mount("/inner", inner)
    person = visitor(world, app)
    person.sign_in()
    assert USERNAME in person.open("/payments").body.decode()
    answer = person.open("/inner/payments?a=b")
    assert person.url.startswith("/inner/identity/sign-in?next=")
    assert 200 == answer.status
    within = Visitor(inner_world, person.send, cookies=person.cookies, url=person.url, page=person.page)
    within.sign_in()
    assert "/inner/payments?a=b" == within.url
    assert {"__Host-elaas-session", "__Host-inner-session"} <= within.cookies.keys()
    assert 200 == person.ask("GET", "/payments").status


def test_a_sub_application_without_pages_uses_those_around_it(world: World) -> None:
    """The pages of an administration that is mounted below the portal could not ask who is signed in."""
    app, office = portal(world.async_facade(), world.site), FastAPI()
    office.add_api_route("/who", protected())
    app.mount("/office", office)
    person = visitor(world, app)
    person.open("/office/who")
    person.sign_in()
    assert ("/office/who", USERNAME) == (person.url, person.page)


@pytest.mark.parametrize("count", [0, 2])
def test_an_application_without_its_one_router_is_told(world: World, count: int) -> None:
    """The developer would get an AttributeError, or each request another portal's answer."""
    app = FastAPI()
    app.add_api_route("/who", protected())
    for number in range(count):
        settings: Any = {"prefix": f"/identity-{number}"}
        app.include_router(elaas_router(world.async_facade(), world.site, **settings))
    with pytest.raises(Misconfigured, match="one application has one elaas_router"):
        client_of(app).get("/who")


def test_the_same_router_twice_is_one(world: World) -> None:
    """A router that is included through two others would be taken for two."""
    app, router = FastAPI(), elaas_router(world.async_facade(), world.site)
    app.add_api_route("/who", protected())
    for _ in range(2):
        app.include_router(router)
    assert 303 == client_of(app).get("/who", headers=BROWSES).status_code


def test_what_every_operation_asks_for_does_not_lock_the_sign_in(world: World) -> None:
    """`FastAPI(dependencies=[Depends(current_officer)])` would lead the sign-in page to itself."""
    app = FastAPI(dependencies=[Depends(current_officer)])
    app.include_router(elaas_router(world.async_facade(), world.site))
    app.add_api_route("/who", protected())
    person = visitor(world, app)
    person.open("/who")
    person.sign_in()
    assert ("/who", USERNAME) == (person.url, person.page)


def test_handlers_of_the_portal_leave_our_answers_alone(world: World) -> None:
    """R6.1: a portal that has its own error pages would lose the redirect, the page or a cookie of ours."""
    app = portal(world.async_facade(), world.site)

    @app.exception_handler(HTTPException)
    async def handled(_: Request, error: HTTPException) -> JSONResponse:
        return JSONResponse({"own": error.status_code}, 400)

    @app.get("/teapot")
    async def teapot() -> None:
        raise HTTPException(418)

    @app.middleware("http")
    async def passes(request: Request, call_next: Any) -> Any:
        return await call_next(request)

    person = visitor(world, app)
    assert 400 == person.ask("GET", "/teapot").status
    person.open("/payments")
    person.sign_in()
    assert (USERNAME in person.page, "/payments") == (True, person.url)
    assert 403 == person.open("/strict").status
    assert person.page.startswith("<!doctype html>")


def test_r4_3_a_second_line_of_forwarded_addresses_counts(world: World) -> None:
    """R4.3: a proxy that adds a line of its own would leave the guesser's line, the first, to be believed."""
    app = FastAPI()
    app.include_router(elaas_router(world.async_facade(), world.site, proxies=[PEER]))
    app.add_api_route("/address", address)
    lines = [("x-forwarded-for", "203.0.113.9"), ("x-forwarded-for", "198.51.100.7")]
    assert "198.51.100.7" == client_of(app).get("/address", headers=lines).text


async def address(browser: Annotated[Browser, Depends(current_browser)]) -> PlainTextResponse:
    return PlainTextResponse(str(browser.address))


def test_a_form_of_the_portals_own_signs_out(world: World) -> None:
    """R6.2: the portal's page could not have the button, since our POST wants a token."""
    app = portal(world.async_facade(), world.site)

    @app.get("/token")
    async def token(csrf: Annotated[str, Depends(form_token)]) -> str:
        return csrf

    person = visitor(world, app)
    person.sign_in()
    csrf = person.open("/token").body.decode()
    assert 303 == person.ask("POST", "/identity/sign-out", f"csrf={csrf}".encode()).status
    assert "" == person.session


def test_a_body_is_read_no_further_than_it_is_looked_at(world: World) -> None:
    """Anybody could make the portal read for as long as they send."""
    read = 0

    def endless() -> Iterator[bytes]:
        nonlocal read
        for _ in range(1000):
            read += MAXIMUM_BODY
            yield b"a" * MAXIMUM_BODY

    app = portal(world.async_facade(), world.site)
    answers: list[Any] = []
    chunks = endless()

    async def receive() -> Any:
        return {"type": "http.request", "body": next(chunks), "more_body": True}

    async def send(message: Any) -> None:
        answers.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/identity/sign-in",
        "query_string": b"",
        "headers": [(b"content-type", b"application/x-www-form-urlencoded")],
        "client": None,
        "server": None,
        "scheme": "https",
    }
    asyncio.run(app(scope, receive, send))
    assert (400, 2 * MAXIMUM_BODY) == (answers[0]["status"], read)


def test_starlette_alone_carries_the_pages_too(world: World) -> None:
    """A portal without FastAPI's decorators would have to write the integration itself."""

    async def who(request: Request) -> PlainTextResponse:
        return PlainTextResponse((await current_officer(request)).account.username)

    router = elaas_router(world.async_facade(), world.site)
    app = Starlette(routes=[Route("/who", who), *router.routes], lifespan=router.lifespan_context)
    mounted = Starlette(routes=[Route("/who", who), Mount("/", router)])
    person = visitor(world, app)
    person.open("/who")
    person.sign_in()
    assert ("/who", USERNAME) == (person.url, person.page)
    assert 200 == visitor(world, mounted).open("/identity/sign-in").status
    told = client_of(app).get("/who")
    assert (401, "session_unknown") == (told.status_code, json.loads(told.content)["code"])


def test_a_facade_of_the_other_flavour_is_told(world: World) -> None:
    """The first request would fail with a TypeError."""
    flavour: Any = world.facade()
    with pytest.raises(Misconfigured, match="AsyncElaasIdentity"):
        elaas_router(flavour, world.site)


@pytest.mark.parametrize(
    "settings",
    [{"prefix": "identity"}, {"root_path": "portal"}, {"root_path": "/elsewhere"}, {"cookies": "a b"}],
    ids=str,
)
def test_settings_that_lead_nowhere_are_told(world: World, settings: dict[str, Any]) -> None:
    """Every link of the pages would be broken, and the developer told nothing."""
    with pytest.raises(Misconfigured, match="page_settings"):
        elaas_router(world.async_facade(), world.site, **settings)
