"""The person goes to the identity provider and comes back. Acts: `authorize`, `receive_callback`.

An authorization attempt is consumed by a commit before its authorization code is exchanged, whatever comes of it.
"""

from __future__ import annotations

from dataclasses import replace

from elaas_identity.accounts.account import AccountRecord
from elaas_identity.authenticator_app.totp import fresh_secret
from elaas_identity.browser import Browser
from elaas_identity.change import Change, Charge, Done, FieldOf, Key, Unchanged
from elaas_identity.effects import Act, authorization_url, commit, draw, load, log, redeem, revoke
from elaas_identity.errors import ElaasIdentityError, ProviderFailed, Refused, RefusedCode
from elaas_identity.events import Event
from elaas_identity.flow import budgets
from elaas_identity.flow.advance import Rules, Seen, advance, flow_event, recorded, unchanged
from elaas_identity.flow.evidence import FRESH_LOGIN, judge_evidence, judge_person
from elaas_identity.flow.flow import AttemptRecord, FlowRecord
from elaas_identity.flow.moment import Moment
from elaas_identity.flow.opening import (
    MOST_CONFLICTS,
    accounts_of,
    admit,
    holder_keys,
    opened,
    see,
    see_again,
    seen_in,
    settle,
    told,
)
from elaas_identity.flow.purposes import SPECS
from elaas_identity.flow.signing_in import signed_in
from elaas_identity.flow.standing import progress
from elaas_identity.flow.steps import AuthorizationRequest, Progress
from elaas_identity.flow.transitions import Input, Stage, row
from elaas_identity.oidc.authorization import AttemptProof, Callback, new_proof, parse_callback, proof_of
from elaas_identity.oidc.token import Grant
from elaas_identity.person.assurance import PASSWORD_AND_THAID
from elaas_identity.person.verified import VerifiedIdentity, subject_of

# Acts


def authorize(rules: Rules, moment: Moment, browser: Browser, flow_id: str) -> Act[AuthorizationRequest]:
    """Begin an authorization attempt, and answer where to send the person."""
    happened = Input.AUTHORIZATION_REQUESTED
    seen = yield from opened(rules, moment, browser, flow_id, happened)
    proof = new_proof(rules.keyring, (yield from draw(lambda random: random.token_bytes(32))))
    try:
        url = yield from authorization_url(proof, max_age=FRESH_LOGIN)
    except ElaasIdentityError as error:
        error.progress = progress(rules, seen, moment.now)
        raise
    seen = yield from settle(
        rules,
        moment,
        seen,
        lambda stands: request_attempt(rules, stands, moment, proof.attempt_id, browser.address),
    )
    expires_at = min(moment.now + rules.policy.attempt_lifetime, seen.flow.expires_at)
    return AuthorizationRequest(flow_id=flow_id, url=url, expires_at=expires_at)


def receive_callback(rules: Rules, moment: Moment, browser: Browser, raw_query: str | bytes) -> Act[Progress]:
    """Consume the attempt, exchange the authorization code, and judge who the person is."""
    try:
        callback = parse_callback(raw_query)
        proof = proof_of(rules.keyring, callback.state)
        found = None if proof is None else (yield from _find(rules, moment, proof.attempt_id))
        if proof is None or found is None:
            raise Refused("callback_unknown")
    except Refused as refusal:
        yield from told(moment, "callback.refused", refusal)
        raise
    attempt, seen = found
    yield from _check_same_browser(rules, moment, browser, seen, attempt)
    yield from admit(rules, moment, seen, Input.AUTHORIZATION_RETURNED)
    seen, attempt = yield from _consume(rules, moment, seen, attempt)
    grant = yield from _redeem(rules, moment, seen, callback, proof)

    identity = grant.identity
    code = judge_evidence(rules, attempt, identity) or (yield from _judge_person(rules, seen, identity))
    if code is not None:
        refused = Refused(code, progress=progress(rules, seen, moment.now))
        yield from commit(refuse_identity(seen, moment, refused, grant))
        yield from _revoke(grant)
        raise refused

    happened = SPECS[seen.flow.purpose].identity_proves
    leads_to = row(seen.flow.purpose, seen.flow.stage, happened)
    secret = None
    if leads_to is not None and leads_to.stage is Stage.AUTHENTICATOR:
        secret = yield from draw(lambda random: fresh_secret(random.token_bytes))
    try:
        seen = yield from settle(
            rules,
            moment,
            seen,
            lambda stands: verify_identity(rules, stands, moment, happened, grant, secret),
        )
    except ElaasIdentityError:
        yield from _revoke(grant)
        raise
    yield from _revoke(grant)
    if seen.flow.stage is Stage.DONE:
        return signed_in(rules, moment, seen, PASSWORD_AND_THAID, identity)
    if seen.account is None:
        seen = yield from see_again(rules, moment, seen)  # with the accounts to choose from
    return progress(rules, seen, moment.now)


# Their parts


def _find(rules: Rules, moment: Moment, attempt_id: str) -> Act[tuple[AttemptRecord, Seen] | None]:
    """The attempt with its flow, in one load."""
    attempt_key = Key(AttemptRecord, attempt_id)
    flow_key = Key(FlowRecord, FieldOf(attempt_key, "flow_id"))
    holder = holder_keys(Key(AccountRecord, FieldOf(flow_key, "account_id")))
    read = yield from load(attempt_key, flow_key, *holder)
    attempt, seen = read.one(attempt_key), seen_in(read, flow_key, holder)
    if seen is not None and seen.flow.stage is not Stage.IDENTITY:
        # The person is past this step: where they stand now takes more than a callback needs.
        seen = yield from see(rules, moment, seen.flow.id)
    return None if attempt is None or seen is None else (attempt, seen)


def _check_same_browser(
    rules: Rules, moment: Moment, browser: Browser, seen: Seen, attempt: AttemptRecord
) -> Act[None]:
    """Check that the flow's own browser brings the callback; another browser burns the attempt."""
    keyring = rules.keyring
    if keyring.is_browser_token(browser.token) and keyring.same_digest(
        seen.flow.browser_digest, "browser", browser.token
    ):
        return
    refused = Refused("callback_other_browser")
    burnt = False
    if is_live(seen, attempt, moment):
        burnt = isinstance((yield from commit(burn_attempt(seen, attempt, moment))), Done)
    if not burnt:
        yield from told(moment, "callback.refused", refused, seen)
    raise refused


def _consume(
    rules: Rules, moment: Moment, seen: Seen, attempt: AttemptRecord
) -> Act[tuple[Seen, AttemptRecord]]:
    """Use the attempt up: of two callbacks that arrive together, one goes on."""
    for _ in range(MOST_CONFLICTS):
        if not is_live(seen, attempt, moment):
            refusal = Refused("callback_unknown", progress=progress(rules, seen, moment.now))
            raise (yield from told(moment, "callback.refused", refusal, seen))
        outcome = yield from commit(consume_attempt(seen, attempt, moment))
        if isinstance(outcome, Done):
            return seen, attempt
        found = yield from _find(rules, moment, attempt.id)
        if found is None:  # a purge has deleted both
            raise (yield from told(moment, "callback.refused", Refused("callback_unknown"), seen))
        attempt, seen = found
        yield from admit(rules, moment, seen, Input.AUTHORIZATION_RETURNED)
    raise ProviderFailed("store_contended", progress=progress(rules, seen, moment.now))


def _redeem(rules: Rules, moment: Moment, seen: Seen, callback: Callback, proof: AttemptProof) -> Act[Grant]:
    """Exchange the authorization code. A failure is stored as an event, and the flow offers a new attempt."""
    try:
        return (yield from redeem(callback, proof, now=moment.now))
    except ElaasIdentityError as error:
        error.progress = progress(rules, seen, moment.now)
        yield from commit(refuse_identity(seen, moment, error))
        raise


def _judge_person(rules: Rules, seen: Seen, identity: VerifiedIdentity) -> Act[RefusedCode | None]:
    """Whether the person is the account's; where none is chosen yet and one must be held, whether they hold any."""
    if SPECS[seen.flow.purpose].identity_proves is Input.PERSON_RECOGNISED:
        return None if (yield from accounts_of(rules, identity)) else "person_without_account"
    if seen.account is None:
        return None
    return judge_person(rules, seen.account, seen.binding, identity)


def _revoke(grant: Grant) -> Act[None]:
    """We keep no token: give back what was issued, as far as the provider lets us."""
    try:
        yield from revoke(grant)
    except ElaasIdentityError as error:
        yield from log("revocation failed", error.code)


# Decisions


def is_live(seen: Seen, attempt: AttemptRecord, moment: Moment) -> bool:
    """Whether a callback may still use the attempt."""
    return (
        attempt.consumed_at is None
        and moment.now < attempt.expires_at
        and attempt.id in seen.flow.live_attempts
        and attempt.flow_id == seen.flow.id
    )


def request_attempt(rules: Rules, seen: Seen, moment: Moment, attempt_id: str, address: str | None) -> Change:
    """A new attempt, charged to flow and client. It replaces the flow's oldest where too many are open: refusing would
    strand the person."""
    flow, event = advance(
        seen.flow,
        Input.AUTHORIZATION_REQUESTED,
        moment,
        live_attempts=(*seen.flow.live_attempts, attempt_id)[-rules.policy.live_attempts :],
    )
    attempt = AttemptRecord(
        id=attempt_id,
        flow_id=flow.id,
        created_at=moment.now,
        expires_at=min(moment.now + rules.policy.attempt_lifetime, flow.expires_at),
    )
    change = Change(
        writes=(flow,),
        inserts=(attempt,),
        expects=unchanged(seen),
        charges=budgets.charges(moment, budgets.trips(rules.policy, rules.keyring, flow.id, address)),
    )
    return recorded(change, seen.flow, event)


def consume_attempt(seen: Seen, attempt: AttemptRecord, moment: Moment) -> Change:
    """The attempt is used up, before anything is asked of the identity provider."""
    flow, event = advance(seen.flow, Input.AUTHORIZATION_RETURNED, moment)
    change = Change(
        writes=(replace(attempt, consumed_at=moment.now),),
        expects=(
            *unchanged(seen),
            Unchanged(Key(FlowRecord, flow.id), {"stage": flow.stage, "live_attempts": flow.live_attempts}),
        ),
    )
    return recorded(change, seen.flow, event)


def burn_attempt(seen: Seen, attempt: AttemptRecord, moment: Moment) -> Change:
    """A live `state` came from a browser that is not the flow's: nobody may use this attempt any more."""
    event = flow_event(
        moment, "callback.refused", seen.flow, outcome="refused", code="callback_other_browser"
    )
    return recorded(Change(writes=(replace(attempt, consumed_at=moment.now),)), seen.flow, event)


def verify_identity(
    rules: Rules,
    seen: Seen,
    moment: Moment,
    happened: Input,
    grant: Grant,
    secret: str | None,
) -> Change:
    """The person is the right one; in a recovery, one who holds an account.

    Args:
        secret: a fresh one for the authenticator app that the flow enrols, where it enrols one.
    """
    keyring, flow_id, identity = rules.keyring, seen.flow.id, grant.identity
    person_index = keyring.index("person", identity.national_id.reveal())
    flow, event = advance(
        seen.flow,
        happened,
        moment,
        identity_sealed=keyring.seal(f"flow.identity:{flow_id}", identity.serialised()),
        person_index=person_index,
        subject_index=keyring.index("subject", subject_of(identity)),
        live_attempts=(),
        authenticator_sealed=None
        if secret is None
        else keyring.seal(f"flow.authenticator:{flow_id}", secret),
    )
    if flow.stage is Stage.DONE:
        event = replace(event, binding_id=seen.held.binding_id)
    if flow.stage is Stage.PROOF:
        flow = replace(flow, expires_at=moment.now + rules.policy.step_up_lifetime)
    events: tuple[Event, ...] = (event, *_nonce_absent(grant, flow, moment))
    if identity.auth_time is None:
        events = (*events, flow_event(moment, "identity.auth_time_absent", flow))
    charged: tuple[Charge, ...] = ()
    if happened is Input.PERSON_RECOGNISED:
        charged = budgets.charges(moment, (budgets.recoveries_of(rules.policy, person_index),))
    return recorded(Change(writes=(flow,), expects=unchanged(seen), charges=charged), seen.flow, *events)


def _nonce_absent(grant: Grant | None, flow: FlowRecord, moment: Moment) -> tuple[Event, ...]:
    """Told each time that nothing ties the provider's answer to the attempt, whatever comes of it."""
    if grant is None or not grant.open_to_code_injection:
        return ()
    return (flow_event(moment, "identity.nonce_absent", flow),)


def refuse_identity(
    seen: Seen, moment: Moment, error: ElaasIdentityError, grant: Grant | None = None
) -> Change:
    """The attempt came to nothing; the flow stays where it is."""
    outcome = "refused" if error.code in _THE_PERSONS else "failed"
    event = flow_event(moment, "identity.refused", seen.flow, outcome=outcome, code=error.code)
    return recorded(Change(), seen.flow, event, *_nonce_absent(grant, seen.flow, moment))


_THE_PERSONS: frozenset[str] = frozenset(
    {
        "identity_denied",
        "identity_repeated",
        "identity_stale",
        "identity_assurance_low",
        "person_mismatch",
        "person_without_account",
    }
)
"""Refusals that are the person's; every other one is a failure of ours or of the provider's."""
