"""`elaas-identity audit`: seal the trail, verify it, export it. It needs the database and the audit keys, no portal."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from elaas_identity.cli import portal_object
from elaas_identity.cli.operators_file import text_of

if TYPE_CHECKING:
    from elaas_identity._sync.audit import Audit

_KEYS = "file with the keys, a JWK Set (default: ELAAS_IDENTITY_AUDIT_KEYS); public ones are enough to %s"


def add_arguments(audit: argparse.ArgumentParser) -> None:
    """The acts and what they take."""
    acts = audit.add_subparsers(dest="act", metavar="ACT", required=True)

    verify = acts.add_parser("verify", help="whether the trail is what was sealed: 0 if so, 1 if not")
    verify.set_defaults(perform=_verify)
    verify.add_argument(
        "--checkpoint", type=Path, metavar="FILE", help="checkpoints that were kept elsewhere, one a line"
    )

    export = acts.add_parser("export", help="the sealed trail as NDJSON")
    export.set_defaults(perform=_export)
    export.add_argument("--personal", action="store_true", help="with who acted, why, and from where")

    seal = acts.add_parser("seal", help="chain what is new, and print the checkpoint, to be kept elsewhere")
    seal.set_defaults(perform=_seal)

    for act, what in ((verify, "verify"), (export, "export"), (seal, "read, not to seal")):
        portal_object.add_database(act)
        act.add_argument("--keys", type=Path, metavar="FILE", help=_KEYS % what)

    keygen = acts.add_parser("keygen", help="make a private key, or print what others may have of the keys")
    keygen.set_defaults(perform=_keygen)
    keygen.add_argument("--id", default="", help="the key's name, [a-z0-9-] (default: year and month)")
    keygen.add_argument(
        "--public", type=Path, metavar="FILE", help="print the public half of this file's keys"
    )


def run(given: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Do it, and answer the exit status."""
    status: int = given.perform(given, parser)
    return status


def _verify(given: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    with _audit(given, parser) as audit:
        if given.checkpoint is None:
            found = audit.verify()
        else:
            found = audit.verify(StringIO(_read(given.checkpoint, parser), newline=None))
    if found.fault is not None:
        fault = found.fault
        print(f"elaas-identity: {fault.kind} at {fault.place}: {fault.detail}", file=sys.stderr)
        return 1
    erased = f", {found.erased} of them erased" if found.erased else ""
    print(f"{found.count} events{erased}; head {found.head}")
    if found.erased_unnamed:
        print(
            f"elaas-identity: {found.erased_unnamed} of the erased events are named by no statement, since an earlier "
            "version erased them: whether one was emptied by hand the trail cannot tell",
            file=sys.stderr,
        )
    return 0


def _export(given: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    with _audit(given, parser) as audit:
        for line in audit.export(personal=given.personal):
            print(line)
    return 0


def _seal(given: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    with _audit(given, parser) as audit:
        checkpoint = audit.seal()
    if checkpoint is None:
        print("There is nothing new to seal.", file=sys.stderr)
    else:
        print(checkpoint.line())
    return 0


def _keygen(given: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    import secrets
    from datetime import UTC, datetime

    from elaas_identity.audit.checkpoint import SEED_BYTES, AuditKeys

    if given.public is not None:
        print(AuditKeys(_read(given.public, parser), current=_current()).public())
        return 0
    try:
        key = AuditKeys.fresh_key(given.id or f"{datetime.now(UTC):%Y-%m}", secrets.token_bytes(SEED_BYTES))
    except ValueError:
        parser.error("--id: 1 to 16 of a-z, 0-9 and -")
    print(key)
    return 0


@contextmanager
def _audit(given: argparse.Namespace, parser: argparse.ArgumentParser) -> Generator[Audit]:
    from elaas_identity._sync.audit import Audit
    from elaas_identity.audit.checkpoint import AuditKeys

    with portal_object.store(given, parser) as store:
        if given.keys is None:
            keys = AuditKeys.from_env()
        else:
            keys = AuditKeys(_read(given.keys, parser), current=_current())
        yield Audit(store=store, keys=keys)


def _current() -> str | None:
    return os.environ.get("ELAAS_IDENTITY_CURRENT_AUDIT_KEY", "").strip() or None


def _read(path: Path, parser: argparse.ArgumentParser) -> str:
    try:
        return text_of(path)
    except (OSError, ValueError) as problem:
        parser.error(f"{path} cannot be read: {problem.__class__.__name__}")
