"""Writes `_sync/` from `_async/`: the same facade and driver without a single `await`.

    python scripts/unasync.py            write what differs, delete what is stale
    python scripts/unasync.py --check    write nothing; name every file that differs, and fail if there is one

The asynchronous side is the one to edit. The generated side is committed, read and type-checked like any other
source. Replacement is by token, so it never touches half a word; the result goes through ruff, which sorts the
imports that got new names, drops those that lost their use, and formats.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "elaas_identity"
HEADER = "# Generated from _async/{name} by scripts/unasync.py. Do not edit: edit that file and run it.\n"

HAND_WRITTEN = frozenset({"locking.py"})
"""File names of pairs written side by side, because threads and tasks differ there in more than the word `await`."""

RENAMED = {
    "_async": "_sync",
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "__aiter__": "__iter__",
    "__anext__": "__next__",
    "StopAsyncIteration": "StopIteration",
    "aclose": "close",
    "asyncio": "time",
    "aiter_bytes": "iter_bytes",
    "asynccontextmanager": "contextmanager",
    "enter_async_context": "enter_context",
}
"""Names that follow no pattern. `AsyncX` becomes `X` by the pattern below."""

ASYNC_CLASS = re.compile(r"\bAsync(?=[A-Z])")
IN_TEXT = re.compile(r"\b(" + "|".join(map(re.escape, RENAMED)) + r")\b")


class LonelyFile(Exception):
    """A pair in `HAND_WRITTEN` lacks one of its sides."""


def unasync(source: str) -> str:
    """The synchronous twin of a module's source, not yet formatted."""
    lines = source.splitlines(keepends=True)
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line))

    def position(at: tuple[int, int]) -> int:
        return offsets[at[0] - 1] + at[1]

    written: list[str] = []
    done = 0
    tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    closing_of_awaitable = set(_closing_brackets(tokens))
    for index, token in enumerate(tokens):
        start, end = position(token.start), position(token.end)
        replacement = _replacement(token)
        if token.type == tokenize.NAME and token.string in {"async", "await"}:
            replacement, end = "", position(tokens[index + 1].start)
        elif _opens_awaitable(tokens, index):
            replacement, end = "", position(tokens[index + 1].end)
        elif index in closing_of_awaitable:
            replacement = ""
        if replacement is None or start < done:
            continue
        written += [source[done:start], replacement]
        done = end
    return "".join([*written, source[done:]])


def _replacement(token: tokenize.TokenInfo) -> str | None:
    """The text to stand for a token, or None where it stays."""
    if token.type == tokenize.NAME:
        return RENAMED.get(token.string) or ASYNC_CLASS.sub("", token.string)
    if token.type in {tokenize.STRING, tokenize.COMMENT}:
        return ASYNC_CLASS.sub("", IN_TEXT.sub(lambda found: RENAMED[found[0]], token.string))
    return None


def _opens_awaitable(tokens: list[tokenize.TokenInfo], index: int) -> bool:
    """`Awaitable[X]` is `X` to a caller who does not await."""
    return tokens[index].string == "Awaitable" and tokens[index + 1].string == "["


def _closing_brackets(tokens: list[tokenize.TokenInfo]) -> Iterator[int]:
    """The indices of the brackets that close an `Awaitable[`."""
    open_brackets: list[bool] = []
    for index, token in enumerate(tokens):
        if token.type == tokenize.OP and token.string == "[":
            open_brackets.append(index > 0 and _opens_awaitable(tokens, index - 1))
        elif token.type == tokenize.OP and token.string == "]" and open_brackets.pop():
            yield index


def formatted(source: str) -> str:
    """Through ruff, by this project's settings: imports sorted, unused ones dropped, laid out."""
    for command in (
        ["check", "--fix-only", "--quiet", "--select", "I,F401,UP034"],
        ["format", "--quiet"],
    ):
        source = subprocess.run(
            # A name outside `_sync/`, which ruff leaves alone because it is generated.
            [sys.executable, "-m", "ruff", *command, "--stdin-filename", "src/elaas_identity/twin.py", "-"],
            input=source,
            capture_output=True,
            check=True,
            cwd=ROOT,
            encoding="utf-8",
        ).stdout
    return source


def generated(package: Path) -> dict[str, str]:
    """Every file that `_sync/` is to have, by name, with its whole text; without the hand-written pairs.

    Raises:
        LonelyFile: a hand-written pair lacks a side.
    """
    for name in HAND_WRITTEN:
        if not all((package / side / name).exists() for side in ("_async", "_sync")):
            raise LonelyFile(name)
    return {
        path.name: formatted(HEADER.format(name=path.name) + unasync(path.read_text(encoding="utf-8")))
        for path in sorted((package / "_async").glob("*.py"))
        if path.name not in HAND_WRITTEN
    }


def differences(package: Path) -> dict[str, str | None]:
    """What has to change in `_sync/`: name → whole new text, or None for a file that nothing generates."""
    expected = generated(package)
    target = package / "_sync"
    actual = {
        path.name: path.read_text(encoding="utf-8")
        for path in target.glob("*.py")
        if path.name not in HAND_WRITTEN
    }
    changed: dict[str, str | None] = {
        name: text for name, text in expected.items() if actual.get(name) != text
    }
    return changed | dict.fromkeys(sorted(actual.keys() - expected.keys()))


def main(arguments: list[str], package: Path = PACKAGE) -> int:
    """Answers the exit status: 1 where `--check` found a difference."""
    changed = differences(package)
    for name, text in changed.items():
        path = package / "_sync" / name
        print(f"{'stale' if text is None else 'differs'}: _sync/{name}")
        if arguments == ["--check"]:
            continue
        if text is None:
            path.unlink()
        else:
            path.write_text(text, encoding="utf-8")
    return 1 if changed and arguments == ["--check"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
