"""The portal's own facade, by the name of its module: `--app portal.identity:elaas`, or ELAAS_IDENTITY_APP."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Generator
from contextlib import closing, contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import URL, Engine

    from elaas_identity._async.elaas_identity import AsyncElaasIdentity
    from elaas_identity._sync.elaas_identity import ElaasIdentity
    from elaas_identity.ports import Store

VARIABLE = "ELAAS_IDENTITY_APP"


def add_argument(parser: argparse.ArgumentParser) -> None:
    """The option, for a command that needs the portal."""
    parser.add_argument(
        "--app",
        metavar="MODULE:NAME",
        default=os.environ.get(VARIABLE, ""),
        help=f"where the portal's ElaasIdentity is, or a function that makes it (default: {VARIABLE})",
    )


def add_database(parser: argparse.ArgumentParser) -> None:
    """The options, for a command that needs the portal's database alone."""
    parser.add_argument(
        "--url",
        help="of the database: sqlite:///elaas.db or postgresql://portal@db/portal; in place of --app",
    )
    add_argument(parser)


def database(given: argparse.Namespace, parser: argparse.ArgumentParser) -> str | URL | Engine:
    """Where the database is: as the command says, else as the portal's own store does."""
    if given.url:
        return str(given.url)
    if not given.app:
        parser.error(f"--url or --app (or {VARIABLE}): say which database")
    store = portal_object(given.app, parser).store
    source: URL | Engine | None = getattr(store, "source", None)
    if source is None:
        parser.error(
            f"--app: its store is {type(store).__name__}, which this command does not open: give --url"
        )
    return source


@contextmanager
def store(given: argparse.Namespace, parser: argparse.ArgumentParser) -> Generator[Store]:
    """A store to work on: over `--url`, or the portal's own. Over the database of an asynchronous one, another."""
    from elaas_identity._sync.elaas_identity import ElaasIdentity
    from elaas_identity.providers.memory import MemoryStore

    if given.app and not given.url:
        portal = portal_object(given.app, parser)
        if isinstance(portal, ElaasIdentity) and not isinstance(portal.store, MemoryStore):
            yield portal.store
            return
    from elaas_identity.providers.sql import SQLStore

    with closing(SQLStore(database(given, parser))) as over_database:
        yield over_database


def portal_object(named: str, parser: argparse.ArgumentParser) -> ElaasIdentity | AsyncElaasIdentity:
    """Import it from the current folder, as a server of the portal would; end with a usage error where that fails.

    What the module itself raises comes out: its traceback is what the portal's developer needs.
    """
    from elaas_identity._async.elaas_identity import AsyncElaasIdentity
    from elaas_identity._sync.elaas_identity import ElaasIdentity

    module, colon, name = named.partition(":")
    if not (module and colon and name):
        parser.error(f"--app MODULE:NAME, or {VARIABLE}: say where the portal's ElaasIdentity is")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        found = import_module(module)
    except ModuleNotFoundError as missing:
        if missing.name is None or not f"{module}.".startswith(f"{missing.name}."):
            raise  # one that the portal's module imports
        parser.error(f"--app: there is no module {missing.name} in {here} or among what is installed")
    for part in name.split("."):
        if not hasattr(found, part):
            parser.error(f"--app: {module} has no {name}")
        found = getattr(found, part)
    made: object = found
    if callable(made):
        made = made()
    if not isinstance(made, ElaasIdentity | AsyncElaasIdentity):
        parser.error(f"--app: {named} is {type(made).__name__}, and no ElaasIdentity")
    return made
