# Generated from _async/trips.py by scripts/unasync.py. Do not edit: edit that file and run it.
"""The trip to the identity provider and back."""

from __future__ import annotations

from elaas_identity._sync.shell import MOST_CONFLICTS, Shell
from elaas_identity._sync.signing_in import SigningIn
from elaas_identity.authenticator_app.totp import fresh_secret
from elaas_identity.browser import Browser
from elaas_identity.change import Done, Key
from elaas_identity.errors import ElaasIdentityError, ProviderFailed, Refused, RefusedCode
from elaas_identity.flow import trip
from elaas_identity.flow.advance import Seen
from elaas_identity.flow.flow import AttemptRecord
from elaas_identity.flow.moment import Moment
from elaas_identity.flow.standing import progress
from elaas_identity.flow.steps import AuthorizationRequest, Progress
from elaas_identity.flow.transitions import Input, Purpose, Stage
from elaas_identity.oidc.authorization import AttemptProof, Callback, new_proof, parse_callback, proof_of
from elaas_identity.oidc.token import Grant
from elaas_identity.person.assurance import PASSWORD_AND_THAID
from elaas_identity.person.verified import VerifiedIdentity
from elaas_identity.ports import IdentityProvider


class Trips:
    """`authorize` and `receive_callback`, in their parts."""

    def __init__(self, shell: Shell, identity_provider: IdentityProvider, signing_in: SigningIn) -> None:
        self._shell = shell
        self._rules = shell.rules
        self._identity_provider = identity_provider
        self._signing_in = signing_in

    def authorize(self, flow_id: str, browser: Browser) -> AuthorizationRequest:
        """See the facade."""
        moment = self._shell.moment(browser)
        happened = Input.AUTHORIZATION_REQUESTED
        seen = self._shell.open(flow_id, browser, happened, moment)
        proof = new_proof(self._rules.keyring, self._shell.random.token_bytes(32))
        with self._shell.at(seen, moment):
            url = self._url(proof)
        seen = self._shell.settle(
            seen,
            happened,
            moment,
            lambda stands: trip.requested(self._rules, stands, moment, proof.attempt_id),
        )
        expires_at = min(moment.now + self._rules.policy.attempt_lifetime, seen.flow.expires_at)
        return AuthorizationRequest(flow_id=flow_id, url=url, expires_at=expires_at)

    def receive_callback(self, raw_query: str, browser: Browser) -> Progress:
        """See the facade."""
        moment = self._shell.moment(browser)
        try:
            callback = parse_callback(raw_query)
            proof = proof_of(self._rules.keyring, callback.state)
            if proof is None:
                raise Refused("callback_unknown")
            attempt, seen = self._attempt(proof)
        except Refused as refused:
            raise self._shell.tell_refused(moment, "callback.refused", refused) from None
        self._same_browser(seen, attempt, browser, moment)
        self._shell.admit(seen, Input.AUTHORIZATION_RETURNED, moment)
        self._consume(seen, attempt, moment)
        grant = self._redeemed(seen, callback, proof, moment)
        return self._taken(seen, attempt, grant, moment)

    def _attempt(self, proof: AttemptProof) -> tuple[AttemptRecord, Seen]:
        key = Key(AttemptRecord, proof.attempt_id)
        attempt = (self._shell.load(key)).one(key)
        if attempt is None:
            raise Refused("callback_unknown")
        seen = self._shell.see(attempt.flow_id)
        if seen is None:
            raise Refused("callback_unknown")
        return attempt, seen

    def _same_browser(self, seen: Seen, attempt: AttemptRecord, browser: Browser, moment: Moment) -> None:
        """That it is the flow's own browser which brings the callback; where not, the attempt is burnt."""
        keyring = self._rules.keyring
        if keyring.is_browser_token(browser.token) and keyring.same_digest(
            seen.flow.browser_digest, "browser", browser.token
        ):
            return
        refused = Refused("callback_other_browser")
        live = trip.is_live(seen, attempt, moment)
        if not live or not isinstance(self._shell.commit(trip.burnt(seen, attempt, moment)), Done):
            self._shell.tell_refused(moment, "callback.refused", refused, seen)
        raise refused

    def _consume(self, seen: Seen, attempt: AttemptRecord, moment: Moment) -> None:
        """One callback, once: of two that arrive together, one goes on."""
        for _ in range(MOST_CONFLICTS):
            if not trip.is_live(seen, attempt, moment):
                refused = Refused("callback_unknown", progress=progress(self._rules, seen, moment.now))
                raise self._shell.tell_refused(moment, "callback.refused", refused, seen)
            outcome = self._shell.commit(trip.returned(seen, attempt, moment))
            if isinstance(outcome, Done):
                return
            key = Key(AttemptRecord, attempt.id)
            attempt = (self._shell.load(key)).one(key) or attempt
            seen = self._shell.see_again(seen)
            self._shell.admit(seen, Input.AUTHORIZATION_RETURNED, moment)
        raise ProviderFailed("store_contended", progress=progress(self._rules, seen, moment.now))

    def _redeemed(self, seen: Seen, callback: Callback, proof: AttemptProof, moment: Moment) -> Grant:
        try:
            with self._shell.at(seen, moment):
                return self._grant(callback, proof, moment)
        except ElaasIdentityError as error:
            self._shell.commit(trip.refused(seen, moment, error))
            raise

    def _taken(self, seen: Seen, attempt: AttemptRecord, grant: Grant, moment: Moment) -> Progress:
        identity = grant.identity
        code = trip.judge_evidence(self._rules, attempt, identity) or self._judged(seen, identity)
        if code is not None:
            refused = Refused(code, progress=progress(self._rules, seen, moment.now))
            self._shell.commit(trip.refused(seen, moment, refused))
            self._revoke(grant)
            raise refused
        happened, secret = trip.verified_by(seen.flow.purpose), fresh_secret(self._shell.random.token_bytes)
        try:
            seen = self._shell.settle(
                seen,
                happened,
                moment,
                lambda stands: trip.verified(self._rules, stands, moment, happened, identity, secret),
            )
        finally:
            self._revoke(grant)
        if seen.flow.stage is Stage.DONE:
            return self._signing_in.signed_in(seen, moment, PASSWORD_AND_THAID, identity)
        if seen.account is None:
            seen = self._shell.see_again(seen)  # with the accounts to choose from
        return progress(self._rules, seen, moment.now)

    def _judged(self, seen: Seen, identity: VerifiedIdentity) -> RefusedCode | None:
        if seen.flow.purpose is Purpose.RECOVERY:
            return None if self._shell.accounts_of(identity) else "person_without_account"
        if seen.account is None:
            return None
        binding = self._shell.binding_of(seen.account)
        return trip.judge_person(self._rules, seen.account, binding, identity)

    def _url(self, proof: AttemptProof) -> str:
        try:
            return self._identity_provider.authorization_url(proof, max_age=trip.FRESH_LOGIN)
        except ElaasIdentityError:
            raise
        except Exception as problem:
            raise ProviderFailed("identity_provider_unavailable", detail=type(problem).__name__) from None

    def _grant(self, callback: Callback, proof: AttemptProof, moment: Moment) -> Grant:
        try:
            return self._identity_provider.redeem(callback, proof, now=moment.now)
        except ElaasIdentityError:
            raise
        except Exception as problem:
            raise ProviderFailed("identity_provider_unavailable", detail=type(problem).__name__) from None

    def _revoke(self, grant: Grant) -> None:
        """We keep no token: what was issued is given back, if the provider will have it."""
        try:
            self._identity_provider.revoke(grant)
        except Exception as problem:
            self._shell.note("revocation failed", problem)
