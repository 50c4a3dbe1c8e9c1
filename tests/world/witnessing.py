"""Notes every comparison of a one-time code, and of an app's, for the oracle."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from elaas_identity.flow import authenticator
from elaas_identity.one_time_code import one_time_code
from tests.world.actor import witness
from tests.world.observed import Compared, Tried


@contextmanager
def comparisons_witnessed() -> Iterator[None]:
    """Every comparison of a one-time code, and of an app's, is noted for the oracle."""
    real, accepted = one_time_code.matches, authenticator.accept_code

    def matches(
        keyring: Any, stored: str, code: str, *, flow_id: str, account_id: str, email: str, code_id: str
    ) -> bool:
        right = real(
            keyring, stored, code, flow_id=flow_id, account_id=account_id, email=email, code_id=code_id
        )
        witness(Compared(flow_id, code_id, right))
        return right

    def tried(rules: Any, seen: Any, moment: Any, typed: str) -> Any:
        decided = accepted(rules, seen, moment, typed)
        witness(Tried(seen.flow.id, decided is not None))
        return decided

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(authenticator, "accept_code", tried)
        patch.setattr(one_time_code, "matches", matches)
        yield
