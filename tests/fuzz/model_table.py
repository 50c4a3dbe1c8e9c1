"""The model's own table, read off the diagrams in `docs/flow.md`: what an input does, purpose by purpose.

To teach the model a purpose: its rows here, who is let through and what its end does in `model_purposes.py`, and how
somebody walks there in `walks.py`.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

Purpose = Literal["onboarding", "sign_in", "recovery"]
Row: TypeAlias = tuple[Purpose, str, str]

STEP = {
    "identity": "verify_identity",
    "account": "choose_account",
    "email": "provide_email",
    "one_time_code": "enter_one_time_code",
    "password": "set_password",
}
"""Stage → what the person is shown."""

PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
ENDS = ("cancelled", "expired", "superseded")

_TRIP = {"authorization_requested": "identity", "authorization_returned": "identity"}
_CODE = {"code_resent": "one_time_code", "code_confirmed": "password", "code_and_password_set": "done"}

WAY: dict[tuple[Purpose, str], dict[str, str]] = {
    ("onboarding", "start"): {"credential_accepted": "identity"},
    ("onboarding", "identity"): {**_TRIP, "identity_verified": "email"},
    ("onboarding", "email"): {"email_given": "one_time_code"},
    ("onboarding", "one_time_code"): {**_CODE, "email_given": "one_time_code"},
    ("onboarding", "password"): {"password_set": "done"},
    ("sign_in", "start"): {"credential_accepted": "done", "credential_too_weak": "password"},
    ("sign_in", "password"): {"password_set": "done"},
    ("recovery", "start"): {"asked": "identity"},
    ("recovery", "identity"): {**_TRIP, "person_recognised": "account"},
    ("recovery", "account"): {"account_chosen": "one_time_code"},
    ("recovery", "one_time_code"): _CODE,
    ("recovery", "password"): {"password_set": "done"},
}
"""(purpose, stage) → what may happen there → the stage that it leads to."""

PLACES: tuple[tuple[Purpose, str], ...] = tuple(place for place in WAY if place[1] in STEP)
"""Where a flow waits for its person."""

NOBODYS = frozenset({("recovery", "identity"), ("recovery", "account")})
"""Where a flow is for no account yet: an act on one does not end it."""


def leads_to(purpose: Purpose, stage: str, happened: str) -> str | None:
    """The next stage; None where that does not happen."""
    if happened in ENDS and stage in STEP:
        return None if happened == "superseded" and (purpose, stage) in NOBODYS else "ended"
    return WAY.get((purpose, stage), {}).get(happened)


def rows() -> dict[Row, str]:
    """All of it, the ends included."""
    happenings = {happened for way in WAY.values() for happened in way} | set(ENDS)
    found = {
        (purpose, stage, happened): leads_to(purpose, stage, happened)
        for purpose, stage in WAY
        for happened in happenings
    }
    return {row: stage for row, stage in found.items() if stage is not None}
