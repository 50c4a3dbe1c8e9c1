"""What there is, from docs/security.md and the circular's clause 1: moves of flows, acts on accounts, notices."""

from __future__ import annotations

from dataclasses import dataclass

from elaas_identity.messages import say

MOVES = {
    # purpose, from, to → the events that tell of it, one of them in the same commit
    ("onboarding", None, "identity"): {"onboarding.begun"},
    ("onboarding", "identity", "identity"): {"identity.requested", "identity.returned"},
    ("onboarding", "identity", "email"): {"identity.verified"},
    ("onboarding", "email", "one_time_code"): {"email.given"},
    ("onboarding", "one_time_code", "one_time_code"): {"email.given", "one_time_code.resent", "mail.failed"},
    ("onboarding", "one_time_code", "password"): {"one_time_code.confirmed"},
    ("onboarding", "one_time_code", "done"): {"password.set"},
    ("onboarding", "password", "done"): {"password.set"},
    ("onboarding", None, "email"): {"onboarding.begun"},
    ("onboarding", "one_time_code", "approval"): {"approval.asked"},
    ("onboarding", "password", "approval"): {"approval.asked"},
    ("onboarding", "approval", "done"): {"account.approved"},
    ("sign_in", None, "done"): {"sign_in.completed"},
    ("sign_in", None, "identity"): {"sign_in.begun"},
    ("sign_in", "identity", "identity"): {"identity.requested", "identity.returned"},
    ("sign_in", "identity", "done"): {"sign_in.completed"},
    ("sign_in", None, "authenticator_code"): {"sign_in.begun"},
    ("sign_in", "authenticator_code", "done"): {"sign_in.completed"},
    ("sign_in", None, "password"): {"sign_in.password_change_required"},
    ("sign_in", "password", "done"): {"password.set"},
    ("recovery", None, "identity"): {"recovery.begun"},
    ("recovery", "identity", "identity"): {"identity.requested", "identity.returned"},
    ("recovery", "identity", "account"): {"identity.verified"},
    ("recovery", "account", "one_time_code"): {"recovery.account_chosen"},
    ("recovery", "one_time_code", "one_time_code"): {"one_time_code.resent", "mail.failed"},
    ("recovery", "one_time_code", "password"): {"one_time_code.confirmed"},
    ("recovery", "one_time_code", "done"): {"password.set"},
    ("recovery", "password", "done"): {"password.set"},
    ("identity_first", None, "identity"): {"identity_first.begun"},
    ("identity_first", "identity", "identity"): {"identity.requested", "identity.returned"},
    ("identity_first", "identity", "credential"): {"identity.verified"},
    ("identity_first", "credential", "done"): {"identity_first.completed"},
    ("authenticator", None, "identity"): {"authenticator.begun"},
    ("authenticator", "identity", "identity"): {"identity.requested", "identity.returned"},
    ("authenticator", "identity", "authenticator"): {"identity.verified"},
    ("authenticator", "authenticator", "done"): {"authenticator.enrolled"},
    ("step_up", None, "identity"): {"step_up.begun"},
    ("step_up", "identity", "identity"): {"identity.requested", "identity.returned"},
    ("step_up", "identity", "proof"): {"identity.verified"},
    ("step_up", "proof", "done"): {"step_up.used"},
    ("email_change", None, "identity"): {"email_change.begun"},
    ("email_change", "identity", "identity"): {"identity.requested", "identity.returned"},
    ("email_change", "identity", "email"): {"identity.verified"},
    ("email_change", "email", "one_time_code"): {"email.given"},
    ("email_change", "one_time_code", "one_time_code"): {
        "email.given",
        "one_time_code.resent",
        "mail.failed",
    },
    ("email_change", "one_time_code", "done"): {"email.changed"},
    ("password_change", None, "password"): {"password_change.begun"},
    ("password_change", "password", "done"): {"password.set"},
}
"""The order of clause 1 (invariant 1), and of the other purposes. Every stage that waits may also end."""
ENDINGS = {
    "cancelled": "flow.cancelled",
    "expired": "flow.expired",
    "superseded": "flow.superseded",
    "rejected": "account.rejected",
}
STEPS = {
    "identity": "verify_identity",
    "account": "choose_account",
    "email": "provide_email",
    "one_time_code": "enter_one_time_code",
    "password": "set_password",
    "credential": "provide_credential",
    "authenticator_code": "enter_authenticator_code",
    "authenticator": "enrol_authenticator",
    "approval": "await_approval",
    "proof": "step_up_proof",
}
"""What the person is asked for at each stage that waits."""
STATUS = {
    "onboarding": "issued",
    **dict.fromkeys(
        (
            "sign_in",
            "recovery",
            "authenticator",
            "step_up",
            "email_change",
            "password_change",
        ),
        "active",
    ),
}
"""What the account of a flow has to be; a proof serves an issued one, and one in use."""
CHOICE = ("recovery", "account", "one_time_code")
PROVEN = ("identity_first", "credential", "done")
"""Where a flow that has named no account comes to one: by the person's choice, or by what it begins for it."""
PERSON_FIRST = {"recovery", "identity_first"}
"""What begins for no account yet."""
LEAVES_THE_ACCOUNT = {"sign_in.completed", "step_up.used", "identity_first.completed"}
"""What a flow may end with, and leave its account as it was."""


@dataclass(frozen=True)
class Write:
    """What is told of an account, and what it did: each write of one is told of once (invariant 7).

    Attributes:
        come_from: the statuses that it is done to.
        to: the status afterwards; None: as before. What a restored account becomes, its password says.
        bump: by how much the epoch moves.
        renews: the password is another one.
        ends: the binding ends, if there is one.
        names: it says anew whom the account opens for (R1.3).
        forgets: whom it opened for is forgotten (PDPA s.37).
    """

    come_from: str
    to: str | None = None
    bump: int = 1
    renews: bool = False
    ends: bool = False
    names: bool = False
    forgets: bool = False


WRITES = {
    "password.set": Write("issued active", "active", renews=True),
    "password_hash.upgraded": Write("issued active", bump=0),
    "account.approved": Write("issued", "active", renews=True),
    "email.changed": Write("active"),
    "authenticator.enrolled": Write("active"),
    "account.reissued": Write("issued active", "issued", renews=True),
    "account.unlocked": Write("issued active"),
    "account.suspended": Write("issued active", "suspended"),
    "account.restored": Write("suspended", "issued or active"),
    "account.closed": Write("issued active suspended", "closed", ends=True, forgets=True),
    "account.handed_over": Write("issued active suspended", "issued", renews=True, ends=True, names=True),
    "account.expected_set": Write("issued", names=True),
}


BINDS = {"password.set", "account.approved"}
"""What makes an account a person's, and writes whom it is bound to."""
NEEDS_A_SECOND = {"unlock": "account.unlocked", "hand_over": "account.handed_over"}
"""Acts that a scene's policy asks two administrators for, and what tells of them."""
HANDED_OUT = {
    "password_set": "password.set",
    "signed_in": "sign_in.completed",
    "email_changed": "email.changed",
    "authenticator_enrolled": "authenticator.enrolled",
    "stepped_up": "step_up.used",
}
"""What is handed out once, by the call that made it so; and what tells of that."""


@dataclass(frozen=True)
class Winner:
    """Where these acts race each other, and none of them dies, it happens so often."""

    scene: str
    acts: frozenset[str]
    happens: str
    times: int = 1


WINNERS = (
    Winner("step_up", frozenset({"consume"}), "step_up.used"),
    Winner("step_up", frozenset({"consume", "consume_for_another"}), "step_up.used"),
    Winner("authenticator_code", frozenset({"app_code"}), "sign_in.completed"),
    Winner("authenticator_code", frozenset({"app_code", "second_app_code"}), "sign_in.completed"),
    Winner("authenticator_code", frozenset({"spare_code", "second_spare_code"}), "sign_in.completed"),
    Winner("approval", frozenset({"approve"}), "account.approved"),
    Winner("approval", frozenset({"approve", "approve_other"}), "account.approved"),
    Winner("credential", frozenset({"submit_credential"}), "identity_first.completed"),
    Winner("issued_credential", frozenset({"submit_credential"}), "identity_first.completed"),
    Winner("sign_in_with_thaid", frozenset({"callback"}), "sign_in.completed"),
    Winner("thaid_alone", frozenset({"choose"}), "sign_in.completed"),
    Winner("thaid_alone", frozenset({"choose", "second_chooses"}), "sign_in.completed", 2),
    Winner("handed_over", frozenset({"erase_person"}), "person.erased"),
    Winner("four_eyes", frozenset({"unlock"}), "account.unlocked", 0),
    Winner("four_eyes", frozenset({"unlock", "unlock_seconded"}), "account.unlocked"),
    Winner("four_eyes", frozenset({"hand_over", "hand_over_seconded"}), "account.handed_over"),
    Winner("four_eyes", frozenset({"hand_over", "hand_over_to_another"}), "account.handed_over", 0),
)
TOLD_BY = {
    "mail.account.taken_up.subject": BINDS,
} | {
    f"mail.{kind}.subject": {kind}
    for kind in (
        "password.set",
        "approval.asked",
        "account.approved",
        "account.rejected",
        "email.changed",
        "authenticator.enrolled",
        "authenticator.recovery_code_used",
        "account.reissued",
        "account.suspended",
        "account.restored",
        "account.closed",
        "account.handed_over",
        "account.unlocked",
    )
}
"""Which notice tells of what: there is one for each time that it happened."""
NOTICES = {say(subject).en: told for subject, told in TOLD_BY.items()}
LIMITS = {
    "accounts.key": 1,
    "accounts.username": 1,
    "one_time_code.flow": 5,
    "one_time_code.account": 20,
    "mail.cool_down": 1,
    "mail.account_address": 5,
    "mail.address": 30,
    "mail.flow": 10,
    "mail.attempts": 30,
    "flows": 30,
    "flows.session": 60,
    "email_change": 10,
    "authenticator_code.account": 20,
    "identity_first.client": 300,
    "trips.flow": 100,
    "trips.client": 600,
    "sign_in.person.900": 5,
    "sign_in.person.86400": 20,
    "recovery.client": 30,
    "recovery.person": 10,
    "sign_in.60": 5,
    "sign_in.900": 10,
    "sign_in.3600": 20,
    "sign_in.86400": 40,
    "sign_in.consecutive": 100,
    "sign_in.in_a_row": 100,
    "sign_in.client": 300,
}
"""R3.5, R3.6, R4.1 and the policy's own choices. The clock stands still, so every window is full."""

NO_PROGRESS = {
    "credential_wrong",
    "issued_credential_expired",
    "sign_in_throttled",
    "flow_limit",
    "callback_other_browser",
    "callback_unknown",
    "callback_malformed",
    "sign_in_outdated",
    "flow_unknown",
}
"""Refusals that are about no flow, or say nothing of it."""
