"""What is Flask's alone: the factory, two applications, the proxy, hooks and handlers of the portal's own."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, request, session
from werkzeug.exceptions import HTTPException

from elaas_identity import Misconfigured
from elaas_identity.flask import ElaasFlask, current_browser, current_officer, form_token, officer_required
from tests.integrations.flask_portal import portal, sending
from tests.integrations.visitor import Visitor
from tests.integrations.world import USERNAME, World


@pytest.fixture
def world() -> World:
    world = World()
    world.onboard()
    return world


def visitor(world: World, app: Flask) -> Visitor:
    return Visitor(world, sending(app.test_client(use_cookies=False), world.root_path))


def counted(world: World, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every load of the store from now on."""
    loads: list[Any] = []
    load = type(world.store).load

    def counting(*keys: Any) -> Any:
        loads.append(keys)
        return load(world.store, *keys)

    monkeypatch.setattr(world.store, "load", counting)
    return loads


def test_two_applications_of_a_factory_have_their_own_people(world: World) -> None:
    """The second application of a process would answer with the first one's sessions, or with none."""
    elsewhere = World()
    elsewhere.onboard()
    extension = ElaasFlask(site=world.site, prefix="/id")
    apps = []
    for each in (world, elsewhere):
        app = Flask(__name__)
        extension.init_app(app, each.facade())
        app.add_url_rule("/who", view_func=who)
        apps.append(app)
    here, there = (
        Visitor(each, sending(app.test_client(use_cookies=False)), "/id")
        for each, app in zip((world, elsewhere), apps, strict=True)
    )
    here.sign_in()
    assert USERNAME == here.open("/who").body.decode()
    there.cookies = dict(here.cookies)
    assert 303 == there.ask("GET", "/who").status
    assert 200 == here.ask("GET", "/who").status


@officer_required
def who() -> str:
    return current_officer.account.username


def test_the_officer_is_asked_for_once_in_a_request(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page with the name at five places would ask the database five times; or a later request get the first one's."""
    app = portal(world.facade(), world.site)
    person = visitor(world, app)
    person.sign_in()
    loads = counted(world, monkeypatch)
    with app.app_context():  # as in a portal's own tests: `g` would be the same for both requests
        assert USERNAME in person.open("/payments").body.decode()
        assert 1 == len(loads)
        person.cookies.clear()
        assert 303 == person.ask("GET", "/payments").status
    assert 1 == len(loads)


def test_a_page_that_forgot_the_decorator_lets_nobody_in(world: World) -> None:
    """A page that shows the officer would break with an AttributeError, or show another's."""
    app = portal(world.facade(), world.site)
    app.add_url_rule("/name", "name", lambda: current_officer.person.display_name)
    person = visitor(world, app)
    person.open("/name")
    assert person.url.startswith("/identity/sign-in?next=")
    person.sign_in()
    assert ("/name", "นายสมมติ ตัวอย่าง") == (person.url, person.page)


def test_hooks_and_handlers_of_the_portal_leave_our_answers_alone(world: World) -> None:
    """A portal that reads every body, or has error pages of its own, would lose the form, the redirect or a cookie."""
    app = portal(world.facade(), world.site)
    app.secret_key = "of the portal's own sessions"
    app.config["MAX_CONTENT_LENGTH"] = 10

    @app.before_request
    def reads() -> None:
        request.max_content_length = None
        request.get_data()
        session["seen"] = True

    @app.errorhandler(HTTPException)
    def own(error: HTTPException) -> tuple[str, int]:
        return "own", 400

    person = Visitor(world, sending(app.test_client()))
    assert b"own" == person.send("GET", "/nothing", b"", {}, {}).body
    answer = person.send("GET", "/strict", b"", {"accept": "text/html"}, {})
    assert (303, "/identity/sign-in?next=/strict") == (answer.status, answer.header("location"))
    page = person.send("GET", "/identity/sign-in", b"", {}, {})
    assert 200 == page.status
    assert any("__Host-elaas-browser" in value for _, value in page.headers)


def test_a_form_reaches_the_pages_after_a_hook_that_has_read_it(world: World) -> None:
    """The sign-in would be refused as malformed wherever something logs or checks bodies."""
    app = portal(world.facade(), world.site)

    @app.before_request
    def reads() -> None:
        request.get_data()

    person = visitor(world, app)
    person.sign_in()
    assert 200 == person.ask("GET", "/payments").status


def test_a_view_keeps_its_name_its_arguments_and_its_flavour(world: World) -> None:
    """Two protected pages would be one endpoint; an asynchronous one would answer with a coroutine."""
    app = Flask(__name__)
    ElaasFlask(app, world.facade(), world.site)

    @app.get("/pay/<int:number>")
    @officer_required
    def pay(number: int) -> str:
        return f"{number}"

    @app.get("/token")
    @officer_required()
    def token() -> str:
        return f"{form_token()} {current_browser().address}"

    person = visitor(world, app)
    person.open("/pay/7")
    person.sign_in()
    assert ("/pay/7", "7") == (person.url, person.page)
    csrf, address = person.open("/token").body.decode().split()
    assert "192.0.2.1" == address
    assert 303 == person.ask("POST", "/identity/sign-out", f"csrf={csrf}".encode()).status
    assert ("", {"pay", "token"}) == (person.session, {"pay", "token"} & app.view_functions.keys())


def test_what_is_set_up_wrongly_is_told(world: World) -> None:
    """The developer would get an AttributeError at the first request."""
    app = Flask(__name__)
    app.testing = True
    flavour: Any = world.async_facade()
    with pytest.raises(Misconfigured, match="takes an ElaasIdentity and a Site"):
        ElaasFlask(app, flavour, world.site)
    with pytest.raises(Misconfigured, match="takes an ElaasIdentity and a Site"):
        ElaasFlask(app)
    app.add_url_rule("/who", view_func=who)
    with pytest.raises(Misconfigured, match="call init_app"):
        app.test_client().get("/who")
    ElaasFlask(portal := Flask(__name__), world.facade(), world.site)
    with pytest.raises(Misconfigured, match="one application has one ElaasFlask"):
        ElaasFlask(portal, world.facade(), world.site)
