"""The model's own table, read off the diagrams in `docs/flow.md`: what an input does, purpose by purpose.

To teach the model a purpose: its rows here, who is let through and what its end does in `model_purposes.py`, and how
somebody walks there in `walks.py`.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

Purpose = Literal[
    "onboarding",
    "sign_in",
    "recovery",
    "identity_first",
    "authenticator",
    "step_up",
    "email_change",
    "password_change",
]
Row: TypeAlias = tuple[Purpose, str, str]

STEP = {
    "identity": "verify_identity",
    "account": "choose_account",
    "credential": "provide_credential",
    "authenticator_code": "enter_authenticator_code",
    "authenticator": "enrol_authenticator",
    "email": "provide_email",
    "one_time_code": "enter_one_time_code",
    "password": "set_password",
    "approval": "await_approval",
    "proof": "step_up_proof",
}
"""Stage → what the person is shown."""

PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
ENDS = ("cancelled", "expired", "superseded")

_TRIP = {"authorization_requested": "identity", "authorization_returned": "identity"}
_CODE = {"code_resent": "one_time_code", "code_confirmed": "password", "code_and_password_set": "done"}

WAY: dict[tuple[Purpose, str], dict[str, str]] = {
    ("onboarding", "start"): {"credential_accepted": "identity", "credential_of_proven_person": "email"},
    ("onboarding", "identity"): {**_TRIP, "identity_verified": "email"},
    ("onboarding", "email"): {"email_given": "one_time_code"},
    ("onboarding", "one_time_code"): {
        **_CODE,
        "email_given": "one_time_code",
        "approval_asked": "approval",
    },
    ("onboarding", "password"): {"password_set": "done", "approval_asked": "approval"},
    ("onboarding", "approval"): {"approved": "done", "rejected": "ended"},
    ("sign_in", "start"): {
        "credential_accepted": "done",
        "credential_too_weak": "password",
        "credential_awaits_identity": "identity",
        "credential_awaits_authenticator": "authenticator_code",
        "account_chosen": "done",
    },
    ("sign_in", "identity"): {**_TRIP, "identity_verified": "done"},
    ("sign_in", "authenticator_code"): {"authenticator_code_accepted": "done"},
    ("sign_in", "password"): {"password_set": "done"},
    ("recovery", "start"): {"asked": "identity"},
    ("recovery", "identity"): {**_TRIP, "person_recognised": "account"},
    ("recovery", "account"): {"account_chosen": "one_time_code"},
    ("recovery", "one_time_code"): _CODE,
    ("recovery", "password"): {"password_set": "done"},
    ("identity_first", "start"): {"asked": "identity"},
    ("identity_first", "identity"): {**_TRIP, "identity_verified": "credential"},
    ("identity_first", "credential"): {"credential_accepted": "done", "account_chosen": "done"},
    ("authenticator", "start"): {"asked": "identity", "credential_accepted": "identity"},
    ("authenticator", "identity"): {**_TRIP, "identity_verified": "authenticator"},
    ("authenticator", "authenticator"): {"authenticator_confirmed": "done"},
    ("step_up", "start"): {"asked": "identity"},
    ("step_up", "identity"): {**_TRIP, "identity_verified": "proof"},
    ("step_up", "proof"): {"proof_used": "done"},
    ("email_change", "start"): {"asked": "identity"},
    ("email_change", "identity"): {**_TRIP, "identity_verified": "email"},
    ("email_change", "email"): {"email_given": "one_time_code"},
    ("email_change", "one_time_code"): {
        "email_given": "one_time_code",
        "code_resent": "one_time_code",
        "code_confirmed": "done",
    },
    ("password_change", "start"): {"credential_accepted": "password"},
    ("password_change", "password"): {"password_set": "done"},
}
"""(purpose, stage) → what may happen there → the stage that it leads to."""

PLACES: tuple[tuple[Purpose, str], ...] = tuple(place for place in WAY if place[1] in STEP)
"""Where a flow waits for its person."""

NOBODYS = frozenset(
    {
        ("recovery", "identity"),
        ("recovery", "account"),
        ("identity_first", "identity"),
        ("identity_first", "credential"),
    }
)
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
