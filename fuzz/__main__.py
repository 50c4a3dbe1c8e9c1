"""python -m fuzz TARGET SECONDS: fuzz one target, guided by the coverage of what it calls.

The corpus is kept in `.fuzz/TARGET`, and an input that fails beside it: later runs go on from there.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

KEPT = Path(".fuzz")
INSTRUMENTED = ["elaas_identity", "email_validator", "idna", "joserfc", "stdnum"]


def main(target: str, seconds: str) -> None:
    """Never returns: libFuzzer ends the process, with status 0 where nothing failed."""
    atheris = import_module("atheris")  # only `nox -s fuzz_guided` installs it
    with atheris.instrument_imports(include=INSTRUMENTED):
        module = import_module(f"fuzz.{target}")
    corpus = KEPT / target
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(module.SEEDS):
        (corpus / f"seed-{number}").write_bytes(seed)
    limits = [
        "-timeout=10",
        "-rss_limit_mb=1024",
        f"-max_total_time={seconds}",
        f"-artifact_prefix={KEPT}/{target}-",
    ]
    atheris.Setup([sys.argv[0], str(corpus), "-print_final_stats=1", *limits], module.try_one)
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
