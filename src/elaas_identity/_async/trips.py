"""The trip to the identity provider and back."""

from __future__ import annotations

from elaas_identity._async.shell import MOST_CONFLICTS, AsyncShell
from elaas_identity._async.signing_in import AsyncSigningIn
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
from elaas_identity.ports import AsyncIdentityProvider


class AsyncTrips:
    """`authorize` and `receive_callback`, in their parts."""

    def __init__(
        self, shell: AsyncShell, identity_provider: AsyncIdentityProvider, signing_in: AsyncSigningIn
    ) -> None:
        self._shell = shell
        self._rules = shell.rules
        self._identity_provider = identity_provider
        self._signing_in = signing_in

    async def authorize(self, flow_id: str, browser: Browser) -> AuthorizationRequest:
        """See the facade."""
        moment = self._shell.moment(browser)
        happened = Input.AUTHORIZATION_REQUESTED
        seen = await self._shell.open(flow_id, browser, happened, moment)
        proof = new_proof(self._rules.keyring, self._shell.random.token_bytes(32))
        with self._shell.at(seen, moment):
            url = await self._url(proof)
        seen = await self._shell.settle(
            seen,
            happened,
            moment,
            lambda stands: trip.requested(self._rules, stands, moment, proof.attempt_id),
        )
        expires_at = min(moment.now + self._rules.policy.attempt_lifetime, seen.flow.expires_at)
        return AuthorizationRequest(flow_id=flow_id, url=url, expires_at=expires_at)

    async def receive_callback(self, raw_query: str, browser: Browser) -> Progress:
        """See the facade."""
        moment = self._shell.moment(browser)
        try:
            callback = parse_callback(raw_query)
            proof = proof_of(self._rules.keyring, callback.state)
            if proof is None:
                raise Refused("callback_unknown")
            attempt, seen = await self._attempt(proof)
        except Refused as refused:
            raise self._shell.tell_refused(moment, "callback.refused", refused) from None
        await self._same_browser(seen, attempt, browser, moment)
        await self._shell.admit(seen, Input.AUTHORIZATION_RETURNED, moment)
        await self._consume(seen, attempt, moment)
        grant = await self._redeemed(seen, callback, proof, moment)
        return await self._taken(seen, attempt, grant, moment)

    async def _attempt(self, proof: AttemptProof) -> tuple[AttemptRecord, Seen]:
        key = Key(AttemptRecord, proof.attempt_id)
        attempt = (await self._shell.load(key)).one(key)
        if attempt is None:
            raise Refused("callback_unknown")
        seen = await self._shell.see(attempt.flow_id)
        if seen is None:
            raise Refused("callback_unknown")
        return attempt, seen

    async def _same_browser(
        self, seen: Seen, attempt: AttemptRecord, browser: Browser, moment: Moment
    ) -> None:
        """That it is the flow's own browser which brings the callback; where not, the attempt is burnt."""
        keyring = self._rules.keyring
        if keyring.is_browser_token(browser.token) and keyring.same_digest(
            seen.flow.browser_digest, "browser", browser.token
        ):
            return
        refused = Refused("callback_other_browser")
        live = trip.is_live(seen, attempt, moment)
        if not live or not isinstance(await self._shell.commit(trip.burnt(seen, attempt, moment)), Done):
            self._shell.tell_refused(moment, "callback.refused", refused, seen)
        raise refused

    async def _consume(self, seen: Seen, attempt: AttemptRecord, moment: Moment) -> None:
        """One callback, once: of two that arrive together, one goes on."""
        for _ in range(MOST_CONFLICTS):
            if not trip.is_live(seen, attempt, moment):
                refused = Refused("callback_unknown", progress=progress(self._rules, seen, moment.now))
                raise self._shell.tell_refused(moment, "callback.refused", refused, seen)
            outcome = await self._shell.commit(trip.returned(seen, attempt, moment))
            if isinstance(outcome, Done):
                return
            key = Key(AttemptRecord, attempt.id)
            attempt = (await self._shell.load(key)).one(key) or attempt
            seen = await self._shell.see_again(seen)
            await self._shell.admit(seen, Input.AUTHORIZATION_RETURNED, moment)
        raise ProviderFailed("store_contended", progress=progress(self._rules, seen, moment.now))

    async def _redeemed(self, seen: Seen, callback: Callback, proof: AttemptProof, moment: Moment) -> Grant:
        try:
            with self._shell.at(seen, moment):
                return await self._grant(callback, proof, moment)
        except ElaasIdentityError as error:
            await self._shell.commit(trip.refused(seen, moment, error))
            raise

    async def _taken(self, seen: Seen, attempt: AttemptRecord, grant: Grant, moment: Moment) -> Progress:
        identity = grant.identity
        code = trip.judge_evidence(self._rules, attempt, identity) or await self._judged(seen, identity)
        if code is not None:
            refused = Refused(code, progress=progress(self._rules, seen, moment.now))
            await self._shell.commit(trip.refused(seen, moment, refused))
            await self._revoke(grant)
            raise refused
        happened, secret = trip.verified_by(seen.flow.purpose), fresh_secret(self._shell.random.token_bytes)
        try:
            seen = await self._shell.settle(
                seen,
                happened,
                moment,
                lambda stands: trip.verified(self._rules, stands, moment, happened, identity, secret),
            )
        finally:
            await self._revoke(grant)
        if seen.flow.stage is Stage.DONE:
            return await self._signing_in.signed_in(seen, moment, PASSWORD_AND_THAID, identity)
        if seen.account is None:
            seen = await self._shell.see_again(seen)  # with the accounts to choose from
        return progress(self._rules, seen, moment.now)

    async def _judged(self, seen: Seen, identity: VerifiedIdentity) -> RefusedCode | None:
        if seen.flow.purpose is Purpose.RECOVERY:
            return None if await self._shell.accounts_of(identity) else "person_without_account"
        if seen.account is None:
            return None
        binding = await self._shell.binding_of(seen.account)
        return trip.judge_person(self._rules, seen.account, binding, identity)

    async def _url(self, proof: AttemptProof) -> str:
        try:
            return await self._identity_provider.authorization_url(proof, max_age=trip.FRESH_LOGIN)
        except ElaasIdentityError:
            raise
        except Exception as problem:
            raise ProviderFailed("identity_provider_unavailable", detail=type(problem).__name__) from None

    async def _grant(self, callback: Callback, proof: AttemptProof, moment: Moment) -> Grant:
        try:
            return await self._identity_provider.redeem(callback, proof, now=moment.now)
        except ElaasIdentityError:
            raise
        except Exception as problem:
            raise ProviderFailed("identity_provider_unavailable", detail=type(problem).__name__) from None

    async def _revoke(self, grant: Grant) -> None:
        """We keep no token: what was issued is given back, if the provider will have it."""
        try:
            await self._identity_provider.revoke(grant)
        except Exception as problem:
            self._shell.note("revocation failed", problem)
