"""What stands in the store, read past the facade."""

from __future__ import annotations

from typing import cast

from elaas_identity.accounts.account import AccountRecord, BindingRecord
from elaas_identity.change import Key, Record
from elaas_identity.flow.flow import FlowRecord
from tests.facade.portal import Portal


def stored_flow(portal: Portal, flow_id: str) -> FlowRecord:
    """The flow's record."""
    return cast("FlowRecord", _one(portal, Key(FlowRecord, flow_id)))


def stored_account(portal: Portal, account_id: str) -> AccountRecord:
    """The account's record."""
    return cast("AccountRecord", _one(portal, Key(AccountRecord, account_id)))


def stored_bindings(portal: Portal, account_id: str) -> tuple[BindingRecord, ...]:
    """Who was bound to the account, oldest first."""
    key = Key(BindingRecord, account_id, field="account_id")
    return cast("tuple[BindingRecord, ...]", portal.store.load(key).all(key))


def _one(portal: Portal, key: Key[Record]) -> Record:
    found = portal.store.load(key).one(key)
    assert found is not None
    return cast("Record", found)
