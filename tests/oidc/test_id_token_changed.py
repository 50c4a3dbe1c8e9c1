"""A valid ID token, changed in every way that a thief or a broken provider may: refused, or taken for a reason.

Every bit of its text is flipped, and every claim is left out, null, of every other type, at its boundaries, and stated
twice. The provider's key really signs each changed claim: a signature alone would refuse it otherwise.
`uvx nox -s id_token` runs all of it, and prints how much that is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from elaas_identity import ProviderFailed
from elaas_identity.oidc.authorization import parse_callback
from elaas_identity.oidc.id_token import Expected, verify
from elaas_identity.testing import CITIZENS, ThaIDEmulator
from tests.oidc.lying_provider import CLIENT_ID, ISSUER, KEY, NOW, at_hash, proof, signed, usable

AT = int(NOW.timestamp())
EXPECTED = Expected(issuer=ISSUER, client_id=CLIENT_ID, nonce="n-0S6_WzA2Mj")
KEYS = usable(KEY)
CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "sub": "subject",
    "aud": CLIENT_ID,
    "azp": CLIENT_ID,
    "iat": AT,
    "nbf": AT,
    "exp": AT + 300,
    "auth_time": AT - 5,
    "nonce": EXPECTED.nonce,
    "at_hash": at_hash("access"),
}
"""Every claim that is looked at."""

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def is_taken(token: str) -> bool:
    """Whether the token is believed; anything but a typed refusal of the answer comes out."""
    try:
        verify(token, KEYS, EXPECTED, access_token="access", now=NOW)
    except ProviderFailed as failed:
        assert "identity_provider_answer_invalid" == failed.code
        return False
    return True


def flips(token: str) -> Iterator[str]:
    """The token with one bit changed: of a character, or of the six bits that a character of base64url stands for.

    The second reaches each bit of header, claims and signature, and those that the last character does not use.
    """
    for place, character in enumerate(token):
        others = {chr(ord(character) ^ 1 << bit) for bit in range(8)}
        if character != ".":
            others |= {ALPHABET[ALPHABET.index(character) ^ 1 << bit] for bit in range(6)}
        for other in sorted(others):
            yield f"{token[:place]}{other}{token[place + 1 :]}"


@pytest.mark.parametrize("step", [pytest.param(1, marks=pytest.mark.long), 13])
def test_r5_4_no_bit_of_a_token_may_change(step: int) -> None:
    """R5.4: a token that nobody signed would name a person; the unused bits would give one token many texts."""
    tokens = [signed({**CLAIMS, "x": "y" * extra}) for extra in range(3)]  # every number of unused bits
    assert {len(part) % 4 for token in tokens for part in token.split(".")} == {0, 2, 3}
    changed = list(flips(tokens[0]))
    for token in tokens[1:]:
        ends = {len(token) - 1, token.index(".") - 1, token.rindex(".") - 1}
        changed += [each for each in flips(token) if any(each[end] != token[end] for end in ends)]
    assert all(map(is_taken, tokens))
    tried = changed[::step]
    assert [] == list(filter(is_taken, tried))
    print(f"\n{len(tried)} of {len(changed)} flipped bits: refused, each of them")


WRONG_TYPES: tuple[Any, ...] = (None, True, False, 0, 1.5, "", "x", [], {})

TEXTS = ("iss", "sub", "aud", "azp", "nonce", "at_hash")
TIMES = ("iat", "nbf", "exp", "auth_time")

OUTSIDE: dict[str, tuple[Any, ...]] = {
    "iss": (f"{ISSUER}/", ISSUER.upper(), f"{ISSUER} ", ISSUER[:-1], [ISSUER]),
    "sub": ("s" * 256, "ส", "\ud800", ["subject"]),
    "aud": ([CLIENT_ID, CLIENT_ID], [CLIENT_ID, "x"], [[CLIENT_ID]], f"{CLIENT_ID} ", CLIENT_ID.upper()),
    "azp": ([CLIENT_ID], f"{CLIENT_ID} ", CLIENT_ID.upper()),
    "nonce": (EXPECTED.nonce[:-1], f"{EXPECTED.nonce}x", EXPECTED.nonce.swapcase(), [EXPECTED.nonce]),
    "at_hash": (at_hash("access") + "=", at_hash("access")[:-1], at_hash("other"), [at_hash("access")]),
    "iat": (AT + 60.001, AT + 10**9, 10**400, str(AT), [AT]),
    "nbf": (AT + 60.001, AT + 10**9, 10**400, str(AT), [AT]),
    "exp": (AT - 60, 0, -1, -(10**400), str(AT + 300), [AT + 300]),
    "auth_time": (AT + 60.001, -0.001, -1, 10**400, -(10**400), str(AT), [AT]),
}
"""One step too far, and far too far; the right value in another form."""

TAKEN: dict[str, tuple[Any, ...]] = {
    "iss": (),
    "sub": ("s", "s" * 255, "x"),  # any text is somebody: Core §2 has the length
    "aud": ([CLIENT_ID],),  # the same audience, as an array of one (R5.4)
    "azp": (),
    "nonce": (),
    "at_hash": (),
    "iat": (AT + 60, 0, 1.5, -(10**400)),  # long ago is no future; clocks may differ by a minute
    "nbf": (AT + 60, 0, 1.5, -(10**400)),
    "exp": (AT - 59.999, 10**400),  # a late end is an end
    "auth_time": (AT + 60, 0, 1.5),  # how old it may be, the flow's policy says
}
"""What is inside: each is right by its standard, so that a refusal would keep a person out."""

OPTIONAL = ("azp", "nbf", "auth_time", "at_hash")
"""Checked where they are; Core §2 and §3.1.3.7 do not ask for them."""


def with_member(name: str, *values: Any) -> str:
    """A token, really signed, with this claim stated so many times."""
    members = [(each, value) for each, value in CLAIMS.items() if each != name]
    members += [(name, value) for value in values]
    payload = ", ".join(f"{json.dumps(each)}: {json.dumps(value)}" for each, value in members)
    return signed(f"{{{payload}}}".encode())


def same(one: Any, other: Any) -> bool:
    """Equal to JSON: `true` is not 1 there."""
    return json.dumps(one) == json.dumps(other)


def test_the_table_has_every_claim_that_is_looked_at() -> None:
    """A claim would be changed in no way."""
    assert CLAIMS.keys() == OUTSIDE.keys() == TAKEN.keys() == {*TEXTS, *TIMES}
    assert is_taken(signed(CLAIMS))


def test_r5_4_every_claim_changed_in_every_way() -> None:
    """R5.4: a token that says too little, too much or something else would name a person; a right one is taken."""
    wrongly: list[tuple[str, Any]] = []
    verdicts: list[bool] = []
    for name, right in CLAIMS.items():
        good = (right, *TAKEN[name])
        one = {json.dumps(value): value for value in (*WRONG_TYPES, *OUTSIDE[name], *good)}
        cases: list[tuple[tuple[Any, ...], bool]] = [((), name in OPTIONAL)]
        cases += [((value,), any(same(value, each) for each in good)) for value in one.values()]
        # RFC 7519 §4: of two members of one name, readers choose differently, even where both are right.
        cases += [(values, False) for values in ((right, right), (right, "x"), ("x", right))]
        verdicts += [taken for _, taken in cases]
        wrongly += [
            (name, values) for values, taken in cases if taken is not is_taken(with_member(name, *values))
        ]
    assert [] == wrongly
    print(
        f"\n{len(verdicts)} changed claims: {verdicts.count(False)} refused, {verdicts.count(True)} rightly taken"
    )


def test_r5_4_thaid_is_believed_no_changed_token() -> None:
    """R5.4: the checks would hold by themselves, and the relying party would not ask them."""
    emulator = ThaIDEmulator(clock=lambda: NOW)
    thaid = emulator.relying_party()
    attempts = iter(range(1, 10_000))

    def is_believed() -> bool:
        attempt = proof(next(attempts))
        url = thaid.authorization_url(attempt, max_age=timedelta(seconds=60))
        callback = parse_callback(urlsplit(emulator.approve(url, CITIZENS[0])).query)
        try:
            thaid.redeem(callback, attempt, now=NOW)
        except ProviderFailed as failed:
            assert "identity_provider_answer_invalid" == failed.code
            return False
        return True

    assert is_believed()
    for place in range(0, 9_000, 499):

        def flipped(header: dict[str, Any], claims: dict[str, Any], place: int = place) -> str:
            changed = list(flips(emulator.signed(header, claims)))
            return changed[place % len(changed)]

        emulator.sign_id_token = flipped
        assert not is_believed(), place
    for name in ("iss", "sub", "aud", "iat", "exp", "nonce"):
        lies: tuple[dict[str, Any], ...] = ({name: None}, {name: True}, {name: {}})
        for lie in lies:
            emulator.sign_id_token = lambda header, claims, lie=lie: emulator.signed(header, claims | lie)
            assert not is_believed(), lie
    emulator.sign_id_token = None
    assert is_believed()
