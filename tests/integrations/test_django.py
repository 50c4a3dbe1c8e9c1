"""What only Django has: users, its own sessions and signals, settings, two flavours. The rest is in the suite."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import aauthenticate, authenticate, get_user_model
from django.contrib.auth.models import AnonymousUser, Permission, User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.checks import run_checks
from django.http import HttpRequest
from django.test import override_settings

from elaas_identity import Expected, Misconfigured, Refused
from elaas_identity.django import VisitorRequest, deactivate_at_hand_over, officer_required, sign_in
from elaas_identity.django.backends import BindingBackend
from elaas_identity.django.settings import portal
from elaas_identity.django.signing_in import TOKEN, seen
from elaas_identity.messages import say
from elaas_identity.testing import CITIZENS
from tests.integrations import django_portal
from tests.integrations.visitor import Visitor
from tests.integrations.world import CHOSEN, USERNAME, WHY, Send, World


@pytest.fixture
def world() -> World:
    world = World()
    world.onboard()
    return world


@pytest.fixture
def here() -> Iterator[None]:
    """A portal that nobody visits."""
    with django_portal.serving(World()):
        yield


@pytest.fixture
def officer(world: World) -> Iterator[Visitor]:
    """Somebody who is signed in."""
    with django_portal.serving(world) as send:
        yield signed_in(world, send)


def signed_in(world: World, send: Send) -> Visitor:
    visitor = Visitor(world, send)
    visitor.sign_in()
    return visitor


def users() -> list[Any]:
    return list(get_user_model().objects.order_by("pk"))


def new_user(username: str, password: str) -> User:
    return User.objects.create_user(username, password=password)


def account_id(world: World) -> str:
    account = world.administrator.accounts.find(USERNAME)
    assert account is not None
    return account.id


def hand_over(world: World) -> str:
    """The account goes to somebody else; the password of the new letter."""
    reissued = world.administrator.accounts.hand_over(
        account_id(world), person=Expected(CITIZENS[1].national_id), **WHY
    )
    return reissued.password


def session_data(visitor: Visitor) -> Any:
    return Session.objects.get(session_key=visitor.session).get_decoded()


# Users


def test_a_binding_has_one_user_who_has_no_password(officer: Visitor) -> None:
    """Old records would point at nobody, or a password of Django's would let in beside ThaID."""
    (user,) = users()
    officer.sign_in()
    assert [user] == users()
    assert not user.has_usable_password()
    assert user.is_active
    officer_now = portal().answered(seen(session_data(officer)[TOKEN]))
    assert not isinstance(officer_now, Refused)
    assert f"{USERNAME}.{officer_now.session.binding_id}" == user.get_username()
    assert officer_now.person.display_name not in str(vars(user))


def test_after_a_hand_over_the_successor_is_another_user(
    officer: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The successor would have the predecessor's records; the predecessor's API token would go on."""
    officer.world.administrator._driver._listeners = ()
    password = hand_over(officer.world)
    successor = Visitor(officer.world, officer.send)
    successor.begin(password)
    emulator = officer.world.emulator
    successor.open(
        emulator.approve(successor.to_thaid(), CITIZENS[1]).removeprefix("https://portal.example.go.th")
    )
    successor.follow(successor.post("/email", email="successor@sommut.example.go.th"))
    successor.follow(successor.post("/one-time-code", one_time_code=officer.world.outbox.code))
    successor.follow(successor.post("/password", new_password=CHOSEN, new_password_again=CHOSEN))
    assert [True] == [user.is_active for user in users()]
    successor.sign_in()
    assert [False, True] == [user.is_active for user in users()]
    assert 303 == officer.ask("GET", "/payments").status
    assert 200 == successor.ask("GET", "/payments").status


@pytest.mark.parametrize("act", ["hand_over", "close_account"])
def test_the_listener_deactivates_at_once(world: World, act: str) -> None:
    """Until the successor's first sign-in, whatever goes by the user alone would go on."""
    world._same["listeners"] = [deactivate_at_hand_over]
    world.administrator = world.facade()
    with django_portal.serving(world) as send:
        signed_in(world, send)
        world.administrator.accounts.suspend(account_id(world), **WHY)
        assert users()[0].is_active
        if act == "hand_over":
            hand_over(world)
        else:
            world.administrator.accounts.close_account(account_id(world), **WHY)
        assert not users()[0].is_active


@pytest.mark.parametrize("refuses", ["inactive", "none"])
def test_who_has_no_user_here_is_told_so_and_is_not_signed_in(officer: Visitor, refuses: str) -> None:
    """A user whom the portal's administrator deactivated would be let in, or be met with a bare 403."""
    if refuses == "inactive":
        get_user_model().objects.update(is_active=False)
        assert 303 == officer.ask("GET", "/payments").status
        given = {}
    else:
        given = {"USER_FOR": lambda *_: None}
    with django_portal.changed(**given):
        officer.sign_in()
        assert officer.says(say("page.no_user").th)
        assert 303 == officer.ask("GET", "/payments").status
    assert () == officer.world.administrator.sessions.of_account(account_id(officer.world))


def test_a_portals_own_users_are_taken(world: World) -> None:
    """A portal with users of its own would get a second table of them. Their permissions are Django's."""
    existing = new_user("somchai", password="of the old system")
    existing.user_permissions.add(Permission.objects.get(codename="view_user"))
    seen: list[Any] = []

    def user_for(binding_id: str, account: Any, person: Any) -> Any:
        seen.append((binding_id, account.username, person.display_name))
        return existing

    with django_portal.serving(world, user_for=user_for) as send:
        visitor = signed_in(world, send)
        assert [(seen[0][0], USERNAME, CITIZENS[0].name)] == seen
        assert [existing] == users()
        assert str(existing.pk) == session_data(visitor)["_auth_user_id"]
        assert BindingBackend().has_perm(existing, "auth.view_user")


def test_r7_2_no_token_stands_in_a_frame_when_the_portals_code_fails(officer: Visitor) -> None:
    """R7.2: an error reporter would send a live session along with a bug of `USER_FOR`."""

    def user_for(*_: Any) -> Any:
        raise LookupError("a bug of the portal's")

    with django_portal.changed(USER_FOR=user_for), pytest.raises(LookupError) as failure:
        officer.sign_in()
    frames = [entry.frame for entry in failure.traceback if "elaas_identity" in str(entry.path)]
    (token,) = {frame.f_locals["answer"].token for frame in frames if "answer" in frame.f_locals}
    assert token
    assert token not in repr([frame.f_locals for frame in frames])


# The backend


def test_the_backend_takes_no_password(here: None) -> None:
    """A password of Django's, from before or from `createsuperuser`, would let in without ThaID."""
    root = new_user("root", password="a password of Django's")
    given: dict[str, Any]
    for given in (
        {"username": "root", "password": "a password of Django's"},
        {"username": "root", "password": "a password of Django's", "signed_in": None},
        {"signed_in": root},
        {"signed_in": {"binding_id": "root"}},
    ):
        assert authenticate(HttpRequest(), **given) is None
        assert async_to_sync(aauthenticate)(HttpRequest(), **given) is None


def test_a_session_of_our_backend_without_a_token_is_none(officer: Visitor) -> None:
    """Nothing would say when it is over: Django's `login` called by mistake, or a row restored from a backup."""
    row = Session.objects.get(session_key=officer.session)
    data = {name: value for name, value in row.get_decoded().items() if name != TOKEN}
    row.session_data = SessionStore().encode(data)
    row.save()
    assert 303 == officer.ask("GET", "/payments").status
    assert not Session.objects.filter(session_key=row.session_key).exists()


# Sessions


def test_r6_4_a_second_sign_in_of_the_same_person_has_another_session_id(officer: Visitor) -> None:
    """R6.4: Django's `login` keeps the id where the same user was in already."""
    before, token = officer.session, session_data(officer)[TOKEN]
    officer.sign_in()
    assert before != officer.session
    assert token != session_data(officer)[TOKEN]
    assert not Session.objects.filter(session_key=before).exists()


def test_r6_6_djangos_own_logout_ends_the_session_of_the_library(officer: Visitor) -> None:
    """R6.6: a copy of the session, from a backup or a cookie that holds it all, would be signed in still."""
    row = Session.objects.get(session_key=officer.session)
    kept = dict(officer.cookies)
    assert b"signed out" == officer.ask("GET", "/leave").body
    assert "" == officer.session
    row.save(force_insert=True)
    officer.cookies = kept
    assert 303 == officer.ask("GET", "/payments").status


def test_to_sign_out_twice_is_no_error(officer: Visitor) -> None:
    """A second tab would show an error page to who is out already."""
    officer.open("/identity/sign-out")
    first, kept = dict(officer.cookies), officer.page
    officer.post("/sign-out")
    officer.cookies, officer.page = first, kept
    answer = officer.post("/sign-out")
    assert (303, "/identity/sign-in") == (answer.status, answer.header("location"))
    assert 303 == officer.ask("GET", "/payments").status


def test_r6_5_the_session_ends_when_nobody_uses_it(officer: Visitor) -> None:
    """R6.5: Django's own two weeks would count."""
    officer.world.clock.shift(django_portal.IDLE)
    assert 303 == officer.ask("GET", "/payments").status


def test_a_store_that_is_away_ends_no_session(officer: Visitor) -> None:
    """Invariant 5: everybody would have to sign in again after a minute's outage."""
    officer.world.store.away = True
    before = officer.session
    assert 503 == officer.ask("GET", "/payments").status
    officer.world.store.away = False
    assert (200, before) == (officer.ask("GET", "/payments").status, officer.session)


def test_a_view_of_the_portals_own_signs_in(world: World) -> None:
    """A portal that asks the facade itself would write Django's session itself."""
    with django_portal.serving(world) as send:
        visitor = signed_in(world, send)
        visitor.cookies.clear()
        step = django_portal.step_of(world)
        request = django_portal.request_with(SessionStore(), AnonymousUser())
        assert sign_in(request, step)
        request.session.save()
        visitor.cookies["__Host-elaas-session"] = request.session.session_key or ""
        assert USERNAME in visitor.open("/payments").body.decode()
        with django_portal.changed(USER_FOR=lambda *_: None):
            assert not sign_in(request, django_portal.step_of(world))


def test_without_the_middleware_a_protected_view_says_what_to_do(here: None) -> None:
    """A view would be open, or fail with an AttributeError."""
    view = officer_required(django_portal.everybody)
    with pytest.raises(Misconfigured, match="officer_middleware"):
        view(VisitorRequest())


def test_under_atomic_requests_nothing_of_a_sign_in_is_undone(here: None) -> None:
    """A view's transaction is rolled back on an error: what the pages have written must not be part of one."""
    from elaas_identity.django import urls

    assert all("default" in pattern.callback._non_atomic_requests for pattern in urls.urlpatterns)


# Under ASGI


def test_the_asynchronous_facade_carries_the_whole(world: World) -> None:
    """R2.6, R6.6: an act would block the event loop, or Django would refuse its database there."""
    with django_portal.serving_async(world) as send:
        visitor = Visitor(world, send)
        visitor.open("/async/payments")
        visitor.sign_in()
        assert ("/async/payments", f"{USERNAME} True") == (visitor.url, visitor.page)
        assert USERNAME in visitor.open("/payments").body.decode()
        before = visitor.session
        visitor.open("/identity/account/password")
        visitor.follow(visitor.post("/account/password", current_password=CHOSEN))
        new = "another long phrase of mine"
        visitor.follow(visitor.post("/password", new_password=new, new_password_again=new))
        assert before != visitor.session
        assert 200 == visitor.ask("GET", "/async/payments").status
        token = session_data(visitor)[TOKEN]
        assert b"signed out" == visitor.ask("GET", "/async/leave").body
        with pytest.raises(Refused, match="session_unknown"):
            world.administrator.sessions.of(token)
        assert 303 == visitor.ask("GET", "/async/payments").status


@pytest.mark.parametrize("asynchronous", [True, False])
def test_a_facade_serves_views_of_the_other_flavour(world: World, asynchronous: bool) -> None:
    """A portal under ASGI has both kinds of views, whichever its facade is."""
    served = django_portal.serving_async if asynchronous else django_portal.serving
    with served(world, elaas=world.facade) as send:
        visitor = signed_in(world, send)
        for page in ("/payments", "/async/payments"):
            assert 200 == visitor.ask("GET", page).status
        world.administrator.accounts.suspend(account_id(world), **WHY)
        for page in ("/payments", "/async/payments"):
            assert 303 == visitor.ask("GET", page).status
        world.store.away = True


def test_under_wsgi_the_asynchronous_facade_is_warned_of(world: World) -> None:
    """Its connections live in one event loop, and WSGI makes one for each request."""
    with django_portal.serving_async(world):
        assert ["elaas_identity.W008"] == [each.id for each in run_checks()]
        with override_settings(ASGI_APPLICATION="portal.asgi.application"):
            assert [] == run_checks()


# Settings


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (None, "ELAAS and SITE"),
        ({"SITE": None}, "SITE is a Site"),
        ({"ELAAS": "nowhere.elaas"}, "No module named 'nowhere'"),
        ({"ELAAS": "os.getcwd"}, "ELAAS is"),
        ({"USER_FOR": 7}, "USER_FOR is"),
        ({"PREFX": "/x"}, "no PREFX"),
        ({"PREFIX": "identity"}, "slash"),
        ({"PREFIX": None}, "are text"),
        ({"PROXIES": ["nowhere"]}, "TrustedProxies"),
    ],
)
def test_a_wrong_setting_is_named(here: None, given: dict[str, Any] | None, says: str) -> None:
    """A developer would be left with a traceback; `manage.py check` says it before anybody signs in."""
    with django_portal.changed(**(given or {})) if given else override_settings(ELAAS_IDENTITY=None):
        with pytest.raises(Misconfigured, match=says):
            portal()
        (found,) = run_checks()
    assert "elaas_identity.E001" == found.id
    assert says in found.msg


def test_a_right_portal_has_nothing_to_be_told(here: None) -> None:
    """A warning that is always there is read by nobody."""
    assert [] == run_checks()


@pytest.mark.parametrize(
    ("setting", "value", "found"),
    [
        ("MIDDLEWARE", [], "E002"),
        ("MIDDLEWARE", django_portal.SETTINGS["MIDDLEWARE"][::-1], "E002"),
        ("AUTHENTICATION_BACKENDS", ["django.contrib.auth.backends.ModelBackend"], "E003"),
        ("SESSION_COOKIE_SECURE", False, "E004"),
        ("SESSION_COOKIE_HTTPONLY", False, "E004"),
        ("SESSION_COOKIE_SAMESITE", "Strict", "E005"),
        ("SESSION_COOKIE_SAMESITE", "None", "E005"),
        ("SESSION_COOKIE_NAME", "sessionid", "W006"),
        ("SESSION_COOKIE_DOMAIN", "example.go.th", "W006"),
        ("SESSION_COOKIE_PATH", "/portal", "W006"),
    ],
)
def test_what_is_wrong_around_it_is_found(here: None, setting: str, value: Any, found: str) -> None:
    """R6.1: a portal would go live with a session that another page can take, or that nothing ends."""
    with override_settings(**{setting: value}):
        assert f"elaas_identity.{found}" in [each.id for each in run_checks()]


def test_urls_that_are_not_ours_are_found(here: None) -> None:
    """The callback would end at the portal's 404, after the person has been to ThaID."""
    with override_settings(ROOT_URLCONF=django_portal.module_of(django_portal.PAGES)):
        assert ["elaas_identity.E007"] * 2 == [each.id for each in run_checks()]


def test_the_portals_template_comes_first(world: World, tmp_path: Any) -> None:
    """A portal would have to leave Django's way of replacing a template."""
    folder = tmp_path / "elaas_identity"
    folder.mkdir()
    (folder / "sign_in.html").write_text("{{ say('page.sign_in.title') }} {{ csrf }}", encoding="utf-8")
    engine = {"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [tmp_path]}
    with override_settings(TEMPLATES=[engine]), django_portal.serving(world) as send:
        page = Visitor(world, send).open("/identity/sign-in").body.decode()
    assert page.startswith(say("page.sign_in.title").th)
    assert "<html" not in page
