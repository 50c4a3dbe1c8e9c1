"""The catalogues' script sees every way to differ, and compiles to the same bytes today and tomorrow."""

from __future__ import annotations

import os
import time
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

import pytest

from scripts import messages
from scripts.messages import PACKAGE, asked_in, compiled, main, problems

GOOD = {
    "th": {"error.a": "โปรดรอ {wait}", "page.title": "หัวเรื่อง"},
    "en": {"error.a": "Please wait {wait}", "page.title": "Title"},
}
CODE = 'def f(code):\n    say(f"error.{code}")\n    say("page.title")\n'


def package(
    folder: Path, said: dict[str, dict[str, str]] = GOOD, code: str = CODE, template: str = ""
) -> Path:
    """A package with one domain of catalogues, one module and one template."""
    for language, wordings in said.items():
        target = folder / "messages" / "locale" / language / "LC_MESSAGES"
        target.mkdir(parents=True)
        entries = "\n".join(f'msgid "{each}"\nmsgstr "{text}"\n' for each, text in wordings.items())
        (target / "words.po").write_text(
            f'msgid ""\nmsgstr "Language: {language}\\n"\n\n{entries}', encoding="utf-8"
        )
    (folder / "code.py").write_text(code, encoding="utf-8")
    (folder / "page.html").write_text(template, encoding="utf-8")
    return folder


def changed(language: str, **wordings: str) -> dict[str, dict[str, str]]:
    """`GOOD` with some wordings of one language replaced (`__` for a dot), empty ones taken away."""
    named = {name.replace("__", "."): text for name, text in wordings.items()}
    kept = {each: text for each, text in (GOOD[language] | named).items() if text}
    return {**GOOD, language: kept}


def test_our_own_catalogues_are_in_order() -> None:
    """Every id that code and pages ask for is there, compiled, in both languages; none waits for nobody."""
    assert 0 == main(["--check"])


def test_compiled_bytes_depend_on_the_source_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Babel writes date and version into its header: then every machine would commit another file."""
    source = package(tmp_path) / "messages/locale/th/LC_MESSAGES/words.po"
    first = compiled(source)
    monkeypatch.setattr(time, "time", lambda: 0.0)
    monkeypatch.setitem(os.environ, "TZ", "Asia/Bangkok")
    assert first == compiled(source)
    assert b"Date" not in first
    assert b"Babel" not in first
    assert "หัวเรื่อง" == GNUTranslations(BytesIO(first)).gettext("page.title")


def test_stale_and_missing_compilations_are_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What runs is the .mo: a wording that was changed in the .po alone is not what people read."""
    root = package(tmp_path)
    assert 1 == main(["--check"], root)
    assert not list(root.rglob("*.mo"))
    assert 0 == main([], root)
    assert 0 == main(["--check"], root)
    target = root / "messages/locale/en/LC_MESSAGES/words.mo"
    for stale in (target.read_bytes()[:-1], target.read_bytes() + b"\0"):
        target.write_bytes(stale)
        assert 1 == main(["--check"], root)
        assert stale == target.read_bytes()
    assert "stale: messages/locale/en/LC_MESSAGES/words.mo" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (changed("en", error__a=""), "words: error.a has no wording in en"),
        (changed("th", error__a="โปรดรอ"), "words: error.a has [] in th and ['wait'] in en"),
        (changed("th", error__a="โปรดรอ {Wait}"), "words: error.a has ['Wait'] in th and ['wait'] in en"),
        (changed("th", error__a="{wait.__class__}"), "words: error.a: {wait.__class__} is not a plain name"),
        (changed("th", error__a="{wait[0]}"), "words: error.a: {wait[0]} is not a plain name"),
        (changed("th", error__a="{wait!r}"), "words: error.a: {wait} is not a plain name"),
        (changed("th", error__a="{wait:>9}"), "words: error.a: {wait} is not a plain name"),
        (changed("th", error__a="{}"), "words: error.a: {} is not a plain name"),
        (changed("th", error__a="{"), "words: error.a: Single '{' encountered in format string"),
        (changed("th", Hello="สวัสดี"), "words: Hello is no id: words of a-z, 0-9 and _, with dots between"),
        ({"th": GOOD["th"]}, "words: no catalogue in en"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_catalogues_that_do_not_fit_each_other_are_found(
    tmp_path: Path, said: dict[str, dict[str, str]], found: str
) -> None:
    """Each of them is a KeyError, or worse, for the readers of one language."""
    assert found in list(problems(package(tmp_path, said)))


def test_doubled_and_fuzzy_entries_are_found(tmp_path: Path) -> None:
    """gettext would take one of two wordings in silence, and leave out one that a translator was not sure of."""
    source = package(tmp_path) / "messages/locale/th/LC_MESSAGES/words.po"
    text = source.read_text(encoding="utf-8")
    source.write_text(text + '\nmsgid "error.a"\nmsgstr "โปรดรอ {wait}"\n', encoding="utf-8")
    assert "words: th has error.a twice" in list(problems(tmp_path))
    source.write_text(text.replace('msgid "page.title"', '#, fuzzy\nmsgid "page.title"'), encoding="utf-8")
    assert "words: page.title has no wording in th" in list(problems(tmp_path))


@pytest.mark.parametrize(
    "broken",
    ['msgid "error.a\nmsgstr "x"', 'msgid "error.a"\nmsgstr "x', 'msgid "error.a"\nmsgstr x', "nonsense"],
)
def test_broken_source_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str], broken: str) -> None:
    """Babel itself would cut off the last letter where a quotation mark is missing, and say nothing."""
    source = package(tmp_path) / "messages/locale/th/LC_MESSAGES/words.po"
    source.write_text(f"{broken}\n", encoding="utf-8")
    assert 1 == main([], tmp_path)
    assert "messages/locale/th/LC_MESSAGES/words.po: line " in capsys.readouterr().out
    assert not source.with_suffix(".mo").exists()


@pytest.mark.parametrize(
    ("code", "template", "found"),
    [
        (CODE + '    say("error.b.c")\n', "", ["unknown: error.b.c"]),
        (CODE + '    self.problem("page.gone")\n', "", ["unknown: page.gone"]),
        (CODE, '{{ both("page.gone") }}', ["unknown: page.gone"]),
        ('say(f"error.{code}")', "", ["unused: page.title"]),
        ('say("page.title")', "", ["unused: error.a"]),
        ('say(f"error.{code}")', '{{ say("page." ~ step.kind) }}', []),
        ('say(f"error.{code}")', '{{ say("page.title" if done else "page.title") }}', []),
        ('say(f"error.{code}")', "{{ say('page.title').th }}", []),
        (CODE + '    event("mail.failed")\n', "", []),
        (CODE + '    print(f"{anything} at all")\n', "", []),
    ],
)
def test_what_the_code_asks_for_is_what_there_is(
    tmp_path: Path, code: str, template: str, found: list[str]
) -> None:
    """An id that is missing is an exception on somebody's page; one that nobody asks for is kept for nothing."""
    assert found == list(problems(package(tmp_path, code=code, template=template)))


def test_script_reads_the_real_code() -> None:
    """A scanner that finds nothing would report nothing."""
    asked = asked_in(PACKAGE)
    assert "mail.greeting" in asked.said
    assert asked.covers("error.credential_wrong")
    assert not asked.covers("error.a.b")
    assert messages.ID.fullmatch("mail.one_time_code.subject")
