"""A forgotten password: who the person is comes first, then which of their accounts, then its mailbox.

It never activates an account that was not onboarded: what is offered are the accounts that the person is bound to.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from elaas_identity.accounts.account import BindingRecord
from elaas_identity.errors import Refused
from elaas_identity.flow.advance import Rules, Seen


def chosen(rules: Rules, seen: Seen, account_id: str, now: datetime) -> tuple[Seen, BindingRecord]:
    """The flow as it stands with that account, to which it is pinned from now on.

    Raises:
        Refused: `account_unknown`, for one that is not among the person's; `email_cooling_off` where its address was
            changed a short while ago: who changed it must not have the password by that mailbox before anybody notices.
    """
    for account, binding in seen.choices:
        if account.id == account_id:
            if binding.email_changed_at is not None:
                trusted_from = binding.email_changed_at + rules.policy.email_cool_off
                if now < trusted_from:
                    raise Refused("email_cooling_off", retry_after=trusted_from - now)
            flow = replace(seen.flow, account_id=account.id, account_epoch=account.epoch)
            return replace(seen, flow=flow, account=account), binding
    raise Refused("account_unknown", field="account")
