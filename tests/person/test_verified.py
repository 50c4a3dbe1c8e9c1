"""The verified identity: what it shows, how it is kept, and that an old record is still read."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
from datetime import UTC, datetime

import pydantic
import pytest

from elaas_identity.errors import Misconfigured
from elaas_identity.person.assurance import IAL
from elaas_identity.person.national_id import NationalID
from elaas_identity.person.verified import VerifiedIdentity

INVENTED = "1234567890121"
NAME_TH = "สมมติ ตัวอย่าง"
NAME_EN = "Sommut Tuayang (invented)"
PERSONAL = (INVENTED, NAME_TH, NAME_EN, "subject-of-nobody")


def identity(**changes: object) -> VerifiedIdentity:
    whole = VerifiedIdentity(
        issuer="https://imauthsbx.bora.dopa.go.th",
        subject="subject-of-nobody",
        national_id=NationalID(INVENTED),
        name_th=NAME_TH,
        name_en=NAME_EN,
        ial=IAL(2, 3),
        auth_time=datetime(2026, 10, 1, 1, 2, 3, tzinfo=UTC),
        verified_at=datetime(2026, 10, 1, 1, 2, 4, 567, tzinfo=UTC),
    )
    return dataclasses.replace(whole, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "kept",
    [identity(), identity(name_th=None, name_en=None, ial=None, auth_time=None)],
    ids=["whole", "least"],
)
def test_what_is_serialised_is_restored(kept: VerifiedIdentity) -> None:
    """A person would come back changed from the store (R7.4)."""
    assert kept == VerifiedIdentity.restored(kept.serialised())


def test_a_record_of_schema_1_is_read() -> None:
    """Flows that are under way and bindings of years ago would break with an upgrade (R7.4)."""
    written_by_schema_1 = (
        '{"schema": 1, "issuer": "https://imauthsbx.bora.dopa.go.th", "subject": "subject-of-nobody",'
        ' "national_id": "1234567890121", "name_th": "สมมติ ตัวอย่าง", "name_en": "Sommut Tuayang (invented)",'
        ' "ial": "2.3", "auth_time": "2026-10-01T01:02:03+00:00", "verified_at": "2026-10-01T01:02:04.000567+00:00"}'
    )

    assert identity() == VerifiedIdentity.restored(written_by_schema_1)
    assert json.loads(written_by_schema_1) == json.loads(identity().serialised())


def _changed(**changes: object) -> str:
    return json.dumps(json.loads(identity().serialised()) | changes)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        _changed(schema=2),
        _changed(schema="1"),
        _changed(national_id="1234567890122"),
        _changed(national_id=None),
        _changed(verified_at="yesterday"),
        _changed(verified_at=None),
        _changed(auth_time=1),
    ],
)
def test_what_cannot_be_read_is_a_typed_error_that_tells_nothing(text: str) -> None:
    """A record of a later version would raise KeyError, or the error would carry the person (R7.2)."""
    with pytest.raises(Misconfigured) as problem:
        VerifiedIdentity.restored(text)

    assert "store_schema" == problem.value.code
    assert problem.value.__context__ is None
    assert not any(secret in str(problem.value) for secret in PERSONAL)


@pytest.mark.parametrize(
    ("name_th", "name_en", "shown"),
    [(NAME_TH, NAME_EN, NAME_TH), (None, NAME_EN, NAME_EN), ("", NAME_EN, NAME_EN), (None, None, "")],
)
def test_the_name_shown_is_the_thai_one_first(name_th: str | None, name_en: str | None, shown: str) -> None:
    """A person would not see their own name right after ThaID, which is what warns of a relayed QR."""
    assert shown == identity(name_th=name_th, name_en=name_en).display_name


def test_the_repr_shows_no_personal_data() -> None:
    """A log line with a step in it would tell who signed in (R7.2)."""
    assert not any(secret in repr(identity()) for secret in PERSONAL)
    assert "2026" in repr(identity())


def test_it_is_not_pickled_and_its_copy_is_itself() -> None:
    """At the sandbox the subject is the national ID: a pickled session would hold it (R7.2)."""
    held = identity()

    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError):
            pickle.dumps(held, protocol)
    assert held is copy.copy(held)
    assert held is copy.deepcopy(held)


def test_pydantic_dumps_it_without_the_person() -> None:
    """A portal that answers a step as JSON would tell subject, national ID and names (R7.2)."""

    class Answer(pydantic.BaseModel):
        person: VerifiedIdentity

    answer = Answer(person=identity())

    expected = {
        "issuer": "https://imauthsbx.bora.dopa.go.th",
        "ial": "2.3",
        "auth_time": "2026-10-01T01:02:03+00:00",
        "verified_at": "2026-10-01T01:02:04.000567+00:00",
    }
    assert {"person": expected} == answer.model_dump()
    assert {"person": expected} == json.loads(answer.model_dump_json())
    assert not any(secret in repr(answer) for secret in PERSONAL)


def test_pydantic_dumps_what_is_absent_as_null() -> None:
    """An identity without `ial` and `auth_time` could not be answered at all."""
    dumped = pydantic.TypeAdapter(VerifiedIdentity).dump_python(identity(ial=None, auth_time=None))

    assert (None, None) == (dumped["ial"], dumped["auth_time"])
