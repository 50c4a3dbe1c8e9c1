from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elaas_identity.errors import ElaasIdentityError, Misconfigured, ProviderFailed, Refused
from elaas_identity.keyring import Keyring
from elaas_identity.oidc.authorization import (
    STANDARD_ERRORS,
    AttemptProof,
    Callback,
    authorization_url,
    failure,
    new_proof,
    parse_callback,
    proof_of,
)
from tests.oidc.lying_provider import KEYRING, proof

STATE = proof().state
OTHERS = Keyring({"test": bytes(32)}, current="test")


class TestProof:
    def test_a_state_carries_256_random_bits(self) -> None:
        """R5.1: else a state could be guessed."""
        with pytest.raises(ValueError, match="32"):
            new_proof(KEYRING, bytes(31))
        key_id, _, random = STATE.partition(".")
        assert ("test", (1).to_bytes(32, "big")) == (key_id, base64.urlsafe_b64decode(random + "="))

    def test_everything_follows_from_the_state(self) -> None:
        """Invariant 8: else nonce or verifier would have to be stored."""
        assert proof() == proof_of(KEYRING, STATE)

    def test_nothing_follows_from_the_state_without_the_key(self) -> None:
        """Invariant 8: else whoever sees a URL could compute the verifier."""
        mine, theirs = proof(), proof_of(OTHERS, STATE)
        assert theirs is not None
        assert not {mine.nonce, mine.code_verifier, mine.attempt_id} & {
            theirs.nonce,
            theirs.code_verifier,
            theirs.attempt_id,
        }

    def test_its_parts_differ(self) -> None:
        """R5.2, R5.3: else the nonce, which travels in a URL, would give away the verifier."""
        mine, other = proof(1), proof(2)
        parts = [mine.attempt_id, mine.nonce, mine.code_verifier, mine.state]
        parts += [other.attempt_id, other.nonce, other.code_verifier, other.state]
        assert 8 == len(set(parts))

    def test_the_verifier_is_as_rfc_7636_wants_it(self) -> None:
        """R5.3: 43 to 128 unreserved characters."""
        verifier = proof().code_verifier
        assert 43 <= len(verifier) <= 128
        assert verifier.replace("-", "").replace("_", "").isalnum()

    @pytest.mark.parametrize(
        "state",
        [
            "",
            "test",
            "test.",
            "gone." + "A" * 43,
            "test." + "A" * 42,
            "test." + "A" * 44,
            STATE + "\n",
            "TEST" + STATE[4:],
        ],
    )
    def test_another_text_is_no_state(self, state: str) -> None:
        """R5.1: else a malformed state, or one under a dropped key, would raise instead of being unknown."""
        assert proof_of(KEYRING, state) is None

    @given(st.text(max_size=80))
    def test_no_text_makes_it_raise(self, text: str) -> None:
        """R9.4: whatever a browser sends is an attempt or none."""
        assert proof_of(KEYRING, text) is None

    def test_no_repr_shows_a_secret(self) -> None:
        """R7.2: reprs end up in logs."""
        shown = repr(proof()) + repr(Callback(state=STATE, code="c0de", issuer="isss", error="errr"))
        for secret in (STATE, proof().nonce, proof().code_verifier, "c0de", "isss", "errr"):
            assert secret not in shown


def sent(max_age: timedelta | None = None, **changes: str) -> dict[str, list[str]]:
    arguments = {"client_id": "portal", "redirect_uri": "https://portal.example.go.th/cb/", **changes}
    url = authorization_url(
        "https://provider.example.go.th/auth/",
        proof(),
        scopes=("openid", "pid"),
        max_age=max_age,
        **arguments,
    )
    assert url.startswith("https://provider.example.go.th/auth/?")
    return parse_qs(urlsplit(url).query, strict_parsing=True, keep_blank_values=True)


class TestAuthorizationURL:
    def test_sends_these_parameters_and_no_others(self) -> None:
        """R5.1 to R5.3, R5.9: one missing weakens the flow, one too many may be refused."""
        digest = hashlib.sha256(proof().code_verifier.encode()).digest()
        expected = {
            "response_type": ["code"],
            "client_id": ["portal"],
            "redirect_uri": ["https://portal.example.go.th/cb/"],
            "scope": ["openid pid"],
            "state": [STATE],
            "nonce": [proof().nonce],
            "code_challenge": [base64.urlsafe_b64encode(digest).rstrip(b"=").decode()],
            "code_challenge_method": ["S256"],
        }
        assert expected == sent()

    def test_asks_for_a_fresh_login(self) -> None:
        """R1.6: else an old ThaID session would pass for a fresh proof."""
        fresh = sent(timedelta(seconds=90))
        assert (["login"], ["90"]) == (fresh["prompt"], fresh["max_age"])

    def test_a_fresh_login_may_be_asked_for_at_once(self) -> None:
        """R1.6: zero seconds is an age too."""
        assert ["0"] == sent(timedelta(0))["max_age"]

    def test_does_not_show_the_verifier(self) -> None:
        """R5.3: who reads the URL could redeem the code."""
        assert proof().code_verifier not in str(sent())

    @pytest.mark.parametrize("value", ["a&b=c", "a b", "a+b", "ก", "a#b", "a%26b"])
    def test_values_arrive_as_they_were(self, value: str) -> None:
        """Else a client id or redirect URI could add parameters, or differ from its registration."""
        assert [value] == sent(client_id=value)["client_id"]


def refusal(query: str) -> ElaasIdentityError:
    with pytest.raises(Refused) as caught:
        parse_callback(query)
    return caught.value


class TestParseCallback:
    def test_a_code(self) -> None:
        """The happy path."""
        assert Callback(state=STATE, code="a b/c+") == parse_callback(f"code=a+b%2Fc%2B&state={STATE}")

    def test_an_error(self) -> None:
        """R5.1: an error is as much an answer to the attempt as a code."""
        assert Callback(state=STATE, error="access_denied") == parse_callback(
            f"error=access_denied&state={STATE}"
        )

    def test_the_issuer(self) -> None:
        """R5.7: it has to arrive to be compared."""
        query = urlencode({"code": "c", "state": STATE, "iss": "https://provider.example.go.th"})
        assert "https://provider.example.go.th" == parse_callback(query).issuer

    def test_what_is_not_known_is_not_read(self) -> None:
        """Else a description in TIS-620, which Thai servers send, would stop the person."""
        query = f"error=access_denied&error_description=%A1%D2%C3&state={STATE}&x&&y=%"
        assert "access_denied" == parse_callback(query).error

    @pytest.mark.parametrize(
        "query",
        [
            "",
            "code=c",
            f"state={STATE}",
            f"state={STATE}&code=",
            f"state={STATE}&code=c&error=access_denied",
            "state=&code=c",
            "state=guess&code=c",
            f"state={STATE}%0A&code=c",
            f"STATE={STATE}&code=c",
            f"state={STATE};code=c",
        ],
    )
    def test_state_and_one_answer_are_needed(self, query: str) -> None:
        """R5.1: missing or malformed."""
        assert "callback_malformed" == refusal(query).code

    @pytest.mark.parametrize(
        "query",
        [
            f"state={STATE}&code=c&state={STATE}",
            f"state={STATE}&code=c&code=d",
            f"state={STATE}&code=c&code=",
            f"state={STATE}&code=c&%63ode=d",
            f"state={STATE}&code=c&iss=a&iss=b",
            f"state={STATE}&error=a&error=b",
            f"state={STATE}&code=c&error_description=a&error_description=b",
        ],
    )
    def test_nothing_may_occur_twice(self, query: str) -> None:
        """R5.1, RFC 6749 §3.1: else two readers could take different values for one."""
        assert "callback_malformed" == refusal(query).code

    @pytest.mark.parametrize(
        "value", ["%", "%0", "%zz", "a%00", "%C3%28", "%E0%B8%81", "%0D%0A", "%7F", "ก", "\x00", "\ud800"]
    )
    @pytest.mark.parametrize("name", ["code", "error", "iss"])
    def test_bad_bytes_are_refused(self, name: str, value: str) -> None:
        """R9.4: else NUL, line feeds or half a character would travel on to the token endpoint."""
        other = "&code=c" if name == "iss" else ""
        assert "callback_malformed" == refusal(f"state={STATE}{other}&{name}={value}").code

    def test_a_badly_encoded_name_is_refused(self) -> None:
        """R5.1: another reader might take it for one of the known names."""
        assert "callback_malformed" == refusal(f"state={STATE}&code=c&%00=x").code

    def test_eight_kibibytes_are_the_most(self) -> None:
        """R9.4: both sides of the limit."""
        query = f"state={STATE}&code="
        longest = query + "c" * (8 * 1024 - len(query))
        assert parse_callback(longest).code is not None
        assert "callback_malformed" == refusal(longest + "c").code

    def test_no_refusal_repeats_the_query(self) -> None:
        """R7.2: the code and the state are secrets, also in a log of refusals."""
        assert "s3cret" not in f"{refusal('code=s3cret')!s} {refusal('code=s3cret')!r}"

    @given(st.text(max_size=200))
    def test_any_text_is_read_or_refused(self, text: str) -> None:
        """R9.4: no untyped exception."""
        assert "callback_malformed" == refusal(text).code

    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["state", "code", "iss", "error", "error_description", "%73tate", "x"]),
                st.sampled_from([STATE, "c", "", "%41", "%00", "%", "+", "access_denied"])
                | st.text(max_size=8),
            ),
            max_size=6,
        )
    )
    def test_almost_right_queries_are_read_or_refused(self, pairs: list[tuple[str, str]]) -> None:
        """R9.4: what is read holds our shape of state and exactly one answer."""
        try:
            callback = parse_callback("&".join(f"{name}={value}" for name, value in pairs))
        except Refused:
            return
        assert STATE == callback.state
        assert (callback.code is None) != (callback.error is None)

    @given(st.text(alphabet=[chr(c) for c in range(0x20, 0x7F)], min_size=1, max_size=40))
    def test_every_code_that_oauth_allows_arrives(self, code: str) -> None:
        """RFC 6749 appendix A.11: else some codes could not be redeemed."""
        assert code == parse_callback(f"state={STATE}&code={quote(code, safe='')}").code


MEANINGS = {**STANDARD_ERRORS, "odd": "repeated"}


class TestFailure:
    @pytest.mark.parametrize(
        ("error", "kind", "code"),
        [
            ("access_denied", Refused, "identity_denied"),
            ("odd", Refused, "identity_repeated"),
            ("invalid_scope", Misconfigured, "identity_provider_registration"),
            ("unauthorized_client", Misconfigured, "identity_provider_registration"),
            ("invalid_request", Misconfigured, "identity_provider_registration"),
            ("unsupported_response_type", Misconfigured, "identity_provider_registration"),
            ("invalid_client", Misconfigured, "identity_provider_registration"),
            ("unsupported_grant_type", Misconfigured, "identity_provider_registration"),
            ("server_error", ProviderFailed, "identity_provider_unavailable"),
            ("temporarily_unavailable", ProviderFailed, "identity_provider_unavailable"),
            ("invalid_grant", ProviderFailed, "identity_provider_answer_invalid"),
            ("never heard of", ProviderFailed, "identity_provider_answer_invalid"),
        ],
    )
    def test_says_whose_turn_it_is(self, error: str, kind: type, code: str) -> None:
        """ThaID, errors: a person must not be told to try again what only the developer can mend."""
        actual = failure(error, "the callback", MEANINGS)
        assert (kind, code) == (type(actual), actual.code)

    def test_a_denied_access_is_ambiguous_at_the_callback(self) -> None:
        """F30: by RFC 6749 the person refused, by DOPA's document our registration lacks a right: both are said."""
        actual = failure("access_denied", "the callback", MEANINGS)
        assert "the person refused, or the client's registration" in actual.detail
        assert ("หากท่านไม่ได้ปฏิเสธ" in actual.message.th, "If you did not refuse" in actual.message.en) == (
            True,
            True,
        )

    def test_a_denied_access_is_ours_elsewhere(self) -> None:
        """F30: the person would be told that they refused, after they had approved."""
        actual = failure("access_denied", "the token endpoint", MEANINGS)
        assert (Misconfigured, "identity_provider_registration") == (type(actual), actual.code)

    def test_repeats_only_what_is_known(self) -> None:
        """R7.3: the browser's owner may have written the error."""
        assert "evil" not in str(failure("evil <b>", "the callback", MEANINGS))
        assert "invalid_scope" in failure("invalid_scope", "the callback", MEANINGS).detail


def test_a_proof_is_made_of_its_state_alone() -> None:
    """Else two attempts of one state could differ between machines."""
    assert {"attempt_id", "state", "nonce", "code_verifier"} == set(AttemptProof.__slots__)
