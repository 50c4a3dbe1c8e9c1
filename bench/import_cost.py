"""What `import elaas_identity` costs beside the third-party modules that it loads: at most 1.15 times as much.

Fresh interpreters, the two kinds in turn, processor time, the fastest of each: `python bench/import_cost.py`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

RUNS = 15
BOUND = 1.15

LIST_THIRD_PARTY = """
import sys
before = set(sys.modules)
import elaas_identity
loaded = [name for name in sys.modules if name not in before]
ours = ("elaas_identity",)
print(*[
    name for name in loaded
    if name.partition(".")[0] not in (*sys.stdlib_module_names, *ours) and sys.modules[name].__spec__ is not None
])
"""
TIME_OURS = (
    "import time; start = time.process_time(); import elaas_identity; print(time.process_time() - start)"
)
TIME_THEIRS = """
import sys, time
from importlib import import_module
names = sys.argv[1:]
start = time.process_time()
for name in names:
    import_module(name)
print(time.process_time() - start)
"""


def run(code: str, *arguments: str) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout


def main() -> int:
    """Answers 1 where the bound is broken."""
    names = run(LIST_THIRD_PARTY).split()
    ours, theirs = [], []
    for _ in range(RUNS):
        ours.append(float(run(TIME_OURS)))
        theirs.append(float(run(TIME_THEIRS, *names)))
    ratio = min(ours) / min(theirs)
    print(f"import                              fastest of {RUNS}    ratio")
    print(f"its {len(names):3} third-party modules alone     {min(theirs) * 1000:7.1f} ms     1.00")
    print(
        f"elaas_identity                      {min(ours) * 1000:7.1f} ms     {ratio:.2f}   (at most {BOUND})"
    )
    return int(ratio > BOUND)


if __name__ == "__main__":
    sys.exit(main())
