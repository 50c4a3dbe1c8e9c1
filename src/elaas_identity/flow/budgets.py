"""What is rationed, for whom: sign-in failures, mails, one-time codes, flows.

A budget's subject is a keyed digest or a random id, never what it digests. A budget outlives the flow that charged it.
"""

# ruff: noqa: ARG001 - what a flow is charged to when it begins has one signature for all purposes

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TypeAlias

from elaas_identity.change import Budget, Charge
from elaas_identity.flow.moment import Moment
from elaas_identity.flow.policy import FlowPolicy, Limit
from elaas_identity.keyring import Keyring
from elaas_identity.mail.address import EmailAddress

Budgets: TypeAlias = tuple[Budget, ...]

_LONGEST_ROTATION = timedelta(days=30)
"""How long it is remembered under which key an account was provisioned. Our choice: no change of keys takes longer."""


def charges(moment: Moment, budgets: Budgets) -> tuple[Charge, ...]:
    """One charge to each, under ids made from this act, or from what was typed (`Moment.typed`)."""
    return tuple(
        Charge(budget, moment.attempt or moment.id(f"charge.{budget.name}.{budget.subject}"), moment.now)
        for budget in budgets
    )


def keys_in_use(keyring: Keyring) -> Budget:
    """The keys under which accounts are provisioned; as many as this keyring has."""
    return Budget("accounts.key", "", len(keyring.ids), _LONGEST_ROTATION)


def under(keyring: Keyring, key_id: str, now: datetime) -> Charge:
    """That an account is provisioned under that key; `rekey` gives it back."""
    return Charge(keys_in_use(keyring), key_id, now)


def one_account(
    keyring: Keyring, prepared_username: str, account_id: str, now: datetime
) -> tuple[Charge, ...]:
    """What keeps two machines with different current keys from making an account of the same name each.

    The username counts once under every key, so that one key in common is enough; without one, the second machine's
    key is one too many.
    """
    return (
        under(keyring, keyring.current, now),
        *(
            Charge(Budget("accounts.username", index, 1, _LONGEST_ROTATION), account_id, now)
            for index in keyring.indexes("username", prepared_username)
        ),
    )


LONGEST_WAIT = timedelta(days=1)
"""How long a name can have to wait, and how long a name is remembered that may be nobody's. Our choice: who is shut out
by a guesser is let in again the next day."""


def username_failures(policy: FlowPolicy, keyring: Keyring, prepared_username: str) -> Budgets:
    """Failed sign-ins of a username as submitted, known or not: one budget a step, and a day's in a row."""
    subject = keyring.index("budget.username", prepared_username)
    steps = tuple(
        limit.of(f"sign_in.{int(limit.window.total_seconds())}", subject) for limit in policy.sign_in_failures
    )
    in_a_row = policy.consecutive_failures
    of_a_day = Limit(in_a_row.limit, min(in_a_row.window, LONGEST_WAIT))
    return (*steps, of_a_day.of("sign_in.consecutive", subject))


def in_a_row(policy: FlowPolicy, keyring: Keyring, prepared_username: str) -> Budget:
    """Failed sign-ins of an account since the last right password. Nobody is told when they are used up."""
    subject = keyring.index("budget.username", prepared_username)
    return policy.consecutive_failures.of("sign_in.in_a_row", subject)


def guesses(policy: FlowPolicy, keyring: Keyring, prepared_username: str) -> Budgets:
    """All that guesses at a username use up."""
    return (
        *username_failures(policy, keyring, prepared_username),
        in_a_row(policy, keyring, prepared_username),
    )


def consecutive(policy: FlowPolicy, keyring: Keyring, prepared_username: str) -> Budgets:
    """What a right password clears of them."""
    return guesses(policy, keyring, prepared_username)[-2:]


CLIENT_FAILURES = "sign_in.client"


def client_failures(policy: FlowPolicy, keyring: Keyring, address: str) -> Budget:
    """Failed sign-ins of a client address."""
    return policy.client_failures.of(CLIENT_FAILURES, keyring.index("budget.client", address))


def flows_begun(policy: FlowPolicy, keyring: Keyring, account_id: str, address: str | None) -> Budgets:
    """Onboardings begun for an account."""
    return (policy.flows_per_account.of("flows", account_id),)


def email_changes(policy: FlowPolicy, keyring: Keyring, account_id: str, address: str | None) -> Budgets:
    """Changes of an account's address."""
    return (policy.email_changes_per_account.of("email_change", account_id),)


def identity_first_begun(
    policy: FlowPolicy, keyring: Keyring, account_id: str, address: str | None
) -> Budgets:
    """Flows that begin with the identity provider, from a client address."""
    return _of_client(keyring, policy.identity_first_per_client, "identity_first.client", address)


def trips(policy: FlowPolicy, keyring: Keyring, flow_id: str, address: str | None) -> Budgets:
    """Trips to the identity provider, of a flow and from a client address."""
    of_flow = Limit(policy.trips_per_flow, 2 * policy.flow_lifetime).of("trips.flow", flow_id)
    return (of_flow, *_of_client(keyring, policy.trips_per_client, "trips.client", address))


def recoveries_begun(policy: FlowPolicy, keyring: Keyring, account_id: str, address: str | None) -> Budgets:
    """Recoveries begun from a client address."""
    return _of_client(keyring, policy.recoveries_per_client, "recovery.client", address)


def _of_client(keyring: Keyring, limit: Limit, name: str, address: str | None) -> Budgets:
    return () if address is None else (limit.of(name, keyring.index("budget.client", address)),)


def session_flows(policy: FlowPolicy, account_id: str) -> Budget:
    """Flows begun for an account by who is signed in to it."""
    return policy.session_flows_per_account.of("flows.session", account_id)


def person_failures(policy: FlowPolicy, person_index: str) -> tuple[Budget, ...]:
    """Wrong credentials of a proven person."""
    return tuple(
        limit.of(f"sign_in.person.{int(limit.window.total_seconds())}", person_index)
        for limit in policy.person_failures
    )


def recoveries_of(policy: FlowPolicy, person_index: str) -> Budget:
    """Recoveries of one proven person."""
    return policy.recoveries_per_person.of("recovery.person", person_index)


CODE_ATTEMPTS = "one_time_code.flow"


def code_attempts(policy: FlowPolicy, flow_id: str) -> Budget:
    """Wrong one-time codes of a flow: as long-lived as the flow itself."""
    return Limit(policy.code_attempts_per_flow, 2 * policy.flow_lifetime).of(CODE_ATTEMPTS, flow_id)


def account_code_attempts(policy: FlowPolicy, account_id: str) -> Budget:
    """Wrong one-time codes of an account, across its flows."""
    return policy.code_attempts_per_account.of("one_time_code.account", account_id)


def authenticator_attempts(policy: FlowPolicy, account_id: str) -> Budget:
    """Wrong codes of the authenticator app of an account, across its sign-ins."""
    return policy.authenticator_attempts_per_account.of("authenticator_code.account", account_id)


def cool_down(policy: FlowPolicy, keyring: Keyring, account_id: str, address: EmailAddress) -> Budget:
    """The pause between two mails to one address for one account."""
    subject = keyring.index("budget.mail", f"{account_id}\n{address.index_form}")
    return Limit(1, policy.mail_cool_down).of("mail.cool_down", subject)


def mails_to(policy: FlowPolicy, keyring: Keyring, account_id: str, address: EmailAddress) -> Budgets:
    """Mails to one address for one account."""
    both = keyring.index("budget.mail", f"{account_id}\n{address.index_form}")
    return (
        cool_down(policy, keyring, account_id, address),
        policy.mails_per_account_and_address.of("mail.account_address", both),
        policy.mails_per_address.of("mail.address", keyring.index("budget.address", address.index_form)),
    )


def mails(
    policy: FlowPolicy, keyring: Keyring, flow_id: str, account_id: str, address: EmailAddress
) -> Budgets:
    """All that one mail with a one-time code is charged to."""
    of_flow = Limit(policy.mails_per_flow, 2 * policy.flow_lifetime).of("mail.flow", flow_id)
    return (*mails_to(policy, keyring, account_id, address), of_flow, mail_attempts(policy, account_id))


def mail_attempts(policy: FlowPolicy, account_id: str) -> Budget:
    """Attempts to mail a code for an account, whatever came of them: of a mail's budgets the one never refunded."""
    return policy.mail_attempts_per_account.of("mail.attempts", account_id)


def of_account(
    policy: FlowPolicy,
    keyring: Keyring,
    account_id: str,
    prepared_username: str,
    addresses: Iterable[EmailAddress] = (),
) -> Budgets:
    """What every administrator's act clears: all that can keep an account's own person out.

    Args:
        addresses: where mails to its person go, or went in its flows under way.
    """
    return (
        *guesses(policy, keyring, prepared_username),
        account_code_attempts(policy, account_id),
        authenticator_attempts(policy, account_id),
        session_flows(policy, account_id),
        mail_attempts(policy, account_id),
        *email_changes(policy, keyring, account_id, None),
        policy.flows_per_account.of("flows", account_id),
        *(each for address in addresses for each in mails_to(policy, keyring, account_id, address)),
    )
