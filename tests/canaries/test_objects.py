"""No canary is in what an object says of itself, or is pickled or dumped with it (R7.2)."""

from __future__ import annotations

import pickle
from contextlib import suppress
from dataclasses import fields, is_dataclass
from typing import Any, get_args

import pytest
from pydantic import TypeAdapter

from elaas_identity import AssertionSettings, Progress, Step
from elaas_identity.oidc.authorization import proof_of
from elaas_identity.testing.secrecy import found
from tests.canaries.values import OFFICER
from tests.canaries.watched import AUDIENCE, Watched


def reached(value: Any, seen: dict[int, Any]) -> dict[int, Any]:
    """The object and everything of this library's that it holds."""
    if isinstance(value, (list, tuple)):
        for one in value:
            reached(one, seen)
    elif is_dataclass(value) and id(value) not in seen:
        seen[id(value)] = value
        for each in fields(value):
            reached(getattr(value, each.name), seen)
    elif type(value).__module__.startswith("elaas_identity") and id(value) not in seen:
        seen[id(value)] = value
    return seen


def test_r7_2_no_canary_is_in_what_an_object_says_of_itself(watched: Watched) -> None:
    """A line of debugging, `print(progress)`, would show what nobody should see."""
    objects = reached([*watched.answers, watched.browser, watched.keyring, OFFICER.national_id], {})
    driven = getattr(watched.elaas, "_driven", watched.elaas)
    everything = [
        *objects.values(),
        driven,
        driven.accounts,
        driven.assertions,
        driven.assertions._keys,
        AssertionSettings(
            keys=driven.assertions._keys, issuer="https://portal.example.go.th", audiences=[AUDIENCE]
        ),
        driven._driver,
        driven._driver._identity_provider,
        driven._driver._mailer,
        *driven._asked(watched.browser),
        proof_of(watched.keyring, str(watched.trips["state 1"])),
    ]
    assert {
        "Session",
        "PendingApproval",
        "AskedAct",
        "EnrolAuthenticator",
        "AuthenticatorEnrolled",
        "StepUpProof",
        "SteppedUp",
        "ProvideCredential",
        "AwaitApproval",
        "AssertionSettings",
        "EmailChanged",
        "Reissued",
        "Expected",
    } < {type(one).__name__ for one in everything}
    for one in everything:
        text = f"{one!r}{one}{[one]}"
        assert [] == found(watched.secrets, text.encode()), type(one)


def is_shown_by(step: Step, name: str) -> bool:
    """What the step is there to show, this once."""
    shown = {"enrol_authenticator": "app's ", "authenticator_enrolled": "sheet "}
    return step.kind in shown and name.startswith(shown[step.kind])


def test_r7_2_no_credential_is_pickled_or_dumped_with_a_step(watched: Watched) -> None:
    """A cache or a queue that pickles a step would keep what opens an account. (The name is there to be shown.)"""
    progresses = [answer for answer in watched.answers if isinstance(answer, Progress)]
    kinds = {each.__dataclass_fields__["kind"].default for each in get_args(Step)}
    assert kinds == {progress.step.kind for progress in progresses}
    everything = watched.credentials | {
        name: secret for name, secret in watched.people.items() if name not in watched.names
    }
    for progress in progresses:
        hidden = {name: secret for name, secret in everything.items() if not is_shown_by(progress.step, name)}
        for one in (progress, progress.step):
            with suppress(TypeError):
                assert [] == found(everything, pickle.dumps(one)), progress.step.kind
        dumped = TypeAdapter[Any](Progress).dump_json(progress)
        assert [] == found(hidden, dumped), progress.step.kind
        assert [] == found(hidden, TypeAdapter[Any](Step).dump_json(progress.step)), progress.step.kind


def test_r7_2_what_must_not_leave_the_process_is_not_pickled(watched: Watched) -> None:
    """A person, or the keys of everything, would lie in a cache."""
    signed_in, *_ = [
        one for one in watched.answers if isinstance(one, Progress) and one.step.kind == "signed_in"
    ]
    driven = getattr(watched.elaas, "_driven", watched.elaas)
    person = getattr(signed_in.step, "person", None)
    of_the_app = [
        one.step
        for one in watched.answers
        if isinstance(one, Progress) and one.step.kind in ("enrol_authenticator", "authenticator_enrolled")
    ]
    assert 3 == len(of_the_app)
    for one in (
        watched.keyring,
        OFFICER.national_id,
        person,
        signed_in,
        driven._driver._identity_provider,
        driven.assertions._keys,
        *of_the_app,
    ):
        with pytest.raises(TypeError):
            pickle.dumps(one)
