"""What is seen of a world, and of what an act did alone, to judge by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from elaas_identity.accounts.account import AccountRecord, BindingRecord
from elaas_identity.flow.flow import FlowRecord
from elaas_identity.testing.citizens import CITIZENS
from tests.world.actor import Violation
from tests.world.scenes import RETIRING
from tests.world.shared import SharedWorld
from tests.world.tables import (
    CHOICE,
    PERSON_FIRST,
    STATUS,
)


@dataclass(frozen=True)
class Compared:
    """A one-time code was compared: of which flow, against which code, and whether it matched."""

    flow_id: str
    code_id: str
    right: bool


@dataclass(frozen=True)
class Tried:
    """A code of the authenticator app was compared: of which flow, and whether it was good."""

    flow_id: str
    right: bool


def expect(holds: object, otherwise: str) -> None:
    """Raise `Violation` unless it holds."""
    if not holds:
        raise Violation(otherwise)


def is_pinned(world: SharedWorld, flow: FlowRecord) -> bool:
    if not flow.account_id:
        expect(flow.purpose in PERSON_FIRST, f"a flow for {flow.purpose} has no account")
        expect((flow.purpose, flow.stage) != CHOICE[::2], "a flow past its choice has no account")
        return True  # nobody's act on an account is about it yet
    account = known(world.row(AccountRecord, flow.account_id))
    statuses = STATUS.get(
        flow.purpose, account.status
    )  # a proof is good for an issued one, and for one in use
    return bool(account.epoch == flow.account_epoch and account.status == statuses)


def is_holder(world: SharedWorld, flow: FlowRecord, person: str | None = None) -> bool:
    """Whether the flow's person, or the one named, holds its account."""
    account = known(world.row(AccountRecord, flow.account_id))
    binding = world.row(BindingRecord, account.binding_id or "")
    held = binding is not None and binding.ended_at is None
    return held and whose(known(binding).person_index) == (person or whose(flow.person_index))


_WHOSE = {
    index: citizen.national_id.reveal()
    for citizen in CITIZENS
    for index in RETIRING.indexes("person", citizen.national_id.reveal())
}


def whose(index: str | None) -> str | None:
    """Whose index it is, under any key; the index itself where it is nobody's that the tests know."""
    return _WHOSE.get(index or "", index)


def known(record: Any) -> Any:
    assert record is not None
    return record
