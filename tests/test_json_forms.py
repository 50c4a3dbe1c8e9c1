"""Every step and error has one JSON form, whichever way a portal answers it; and it never holds the national ID."""

from __future__ import annotations

import dataclasses
import json
import pickle
import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, get_args

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import TypeAdapter

from elaas_identity.errors import ElaasIdentityError, Misconfigured, ProviderFailed, Refused
from elaas_identity.flow.outcomes import Ended, PasswordSet, SignedIn, SteppedUp
from elaas_identity.flow.steps import AuthorizationRequest, Progress, Step
from elaas_identity.flow.transitions import Purpose
from elaas_identity.person.assurance import IAL, Assurance
from elaas_identity.person.national_id import NationalID
from elaas_identity.person.verified import VerifiedIdentity
from tests.web.test_account_life_pages import NEW_STEPS, PROOF
from tests.web.test_pages import ACCOUNT, CHOOSE, CODE_STEP, STEPS

NOW = datetime(2026, 10, 1, 1, 2, 3, 450_000, tzinfo=UTC)
DIGITS = "1999900001010"
PERSON = VerifiedIdentity(
    issuer="https://imauthsbx.bora.dopa.go.th",
    subject=DIGITS,  # as at ThaID's sandbox
    national_id=NationalID(DIGITS),
    name_th="นายสมมติ ตัวอย่าง",
    ial=IAL.parse("2.3"),
    auth_time=NOW,
    verified_at=NOW,
)
ASSURANCE = Assurance(ial=IAL.parse("2.3"), methods=("pwd", "thaid", "mfa"), auth_time=NOW)
OUTCOMES: tuple[Step, ...] = (
    SignedIn(account=ACCOUNT, person=PERSON, binding_id="b1", assurance=ASSURANCE, credential_version=2),
    SteppedUp(
        account=ACCOUNT, person=PERSON, binding_id="b1", assurance=ASSURANCE, transaction_digest="d" * 43
    ),
    PasswordSet(account=ACCOUNT, binding_id="b1", credential_version=2),
    Ended(reason="completed"),
    PROOF,
    CHOOSE,
)
EVERY = {step.kind: step for step in (*STEPS, *(step for step, _ in NEW_STEPS), *OUTCOMES)}


def progress(step: Step) -> Progress:
    return Progress(
        flow_id="f-1",
        purpose=Purpose.ONBOARDING,
        step=step,
        expires_at=NOW + timedelta(hours=1),
        allowed=("authorize", "cancel"),
    )


def over_fastapi(answer: Any, declared: Any = None) -> str:
    app = FastAPI()
    app.get("/", response_model=declared)(lambda: answer)
    return TestClient(app).get("/").text


def over_flask(answer: Any) -> str:
    flask: Any = pytest.importorskip("flask")
    with flask.Flask(__name__).app_context():
        return str(flask.jsonify(answer).get_data(as_text=True))


WAYS: dict[str, Callable[[Any], str]] = {
    "as_json": lambda answer: json.dumps(answer.as_json(), ensure_ascii=False),
    "pydantic": lambda answer: TypeAdapter(type(answer)).dump_json(answer).decode(),
    "FastAPI, undeclared": over_fastapi,
    "FastAPI, declared": lambda answer: over_fastapi(answer, type(answer)),
    "asdict": lambda answer: json.dumps(dataclasses.asdict(answer), default=str),
}
EXACTLY = {"as_json", "pydantic", "FastAPI, undeclared", "FastAPI, declared"}
"""What writes times as we do. `str` has a space where ISO 8601 has a T, and Flask has the dates of HTTP headers."""


def test_every_step_is_here() -> None:
    """F56: a step of a later version would have a form of its own."""
    assert {each.__name__ for each in get_args(Step)} == {type(step).__name__ for step in EVERY.values()}


@pytest.mark.parametrize("step", EVERY.values(), ids=EVERY)
def test_f56_a_step_has_one_form_by_every_way(step: Step) -> None:
    """F56: an encoder broke after the once-only outcome was spent, or told the national ID."""
    stands = progress(step)
    expected = stands.as_json()
    assert (step.kind, "f-1") == (expected["step"]["kind"], expected["flow_id"])
    for way, dumped in WAYS.items():
        got = harmless(dumped(stands))
        assert _same_times(expected) == _same_times(got), way
        if way in EXACTLY:
            assert expected == got, way


def test_r7_2_the_address_in_full_is_for_the_page_alone() -> None:
    """R7.2: a log of steps, a cache or a front end's store would keep where the person reads mail."""
    step = dataclasses.replace(CODE_STEP, email="somchai@example.go.th")
    assert step.email == dataclasses.replace(step, attempts_left=1).email
    for way, dumped in WAYS.items():
        assert "somchai" not in dumped(progress(step)), way
    assert b"somchai" not in pickle.dumps(step)
    assert "somchai" not in repr(step)
    assert "email" not in TypeAdapter(type(step)).json_schema(mode="serialization")["properties"]
    assert (CODE_STEP, None) == (pickle.loads(pickle.dumps(step)), pickle.loads(pickle.dumps(step)).email)


@pytest.mark.parametrize("step", EVERY.values(), ids=EVERY)
def test_f56_flask_has_that_form_too(step: Step) -> None:
    """F56: `jsonify` broke at `SignedIn`."""
    stands = progress(step)
    assert _same_times(stands.as_json()) == _same_times(harmless(over_flask(stands)))


def harmless(text: str) -> Any:
    """What the text says, which names nobody."""
    form = json.loads(text)
    assert DIGITS not in text
    assert str(PERSON.name_th) not in json.dumps(form, ensure_ascii=False)
    return form


def _same_times(form: Any) -> Any:
    """Times as numbers of whole seconds, however they are written."""
    if isinstance(form, dict):
        return {name: _same_times(value) for name, value in form.items()}
    if isinstance(form, list):
        return [_same_times(value) for value in form]
    if isinstance(form, str) and form[:1].isupper() and form.endswith("GMT"):
        return int(parsedate_to_datetime(form).timestamp())
    try:
        return int(datetime.fromisoformat(form).timestamp())
    except (TypeError, ValueError):
        return form


def test_f56_an_authorization_request_has_its_form_too() -> None:
    """F56: a single-page app asks for the URL by JSON."""
    request = AuthorizationRequest(flow_id="f-1", url="https://thaid.example/auth?state=s", expires_at=NOW)
    forms = [json.loads(WAYS[way](request)) for way in EXACTLY - {"as_json"}]
    assert [forms[0]] * 3 == forms
    assert "2026-10-01T01:02:03.450000+00:00" == forms[0]["expires_at"]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            Refused("sign_in_throttled", retry_after=timedelta(seconds=41.2), detail="not for them"),
            {"code": "sign_in_throttled", "field": None, "retry_after": 42, "progress": None},
        ),
        (
            Refused("email_invalid", field="email", progress=progress(OUTCOMES[0])),
            {"code": "email_invalid", "field": "email", "retry_after": None},
        ),
        (ProviderFailed("store_unavailable", detail="not for them"), {"code": "store_unavailable"}),
        (Misconfigured("keyring", detail="not for them"), {"code": "keyring"}),
    ],
    ids=lambda value: getattr(value, "code", ""),
)
def test_f56_an_error_has_its_form(error: ElaasIdentityError, expected: dict[str, Any]) -> None:
    """F56, R7.2: each portal would make up its own, or answer the detail that is for its developers."""
    form = error.as_json()
    assert expected == {name: form[name] for name in expected}
    assert {"code", "message", "field", "retry_after", "progress"} == set(form)
    assert {"th": error.message.th, "en": error.message.en} == form["message"]
    text = json.dumps(form)
    assert DIGITS not in text
    assert "not for them" not in text
    if error.progress is not None:
        assert error.progress.as_json() == form["progress"]


def test_f56_the_description_of_an_api_has_every_step() -> None:
    """F56: FastAPI's schema lost `SignedIn` and `SteppedUp` without a word, and with them a client's types."""
    app = FastAPI()
    app.get("/", response_model=Progress)(lambda: None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        described = app.openapi()["components"]["schemas"]
    assert {each.__name__ for each in get_args(Step)} <= set(described)
    assert {"issuer", "ial", "auth_time", "verified_at"} == set(
        described["SignedIn"]["properties"]["person"]["properties"]
    )
    assert "date-time" == described["Progress"]["properties"]["expires_at"]["format"]
    assert len(get_args(Step)) == len(described["Progress"]["properties"]["step"]["anyOf"])


def test_f13_a_persons_fields_are_nobodys() -> None:
    """F13: at the sandbox the subject is the national ID, and `asdict` told it."""
    dumped = dataclasses.asdict(PERSON)
    assert {"issuer", "ial", "auth_time", "verified_at"} == set(dumped)
    for text in (repr(dumped), json.dumps(dumped, default=str), repr(PERSON), str(PERSON)):
        assert DIGITS not in text
        assert "สมมติ" not in text
    assert (DIGITS, "นายสมมติ ตัวอย่าง") == (PERSON.subject, PERSON.name_th)
    moved = dataclasses.replace(PERSON, subject="another")
    assert ("another", PERSON.national_id, PERSON.name_th) == (
        moved.subject,
        moved.national_id,
        moved.name_th,
    )
    assert moved != PERSON == dataclasses.replace(PERSON)
    assert 1 == len({PERSON, dataclasses.replace(PERSON)})
    with pytest.raises(TypeError, match="subject"):
        VerifiedIdentity(issuer="i", verified_at=NOW)  # type: ignore[call-arg]
