"""The table of the forms, held to the facade's methods and to the templates."""

from __future__ import annotations

import inspect
import re
from importlib.resources import files

import pytest

from elaas_identity import AsyncElaasIdentity, ElaasIdentity
from elaas_identity.flow.transitions import Purpose
from elaas_identity.web.calls import Asked
from elaas_identity.web.exchange import WebRequest
from elaas_identity.web.routes import ROUTES
from tests.web.test_account_life_pages import SESSION
from tests.web.test_markup import SHOWN, Markup
from tests.web.test_pages import CODE_STEP, PAGES, get, post, shown

REQUESTS = {
    "current": get("/flow/f-1"),
    "receive_callback": get("/auth/callback", "code=a&state=b"),
    **{route.act: post(route.path.format(flow_id="f-1")) for route in ROUTES},
}
"""One request for every act of the pages."""

PAGE_ONLY = {
    "/flow/{flow_id}/password": {
        "username",  # for password managers
        "new_password_again",  # compared by `Pages.parse`
    }
}
"""Fields that no method takes."""


@pytest.mark.parametrize("facade", [ElaasIdentity, AsyncElaasIdentity])
@pytest.mark.parametrize(("act", "request_"), REQUESTS.items(), ids=REQUESTS)
def test_each_act_is_a_method_with_these_parameters(
    facade: type[ElaasIdentity | AsyncElaasIdentity], act: str, request_: WebRequest
) -> None:
    """A form would end in a `TypeError`, since no checker sees which method the table names."""
    asked = PAGES.parse(request_, session=SESSION)
    assert isinstance(asked, Asked)
    assert act == asked.act
    first = ["flow_id"] * (asked.flow_id is not None) + ["session"] * (asked.session is not None)
    signature = inspect.signature(getattr(facade, act))
    assert ["self", *first, *asked.arguments, "browser"] == list(signature.parameters)
    assert signature.return_annotation == ("AuthorizationRequest" if act == "authorize" else "Progress")


def test_every_route_is_another_act() -> None:
    """Of two rows for one path, the second would never be used; two paths for one act would be an alias."""
    assert len(ROUTES) == len({route.path for route in ROUTES}) == len({route.act for route in ROUTES})


def test_each_form_has_the_fields_of_its_route() -> None:
    """A form would send a field that nobody reads; or its method would get an empty value."""
    pages = [*SHOWN.values(), shown(CODE_STEP, Purpose.ONBOARDING, "submit_email")]
    seen = {(path, frozenset(names)) for page in pages for path, names in _forms(page)}
    expected = {
        (route.path, frozenset({"csrf", *_seen(route.path), *route.fields, *PAGE_ONLY.get(route.path, ())}))
        for route in ROUTES
    }
    of_the_portal = {(path, frozenset({"csrf"})) for path in ("/account/email", "/account/authenticator")}
    assert expected - of_the_portal == seen
    home = (files("elaas_identity.demo") / "templates" / "home.html").read_text(encoding="utf-8")
    assert all(f'"{path}"' in home for path, _ in of_the_portal)


def _seen(path: str) -> set[str]:
    """Every form on a flow's page, and those that ask for a password."""
    return {"seen"} if path.startswith("/flow/") or path in ("/sign-in", "/account/password") else set()


def _forms(page: str) -> list[tuple[str, list[str]]]:
    """Each form of a page: where it is posted to, as the table writes it, and the names of its fields."""
    forms: list[tuple[str, list[str]]] = []
    for tag, attributes in Markup(page).tags:
        if tag == "form":
            forms.append((re.sub("^/flow/f-1/", "/flow/{flow_id}/", attributes["action"]), []))
        elif tag == "input":
            forms[-1][1].append(attributes["name"])
    return forms


def test_a_path_that_looks_like_the_table_is_no_route() -> None:
    """The path `/flow/{flow_id}/cancel`, sent as it stands, would ask for an act on no flow, and raise."""
    for route in ROUTES:
        if "{" in route.path:
            answer = PAGES.parse(post(route.path))
            assert not isinstance(answer, Asked)
            assert 404 == answer.status


def test_no_repr_shows_what_a_form_or_a_query_says() -> None:
    """R7.2: a log of what was asked would hold passwords, codes, addresses and the portal's session id."""
    for route in ROUTES:
        form = dict.fromkeys((*route.fields, "new_password_again"), "canary")
        asked = PAGES.parse(post(route.path.format(flow_id="f-1"), form), session=SESSION)
        assert route.act in repr(asked)
        assert "canary" not in repr(asked)
    assert "canary" not in repr(PAGES.parse(get("/auth/callback", "code=canary")))
