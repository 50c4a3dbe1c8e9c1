"""No public callable lets an exception out with a secret in its frames, in its words or in what led to it (R7.2)."""

from __future__ import annotations

import asyncio
import base64
import enum
import inspect
import traceback
from collections.abc import Callable, Iterator
from typing import Any, is_typeddict

import pytest

from elaas_identity import (
    AssertionKeys,
    AssertionVerifier,
    AsyncAssertionVerifier,
    AsyncThaID,
    AuditKeys,
    Browser,
    Keyring,
    NationalID,
    ThaID,
    VerifiedIdentity,
)
from elaas_identity.cli import main
from elaas_identity.ports import EmailAddress, Request
from elaas_identity.providers.memory import AsyncMemoryStore, MemoryStore
from elaas_identity.providers.smtp import AsyncSMTPMailer, SMTPMailer
from elaas_identity.providers.sql import AsyncSQLStore, SQLStore, upgrade
from elaas_identity.testing.contract import Contract
from elaas_identity.web import Asked, perform
from tests.facade.portal import SECRET, made
from tests.test_public_surface import public

CANARY = "canary-7f3a91"
KEY = base64.urlsafe_b64encode(CANARY.encode() * 3).decode().rstrip("=")
"""A good secret of 39 bytes."""

HELD = (CANARY, KEY)


def is_taught(thing: Any) -> bool:
    """Whether it can be called, and is ours. What a contract shows of its own invented values is for its reader."""
    if inspect.isclass(thing):
        others = issubclass(thing, enum.Enum | BaseException | Contract) or is_typeddict(thing)
        return not others and not getattr(thing, "_is_protocol", False)
    return inspect.isfunction(thing)


CALLABLES = {name: thing for name, thing in public().items() if is_taught(thing)}


def half_built(thing: Any) -> Any:
    """An object as a failed `__init__` leaves it; None where `__new__` alone makes it."""
    try:
        return thing.__new__(thing)
    except TypeError:
        return None


def members(thing: Any) -> Iterator[tuple[str, Callable[..., Any]]]:
    """The thing, and of a class its public methods, on an object that is half-built as a failed `__init__` leaves."""
    yield "", thing
    if not inspect.isclass(thing) or half_built(thing) is None:
        return
    for name, member in inspect.getmembers(thing):
        if not name.startswith("_") and (inspect.isfunction(member) or inspect.ismethod(member)):
            yield f".{name}", getattr(half_built(thing), name)


def raised(call: Callable[[], Any]) -> BaseException | None:
    """What the call, or awaiting its answer, lets out."""
    try:
        answer = call()
        if inspect.isawaitable(answer):
            with asyncio.Runner() as runner:
                runner.run(awaited(answer))
    except BaseException as error:
        return error
    return None


async def awaited(answer: Any) -> None:
    await answer


def secrets_in(error: BaseException) -> list[str]:
    """Where a canary can be read."""
    told = []
    for frame, line in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename != __file__:  # not only ours: a reporter records those of httpx, too
            held = {name: repr(value) for name, value in frame.f_locals.items() if value is not error}
            told += [
                f"{frame.f_code.co_name}:{line} {name}"
                for name in held
                if any(each in held[name] for each in HELD)
            ]
    told += ["cause"] * (error.__cause__ is not None) + ["context"] * (error.__context__ is not None)
    return told


def says_a_secret(error: BaseException) -> bool:
    """Whether a canary is in its words."""
    said = f"{error}{error!r}{error.args!r}{vars(error)!r}"
    return any(each in said for each in HELD)


GIVEN: dict[str, Any] = {"text": CANARY, "bytes": CANARY.encode(), "list": [CANARY], "dict": {"k1": CANARY}}


def called_with(call: Callable[..., Any], given: Any) -> Callable[[], Any]:
    """The call with the same for each of its parameters."""
    parameters = inspect.signature(call).parameters.values()
    places = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    by_place = [given for each in parameters if each.kind in places]
    by_name = {each.name: given for each in parameters if each.kind is each.KEYWORD_ONLY}
    return lambda: call(*by_place, **by_name)


@pytest.mark.parametrize("given", GIVEN)
@pytest.mark.parametrize("name", CALLABLES)
def test_r7_2_f4_no_public_callable_lets_a_secret_out(name: str, given: str) -> None:
    """F4: whatever is called with whatever, an error reporter that records locals sends no secret away."""
    for member, call in members(CALLABLES[name]):
        error = raised(called_with(call, GIVEN[given]))
        assert error is None or [] == secrets_in(error), f"{name}{member}: {error!r}"


@pytest.mark.parametrize("name", CALLABLES)
def test_r7_2_f4_a_half_built_object_can_be_shown(name: str) -> None:
    """F4: a reporter that shows the object whose `__init__` failed would fail itself."""
    thing = CALLABLES[name]
    if inspect.isclass(thing) and half_built(thing) is not None:
        assert thing.__name__ in repr(half_built(thing))


THAID: dict[str, Any] = {
    "client_id": "portal",
    "client_secret": CANARY,
    "redirect_uri": "https://portal.test/cb",
}
SMTP: dict[str, Any] = {"sender": "no-reply@portal.test", "username": "portal", "password": CANARY}
WRONG: dict[str, Any] = {"security": "tsl"}
VERIFIER: dict[str, Any] = {
    "issuer": "https://portal.test",
    "audience": "gfms",
    "keys": {"keys": [{"d": CANARY}]},
}

SLIPS: dict[str, Callable[[], Any]] = {
    "a typo in one key": lambda: Keyring.from_env({"ELAAS_IDENTITY_KEYS": f"a:{KEY},b:{KEY}!"}),
    "a short key": lambda: Keyring({"a": KEY, "b": CANARY}, current="a"),
    "one secret twice": lambda: Keyring({"a": KEY, "b": KEY}, current="a"),
    "no current key": lambda: Keyring({"a": KEY}, current="b"),
    "a key of another type": lambda: Keyring({"a": KEY, "b": 1}, current="a"),  # type: ignore[dict-item]
    "an audit key": lambda: AuditKeys.from_env({"ELAAS_IDENTITY_AUDIT_KEYS": f"a:{KEY},b:{KEY}!"}),
    "an assertion key": lambda: AssertionKeys.from_env(
        {"ELAAS_IDENTITY_ASSERTION_KEYS": f"a:{KEY},b:{KEY}!"}
    ),
    "a nonce rule": lambda: ThaID(**THAID, nonce="if_returned"),
    "a nonce rule, async": lambda: AsyncThaID.sandbox(**THAID, nonce="if_returned"),
    "an API key": lambda: ThaID(**THAID, api_key=f"{CANARY} "),
    "an option that is none": lambda: ThaID.sandbox(**THAID, **WRONG),
    "an issuer of another type": lambda: ThaID(**THAID, issuer=1),  # type: ignore[arg-type]
    "mail": lambda: SMTPMailer("smtp.test", **SMTP, **WRONG),
    "mail, async": lambda: AsyncSMTPMailer("smtp.test", **SMTP, **WRONG),
    "a database's port": lambda: SQLStore(f"postgresql://portal:{CANARY}@db.test:port/portal"),
    "a database's scheme": lambda: AsyncSQLStore(f"oracle://portal:{CANARY}@db.test/portal"),
    "a database that is not there": lambda: upgrade(f"postgresql://portal:{CANARY}@127.0.0.1:1/portal"),
    "keys of another system": lambda: AssertionVerifier(**VERIFIER, store=MemoryStore()),
    "keys of another system, async": lambda: AsyncAssertionVerifier(**VERIFIER, store=AsyncMemoryStore()),
    "an ID": lambda: NationalID(CANARY),
    "a sealed person": lambda: VerifiedIdentity.restored(CANARY),
    "a sealed address": lambda: EmailAddress.restored(CANARY),
    "a cookie without a keyring": lambda: Browser.read(None, CANARY),  # type: ignore[arg-type]
    "a value sealed elsewhere": lambda: Keyring({"a": SECRET}, current="a").open("x", f"a.{KEY}"),
    "the command": lambda: main(
        ["db", "upgrade", "--url", f"postgresql://portal:{CANARY}@db.test:port/portal", CANARY]
    ),
    "a request": lambda: SMTPMailer("smtp.test", **SMTP).send(Request(method="GET", url=CANARY)),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("slip", SLIPS)
def test_r7_2_f4_a_slip_in_what_is_configured_lets_no_secret_out(slip: str) -> None:
    """F4: what a portal gets wrong on the day that it starts, with good secrets beside the bad one."""
    error = raised(SLIPS[slip])
    assert error is not None
    assert ([], False) == (secrets_in(error), says_a_secret(error)), repr(error)


def test_r7_2_f4_a_page_lets_no_secret_out(tmp_path: Any) -> None:
    """F4: a form's password stands in what `perform` is given, and in the arguments of whatever raises below it."""
    with made("sync-memory", tmp_path) as portal:
        asked = Asked(
            act="begin",
            arguments={"username": "laas-1", "password": CANARY, "nonsense": CANARY},
            browser=portal.browser(),
        )
        for call in (
            lambda: perform(portal.elaas, asked),
            lambda: perform(None, asked),  # type: ignore[call-overload]
        ):
            error = raised(call)
            assert error is not None
            assert [] == secrets_in(error), repr(error)
