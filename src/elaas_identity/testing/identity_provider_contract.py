"""What every identity provider has to keep, as tests that a portal's own adapter is put to:

    class TestOurProvider(IdentityProviderContract):
        @pytest.fixture
        def identity_provider(self):
            return OurProvider(...)          # or an async one

        def approved(self, authorization_url): ...   # the query string that the person comes back with
        def denied(self, authorization_url): ...     # the same, for somebody who said no
        def cut_off(self): ...                       # from now on the provider cannot be reached

Against a stand-in of the provider, such as `ThaIDEmulator`, or against its own sandbox.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from elaas_identity.errors import ElaasIdentityError, ProviderFailed, Refused
from elaas_identity.keyring import Keyring
from elaas_identity.oidc.authorization import AttemptProof, Callback, new_proof, parse_callback
from elaas_identity.oidc.token import Grant
from elaas_identity.person.national_id import NationalID
from elaas_identity.ports import IdentityProvider
from elaas_identity.testing.at_once import Actor, Call, at_once
from elaas_identity.testing.contract import Contract, nothing_secret, overheard, same

T = TypeVar("T")

KEYRING = Keyring({"contract": b"of a contract, known to everybody"}, current="contract")
FRESH = timedelta(seconds=60)
CROWD = 8


def a_proof(number: int = 1) -> AttemptProof:
    """What ties an attempt together; another number, another attempt."""
    return new_proof(KEYRING, bytes([number]) * 32)


class IdentityProviderContract(Contract):
    """The promises of `elaas_identity.ports.IdentityProvider`, one test each."""

    @abstractmethod
    def approved(self, authorization_url: str) -> str:
        """What a person who says yes comes back with: the raw query string of the callback."""
        raise NotImplementedError

    @abstractmethod
    def denied(self, authorization_url: str) -> str:
        """The same, of a person who says no."""
        raise NotImplementedError

    @abstractmethod
    def cut_off(self) -> None:
        """From now on nothing that the provider is asked arrives."""
        raise NotImplementedError

    def now(self) -> datetime:
        """The time, as the stand-in has it. Ours unless overridden."""
        return datetime.now(UTC)

    def test_the_person_is_sent_over_https_with_the_state(self, identity_provider: IdentityProvider) -> None:
        """R5.1: without the state nobody's way back is known; over plain http anybody reads it."""
        proof = a_proof()
        url = urlsplit(_url(identity_provider, proof))
        if url.scheme != "https" and url.hostname not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"the authorization URL begins with {url.scheme}://")
        same([proof.state], parse_qs(url.query).get("state"))

    def test_the_verifier_stays_at_home(self, identity_provider: IdentityProvider) -> None:
        """R5.2: a code verifier in a URL protects nothing: whoever reads the code reads it, too (RFC 7636)."""
        proof = a_proof()
        nothing_secret(
            "the authorization URL", _url(identity_provider, proof), (proof.code_verifier, *self.secrets)
        )

    def test_whoever_says_yes_is_a_person(self, identity_provider: IdentityProvider) -> None:
        """R1.4: an account opens for a national ID, by somebody whom the issuer names and just now."""
        grant = self._grant(identity_provider)
        now, person = self.now(), grant.identity
        same(NationalID, type(person.national_id))
        issuer = getattr(identity_provider, "issuer", person.issuer)
        same(issuer, person.issuer)
        if not person.subject:
            raise AssertionError("the person has no subject")
        if not abs(person.verified_at - now) < timedelta(minutes=5):
            raise AssertionError(f"verified_at is {person.verified_at}, and it is {now}")
        if person.auth_time is not None and person.auth_time.utcoffset() is None:
            raise AssertionError("auth_time has no time zone")

    def test_the_level_comes_as_announced(self, identity_provider: IdentityProvider) -> None:
        """A policy with a `minimum_ial` would refuse every person, and nobody would see why at start."""
        if getattr(identity_provider, "states_ial", True) is False:
            same(None, self._grant(identity_provider).identity.ial)

    def test_the_same_person_is_the_same_again(self, identity_provider: IdentityProvider) -> None:
        """R1.4: an officer whose subject changes is a stranger at the second sign-in."""
        first, second = (self._grant(identity_provider, number).identity for number in (1, 2))
        same(
            (first.issuer, first.subject, first.national_id),
            (second.issuer, second.subject, second.national_id),
        )

    def test_whoever_says_no_is_refused(self, identity_provider: IdentityProvider) -> None:
        """The person would be told that ThaID is out of order, and the office be called."""
        proof = a_proof()
        callback = parse_callback(self.denied(_url(identity_provider, proof)))
        error = self._refusal(identity_provider, callback, proof)
        same((Refused, "identity_denied"), (type(error), error.code))

    def test_a_code_is_good_once(self, identity_provider: IdentityProvider) -> None:
        """R5.4: a code that was read on the way would make a second person of the first."""
        callback, proof = self._came_back(identity_provider)
        self._redeemed(identity_provider, callback, proof)
        self._refusal(identity_provider, callback, proof)

    def test_a_code_is_good_once_for_many_at_once(self, identity_provider: IdentityProvider) -> None:
        """R9.2: a double press, or whoever copied the callback, would be let in beside the person."""
        callback, proof = self._came_back(identity_provider)
        now = self.now()

        def redeemed() -> Actor[bool]:
            try:
                yield Call("redeem", (callback, proof), {"now": now})
            except ElaasIdentityError:
                return False
            return True

        same(1, sum(at_once(identity_provider, [redeemed() for _ in range(CROWD)])))

    def test_a_code_is_good_for_its_own_attempt(self, identity_provider: IdentityProvider) -> None:
        """R5.2: an injected code would sign somebody in as whoever it was stolen from (RFC 9700 §4.5)."""
        callback, _ = self._came_back(identity_provider)
        self._refusal(identity_provider, callback, a_proof(2))

    def test_an_invented_code_proves_nobody(self, identity_provider: IdentityProvider) -> None:
        """R5.4: what somebody typed into the address bar would be taken for a person."""
        proof = a_proof()
        _url(identity_provider, proof)
        for code in ("invented", "", "ก\r\nx: y", "a" * 2000):
            self._refusal(identity_provider, Callback(state=proof.state, code=code), proof)

    def test_a_callback_of_another_issuer_is_refused(self, identity_provider: IdentityProvider) -> None:
        """R5.3: mixed up with another provider, the code would be handed to an attacker (RFC 9207)."""
        callback, proof = self._came_back(identity_provider)
        mixed_up = Callback(state=callback.state, code=callback.code, issuer="https://evil.example")
        self._refusal(identity_provider, mixed_up, proof)

    def test_a_provider_that_is_down_has_failed(self, identity_provider: IdentityProvider) -> None:
        """R9.5: the person would be told that they are at fault, or see a page with a traceback."""
        callback, proof = self._came_back(identity_provider)
        self.cut_off()
        error = self._refusal(identity_provider, callback, proof)
        same((ProviderFailed, "identity_provider_unavailable"), (type(error), error.code))

    def test_tokens_are_given_back_and_again(self, identity_provider: IdentityProvider) -> None:
        """Invariant 8: a token that nobody gives back stays good; and giving back twice is no error (RFC 7009 §2.2)."""
        grant = self._grant(identity_provider)
        for _ in range(2):
            identity_provider.revoke(grant)

    def test_giving_back_fails_as_the_port_says(self, identity_provider: IdentityProvider) -> None:
        """Invariant 5: a person who is proven would be stranded by a token that could not be given back."""
        grant = self._grant(identity_provider)
        self.cut_off()
        try:
            identity_provider.revoke(grant)
        except ElaasIdentityError:
            return
        if grant.tokens:
            raise AssertionError("revoke said nothing, though the provider cannot be reached")

    def test_nothing_secret_is_told(self, identity_provider: IdentityProvider) -> None:
        """R7.2: a code, a verifier or a client secret would stand in logs, and in whatever reads exceptions."""
        callback, proof = self._came_back(identity_provider)
        person: Any = None
        with overheard() as lines:
            person = self._redeemed(identity_provider, callback, proof).identity
            error = self._refusal(identity_provider, callback, proof)
        secrets = (
            callback.code or "",
            proof.nonce,
            proof.code_verifier,
            person.national_id.reveal(),
            *self.secrets,
        )
        nothing_secret("the log", "\n".join(lines), secrets)
        nothing_secret("the exception", f"{error!r} {error} {error.detail}", (*secrets, proof.state))
        nothing_secret("the repr", repr(identity_provider), secrets)

    # What the tests are made of

    def _came_back(self, provider: IdentityProvider, number: int = 1) -> tuple[Callback, AttemptProof]:
        proof = a_proof(number)
        return parse_callback(self.approved(_url(provider, proof))), proof

    def _redeemed(self, provider: IdentityProvider, callback: Callback, proof: AttemptProof) -> Grant:
        return provider.redeem(callback, proof, now=self.now())

    def _grant(self, provider: IdentityProvider, number: int = 1) -> Grant:
        return self._redeemed(provider, *self._came_back(provider, number))

    def _refusal(
        self, provider: IdentityProvider, callback: Callback, proof: AttemptProof
    ) -> ElaasIdentityError:
        """How redeeming fails. It has to, and in a way that the port allows."""
        return _failure(lambda: self._redeemed(provider, callback, proof))


def _url(provider: IdentityProvider, proof: AttemptProof) -> str:
    return provider.authorization_url(proof, max_age=FRESH)


def _failure(call: Callable[[], object]) -> ElaasIdentityError:
    try:
        call()
    except ElaasIdentityError as error:
        return error
    except Exception as raised:
        raise AssertionError(
            f"it raised {type(raised).__name__}, which is none of the library's errors"
        ) from raised
    raise AssertionError("a person was granted")
