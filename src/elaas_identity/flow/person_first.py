"""Flows that begin with who the person is, and name an account only afterwards: they take no username (ASVS 6.3.8)."""

from __future__ import annotations

from hashlib import sha256

from elaas_identity.accounts.account import AccountRecord, AccountStatus, BindingRecord
from elaas_identity.change import Budget, Change, Key
from elaas_identity.flow import budgets
from elaas_identity.flow.advance import Rules, advance
from elaas_identity.flow.flow import FlowRecord
from elaas_identity.flow.moment import Moment
from elaas_identity.flow.transitions import Input, Purpose, Stage
from elaas_identity.flow.trip import subject_of
from elaas_identity.person.verified import VerifiedIdentity


def begun(
    rules: Rules, moment: Moment, purpose: Purpose, *, browser_digest: str, address: str | None
) -> Change:
    """A flow for nobody yet, charged to the client's address."""
    start = FlowRecord(
        id=moment.id("flow"),
        purpose=purpose,
        stage=Stage.START,
        account_id="",
        account_epoch=0,
        browser_digest=browser_digest,
        created_at=moment.now,
        expires_at=moment.now + rules.policy.flow_lifetime,
        password_fingerprint="",
    )
    flow, event = advance(start, Input.ASKED, moment)
    charged = () if address is None else (_of_client(rules, purpose, address),)
    return Change(inserts=(flow, event), charges=budgets.charges(moment, charged))


def _of_client(rules: Rules, purpose: Purpose, address: str) -> Budget:
    begun_by = budgets.recoveries_begun if purpose is Purpose.RECOVERY else budgets.identity_first_begun
    return begun_by(rules.policy, rules.keyring, address)


def begun_by(flow_id: str) -> str:
    """The id of the one flow that an `IDENTITY_FIRST` flow begins at its end: made from its own, so that who comes to
    the old one again (a double click, the back button) is led on."""
    return f"{flow_id[:12]}{sha256(b'begun by ' + flow_id.encode()).hexdigest()[:20]}"


def binding_keys(rules: Rules, identity: VerifiedIdentity) -> tuple[Key[BindingRecord], ...]:
    """Where the bindings of a person may stand: under every accepted key."""
    return tuple(
        Key(BindingRecord, index, field="person_index")
        for index in rules.keyring.indexes("person", identity.national_id.reveal())
    )


def is_held(rules: Rules, account: AccountRecord, binding: BindingRecord, identity: VerifiedIdentity) -> bool:
    """Whether the binding is this person's, (issuer, subject) included, and is what holds an active account."""
    return (
        account.status is AccountStatus.ACTIVE
        and account.binding_id == binding.id
        and binding.ended_at is None
        and rules.keyring.same_index(binding.subject_index, "subject", subject_of(identity))
    )
