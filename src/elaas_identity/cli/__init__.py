"""The command `elaas-identity`. Everything heavy is imported by the one subcommand that needs it."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

from elaas_identity._discreet import discreet
from elaas_identity.cli import audit, portal_object
from elaas_identity.cli.operators_file import text_of

USAGE_ERROR = 2
"""Exit status where the command, or what is installed, has to be changed first (as argparse has it)."""

INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells have it. A demonstration that was up and is told to end has done its work: 0."""

_DEMO_MODULES = (
    "rich",
    "fastapi",
    "uvicorn",
    "jinja2",
    "sqlalchemy",
    "alembic",
    "aiosmtplib",
    "aiosmtpd",
    "segno",
)


@discreet
def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns:
        The exit status: 0 done, 1 it failed, 2 the command or the installation is to be changed, 130 interrupted.
    """
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.command is None:
        parser.print_help()
        return USAGE_ERROR
    try:
        status: int = given.run(given, parser)
    except KeyboardInterrupt:  # before there was anything to end, or in the middle of a walk
        return INTERRUPTED
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="elaas-identity", description="The login flow that Thailand mandates for New e-LAAS."
    )
    parser.add_argument("--version", action=_Version, help="show the version and exit")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    demo = commands.add_parser("demo", help="the whole flow on this machine, all data invented")
    demo.set_defaults(run=_demo)
    demo.add_argument("--port", type=_port, default=0, help="of the portal (default: any free one)")
    demo.add_argument(
        "--walk", action="store_true", help="walk through it without a browser, and say what came out"
    )
    other = demo.add_argument_group(
        "another OpenID provider in place of the ThaID emulator",
        "The redirect URI is compared to the letter: register http://127.0.0.1:PORT/auth/callback, and give --port.",
    )
    other.add_argument("--issuer", metavar="URL", help="its issuer; https, or http on loopback")
    other.add_argument("--client-id", metavar="ID", help="of your registration there")
    other.add_argument(
        "--client-secret-file", type=Path, metavar="FILE", help="holds the secret of that registration"
    )
    other.add_argument(
        "--redirect-uri", metavar="URI", help="if another one is registered: http, on loopback, with a port"
    )

    thaid = commands.add_parser("thaid", help="what ThaID does that nobody publishes")
    acts = thaid.add_subparsers(dest="act", metavar="ACT", required=True)
    probe = acts.add_parser(
        "probe",
        help="prove yourself to it once or twice, and see which settings follow",
        epilog="The client secret is read from ELAAS_IDENTITY_THAID_CLIENT_SECRET, or asked for; an API key, where one "
        "is wanted, from ELAAS_IDENTITY_THAID_API_KEY. An argument would be seen by every process of the machine.",
    )
    probe.set_defaults(run=_thaid_probe)
    where = probe.add_mutually_exclusive_group()
    where.add_argument("--sandbox", action="store_true", help="DOPA's sandbox, in place of production")
    where.add_argument("--issuer", metavar="URL", help="of something that behaves like ThaID")
    probe.add_argument("--client-id", metavar="ID", required=True, help="of your registration there")
    probe.add_argument(
        "--redirect-uri",
        metavar="URI",
        default="http://127.0.0.1:8400/auth/callback",
        help="as registered, to the letter: http, on loopback, with a port (default: %(default)s)",
    )
    probe.add_argument("--scopes", help='to ask for (default: "openid pid ial name name_en")')
    probe.add_argument("--api-key-header", metavar="NAME", default="x-api-key", help="(default: %(default)s)")

    emulator = commands.add_parser(
        "thaid-emulator",
        help="ThaID and a mailbox on this machine, for a portal that is being written",
        epilog="Everything listens on 127.0.0.1 alone. Port 0 is any free one.",
    )
    emulator.set_defaults(run=_thaid_emulator)
    for option, port, what in (
        ("--port", 8410, "of the emulator"),
        ("--mailbox-port", 8411, "of the page that lists the mails"),
        ("--smtp-port", 8412, "of the mail server"),
    ):
        emulator.add_argument(option, type=_port, default=port, help=f"{what} (default: %(default)s)")
    emulator.add_argument(
        "--redirect-uri",
        metavar="URI",
        action="append",
        help="the portal's, to the letter; may be given again (default: http://127.0.0.1:8000/auth/callback)",
    )
    emulator.add_argument("--client-id", metavar="ID", default="test-portal", help="(default: %(default)s)")
    emulator.add_argument(
        "--secret-from-env",
        metavar="NAME",
        help='the variable that holds the client secret (without it, the secret is "not a secret")',
    )

    doctor = commands.add_parser("doctor", help="what is set up wrongly, and what to do")
    doctor.set_defaults(run=_doctor)
    portal_object.add_argument(doctor)

    keygen = commands.add_parser("keygen", help="make a secret for ELAAS_IDENTITY_KEYS")
    keygen.set_defaults(run=_keygen)
    keygen.add_argument("--id", default="", help="the key's name, [a-z0-9-] (default: year and month)")

    database = commands.add_parser("db", help="the tables of the SQL store")
    tables = database.add_subparsers(dest="act", metavar="ACT", required=True)
    upgrade = tables.add_parser("upgrade", help="make them, or bring them to this version")
    upgrade.set_defaults(run=_upgrade)
    portal_object.add_database(upgrade)

    trail = commands.add_parser("audit", help="the audit trail: seal it, verify it, export it")
    trail.set_defaults(run=_audit)
    audit.add_arguments(trail)
    return parser


class _Version(argparse.Action):
    """Asks for the version only when it is wanted: the package costs a quarter of a second to import."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str | None = None) -> None:  # noqa: A002
        super().__init__(option_strings, dest, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Part of `argparse.Action`."""
        from elaas_identity import __version__

        print(f"elaas-identity {__version__}")
        parser.exit()


def _demo(given: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    missing = [name for name in _DEMO_MODULES if find_spec(name) is None]
    if missing:
        return _fail(f"demo needs {', '.join(missing)}: pip install 'elaas-identity[demo]'", USAGE_ERROR)
    if given.issuer is None:
        if given.client_id or given.client_secret_file or given.redirect_uri:
            parser.error("--client-id, --client-secret-file and --redirect-uri go with --issuer")
        from elaas_identity.demo.run import run

        return _reporting(lambda: run(port=given.port, walk=given.walk))
    if given.walk:
        parser.error("--walk goes through the emulator: leave --issuer out")
    if not given.client_id or not given.client_secret_file:
        parser.error("--issuer needs --client-id and --client-secret-file")
    redirect_uri = given.redirect_uri or (
        f"http://127.0.0.1:{given.port}/auth/callback" if given.port else None
    )
    if redirect_uri is None:
        parser.error("--issuer needs --port (or --redirect-uri): the one that is registered")
    _on_this_machine(redirect_uri, parser)
    try:
        secret = text_of(given.client_secret_file).strip()
    except (OSError, ValueError) as problem:
        return _fail(f"the client secret cannot be read: {problem.__class__.__name__}", USAGE_ERROR)
    from elaas_identity.demo.run import run
    from elaas_identity.demo.world import OtherProvider

    other = OtherProvider(
        issuer=given.issuer, client_id=given.client_id, client_secret=secret, redirect_uri=redirect_uri
    )
    return _reporting(lambda: run(other=other))


def _on_this_machine(redirect_uri: str, parser: argparse.ArgumentParser) -> None:
    if not re.fullmatch(r"http://(127\.0\.0\.1|localhost):\d{1,5}/[^?#]+", redirect_uri):
        parser.error("--redirect-uri: http://127.0.0.1:PORT/path, or with localhost")


def _thaid_probe(given: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    from elaas_identity.cli import thaid_probe

    _on_this_machine(given.redirect_uri, parser)
    return _reporting(lambda: thaid_probe.run(given))


def _thaid_emulator(given: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    missing = [name for name in ("jinja2", "pydantic", "aiosmtpd") if find_spec(name) is None]
    if missing:
        needed = "pip install 'elaas-identity[web,testing]'"
        return _fail(f"thaid-emulator needs {', '.join(missing)}: {needed}", USAGE_ERROR)
    given.redirect_uri = given.redirect_uri or ["http://127.0.0.1:8000/auth/callback"]
    if not all(re.fullmatch(r"https?://[^/?#\s]+/[^#\s]*", uri) for uri in given.redirect_uri):
        parser.error("--redirect-uri: http or https, a host, and a path")
    from elaas_identity.cli import thaid_emulator

    return _reporting(lambda: thaid_emulator.run(given))


def _doctor(given: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    from elaas_identity.cli import doctor

    return _reporting(lambda: doctor.run(portal_object.portal_object(given.app, parser)))


def _keygen(given: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    import secrets
    from datetime import UTC, datetime

    from elaas_identity.keyring import Keyring

    key_id = given.id or f"{datetime.now(UTC):%Y-%m}"
    if not re.fullmatch("[a-z0-9-]{1,16}", key_id):
        parser.error("--id: 1 to 16 of a-z, 0-9 and -")
    # On its own line, so that it can be piped; what to do with it goes to the terminal.
    print(f"{key_id}:{Keyring.fresh_secret(secrets.token_bytes(32))}")
    print(
        "Add it to ELAAS_IDENTITY_KEYS in every process; make it ELAAS_IDENTITY_CURRENT_KEY once all have it.",
        file=sys.stderr,
    )
    return 0


def _upgrade(given: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    def upgraded() -> int:
        from elaas_identity.providers.sql import upgrade

        upgrade(portal_object.database(given, parser))
        print("The tables are up to date.")
        return 0

    return _reporting(upgraded)


def _audit(given: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    return _reporting(lambda: audit.run(given, parser))


def _reporting(act: Callable[[], int]) -> int:
    """Do it; what the library refuses on purpose is one line, and no traceback."""
    from elaas_identity.errors import ElaasIdentityError

    try:
        return act()
    except ElaasIdentityError as problem:
        return _fail(
            f"{problem.code}: {problem.detail}", USAGE_ERROR if problem.code == "extra_missing" else 1
        )


def _port(text: str) -> int:
    port = int(text) if text.isascii() and text.isdigit() else -1
    if port not in range(65536):
        raise argparse.ArgumentTypeError("0 to 65535")
    return port


def _fail(text: str, status: int) -> int:
    print(f"elaas-identity: {text}", file=sys.stderr)
    return status
