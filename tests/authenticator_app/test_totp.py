"""The authenticator app's code: what RFC 6238 says, as people type it, and once."""

from __future__ import annotations

import base64
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyotp.totp import TOTP

from elaas_identity.authenticator_app import totp
from elaas_identity.authenticator_app.authenticator import AuthenticatorRecord
from elaas_identity.authenticator_app.totp import SECRET_BYTES, check, fresh_secret, step_of
from elaas_identity.errors import Misconfigured
from tests.authenticator_app.apps import NOW, STEP, another, confirm, counting, enrolled, keyring, shown

RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()
TWINS = (910737, "911617")
"""The first step of that secret whose code is the next one's too, and the code."""


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def used(record: AuthenticatorRecord, typed: str, now: datetime) -> AuthenticatorRecord | None:
    """What an act does with a right code: the record with its step, to be committed."""
    step = check(keyring, record, typed, now)
    return None if step is None else replace(record, last_used_step=step)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_the_vectors_of_rfc_6238(seconds: int, code: str) -> None:
    """No app in the world would show the code that is expected (RFC 6238, appendix B; its last six digits)."""
    assert seconds // 30 == step_of(RFC_SECRET, code, at(seconds), after=0)


def test_a_secret_is_160_random_bits() -> None:
    """A secret could be guessed, or an app refuse it for its padding (RFC 4226 §4, ASVS 6.5.3)."""
    asked: list[int] = []

    def random_bytes(number: int) -> bytes:
        asked.append(number)
        return bytes(range(number))

    assert "AAAQEAYEAUDAOCAJBIFQYDIOB4IBCEQT" == fresh_secret(random_bytes)
    assert [SECRET_BYTES] == asked
    assert 160 == 8 * SECRET_BYTES


@pytest.mark.parametrize(("steps", "accepted"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_is_good_one_step_before_and_after_its_own(steps: int, accepted: bool) -> None:
    """A slow typist would be refused, or an old code stay good (RFC 6238 §5.2, ASVS 6.5.5)."""
    uri, fresh = counting()

    assert accepted == (check(keyring, fresh.record, shown(uri, NOW), NOW + steps * STEP) is not None)


def test_the_boundary_is_that_of_the_steps() -> None:
    """A code would be good for half a minute more, or less (ASVS 6.5.5)."""
    uri, fresh = counting()
    begins = datetime(2026, 11, 24, 9, 0, 0, tzinfo=UTC)
    code = shown(uri, begins)
    instant = timedelta(microseconds=1)

    assert check(keyring, fresh.record, code, begins - STEP - instant) is None
    assert check(keyring, fresh.record, code, begins - STEP) is not None
    assert check(keyring, fresh.record, code, begins + 2 * STEP - instant) is not None
    assert check(keyring, fresh.record, code, begins + 2 * STEP) is None


def test_a_code_is_accepted_once() -> None:
    """Who looks over a shoulder would sign in with the same code (ASVS 6.5.1, SP 800-63B-4 §3.1.4.2)."""
    uri, fresh = counting()
    code = shown(uri, NOW)
    after = used(fresh.record, code, NOW)

    assert after is not None
    assert check(keyring, after, code, NOW) is None
    assert check(keyring, after, code, NOW + STEP) is None
    assert check(keyring, after, shown(uri, NOW + STEP), NOW) is not None


def test_a_code_before_the_last_used_one_is_used_up() -> None:
    """A code that was seen and not yet sent would still be good after a later one (ASVS 6.5.1)."""
    uri, fresh = counting()
    after = used(fresh.record, shown(uri, NOW), NOW)

    assert after is not None
    assert check(keyring, after, shown(uri, NOW - STEP), NOW) is None


def test_of_two_steps_with_one_code_the_later_is_used() -> None:
    """Once in a million times a code would be good twice (ASVS 6.5.1)."""
    step, code = TWINS
    assert [code, code] == [TOTP(RFC_SECRET).at(at(30 * each)) for each in (step, step + 1)]

    assert step + 1 == step_of(RFC_SECRET, code, at(30 * step), after=0)
    assert step + 1 == step_of(RFC_SECRET, code, at(30 * step), after=step)
    assert step_of(RFC_SECRET, code, at(30 * step), after=step + 1) is None


def test_an_app_that_is_not_confirmed_counts_for_nothing() -> None:
    """Who begins an enrolment and leaves would have a second factor that nobody holds."""
    record = AuthenticatorRecord(id="binding-1", key_id=keyring.current)

    assert not record.is_confirmed
    assert check(keyring, record, shown(enrolled().uri, NOW), NOW) is None


@pytest.mark.parametrize("style", ["{0}{1}", "{0} {1}", " {0}-{1} ", "{0}\u00a0{1}", "{0}–{1}"])
@pytest.mark.parametrize("thai", [False, True])
def test_codes_are_taken_as_people_type_them(style: str, thai: bool) -> None:
    """Apps show two groups, and a Thai keyboard gives Thai digits (R3.7)."""
    uri, fresh = counting()
    code = shown(uri, NOW)
    typed = style.format(code[:3], code[3:])
    if thai:
        typed = typed.translate(str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙"))

    assert int(NOW.timestamp()) // 30 == check(keyring, fresh.record, typed, NOW)


@pytest.mark.parametrize("change", ["{0}0", "0{0}", "{0}x", "{0}ก", "+{0}", ""])
def test_what_is_not_six_digits_is_no_code(change: str) -> None:
    """Something that only holds a code would pass for it."""
    uri, fresh = counting()

    assert check(keyring, fresh.record, change.format(shown(uri, NOW)), NOW) is None


@given(st.text(st.characters(codec=None, categories=None), max_size=70))
def test_any_text_is_answered(typed: str) -> None:
    """A hostile form would be a server error (R9.4)."""
    current = int(NOW.timestamp()) // 30
    assert step_of(RFC_SECRET, typed, NOW, after=0) in (None, current - 1, current, current + 1)


def test_every_step_is_compared_whatever_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """How long an answer takes would say which step was right, or that a code was right but used."""
    uri, fresh = counting()
    compared: list[str] = []

    class Watched:
        @staticmethod
        def compare_digest(first: str, second: str) -> bool:
            compared.append(first)
            return hmac.compare_digest(first, second)

    monkeypatch.setattr(totp, "hmac", Watched)
    for typed in (shown(uri, NOW - STEP), shown(uri, NOW), shown(uri, NOW + STEP)):
        for record in (fresh.record, replace(fresh.record, last_used_step=10**9)):
            compared.clear()
            check(keyring, record, typed, NOW)
            assert 3 == len(compared)


def test_another_persons_app_is_wrong() -> None:
    """Any enrolled phone would do for any account (R6.5)."""
    _, fresh = counting()

    assert check(keyring, fresh.record, shown(enrolled(phone=2).uri, NOW), NOW) is None


def test_a_secret_moved_to_another_binding_does_not_open() -> None:
    """Who can write to the database would copy their own app over another's."""
    uri, fresh = counting()
    moved = replace(fresh.record, id="binding-2")

    with pytest.raises(Misconfigured) as problem:
        check(keyring, moved, shown(uri, NOW), NOW)
    assert "keyring" == problem.value.code


def test_the_secret_is_in_no_record_and_no_repr() -> None:
    """A dump of the store, or a log line, would be a copy of everybody's phone (R7.2)."""
    app = enrolled()
    _, fresh = counting()

    assert "Enrolment()" == repr(app)
    assert app.secret not in str(fresh.record)
    assert not [code for code in fresh.codes if code in repr(fresh) or code.replace("-", "") in repr(fresh)]
    with pytest.raises(Misconfigured):
        check(another, fresh.record, "000000", NOW)


def test_equal_secrets_are_not_seen_to_be_equal() -> None:
    """A dump of the store would tell who shares a phone (R7.2)."""
    app = enrolled()
    first, second = (
        confirm(app, shown(app.uri, NOW), binding_id=each) for each in ("binding-1", "binding-2")
    )

    assert first is not None
    assert second is not None
    assert first.record.secret_sealed != second.record.secret_sealed
