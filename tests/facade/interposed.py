"""Something that happens between two effects of an act: another tab, an administrator, a provider that fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from elaas_identity.effects import Effect
from tests.facade.portal import Portal


@contextmanager
def interposed(portal: Portal, before: Callable[[Effect], Any]) -> Iterator[list[Effect]]:
    """Before each effect of the acts within, `before` is called: it may act itself, raise, or answer in its place.

    For a synchronous portal. What `before` does by the facade is performed as ever.
    """
    driver = portal.elaas._driver
    perform, effects, is_between = driver.perform, list[Effect](), False

    def performed(effect: Effect) -> Any:
        nonlocal is_between
        if is_between:
            return perform(effect)
        effects.append(effect)
        is_between = True
        try:
            instead = before(effect)
        finally:
            is_between = False
        return perform(effect) if instead is None else instead

    driver.perform = performed
    try:
        yield effects
    finally:
        driver.perform = perform


def once(kind: type[Any], act: Callable[[], Any], *, at: int = 1) -> Callable[[Effect], Any]:
    """Act before the effect of that kind that comes as the first, second, …"""
    met = 0

    def before(effect: Effect) -> Any:
        nonlocal met
        if isinstance(effect, kind):
            met += 1
            if met == at:
                act()
        return None

    return before
