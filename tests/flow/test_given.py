"""What a call makes of what it is handed for a text, a browser or a session (F55)."""

from __future__ import annotations

from typing import Any

import pytest

from elaas_identity import Browser, Keyring, Refused
from elaas_identity.flow.given import handed_in, taken
from tests.facade.portal import SECRET

BROWSER = Browser.new(Keyring({"k1": SECRET}, current="k1"))


@pytest.mark.parametrize(
    ("hint", "value", "expected"),
    [
        ("str", "text", "text"),
        ("str", None, ""),
        ("str", 12345678, ""),
        ("str", b"text", ""),
        ("str | None", None, None),
        ("str | None", 1, ""),
        ("str | bytes", b"raw", b"raw"),
        ("str | bytes", None, ""),
        ("int", None, None),
        ("", 5, 5),
        ("Browser", BROWSER, BROWSER),
    ],
)
def test_f55_what_is_no_text_counts_as_nothing_typed(hint: str, value: Any, expected: Any) -> None:
    """A form without its field would end in an error that nobody can act upon."""
    assert expected == taken(hint, value)


@pytest.mark.parametrize(
    ("hint", "value", "code"),
    [
        ("Browser", None, "browser_unknown"),
        ("Browser", "a token", "browser_unknown"),
        ("Session", None, "sign_in_outdated"),
        ("Session", "a token", "sign_in_outdated"),
    ],
)
def test_f55_what_is_no_browser_and_no_session_is_refused(hint: str, value: Any, code: str) -> None:
    """As above."""
    with pytest.raises(Refused) as refused:
        taken(hint, value)
    assert code == refused.value.code


class Called:
    """A method with what the acts' methods take."""

    def act(self, flow_id: str, count: int, *, browser: Browser, note: str | None = None) -> tuple[Any, ...]:
        return flow_id, count, browser, note


def test_f55_each_argument_is_taken_by_its_place_or_name() -> None:
    """One that is given by name would be taken as it is."""
    called = Called()
    for args, named in (((None, 3), {}), ((None,), {"count": 3}), ((), {"flow_id": 7, "count": 3})):
        answer = handed_in(Called.act, called, args, {**named, "browser": BROWSER, "note": 1})
        assert ("", 3, BROWSER, "") == answer
    with pytest.raises(Refused, match="browser_unknown"):
        handed_in(Called.act, called, ("f", 1), {"browser": "no browser"})
    with pytest.raises(TypeError):
        handed_in(Called.act, called, ("f", 1, BROWSER), {})
    with pytest.raises(TypeError):
        handed_in(Called.act, called, ("f", 1), {"browser": BROWSER, "unknown": 1})
