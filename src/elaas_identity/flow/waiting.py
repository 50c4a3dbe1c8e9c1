"""Somebody who awaits an administrator's approval signs in meanwhile: the right password is told so, and no other.

The account still has its issued password, and their flow has the new one. Which of the two is verified is told by the
keyed digest of the issued one, which the flow keeps: so that every name costs one Argon2 (R4.2).
"""

from __future__ import annotations

from elaas_identity.accounts.account import AccountRecord
from elaas_identity.browser import Browser
from elaas_identity.change import Key
from elaas_identity.effects import Act, load
from elaas_identity.flow.advance import Rules, Seen
from elaas_identity.flow.flow import FlowRecord
from elaas_identity.flow.moment import Moment
from elaas_identity.flow.standing import end_of
from elaas_identity.flow.transitions import Stage
from elaas_identity.person.verified import VerifiedIdentity

_NOBODY = "nobody"
"""An id that no account has."""

# Parts of acts


def waiting_for(account: AccountRecord | None) -> Act[tuple[FlowRecord, ...]]:
    """The flows that await an approval of the account; None: of nobody, at the same cost."""
    key = Key(
        FlowRecord,
        _NOBODY if account is None else account.id,
        field="account_id",
        where=(("stage", Stage.APPROVAL),),
    )
    return (yield from load(key)).all(key)


# Decisions


def meant(
    rules: Rules,
    moment: Moment,
    browser: Browser,
    account: AccountRecord,
    flows: tuple[FlowRecord, ...],
    issued: str,
    proven: VerifiedIdentity | None,
) -> FlowRecord | None:
    """The flow whose new password may have been typed; None: the issued one was, or nobody waits.

    Only one is looked at, however many wait: that of this browser, else the newest.

    Args:
        issued: what was typed, in the form in which the issued password is hashed.
        proven: who signs in, where they are known: the flow is theirs.
    """
    keyring = rules.keyring
    waiting = [
        flow
        for flow in flows
        if end_of(rules, Seen(flow, account), moment.now) is None
        # Under a key that was retired meanwhile, nothing tells the issued password from the new one.
        and keyring.is_known(flow.password_fingerprint)
        and (proven is None or _is_of(rules, flow, proven))
    ]
    if any(
        keyring.same_digest(each.password_fingerprint, "password", account.id, issued) for each in waiting
    ):
        return None
    return max(
        waiting,
        key=lambda flow: (
            keyring.same_digest(flow.browser_digest, "browser", browser.token),
            flow.created_at,
            flow.id,
        ),
        default=None,
    )


def _is_of(rules: Rules, flow: FlowRecord, proven: VerifiedIdentity) -> bool:
    return flow.person_index is not None and rules.keyring.same_index(
        flow.person_index, "person", proven.national_id.reveal()
    )
