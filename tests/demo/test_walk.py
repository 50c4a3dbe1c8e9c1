"""`demo --walk`: that it comes out right, and that it says so when it does not."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from elaas_identity.authenticator_app import second_factor
from elaas_identity.authenticator_app.totp import check
from elaas_identity.demo import expecting
from elaas_identity.demo.issued import ISSUED
from elaas_identity.demo.walk import Walk
from elaas_identity.demo.world import World
from elaas_identity.flow import sign_in_attempt, signing_in
from elaas_identity.flow.policy import FOR_TESTS, FlowPolicy
from elaas_identity.testing.html_forms import Page


def walked(policy: FlowPolicy) -> tuple[bool, list[str]]:
    lines: list[str] = []
    with World(policy=policy) as world:
        return Walk(world, lines.append).run(), lines


def test_the_walk_completes_and_tells_each_step() -> None:
    """The demonstration would not show the mandated flow."""
    completed, lines = walked(FOR_TESTS)
    assert completed, lines
    numbered = [line.split("ok")[1].split()[0] for line in lines if "ok      " in line]
    assert ["1", "2", "3", "4", "5"] == sorted(set(numbered) & set("12345"))
    afterwards = {
        "step-up:": 2,
        "assertion:": 1,
        "change": 3,
        "sessions:": 1,
        "locked": 2,
        "forgotten": 4,
        "hand-over:": 3,
    }
    elsewhere = {"second": 2, "approval:": 2, "audit:": 1}
    for name, count in (afterwards | elsewhere).items():
        assert count == numbered.count(name), name


@pytest.mark.parametrize(
    ("breach", "step"),
    [
        ("person", "the wrong person is refused"),
        ("code", "a wrong one is refused"),
        ("browser", "another browser cannot open this flow"),
        ("session", "the first officer is out"),
        ("cool-off", "for a day no recovery trusts the new one"),
        ("way back", "ThaID first lets the officer in"),
        ("replay", "its code signs in, and only once"),
        ("approval", "whoever came first waits for an administrator"),
    ],
)
def test_the_walk_fails_where_a_guard_is_missing(
    breach: str, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would say "completed" of a flow that lets in the wrong person, any code or browser, or keeps them in."""
    if breach == "person":
        # an account that opens for whoever comes first
        monkeypatch.setattr(
            "elaas_identity.demo.world.ISSUED", (replace(ISSUED[0], citizen=None), *ISSUED[1:])
        )
    elif breach == "code":
        monkeypatch.setattr("elaas_identity.flow.mailbox.is_right", lambda *_: True)
    elif breach == "browser":
        monkeypatch.setattr("elaas_identity.keyring.Keyring.same_digest", lambda *_: True)
    elif breach == "session":
        monkeypatch.setattr("elaas_identity.sessions.keeping.held", lambda _, account: account)
    elif breach == "way back":
        # a proven person is counted by the name that they give
        monkeypatch.setattr(
            signing_in,
            "attempt_of_person",
            lambda rules, moment, username, password, _: sign_in_attempt.attempt_of_name(
                rules, moment, username, password, None
            ),
        )
    elif breach == "replay":
        monkeypatch.setattr(
            second_factor,
            "check",
            lambda keyring, app, typed, now: check(keyring, replace(app, last_used_step=0), typed, now),
        )
    elif breach == "approval":
        monkeypatch.setattr("elaas_identity.flow.password.needs_approval", lambda _: False)
    policy = replace(FOR_TESTS, email_cool_off=timedelta(0)) if breach == "cool-off" else FOR_TESTS
    completed, lines = walked(policy)
    assert not completed
    assert "FAILED" in lines[-2]
    assert step in lines[-2]
    assert "expected" in lines[-1]


def test_a_provider_that_fails_is_a_failed_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mail that does not come would be a traceback, or be taken for success."""
    monkeypatch.setattr(expecting, "CODE", re.compile("no such code"))
    completed, lines = walked(FOR_TESTS)
    assert not completed
    assert "one code in the mail" in lines[-1]


def test_forms_are_read_as_a_browser_reads_them() -> None:
    """The walk would send other fields than the page has, and prove nothing."""
    page = Page(
        '<h1>A <span>b</span></h1><div role="alert"><div>c</div><p>d</p></div><p>e</p>'
        '<form method="post" action="/f/x"><input name="n" value="&lt;v"><input>'
        '<button name="go" value="1">Go <b>on</b></button><button>Stop</button></form>'
    )
    form = page.form("/x")
    assert form is not None
    assert ("A b", "c d") == (page.heading, page.alert)
    assert ("POST", {"n": "<v"}) == (form.method, form.fields)
    assert [("go", "1", "Go on"), ("", "", "Stop")] == form.buttons
    assert page.form("/y") is None
