"""An act called with any text in the place of one argument: one row for each act, whoever asks for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from operator import attrgetter
from typing import Any, TypeAlias

WithText: TypeAlias = Callable[[Any, str], Any]
"""The act in a scene (`elaas`, `browser`, `at(stage)`, `session`), with a text."""

OF_A_SESSION = ("session.ref", "session.account_id", "session.binding_id")


def any_text(act: str, *names: str, stage: str = "", **given: Any) -> dict[str, WithText]:
    """The act of that name, once for each of the arguments named, with the text in its place.

    Args:
        names: of arguments; `by` is the reason too, `session.ref` one field of the session.
        stage: where the flow stands that the act is called on.
        given: the arguments that are not the text; a function is given the scene.
    """
    return {f"{act}.{name}{stage and f' at {stage}'}": _with_text(act, name, stage, given) for name in names}


def _with_text(act: str, name: str, stage: str, given: dict[str, Any]) -> WithText:
    def call(scene: Any, text: str) -> Any:
        named = {each: value(scene) if callable(value) else value for each, value in given.items()}
        if "." not in act:
            named["browser"] = scene.browser
        if stage:
            named["flow_id"] = scene.at(stage)
        whole, _, field = name.partition(".")
        if field:
            changes: dict[str, Any] = {field: text}
            named[whole] = replace(named[whole], **changes)
        else:
            named |= {"by": text, "reason": text} if name == "by" else {name: text}
        return attrgetter(act)(scene.elaas)(**named)

    return call
