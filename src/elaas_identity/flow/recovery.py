"""A forgotten password: who the person is comes first, then which of their accounts, then its mailbox.

It never activates an account that was not onboarded: what is offered are the accounts that the person is bound to.
"""

from __future__ import annotations

from dataclasses import replace

from elaas_identity.accounts.account import AccountRecord, AccountStatus, BindingRecord
from elaas_identity.change import Change, Key
from elaas_identity.errors import Refused
from elaas_identity.flow import budgets
from elaas_identity.flow.advance import Rules, Seen, advance
from elaas_identity.flow.flow import FlowRecord
from elaas_identity.flow.moment import Moment
from elaas_identity.flow.transitions import Input, Purpose, Stage
from elaas_identity.flow.trip import subject_of
from elaas_identity.person.verified import VerifiedIdentity


def begun(rules: Rules, moment: Moment, *, browser_digest: str, address: str | None) -> Change:
    """A flow for nobody yet, charged to the client's address."""
    start = FlowRecord(
        id=moment.id("flow"),
        purpose=Purpose.RECOVERY,
        stage=Stage.START,
        account_id="",
        account_epoch=0,
        browser_digest=browser_digest,
        created_at=moment.now,
        expires_at=moment.now + rules.policy.flow_lifetime,
        password_fingerprint="",
    )
    flow, event = advance(start, Input.RECOVERY_ASKED, moment)
    of_client = () if address is None else (budgets.recoveries_begun(rules.policy, rules.keyring, address),)
    return Change(inserts=(flow, event), charges=budgets.charges(moment, of_client))


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


def chosen(seen: Seen, account_id: str) -> tuple[Seen, BindingRecord]:
    """The flow as it stands with that account, to which it is pinned from now on.

    Raises:
        Refused: `account_unknown`, for one that is not among the person's.
    """
    for account, binding in seen.choices:
        if account.id == account_id:
            flow = replace(seen.flow, account_id=account.id, account_epoch=account.epoch)
            return replace(seen, flow=flow, account=account), binding
    raise Refused("account_unknown", field="account")
