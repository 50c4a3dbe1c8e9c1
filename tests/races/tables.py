"""What there is, written from DESIGN §5 and the circular's clause 1: moves of flows, acts on accounts, notices."""

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
    ("sign_in", None, "done"): {"sign_in.completed"},
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
}
"""The order of clause 1 (invariant 1), and of the other purposes. Every stage that waits may also end."""
ENDINGS = {"cancelled": "flow.cancelled", "expired": "flow.expired", "superseded": "flow.superseded"}
STEPS = {
    "identity": "verify_identity",
    "account": "choose_account",
    "email": "provide_email",
    "one_time_code": "enter_one_time_code",
    "password": "set_password",
}
"""What the person is asked for at each stage that waits."""
STATUS = {"onboarding": "issued", "sign_in": "active", "recovery": "active"}
"""What the account of a flow has to be."""
CHOICE = ("recovery", "account", "one_time_code")
"""The one move that gives a flow its account."""


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
    "account.reissued": Write("issued active", "issued", renews=True),
    "account.unlocked": Write("issued active"),
    "account.suspended": Write("issued active", "suspended"),
    "account.restored": Write("suspended", "issued or active"),
    "account.closed": Write("issued active suspended", "closed", ends=True, forgets=True),
    "account.handed_over": Write("issued active suspended", "issued", renews=True, ends=True, names=True),
    "account.expected_set": Write("issued", names=True),
}


TOLD_BY = {
    "mail.password_set.subject": {"password.set"},
    "mail.taken_up.subject": {"password.set"},
} | {
    f"mail.administrator_acted.{act}.subject": {f"account.{act}"}
    for act in ("reissued", "suspended", "restored", "closed", "handed_over", "unlocked")
}
"""Which notice tells of what: there is one for each time that it happened."""
NOTICES = {say(subject).en: told for subject, told in TOLD_BY.items()}
