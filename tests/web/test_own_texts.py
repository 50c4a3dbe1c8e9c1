"""Every text that a page shows can be the portal's own."""

from __future__ import annotations

import re
from functools import cache
from gettext import GNUTranslations
from html import unescape
from importlib.resources import files

import pytest

from elaas_identity.messages import Message, wording
from elaas_identity.messages.own_texts import fault_in
from elaas_identity.web.pages import Pages
from elaas_identity.web.site import Site
from tests.browser.every_page import ACCOUNT, KEYRING, NAME, NOON, ORIGIN, STATES, drawn

PREFIXES = ("page.", "error.", "ended.", "date.", "wait.")
THAI = re.compile(r"[\u0e00-\u0e7f]+")


@cache
def every_id() -> tuple[str, ...]:
    """The ids of all texts that a page may show."""
    folder = files("elaas_identity.messages") / "locale" / "th" / "LC_MESSAGES"
    found: list[str] = []
    for name in ("elaas_identity.mo", "pages.mo"):
        with (folder / name).open("rb") as stream:
            catalogue = GNUTranslations(stream)
        found += [each for each in vars(catalogue)["_catalog"] if each.startswith(PREFIXES)]
    return tuple(found)


def marked(message_id: str) -> Message:
    """A text without a Thai letter, with all places of the library's."""
    places = " ".join(re.findall(r"{\w+}", wording(message_id).th))
    return Message(f"[{places}]", f"[{places}]")


@pytest.fixture(scope="module")
def pages() -> Pages:
    return Pages(
        keyring=KEYRING,
        origin=ORIGIN,
        site=Site(name=Message("Portal", "Portal"), texts={each: marked(each) for each in every_id()}),
        identity_provider_origins=("https://thaid.example",),
        clock=lambda: NOON,
    )


@pytest.mark.parametrize("name", STATES)
def test_no_text_of_a_page_is_out_of_the_portals_reach(pages: Pages, name: str) -> None:
    """A text that is passed over would be the library's for ever, among words that are the portal's."""
    page = unescape(drawn(STATES[name], "th", pages).body.decode())
    for data in (ACCOUNT.agency_name, NAME):
        page = page.replace(data, "")
    assert [] == THAI.findall(page)


def test_there_are_texts_to_reach() -> None:
    """The test above would pass over nothing: each id is found, and each marked text may be one."""
    assert len(every_id()) > 200
    assert fault_in({each: marked(each) for each in every_id()}, *PREFIXES) is None
    assert fault_in({"page.skip": Message("{name}", "x")}, *PREFIXES) is not None
