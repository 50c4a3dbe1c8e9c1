"""A turn: what an answer asks of the facade, and of which of the two.

A turn is a generator. It yields what it asks of the facade, and is sent what that answered. `answered` drives it with
the synchronous facade, `answered_async` with the other; nothing is decided there.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from elaas_identity._discreet import discreet
from elaas_identity.errors import ElaasIdentityError

if TYPE_CHECKING:
    from elaas_identity._async.elaas_identity import AsyncElaasIdentity
    from elaas_identity._sync.elaas_identity import ElaasIdentity

T = TypeVar("T")

Call: TypeAlias = "Callable[[ElaasIdentity], Any]"
"""What is asked of the facade. An asynchronous one has the same methods; its answer is awaited."""
Turn: TypeAlias = Generator[Call, Any, T]


def ask(call: Callable[[ElaasIdentity], T]) -> Turn[T]:
    """Have the facade called; its answer. `call` is typed by the synchronous facade, and works with both."""
    answer: T = yield call
    return answer


@discreet
def answered(elaas: ElaasIdentity, turn: Turn[T]) -> T:
    """Drive a turn to its end with that facade."""
    try:
        call = next(turn)
        while True:
            try:
                result = call(elaas)
            except ElaasIdentityError as error:
                call = turn.throw(error)
            else:
                call = turn.send(result)
    except StopIteration as end:
        outcome: T = end.value
        return outcome


@discreet
async def answered_async(elaas: AsyncElaasIdentity, turn: Turn[T]) -> T:
    """`answered`, awaited."""
    asynchronous: Any = elaas  # the same methods, each of which is awaited
    try:
        call = next(turn)
        while True:
            try:
                result = await call(asynchronous)
            except ElaasIdentityError as error:
                call = turn.throw(error)
            else:
                call = turn.send(result)
    except StopIteration as end:
        outcome: T = end.value
        return outcome
