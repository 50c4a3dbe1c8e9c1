"""Compiles the catalogues of what people read, and checks that they fit each other and the code.

    python scripts/messages.py            compile every .po beside itself, then check
    python scripts/messages.py --check    write nothing; fail also where a .mo is not what its .po gives, byte for byte

What is checked, per domain (`pages`, `elaas_identity`): both languages have the same ids, each once and with a
wording; both wordings of an id have the same `{places}`, plain names all, so that a wording can reach into nothing; the
code asks for no id that is missing, and no id waits for code that never asks. Needs Babel alone, and does not import
the library.
"""

from __future__ import annotations

import ast
import io
import re
import string
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

PACKAGE = Path(__file__).resolve().parent.parent / "src" / "elaas_identity"
LANGUAGES = ("th", "en")

ID = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
_LINE = re.compile(r'((msgid|msgstr) )?"([^"\\]|\\.)*"')
_IN_TEMPLATE = re.compile(r"""["']([a-z0-9_.]+)["'](?:\s*~\s*[\w.]+(?:\s*~\s*["']([a-z0-9_.]+)["'])?)?""")


class _Timeless(Catalog):
    """A catalogue whose header says nothing of when, where and by which Babel it was compiled."""

    def __iter__(self) -> Iterator[Message]:
        yield Message("", "Content-Type: text/plain; charset=UTF-8\n")
        yield from (message for message in super().__iter__() if message.id)


@dataclass(frozen=True)
class Asked:
    """The ids that the code names: `plain` ones, and `patterns` of those with a part filled in at run time.

    `said` are those that are certainly messages; among `plain` are other words with dots in them.
    """

    plain: set[str] = field(default_factory=set)
    said: set[str] = field(default_factory=set)
    patterns: set[str] = field(default_factory=set)

    def covers(self, message_id: str) -> bool:
        return message_id in self.plain or any(re.fullmatch(each, message_id) for each in self.patterns)


def compiled(source: Path) -> bytes:
    """The .mo of a .po: the same bytes today and tomorrow.

    Raises:
        PoFileError, ValueError: the .po is not one.
    """
    written = _read(source)
    timeless = _Timeless(locale=source.parent.parent.name, charset="utf-8")
    for message in written:
        if message.id:
            timeless[message.id] = message
    stream = io.BytesIO()
    write_mo(stream, timeless)
    return stream.getvalue()


def wordings(source: Path) -> dict[str, str]:
    """id → wording; an empty one for an id that has none, or only a fuzzy one."""
    return {
        str(message.id): "" if message.fuzzy else str(message.string)
        for message in _read(source)
        if message.id
    }


def problems(package: Path) -> Iterator[str]:
    """What is wrong with the catalogues, one line each."""
    folder = package / "messages" / "locale"
    found: set[str] = set()
    for domain in sorted({source.stem for source in folder.glob("*/LC_MESSAGES/*.po")}):
        sources = {language: folder / language / "LC_MESSAGES" / f"{domain}.po" for language in LANGUAGES}
        if missing := [language for language, source in sources.items() if not source.exists()]:
            yield f"{domain}: no catalogue in {', '.join(missing)}"
            continue
        said = {language: wordings(source) for language, source in sources.items()}
        yield from (f"{domain}: {each}" for each in _differences(said))
        for language, source in sources.items():
            ids = re.findall(r'^msgid "(.+)"$', source.read_text(encoding="utf-8"), re.MULTILINE)
            yield from (f"{domain}: {language} has {each} twice" for each in sorted(_repeated(ids)))
        found |= set().union(*said.values())
    asked = asked_in(package)
    yield from (f"unknown: {each}" for each in sorted(asked.said - found))
    yield from (f"unused: {each}" for each in sorted(found) if not asked.covers(each))


def asked_in(package: Path) -> Asked:
    """What the code and the templates ask for."""
    asked = Asked()
    for path in sorted(package.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and ID.fullmatch(node.value):
                asked.plain.add(node.value)
                if node.value.startswith("page."):
                    asked.said.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                asked.patterns.update(_pattern(node))
            elif isinstance(node, ast.Call) and "say" in (
                getattr(node.func, "id", ""),
                getattr(node.func, "attr", ""),
            ):
                asked.said.update(
                    each.value
                    for each in node.args
                    if isinstance(each, ast.Constant) and isinstance(each.value, str)
                )
    for path in sorted(package.rglob("*.html")):
        for first, last in _IN_TEMPLATE.findall(path.read_text(encoding="utf-8")):
            if first.endswith("."):
                asked.patterns.add(f"{re.escape(first)}[a-z0-9_]+{re.escape(last)}")
            elif ID.fullmatch(first):
                asked.plain.add(first)
                if first.startswith("page."):
                    asked.said.add(first)
    return asked


def main(arguments: list[str], package: Path = PACKAGE) -> int:
    """Answers the exit status: 1 where anything is wrong."""
    wrong: list[str] = []
    for source in sorted((package / "messages" / "locale").glob("*/LC_MESSAGES/*.po")):
        target, name = source.with_suffix(".mo"), source.relative_to(package)
        try:
            expected = compiled(source)
        except (PoFileError, ValueError) as error:
            wrong.append(f"{name}: {error}")
            continue
        if not target.exists() or target.read_bytes() != expected:
            if arguments == ["--check"]:
                wrong.append(f"stale: {name.with_suffix('.mo')}")
            else:
                target.write_bytes(expected)
                print(f"compiled: {name}")
    wrong = wrong or list(problems(package))
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


def _read(source: Path) -> Catalog:
    text = source.read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), 1):
        # Babel takes a line without its last quotation mark, and cuts off the last letter instead.
        if line and not line.startswith("#") and not _LINE.fullmatch(line):
            raise ValueError(f"line {number}: not a whole line of a catalogue")
    return read_po(text.splitlines(), locale=source.parent.parent.name, abort_invalid=True)


def _differences(said: dict[str, dict[str, str]]) -> Iterator[str]:
    for message_id in sorted(set().union(*said.values())):
        if not ID.fullmatch(message_id):
            yield f"{message_id} is no id: words of a-z, 0-9 and _, with dots between"
        if empty := [language for language in LANGUAGES if not said[language].get(message_id)]:
            yield f"{message_id} has no wording in {', '.join(empty)}"
            continue
        try:
            th, en = (_places(said[language][message_id]) for language in LANGUAGES)
        except ValueError as error:
            yield f"{message_id}: {error}"
            continue
        if th != en:
            yield f"{message_id} has {sorted(th)} in th and {sorted(en)} in en"


def _places(wording: str) -> set[str]:
    places = set()
    for _, name, form, conversion in string.Formatter().parse(wording):
        if name is not None:
            if not name.isidentifier() or form or conversion:
                raise ValueError(f"{{{name}}} is not a plain name")
            places.add(name)
    return places


def _pattern(text: ast.JoinedStr) -> Iterable[str]:
    parts = [
        re.escape(str(part.value)) if isinstance(part, ast.Constant) else "[a-z0-9_]+" for part in text.values
    ]
    # `error.{code}` is one; a text that begins with a hole would cover everything.
    return ["".join(parts)] if re.match(r"[a-z_]+\\\.", parts[0] if parts else "") else []


def _repeated(ids: list[str]) -> set[str]:
    return {each for each in ids if ids.count(each) > 1}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
