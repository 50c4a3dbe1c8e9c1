"""Runs the tests over each mutant that mutmut makes, and writes down which of them no test kills.

    python scripts/mutants.py                   all of them that have no verdict yet
    python scripts/mutants.py flow.email budgets  those whose name holds one of the words
    python scripts/mutants.py tests/oidc oidc.id_token  … with these tests alone
    python scripts/mutants.py --survivors       those that survived the run before, with every test

mutmut makes the mutants and says what each one is (`mutmut show`). It starts pytest once for each of them, which takes
longer than the tests do. Here pytest collects once, and a fork of it runs the tests that reach the mutated function,
shortest first, up to the first that fails. What is mutated and with which tests is said in pyproject.toml.

The verdicts stand in `mutants/`, where `mutmut results` and `mutmut show` read them.
"""

from __future__ import annotations

import gc
import json
import os
import re
import resource
import signal
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import SequenceMatcher
from hashlib import sha256
from multiprocessing import Pool
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest
from _pytest.tmpdir import tmppath_result_key
from mutmut.__main__ import create_file_mutants
from mutmut.configuration import config
from mutmut.mutation.data import MutantLineSpans, SourceFileMutationData
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.utils.file_utils import (
    copy_also_copy_files,
    copy_src_dir,
    walk_mutatable_files,
    walk_source_files,
)
from mutmut.utils.format_utils import mangled_name_from_mutant_name

ROOT = Path(__file__).resolve().parent.parent
MUTANTS = ROOT / "mutants"
REACHED = MUTANTS / "reached.json"
DEFINITION = re.compile(r"^ *def ", re.MULTILINE)
AT_FIRST = 100
"""How many tests are tried before a mutant is put off: most fall to the first few."""
CPU_SECONDS = 30
"""How much of a processor one test may take: a mutant may loop."""
SECONDS = 120
AT_IMPORT = {"elaas_identity.flow.transitions": "tests/flow/test_transitions.py"}
"""Modules with a function that runs at import, which no test is seen to reach, and the tests of it."""
KILLED, SURVIVED, NO_TESTS, TIMEOUT = 1, 0, 33, 36


class Run:
    """In place of pytest's own loop over the collected tests: a loop over mutants."""

    def __init__(self, words: list[str], *, survivors: bool) -> None:
        self.words, self.survivors = words, survivors
        self.done = 0

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Learn what each test reaches, then try the mutants."""
        os.chdir(ROOT)
        self.items = {item.nodeid: item for item in session.items}
        self.reached, self.took = learnt(self.items)
        # One case of every test comes before the second case of any, and one test of every file before its second.
        seen: Counter[tuple[str, int]] = Counter()
        self.nth: dict[str, tuple[int, int]] = {}
        for test in sorted(self.took, key=lambda test: self.took[test]):
            name, file = test.partition("[")[0], test.partition("::")[0]
            case = seen[name, -1]
            self.nth[test] = case, seen[file, case]
            seen[name, -1] += 1
            seen[file, case] += 1
        self.killers: dict[str, Counter[str]] = defaultdict(Counter)
        gc.collect()
        gc.freeze()
        check_clean([self.items[test] for test in list(self.took)[:: len(self.took) // 50 or 1]])
        for word in self.words or [""]:
            for path in sorted(walk_mutatable_files()):
                self._file(path, word)
        return True

    def _file(self, path: Path, word: str) -> None:
        data = SourceFileMutationData(path=path)
        data.load()
        tried = [
            name
            for name, code in data.exit_code_by_key.items()
            if word in name and (code in (SURVIVED, NO_TESTS) if self.survivors else code is None)
        ]
        if not tried:
            return
        began = time.time()
        spans = MutantLineSpans.load(path)
        assert spans is not None
        running: dict[int, tuple[str, int]] = {}
        for name in tried:
            tests = self._tests(name, spans)
            if not tests:
                data.exit_code_by_key[name] = at_import(name)
                continue
            while len(running) >= (os.cpu_count() or 1):
                self._reap(running, data)
            reading, writing = os.pipe()
            pid = os.fork()
            if pid == 0:
                os.close(reading)
                os._exit(self._child(name, tests, writing))
            os.close(writing)
            running[pid] = (name, reading)
        while running:
            self._reap(running, data)
        data.save()
        verdicts = Counter(data.exit_code_by_key[name] for name in tried)
        survived = verdicts[SURVIVED] + verdicts[NO_TESTS]
        print(f"{path}: {len(tried)} tried, {survived} survived, {time.time() - began:.0f} s", flush=True)

    def _tests(self, mutant: str, spans: MutantLineSpans) -> list[str]:
        """Those that run the changed lines, or else the function: first those that killed others of it."""
        function = mangled_name_from_mutant_name(mutant)
        module, _, name = mutant.rpartition(".")
        sources = spans.read_function_sources([f"{name.partition('__mutmut_')[0]}__mutmut_orig", name])
        before, after = (DEFINITION.split(source, maxsplit=1)[1] for source in sources)
        changed = [
            offset
            for kind, start, end, _, _ in SequenceMatcher(
                None, before.splitlines()[1:], after.splitlines()[1:], autojunk=False
            ).get_opcodes()
            if kind != "equal"
            for offset in range(start + 1, max(end, start + 1) + 1)
        ]
        places = [f"{function}:{offset}" for offset in changed]
        found = {test for place in places for test in self.reached.get(place, ()) if test in self.items}
        if not found:
            lines = range(before.count("\n") + 1)
            found = {test for line in lines for test in self.reached.get(f"{function}:{line}", ())}
        near, far = self.killers[function], self.killers[module]
        tests = sorted(
            found & self.items.keys(),
            key=lambda test: (-near[test], -far[test], self.nth[test], self.took[test]),
        )
        return tests if self.survivors else tests[:AT_FIRST]

    def _child(self, mutant: str, tests: Iterable[str], writing: int) -> int:
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        set_mutant_under_test(mutant)
        os.chdir(MUTANTS)
        for test in tests:
            used = int(time.process_time())
            resource.setrlimit(resource.RLIMIT_CPU, (used + CPU_SECONDS, resource.RLIM_INFINITY))
            signal.alarm(SECONDS)  # one that waits for ever takes no CPU time
            if failed(self.items[test]):
                os.write(writing, test.encode())
                return KILLED
        return SURVIVED

    def _reap(self, running: dict[int, tuple[str, int]], data: SourceFileMutationData) -> None:
        pid, status = os.wait()
        name, reading = running.pop(pid)
        killer = os.read(reading, 100_000).decode()
        os.close(reading)
        data.exit_code_by_key[name] = os.WEXITSTATUS(status) if os.WIFEXITED(status) else TIMEOUT
        if killer:
            function = mangled_name_from_mutant_name(name)
            self.killers[function][killer] += 1
            self.killers[function.rpartition(".")[0]][killer] += 1
        self.done += 1
        if self.done % 25 == 0:
            data.save()
            print(f"{self.done}: {name}", flush=True)


def at_import(mutant: str) -> int:
    """The verdict on what no test reaches: where it runs when it is imported, in a process of its own."""
    tests = AT_IMPORT.get(mutant.rpartition(".")[0])
    if tests is None:
        return NO_TESTS
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-q", *config().pytest_add_cli_args, tests],
        cwd=MUTANTS,
        env={**os.environ, "MUTANT_UNDER_TEST": mutant},
        capture_output=True,
        check=False,
    )
    return KILLED if run.returncode else NO_TESTS


def failed(item: Any) -> bool:
    """Whether the test fails now. Without pytest's reports: to word one takes longer than to run a test."""
    item._initrequest()
    item.stash[tmppath_result_key] = {}  # the report's part in tidying up the test's folder
    fails = False
    try:
        item.ihook.pytest_runtest_setup(item=item)
        item.ihook.pytest_runtest_call(item=item)
    except pytest.skip.Exception:
        pass
    except BaseException:  # a mutant may raise anything, `KeyboardInterrupt` and an exit as well
        fails = True
    try:
        item.session._setupstate.teardown_exact(None)
    except BaseException:
        fails = True
    return fails


def check_clean(items: list[pytest.Item]) -> None:
    """Check that tests pass in a fork where nothing is mutated.

    Raises:
        SystemExit: one does not.
    """
    pid = os.fork()
    if pid == 0:
        os.chdir(MUTANTS)
        os._exit(any(failed(item) for item in items))
    if os.waitpid(pid, 0)[1]:
        raise SystemExit("tests fail where nothing is mutated")


def learnt(items: dict[str, pytest.Item]) -> tuple[dict[str, list[str]], dict[str, float]]:
    """The tests that run each line of a mutated function, and how long each takes.

    Kept for as long as the test's file is the same.
    """
    kept: dict[str, Any] = json.loads(REACHED.read_text()) if REACHED.exists() else {}
    digests = {path: sha256(path.read_bytes()).hexdigest() for path in {item.path for item in items.values()}}
    new = [test for test in items if kept.get(test, {}).get("digest") != digests[items[test].path]]
    if new:
        print(f"{len(new)} tests are run once, to see what they reach", flush=True)
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.chdir(MUTANTS)
        with os.fdopen(writing, "w") as out:
            for test in new:
                began = time.process_time()
                with traced() as lines:
                    fails = failed(items[test])
                if fails:
                    print(f"fails without a mutant: {test}", flush=True)
                    continue
                told = {
                    "digest": digests[items[test].path],
                    "took": time.process_time() - began,
                    "lines": sorted(lines),
                }
                print(json.dumps([test, told]), file=out)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as lines_of_tests:
        kept |= dict(json.loads(line) for line in lines_of_tests)
    os.waitpid(pid, 0)
    REACHED.write_text(json.dumps(kept))
    reached: dict[str, list[str]] = defaultdict(list)
    for test in items:
        for line in kept.get(test, {}).get("lines", ()):
            reached[line].append(test)
    return reached, {test: kept[test]["took"] for test in items if test in kept}


@contextmanager
def traced() -> Iterator[set[str]]:
    """The lines of functions with mutants that are run within: `module.function:offset`."""
    lines: set[str] = set()
    first: dict[CodeType, str | None] = {}
    begins: dict[str, int] = {}

    def of_function(code: CodeType) -> str | None:
        name, found, _ = code.co_qualname.partition("__mutmut_orig")
        if not found:
            return None
        module = code.co_filename.removeprefix(f"{MUTANTS / 'src'}/").removesuffix(".py").replace("/", ".")
        function = f"{module}.{name.rpartition('.')[2]}"
        if "." not in code.co_qualname.partition("__mutmut_orig")[2]:
            begins[function] = code.co_firstlineno
        return function

    def trace(frame: FrameType, _event: str, _: Any) -> Any:
        code = frame.f_code
        if code not in first:
            first[code] = of_function(code)
        function = first[code]
        if function is None:
            return None
        if function in begins:
            lines.add(f"{function}:{frame.f_lineno - begins[function]}")
        return trace

    threading.settrace(trace)
    sys.settrace(trace)
    try:
        yield lines
    finally:
        sys.settrace(None)
        threading.settrace(None)


def main(words: list[str]) -> int:
    """Make the mutants that are not made yet, and try them; answer the exit status."""
    os.chdir(ROOT)
    MUTANTS.mkdir(exist_ok=True)
    survivors = "--survivors" in words
    words = [word for word in words if word != "--survivors"]
    copy_src_dir()
    copy_also_copy_files()
    with Pool(os.cpu_count()) as processes:
        for made in processes.imap_unordered(create_file_mutants, walk_source_files()):
            if made.error:
                raise made.error
    sys.path[:] = [str(MUTANTS / "src"), str(MUTANTS), *(p for p in sys.path if not p.startswith(str(ROOT)))]
    os.environ["PYTHONPATH"] = f"{MUTANTS / 'src'}{os.pathsep}{MUTANTS}"
    set_mutant_under_test("")
    run = Run([word for word in words if not word.startswith("tests/")], survivors=survivors)
    selection = [word for word in words if word.startswith("tests/")]
    selection = selection or config().pytest_add_cli_args_test_selection
    os.chdir(MUTANTS)
    pytest.main(
        ["--rootdir=.", "--tb=native", "-qq", "-s", "--timeout=0", *config().pytest_add_cli_args, *selection],
        plugins=[run],
    )
    os.chdir(ROOT)
    return report()


def report() -> int:
    """Say how many there are of each kind; answer the exit status."""
    verdicts: Counter[str] = Counter()
    kinds = {
        KILLED: "killed",
        SURVIVED: "survived",
        NO_TESTS: "reached by no test",
        TIMEOUT: "timed out",
        None: "not tried",
    }
    for path in walk_mutatable_files():
        data = SourceFileMutationData(path=path)
        data.load()
        verdicts.update(kinds.get(code, "killed") for code in data.exit_code_by_key.values())
    print(", ".join(f"{count} {kind}" for kind, count in verdicts.items()), f"of {verdicts.total()}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
