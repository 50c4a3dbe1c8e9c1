"""Targets for coverage-guided fuzzing: what anybody can send, and what must hold whatever it is.

Each file has `SEEDS`, from which the fuzzer begins, and `try_one`, which raises where something does not hold.
`uvx nox -s fuzz_guided` runs them; `tests/fuzz/test_guided_targets.py` runs the seeds.
"""

from __future__ import annotations

TARGETS = ("callback", "email_address", "id_token", "jwks", "national_id", "one_time_code")


def text_of(data: bytes) -> str:
    """Text of any kind; bytes that are no UTF-8 become lone surrogates, as in what an operating system hands over."""
    return data.decode("utf-8", "surrogateescape")
