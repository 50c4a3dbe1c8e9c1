"""An act: something that a person or an administrator does in a race, and where it leads somewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeAlias

from tests.world.actor import Play
from tests.world.scenes import Officer, Scene

Played: TypeAlias = Callable[[Any, Scene], Play]
"""An act of the facade, in a scene."""


@dataclass(frozen=True)
class Act:
    """Something that a person or an administrator does.

    Attributes:
        home: the scenes in which it leads somewhere; none: it is long, and raced only where a test names it.
        officer: whose act it is; None for an administrator's.
        later: how much later than the others it acts: after something has expired.
        usual: the ordinary run plays it against everything; the others in the pairs that a test names, and `long`.
    """

    name: str
    home: tuple[str, ...]
    play: Played
    officer: int | None = 0
    mail_arrives: bool = True
    in_a_flow: bool = True
    usual: bool = True
    later: timedelta = timedelta(0)


def person(
    name: str,
    home: str,
    call: Callable[[Any, Officer], Play],
    officer: int = 0,
    **more: Any,
) -> Act:
    return Act(
        name, tuple(home.split()), lambda elaas, scene: call(elaas, scene.officers[officer]), officer, **more
    )


def admin(name: str, home: str, call: Played, **more: Any) -> Act:
    return Act(name, tuple(home.split()), call, officer=None, in_a_flow=False, **more)


def by_admin(name: str, home: str, *more: Callable[[Scene], Any]) -> Act:
    """One of `elaas.accounts` that is called as it is named."""

    def call(elaas: Any, scene: Scene) -> Play:
        given = [each(scene) for each in more]
        act = getattr(elaas.accounts, name)
        return act(scene.account_id, *given, by="admin-3", reason="order")  # type: ignore[no-any-return]

    return admin(name, home, call, usual=False)


def choice(name: str, home: str, account: Callable[[Scene], str], officer: int = 0, **more: Any) -> Act:
    def call(elaas: Any, scene: Scene) -> Play:
        who = scene.officers[officer]
        return elaas.choose_account(who.flow_id, account(scene), browser=who.browser)  # type: ignore[no-any-return]

    return Act(name, tuple(home.split()), call, officer, usual=False, **more)
