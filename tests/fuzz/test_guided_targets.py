"""The targets of coverage-guided fuzzing hold for what they begin from; `uvx nox -s fuzz_guided` goes on from there."""

from __future__ import annotations

import random
from importlib import import_module
from pathlib import Path

import pytest

import fuzz
from elaas_identity.mail.address import EmailAddress
from elaas_identity.oidc.authorization import Callback
from elaas_identity.oidc.id_token import IDToken
from elaas_identity.oidc.jwks import SigningKeys


@pytest.mark.parametrize("target", fuzz.TARGETS)
def test_r9_4_a_target_holds_for_its_seeds_and_for_what_is_near_them(target: str) -> None:
    """R9.4: a target that nobody runs would rot, and a seed that fails would hide whatever comes after it."""
    module = import_module(f"fuzz.{target}")
    draw = random.Random(7)
    for seed in module.SEEDS:
        module.try_one(seed)
        for _ in range(20):
            near = bytearray(seed)
            near[draw.randrange(len(near))] = draw.randrange(256)
            module.try_one(bytes(near))


def test_every_file_is_a_target() -> None:
    """A target that is not in the list would never be run."""
    files = {path.stem for path in Path(fuzz.__file__).parent.glob("*.py")}
    assert files == {"__init__", "__main__", *fuzz.TARGETS}


class Believed(str):
    """A national ID that nobody looked at."""

    __slots__ = ()

    def reveal(self) -> str:
        return self


BROKEN: dict[str, tuple[str, object]] = {
    "callback": (
        "parse_callback",
        lambda query: Callback(state="any", code="any", issuer=None, error=None),
    ),
    "email_address": ("parse_email", lambda text, policy: EmailAddress(text, "a@b", "a@b")),
    "id_token": ("verify", lambda *given, **expected: IDToken(subject="x", auth_time=None, claims={})),
    "jwks": ("process_jwks", lambda response: SigningKeys(())),
    "national_id": ("NationalID", Believed),
    "one_time_code": ("normalise", lambda text, digits: "1" * digits),
}
"""For each target, a reader that believes what it should not."""


@pytest.mark.parametrize("target", fuzz.TARGETS)
def test_a_target_fails_where_something_does_not_hold(target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A target that asserts nothing finds nothing, however long it runs."""
    module = import_module(f"fuzz.{target}")
    monkeypatch.setattr(module, *BROKEN[target])
    with pytest.raises(AssertionError):
        [module.try_one(seed) for seed in module.SEEDS]
