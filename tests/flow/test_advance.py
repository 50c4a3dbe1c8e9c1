"""A flow moves along the table only, and what a commit leaves is known without another load."""

from __future__ import annotations

from dataclasses import replace

import pytest

from elaas_identity import Browser, FlowPolicy, Keyring, Refused
from elaas_identity.change import Change, Charge
from elaas_identity.flow.advance import Rules, Seen, advance, plain_event, start_flow
from elaas_identity.flow.budgets import code_attempts, mail_attempts
from elaas_identity.flow.moment import Moment
from elaas_identity.flow.transitions import TABLE, Input, Purpose, Stage
from elaas_identity.testing.store_examples import NOW, a_binding, a_flow, an_account, an_attempt

KEYRING = Keyring({"k1": "c2VjcmV0IG9mIHRoZSB0ZXN0IHN1aXRlLCBub3QgYSBzZWNyZXQ"}, current="k1")
RULES = Rules(FlowPolicy(), KEYRING)
MOMENT = Moment(NOW, bytes(32), correlation_id="req-1", client="client-1")


def test_r1_1_an_input_without_a_row_is_out_of_order() -> None:
    """A stage would be skipped."""
    for stage in Stage:
        for happened in Input:
            if (Purpose.ONBOARDING, stage, happened) not in TABLE:
                with pytest.raises(Refused) as refused:
                    advance(a_flow(stage=stage), happened, MOMENT)
                assert "out_of_order" == refused.value.code


def test_what_is_changed_along_stays_where_the_flow_is_over() -> None:
    """A field that an act sets in the last step would be lost."""
    moved, event = advance(a_flow(), Input.CANCELLED, MOMENT, version=7)
    assert (7, Stage.ENDED, "cancelled", None) == (
        moved.version,
        moved.stage,
        moved.end,
        moved.identity_sealed,
    )
    assert ("flow.cancelled", "ended", "client-1", "req-1") == (
        event.kind,
        event.stage,
        event.client,
        event.correlation_id,
    )
    done, _ = advance(a_flow(stage=Stage.PASSWORD), Input.PASSWORD_SET, MOMENT)
    assert (Stage.DONE, None) == (done.stage, done.end)


def test_events_of_two_accounts_have_two_ids() -> None:
    """The second of two events of one act would not be stored."""
    first, second, neither = (
        plain_event(MOMENT, "account.suspended", **fields)
        for fields in ({"account_id": "a"}, {"account_id": "b"}, {})
    )
    assert 3 == len({first.id, second.id, neither.id})
    assert (NOW, "account.suspended", "a", "client-1", "req-1") == (
        first.at,
        first.kind,
        first.account_id,
        first.client,
        first.correlation_id,
    )


def test_a_flow_begins_pinned_to_what_was_seen() -> None:
    """An administrator's act before its first step would not end it."""
    browser = Browser.new(KEYRING)
    flow = start_flow(RULES, MOMENT, browser, Purpose.ONBOARDING, an_account(epoch=4), "flow-9")
    assert ("account-1", 4, NOW, NOW + RULES.policy.flow_lifetime, "", Stage.START) == (
        flow.account_id,
        flow.account_epoch,
        flow.created_at,
        flow.expires_at,
        flow.password_fingerprint,
        flow.stage,
    )
    for_nobody = start_flow(RULES, MOMENT, browser, Purpose.RECOVERY, None, "flow-9")
    assert ("", 0) == (for_nobody.account_id, for_nobody.account_epoch)


def test_what_a_commit_leaves_is_known_by_kind_and_id() -> None:
    """An act would go on over a record of somebody else, or at a version that the store has left behind."""
    seen = Seen(a_flow(version=1), an_account(version=1), binding=a_binding(version=1))
    written = (
        a_flow(version=1, stage=Stage.EMAIL),
        an_account(version=1, epoch=2),
        a_binding(version=1, email_sealed="k.new"),
    )
    after = seen.after(Change(writes=written))
    assert [replace(record, version=2) for record in written] == [after.flow, after.account, after.binding]
    others = (
        a_flow("flow-2", version=5),
        an_account("account-2", version=5),
        a_binding("binding-2", version=5, account_id="account-2"),
        an_attempt(seen.flow.id),
    )
    assert seen == seen.after(Change(inserts=others))
    assert replace(seen, binding=a_binding("binding-2", version=1)) == seen.after(
        Change(inserts=(a_binding("binding-2"),))
    )


def test_a_reserved_attempt_at_a_code_counts_once_in_what_is_seen() -> None:
    """A page would tell one attempt too many, or count a mail, or a page that was sent twice, as one."""
    codes, mails = code_attempts(RULES.policy, "flow-1"), mail_attempts(RULES.policy, "account-1")
    seen = Seen(a_flow(), an_account(), codes_used=2, attempts=frozenset({"before"}))
    for charged, used in (
        ((), 2),
        ((Charge(codes, "new", NOW),), 3),
        ((Charge(codes, "before", NOW),), 2),
        ((Charge(codes, "new", NOW), Charge(mails, "mail", NOW)), 3),
    ):
        assert used == seen.after(Change(charges=charged)).codes_used
